"""Open data: what the public may have, protected, and as other programs read it."""
