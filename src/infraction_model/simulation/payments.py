"""What the meters know of the stays: tickets, bought by those who pay, in paid hours only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.timegrid import HOURS_PER_WEEK

CHANNELS = ("CB", "Pièces", "Mobile")
_CHANNEL_SHARES = (0.45, 0.20, 0.35)
_OPEN_HOURS = ((9, 12), (14, 18))
_EARLIEST_BEFORE_OPENING = 90
_EURO_PER_HOUR = {"Rouge (courte durée)": 1.6, "Verte (longue durée)": 0.6}
_DEAD_WEEKS = 2


def make_payments(
    stays: pd.DataFrame,
    streets: pd.DataFrame,
    days: pd.DataFrame,
    first_week: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Tickets in order of time: zone, paid_from, paid_until (minutes), amount (euros), channel.

    A payer buys what he thinks he will stay, so some leave early and some overstay. One meter is
    dead for two weeks: there only the telephone's payments remain.
    """
    opening = paid_minutes_ahead(days)
    tickets = stays[stays["payer"] == 0].reset_index(drop=True)
    arrived = tickets["arrived"].to_numpy()
    wait = opening[np.minimum(arrived, len(opening) - 1)]
    paid_from = arrived + np.where(wait == 0, rng.integers(1, 4, len(tickets)), wait)
    wanted = (tickets["departed"].to_numpy() - paid_from) * np.exp(
        rng.normal(0.08, 0.3, len(tickets))
    )
    limit = streets["max_stay_minutes"].to_numpy()[tickets["zone"]]
    minutes = np.clip(5 * np.ceil(wanted / 5.0), 15, limit).astype(np.int64)
    channel = rng.choice(len(CHANNELS), size=len(tickets), p=_CHANNEL_SHARES)
    price = streets["tariff"].map(_EURO_PER_HOUR).to_numpy(dtype=float)[tickets["zone"]]
    closing = paid_from // (24 * 60) * 24 * 60 + _OPEN_HOURS[-1][1] * 60
    minutes = np.minimum(minutes, closing - paid_from)
    tickets = tickets.assign(
        paid_from=paid_from,
        paid_until=paid_from + minutes,
        amount=np.round(price * minutes / 60.0, 1),
        channel=channel,
    )
    buys = (
        (wait >= 0)
        & (wait <= _EARLIEST_BEFORE_OPENING)
        & (tickets["departed"] > paid_from + 5)
        & (minutes >= 5)
    )
    tickets = tickets[buys & ~_at_dead_meter(tickets, first_week, len(days) // 7, rng)]
    columns = ["zone", "paid_from", "paid_until", "amount", "channel"]
    return tickets[columns].sort_values(["paid_from", "zone"], kind="stable", ignore_index=True)


def with_lapses(
    tickets: pd.DataFrame,
    zones: np.ndarray,
    share: float,
    zone_share: float,
    from_week: int,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, np.ndarray]:
    """The tickets without those that lapsed payers no longer buy, and the zones of the lapse.

    From `from_week` on, `share` of the payers in `zone_share` of the `zones` stop paying.
    """
    chosen = np.sort(rng.permutation(zones)[: round(zone_share * len(zones))])
    late = tickets["paid_from"] >= from_week * HOURS_PER_WEEK * 60
    lapsed = late & tickets["zone"].isin(chosen) & (rng.random(len(tickets)) < share)
    return tickets[~lapsed].reset_index(drop=True), chosen if share > 0 else chosen[:0]


def paid_minutes_ahead(days: pd.DataFrame) -> np.ndarray:
    """Minutes until parking is paid for, for each minute: 0 while it is, -1 where never again."""
    charged = np.zeros((len(days), 24 * 60), dtype=bool)
    for start, end in _OPEN_HOURS:
        charged[:, start * 60 : end * 60] = True
    charged[(days["weekday"] == 6) | days["public_holiday"]] = False
    charged = charged.ravel()
    now = np.arange(len(charged))
    following = np.where(charged, now, len(charged))
    following = np.minimum.accumulate(following[::-1])[::-1]
    return np.where(following < len(charged), following - now, -1)


def _at_dead_meter(tickets: pd.DataFrame, first_week: int, weeks: int, rng) -> np.ndarray:
    zones = np.unique(tickets["zone"])
    if not len(zones) or weeks - first_week < _DEAD_WEEKS + 2:
        return np.zeros(len(tickets), dtype=bool)
    zone = rng.choice(zones)
    start = int(rng.integers(first_week + 1, weeks - _DEAD_WEEKS)) * HOURS_PER_WEEK * 60
    during = tickets["paid_from"].between(start, start + _DEAD_WEEKS * HOURS_PER_WEEK * 60)
    at_meter = tickets["channel"] != CHANNELS.index("Mobile")
    return ((tickets["zone"] == zone) & during & at_meter).to_numpy()
