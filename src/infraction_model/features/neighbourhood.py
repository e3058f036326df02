"""Which zones lie near which: looked up once for all weeks."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

NEIGHBOURS = 6
"""How many nearest zones count as a zone's neighbours."""

_METRES_PER_DEGREE = 111_195.0


class Neighbourhood:
    """The zones' places on a plane and their nearest neighbours, by the centres of the zones."""

    def __init__(self, zones: pd.DataFrame) -> None:
        self._lon = zones["lon"].to_numpy(dtype=float)
        self._lat = zones["lat"].to_numpy(dtype=float)

    @cached_property
    def metres(self) -> np.ndarray:
        """East and north of the town's middle, (zones, 2); NaN for a zone without geometry."""
        located = np.isfinite(self._lon + self._lat)
        if not located.any():
            return np.full((len(self._lon), 2), np.nan)
        lon, lat = np.median(self._lon[located]), np.median(self._lat[located])
        east = (self._lon - lon) * np.cos(np.radians(lat))
        return np.column_stack([east, self._lat - lat]) * _METRES_PER_DEGREE

    @cached_property
    def nearest(self) -> np.ndarray:
        """Positions of each zone's neighbours, nearest first, (zones, up to NEIGHBOURS), int64.

        -1 throughout for a zone without geometry; of two at one distance the earlier zone is first.
        """
        located = np.flatnonzero(np.isfinite(self.metres).all(axis=1))
        width = max(min(NEIGHBOURS, len(located) - 1), 0)
        table = np.full((len(self.metres), width), -1, dtype=np.int64)
        if not width:
            return table
        points = self.metres[located]
        # some more than needed, so that equal distances are told apart by the order of the zones
        count = min(width + 8, len(located))
        distance, position = cKDTree(points).query(points, k=count)
        itself = position == np.arange(len(located))[:, None]
        distance = np.where(itself, np.inf, np.round(distance, 3))
        order = np.lexsort((position, distance), axis=1)[:, :width]
        table[located] = located[np.take_along_axis(position, order, axis=1)]
        return table

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean of a value over each zone's neighbours; `values` and the result are (zones, n).

        NaN for a zone without neighbours; a neighbour whose value is NaN does not count.
        """
        total, count = np.zeros(values.shape), np.zeros(values.shape)
        for rank in range(self.nearest.shape[1]):
            neighbour = self.nearest[:, rank]
            theirs = np.where((neighbour >= 0)[:, None], values[neighbour], np.nan)
            known = np.isfinite(theirs)
            total[known] += theirs[known]
            count += known
        with np.errstate(invalid="ignore"):
            return np.where(count > 0, total / np.maximum(count, 1), np.nan)
