"""The page of the live alerts: what it holds of a town, and the HTML around it."""
