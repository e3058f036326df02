"""The closed loop: a made town in which what was found last week decides where patrols go next."""
