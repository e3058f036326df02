"""Named functions from what was known at an origin to one number per zone and hour of the target week."""
