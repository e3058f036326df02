"""How good forecasts are: metrics, rolling origins, comparison with the baselines and the truth."""
