"""Named functions: what was known at an origin -> a number per zone and hour of the target week."""
