"""The page of the state of parking: what it holds of a town, and the HTML around it."""
