"""Why a zone-hour ranks high: the features that raised its score most."""

from __future__ import annotations

import numpy as np

LEAST = 0.05
"""A factor of 1.05 on the rate: less is no reason."""


def strongest(contributions: np.ndarray, names: tuple[str, ...], count: int = 3) -> np.ndarray:
    """The `count` features that add most to each row's raw score, as "name +0.81; name +0.33".

    `contributions` is (rows, names), in units of the raw score, nearly the
    log of the rate; features that lower it, or raise it by less than LEAST, are not named.
    """
    order = np.argsort(-contributions, axis=1, kind="stable")[:, :count]
    values = np.take_along_axis(contributions, order, axis=1)
    return np.array(
        [
            "; ".join(
                f"{names[column]} {value:+.2f}"
                for column, value in zip(columns, row, strict=True)
                if value >= LEAST
            )
            for columns, row in zip(order, values, strict=True)
        ],
        dtype=object,
    )
