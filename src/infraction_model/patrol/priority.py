"""Priority: the rank and the tier of each zone-hour of a target week."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError

TIER_SHARES = (0.01, 0.05, 0.20)


def prioritise(scores: pd.DataFrame, tier_shares: Sequence[float] = TIER_SHARES) -> pd.DataFrame:
    """The rows of `scores`, best first, with their `rank` (1 … n, int32) and `tier` (int8).

    Written rule: zone-hours whose rate is extrapolated (no patrol goes anywhere at that hour) come
    after all others; then higher expected infractions first; then the smaller zone_id, compared as
    text code point by code point; then the earlier hour. As a zone-hour occurs once, the order is
    total and does not depend on the order of the rows given.

    Tier i holds the best `tier_shares[i - 1]` of all zone-hours (rounded up to whole zone-hours)
    that no smaller tier holds; the tier after the last share holds the rest. Raises ConfigError
    where the shares do not rise within (0, 1].
    """
    limits = tier_limits(len(scores), tier_shares)
    keys = {
        "_extrapolated": scores["exposure_basis"] == "extrapolated",
        "_below": -scores["expected_infractions"],
    }
    best_first = scores.assign(**keys).sort_values(
        [*keys, "zone_id", "starts_at"], kind="stable", ignore_index=True
    )
    rank = np.arange(1, len(scores) + 1, dtype=np.int32)
    tier = 1 + np.searchsorted(limits, rank, side="left")
    return best_first.drop(columns=list(keys)).assign(rank=rank, tier=tier.astype(np.int8))


def tier_limits(zone_hours: int, tier_shares: Sequence[float]) -> np.ndarray:
    """The last rank of each tier; the shares are of all `zone_hours`."""
    shares = [float(share) for share in tier_shares]
    rising = all(low < high for low, high in zip([0.0, *shares], shares, strict=False))
    if not shares or not rising or shares[-1] > 1:
        raise ConfigError(
            f"expected tier shares that rise within (0, 1], such as {list(TIER_SHARES)}, "
            f"got {shares}."
        )
    # Rounded first: 0.07 * 100 is a hair above 7 in binary and must not become 8.
    return np.array([math.ceil(round(share * zone_hours, 6)) for share in shares])
