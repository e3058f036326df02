"""From scores to where patrols go first."""
