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
_QUANTILES = (0.50, 0.75, 0.88, 0.95, 0.98, 0.995)
_STEPS = np.array([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])


def class_breaks(values: np.ndarray) -> list[float]:
    """At most six rising breaks, round numbers near the 50th … 99.5th percentile of `values`.

    Class i holds breaks[i - 1] <= value < breaks[i]. NaN is left out; where the values hardly
    differ there are fewer breaks.
    """
    present = values[~np.isnan(values)]
    if not len(present):
        return []
    rounded = [_round(quantile) for quantile in np.quantile(present, _QUANTILES)]
    inside = {value for value in rounded if present.min() < value <= present.max()}
    return sorted(inside)


def _round(value: float) -> float:
    """The round number nearest to `value`, two digits at most."""
    if value <= 0:
        return 0.0
    power = np.floor(np.log10(value))
    steps = _STEPS * 10.0**power
    return float(f"{steps[np.argmin(np.abs(steps - value))]:.2g}")
