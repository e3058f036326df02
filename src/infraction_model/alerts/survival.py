"""How likely a car that has been there for some time is to be there a little longer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from infraction_model.alerts.parameters import SurvivalParameters
from infraction_model.occupancy.sensors import Sensed

_FEWEST_LEFT = 20.0


@dataclass(frozen=True)
class Curve:
    """A step function: `share` of stays that last longer than `after` seconds, in order.

    Beyond the last step stays end at a constant `rate` per second.
    """

    after: tuple[float, ...]
    share: tuple[float, ...]
    rate: float

    def at(self, age: float) -> float:
        """The share of stays that last longer than `age` seconds."""
        place = bisect_right(self.after, age) - 1
        if place < 0:
            return 1.0
        if place == len(self.after) - 1:
            return self.share[place] * float(np.exp(-self.rate * (age - self.after[place])))
        return self.share[place]


_ASSUMED = Curve((0.0,), (1.0,), 1.0 / 5400.0)


@dataclass(frozen=True)
class Survival:
    """Curves of stay lengths: by zone, and of all zones for those without one.

    Without any past, stays are taken to last an hour and a half on average, whatever their age.
    """

    of_all: Curve = _ASSUMED
    of_zone: Mapping[str, Curve] = field(default_factory=dict)

    def still_there(self, zone_id: str, age: float, ahead: float) -> float:
        """P(the stay lasts `ahead` seconds more | it has lasted `age` seconds)."""
        curve = self.of_zone.get(zone_id, self.of_all)
        now = curve.at(age)
        return min(curve.at(age + ahead) / now, 1.0) if now > 0 else 0.0


def learn_survival(sensed: Sensed, parameters: SurvivalParameters) -> Survival:
    """Curves from the stays of the past, faults of sensors taken out.

    Kaplan and Meier (1958), each zone's hazard drawn to that of all zones as if `pooling` of its
    stays at risk were theirs. Steps stop where fewer than 20 stays are left; after, the rate is
    that of the last quarter of what was seen.
    """
    stays = sensed.stays
    length = (stays["end"] - stays["start"]).to_numpy(dtype=float)
    ended = stays["ended"].to_numpy(dtype=bool)
    times = np.unique(length[ended])
    if not len(times):
        return Survival()
    times = np.unique(np.quantile(times, np.linspace(0, 1, 400))) if len(times) > 400 else times
    ends, risk = _table(length, ended, times)
    hazard = ends / np.maximum(risk, 1.0)
    zones = {}
    for zone_id, place in stays.groupby("zone_id", sort=True).indices.items():
        own_ends, own_risk = _table(length[place], ended[place], times)
        pooled = own_risk + parameters.pooling
        zones[str(zone_id)] = _curve(times, own_ends + parameters.pooling * hazard, pooled, risk)
    return Survival(_curve(times, ends, np.maximum(risk, 1.0), risk), zones)


def _table(
    length: np.ndarray, ended: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Stays that end between each time and the one before, and those at risk of it; float64."""
    gone = np.searchsorted(np.sort(length[ended]), times, "right")
    before = np.concatenate([[-np.inf], times[:-1]])
    risk = len(length) - np.searchsorted(np.sort(length), before, "right")
    return np.diff(gone, prepend=0).astype(float), risk.astype(float)


def _curve(times: np.ndarray, ends: np.ndarray, risk: np.ndarray, of_all: np.ndarray) -> Curve:
    share = np.cumprod(1.0 - np.minimum(ends / risk, 1.0))
    kept = max(int((of_all >= _FEWEST_LEFT).sum()), 1)
    kept = max(min(kept, int((share > 0).sum())), 1)
    times, share = times[:kept], np.maximum(share[:kept], 1e-12)
    middle = int(np.searchsorted(times, 0.75 * times[-1]))
    span = times[-1] - times[middle]
    rate = np.log(share[middle] / share[-1]) / span if span > 0 else 1.0 / max(times[-1], 1.0)
    return Curve(tuple(times.tolist()), tuple(share.tolist()), float(max(rate, 1e-7)))
