"""A made town with known truth; imports nothing of the model."""
