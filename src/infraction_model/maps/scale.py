"""Colour classes of probabilities: breaks that read well, colours told apart by lightness alone."""

from __future__ import annotations

import numpy as np

# Light to dark in even steps of lightness, so that the order survives every kind of colour
# blindness and a grey print; each with the text colour of at least 4.5 : 1 on it.
COLOURS = (
    ("#fde9cf", "#17202b"),
    ("#fbc795", "#17202b"),
    ("#f59a68", "#17202b"),
    ("#e46a5c", "#17202b"),
    ("#bd3f68", "#ffffff"),
    ("#842a6f", "#ffffff"),
    ("#431158", "#ffffff"),
)
REST_COLOUR = ("#dfe4ea", "#17202b")
ABSENT_COLOUR = "#c4cbd3"
_QUANTILES = (0.50, 0.75, 0.88, 0.95, 0.98, 0.995)
_STEPS = np.array([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8])
_ROUND = np.array(
    [float(f"{step * 10.0**power:.3g}") for power in range(-7, -1) for step in _STEPS]
    + [0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98]
    + [0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999]
)


def class_breaks(probabilities: np.ndarray) -> list[float]:
    """At most six rising breaks, round numbers near the 50th … 99.5th percentile.

    Class i holds breaks[i - 1] <= value < breaks[i]. NaN is left out; where the values hardly
    differ there are fewer breaks. Near is meant in log-odds, so that a town where nearly every
    patrol finds something is told apart as finely as one where few do.
    """
    present = probabilities[~np.isnan(probabilities)]
    if not len(present):
        return []
    rounded = {_nearest_round(quantile) for quantile in np.quantile(present, _QUANTILES)}
    return sorted(value for value in rounded if present.min() < value <= present.max())


def class_places(classes: int) -> list[int]:
    """The colour of each class by its place in COLOURS; fewer classes still span them all."""
    return np.linspace(0, len(COLOURS) - 1, classes).round().astype(int).tolist()


def tier_colours(shares: int) -> list[tuple[str, str]]:
    """Background and text colour of each tier, darkest first; the rest is grey."""
    places = np.linspace(len(COLOURS) - 1, 2, shares).round().astype(int)
    return [*(COLOURS[place] for place in places), REST_COLOUR]


def _nearest_round(value: float) -> float:
    return float(_ROUND[np.argmin(np.abs(_log_odds(_ROUND) - _log_odds(value)))])


def _log_odds(value):
    inside = np.clip(value, 1e-9, 1 - 1e-9)
    return np.log(inside / (1 - inside))
