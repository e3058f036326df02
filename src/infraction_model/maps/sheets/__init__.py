"""What a team carries: a printed page per shift."""
