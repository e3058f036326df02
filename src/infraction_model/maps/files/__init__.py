"""The week as other programs read it: maps, routes and tables."""
