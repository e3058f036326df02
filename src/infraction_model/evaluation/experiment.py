"""An experiment: what a backtest of some settings found, as plain values, and several compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infraction_model.errors import ConfigError
from infraction_model.evaluation.backtest import Fold, by_estimator
from infraction_model.evaluation.bootstrap import Interval, Resampling, Sums, interval, resample
from infraction_model.evaluation.comparison import Comparison, paired
from infraction_model.timegrid import monday

YIELD = "yield_top_5%"
_NOWHERE = Interval(*[float("nan")] * 4)


def sums_of(folds: Sequence[Fold], model: str) -> dict[str, Any]:
    """What a comparison of `model` with other experiments takes, ready for JSON.

    `sums_by_week`: week -> sum -> value, with the true yield of the top 5 % where it is known.
    `loss_by_zone`: zone_id -> loss and zone-hours over all weeks.
    """
    own = by_estimator(folds)[model]
    weeks: dict[str, dict[str, float]] = {}
    zones: dict[str, list[float]] = {}
    for fold in own:
        sums = {name: float(values.sum()) for name, values in fold.sums.items()}
        if YIELD in fold.figures:
            sums[YIELD] = fold.figures[YIELD]
        weeks[str(monday(fold.target))] = sums
        for zone, loss, hours in zip(
            fold.zone_ids, fold.sums["loss"], fold.sums["zone_hours"], strict=True
        ):
            total = zones.setdefault(str(zone), [0.0, 0.0])
            total[0] += float(loss)
            total[1] += float(hours)
    return {"sums_by_week": weeks, "loss_by_zone": zones}


@dataclass(frozen=True)
class Versus:
    """One experiment against the reference, on the weeks that all have in common.

    `log_loss` is the experiment's own, `loss` says how it differs (experiment minus reference);
    `capture` and `yielded` are what its top 5 % holds more, a share of all fines and of the best
    list's true yield (NaN without a truth).
    """

    name: str
    question: str
    log_loss: float
    top_capture: float
    loss: Comparison
    capture: Interval
    yielded: Interval


@dataclass(frozen=True)
class Compared:
    """Experiments side by side: the `reference` first and every other one against it.

    `left_out` are weeks that only some were judged on.
    """

    town: str
    reference: str
    reference_question: str
    reference_loss: float
    reference_capture: float
    weeks: tuple[str, ...]
    left_out: tuple[str, ...]
    zones: int
    gap: int
    units: str
    versus: tuple[Versus, ...]


def compare_experiments(results: Mapping[str, dict[str, Any]], reference: str) -> Compared:
    """Every experiment against the reference, by the contents of their result.json.

    Raises ConfigError where they cannot be compared: other data, another gap, no week in common, or
    other zone-hours judged.
    """
    base = results[reference]
    weeks = sorted(set.intersection(*(set(one["sums_by_week"]) for one in results.values())))
    every = set.union(*(set(one["sums_by_week"]) for one in results.values()))
    for name, one in results.items():
        if name != reference:
            _check_comparable(name, one, reference, base, weeks)
    if not weeks:
        raise ConfigError(
            f"{', '.join(results)} cannot be compared: no week was judged in all of them. Compare "
            "fewer, or run them with the same origin and folds."
        )
    whole = len(weeks) == len(every)
    zones = len(base["loss_by_zone"]) if whole else 0
    resampling = resample(len(weeks), zones)
    own = _figures(base, weeks)
    return Compared(
        town=base["title"],
        reference=reference,
        reference_question=base["question"],
        reference_loss=own[0],
        reference_capture=own[1],
        weeks=tuple(weeks),
        left_out=tuple(sorted(every - set(weeks))),
        zones=len(base["loss_by_zone"]),
        gap=base["gap"],
        units=resampling.units,
        versus=tuple(
            _versus(name, one, reference, base, weeks, whole, resampling)
            for name, one in results.items()
            if name != reference
        ),
    )


def _check_comparable(
    name: str, one: dict, reference: str, base: dict, weeks: Sequence[str]
) -> None:
    pair = f"{name} and {reference} cannot be compared"
    for key, words in (
        ("data_fingerprint", "they were judged on other data (data_fingerprint {} and {})"),
        ("exposure_basis", "their exposure is by {} and by {}"),
        ("gap", "they look {} and {} weeks ahead"),
    ):
        if one[key] != base[key]:
            said = words.format(one[key], base[key])
            raise ConfigError(f"{pair}: {said}. Run one of them again with the other's settings.")
    if not set(one["sums_by_week"]) & set(base["sums_by_week"]):
        raise ConfigError(
            f"{pair}: they have no judged week in common. Run them with the same origin and folds."
        )
    for week in weeks:
        for sums, what in (("zone_hours", "zone-hours"), ("hits", "hits")):
            a, b = (each["sums_by_week"][week][sums] for each in (one, base))
            if a != b:
                raise ConfigError(
                    f"{pair}: in the week of {week} they were judged on {a:.0f} and {b:.0f} {what}."
                    " Run them with the same zones (data.min_fines) and exposure."
                )


def _versus(
    name: str,
    one: dict[str, Any],
    reference: str,
    base: dict[str, Any],
    weeks: Sequence[str],
    whole: bool,
    resampling: Resampling,
) -> Versus:
    by_week = np.array([[*_week(one, week), *_week(base, week)] for week in weeks])
    by_zone = np.zeros((0, 4))
    if whole:
        losses = (one["loss_by_zone"], base["loss_by_zone"])
        # zones without a zone-hour looked at may be modelled by only one of them
        zones = sorted({*losses[0], *losses[1]})
        by_zone = np.array([[*(v for each in losses for v in each.get(z, (0, 0)))] for z in zones])
    columns = [0, 1, 4, 5]
    both = Sums(by_week[:, columns], by_zone)
    loss, capture = _figures(one, weeks)
    return Versus(
        name=name,
        question=one["question"],
        log_loss=loss,
        top_capture=capture,
        loss=paired(reference, both, resampling, one["gap"] + 1),
        capture=interval(
            Sums(by_week[:, [2, 6, 3]], np.zeros((0, 3))),
            lambda s: (s[..., 0] - s[..., 1]) / np.maximum(s[..., 2], 1.0),
            resampling,
        ),
        yielded=_yielded(one, base, weeks, resampling),
    )


def _week(one: dict[str, Any], week: str) -> list[float]:
    sums = one["sums_by_week"][week]
    return [sums[name] for name in ("loss", "zone_hours", "captured_5%", "fines")]


def _figures(one: dict[str, Any], weeks: Sequence[str]) -> tuple[float, float]:
    """Log loss and the share of fines in the top 5 %, over some weeks."""
    loss, hours, captured, fines = np.sum([_week(one, week) for week in weeks], axis=0)
    return float(loss / hours), float(captured / max(fines, 1.0))


def _yielded(
    one: dict[str, Any], base: dict[str, Any], weeks: Sequence[str], resampling: Resampling
) -> Interval:
    known = [[each["sums_by_week"][week].get(YIELD) for each in (one, base)] for week in weeks]
    by_week = np.column_stack([np.array(known, dtype=float), np.ones(len(weeks))])
    if not np.isfinite(by_week).all():
        return _NOWHERE
    return interval(
        Sums(by_week, np.zeros((0, 3))), lambda s: (s[..., 0] - s[..., 1]) / s[..., 2], resampling
    )
