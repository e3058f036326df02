"""Models of the rate at which a patrol finds infractions, all with one face (design.Estimator)."""
