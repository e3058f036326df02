"""Named gates a challenger must pass before it takes the champion's place, each with its evidence.

A gate refuses where its figure is beyond its limit and the interval says that this is not chance. A
figure that is missing or not defined refuses too, by name. Where there is no champion yet, the
empirical-Bayes rate stands in for it: it is what a town without a model would go by.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import pandas as pd
from annotated_types import Ge, Gt, Interval

from infraction_model.evaluation.backtest import Fold
from infraction_model.evaluation.bootstrap import Interval as Range
from infraction_model.evaluation.comparison import (
    Comparison,
    by_estimator,
    by_group,
    compare,
    figures_with_intervals,
    resampling_of,
)
from infraction_model.evaluation.gate_words import GROUP_WORDS, words
from infraction_model.exposure import Basis, is_known

CHALLENGER, CHAMPION, BAYES, CONSTANT, BUNDLE = (
    "challenger",
    "champion",
    "empirical_bayes",
    "constant",
    "bundle",
)
"""Who is judged on the folds: the two recipes, two baselines, and the challenger's bundle itself on
weeks that it may have learnt from."""

Share = Annotated[float, Interval(gt=0, lt=1)]


@dataclass(frozen=True)
class GateParameters:
    """Which weeks are judged, and the limit of each gate.

    `folds`: target weeks before the origin, without the newest ones of which less than
    `least_completeness` of the records has come in. `log_loss_worse`, `baseline_worse`,
    `bundle_worse`, `group_worse`: shares of the other's log loss by which the challenger may be
    worse; beyond `log_loss_far_worse`, and of a bundle, chance is not asked. `least_group_hits`:
    smaller groups tell nothing. `calibration_factor`, `level_factor`: how many times too high or
    too low. `coverage_least`, `coverage_most`: share of counts inside their 90 % interval;
    `rate_error_most`: how many times too narrow, where no exposure is known. `level_weeks`: past
    weeks that say what is usual. `stale_weeks`: for how long a measured source may be silent.
    """

    folds: Annotated[int, Ge(2)] = 4
    least_completeness: Annotated[float, Interval(gt=0, le=1)] = 0.5
    log_loss_worse: Share = 0.01
    log_loss_far_worse: Share = 0.05
    baseline_worse: Share = 0.01
    bundle_worse: Share = 0.01
    group_worse: Share = 0.05
    least_group_hits: Annotated[int, Ge(1)] = 50
    calibration_factor: Annotated[float, Gt(1)] = 1.2
    coverage_least: Share = 0.85
    coverage_most: Share = 0.95
    rate_error_most: Annotated[float, Gt(1)] = 2.5
    level_factor: Annotated[float, Gt(1)] = 1.6
    level_weeks: Annotated[int, Ge(4)] = 26
    stale_weeks: Annotated[int, Ge(1)] = 3


@dataclass(frozen=True)
class GateResult:
    """What one gate said: `value` against `limit`, in words, with the figures behind them.

    A gate that is not `asked` (there is nothing to compare with) holds, and says why.
    """

    name: str
    held: bool
    words: dict[str, str]
    value: float | str | None
    limit: float | str | None
    evidence: dict[str, Any] = field(default_factory=dict)
    asked: bool = True

    @property
    def row(self) -> dict[str, Any]:
        """The result as a row of checks: name, level, value, limit, words, evidence."""
        level = "alarm" if not self.held else "ok" if self.asked else "warning"
        return {
            "name": self.name,
            "level": level,
            "value": self.value,
            "limit": self.limit,
            "words": self.words,
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Verdict:
    """What all gates said; it holds where every one does."""

    results: tuple[GateResult, ...]

    @property
    def held(self) -> bool:
        return all(result.held for result in self.results)

    @property
    def refusals(self) -> tuple[str, ...]:
        """The names of the gates that refuse."""
        return tuple(result.name for result in self.results if not result.held)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [result.row for result in self.results]


def fold_gates(
    folds: Sequence[Fold], basis: Basis, gap: int, parameters: GateParameters
) -> list[GateResult]:
    """The gates that go by forecasts of past weeks: all estimators' folds, of the same weeks.

    Named as CHALLENGER, BAYES, CONSTANT, and where there is one CHAMPION and BUNDLE.
    """
    names = list(by_estimator(folds))
    resampling = resampling_of(folds)
    against = {one.other: one for one in compare(folds, CHALLENGER, resampling, ahead=gap + 1)}
    incumbent = CHAMPION if CHAMPION in names else BAYES
    own = by_estimator(folds)[CHALLENGER]
    figures = figures_with_intervals(own, resampling_of(own))[CHALLENGER]
    groups = by_group(folds, CHALLENGER, incumbent, resampling)
    results = [
        log_loss_gate(against.get(incumbent), parameters),
        baseline_gate(against.get(BAYES), against.get(CONSTANT), parameters),
        calibration_gate(figures.get("found_to_forecast"), parameters),
        coverage_gate(figures, basis, gap, parameters),
        groups_gate(groups, incumbent, parameters),
    ]
    if BUNDLE in names:
        [itself] = [
            one for one in compare(folds, BUNDLE, resampling, gap + 1) if one.other == CHALLENGER
        ]
        results.append(bundle_gate(itself, parameters))
    return results


def log_loss_gate(found: Comparison | None, parameters: GateParameters) -> GateResult:
    """Log loss against the champion's: not worse beyond chance, and never far worse."""
    if found is None:
        return undefined("log_loss", parameters.log_loss_worse)
    value, lower, _ = found.relative
    if not _defined(*found.relative):
        return undefined("log_loss", parameters.log_loss_worse, _evidence(found))
    worse = value > parameters.log_loss_worse and lower > 0
    return GateResult(
        "log_loss",
        not (worse or value > parameters.log_loss_far_worse),
        words(f"log_loss_{found.other}", **_said(found)),
        value,
        parameters.log_loss_worse,
        _evidence(found),
    )


def baseline_gate(
    bayes: Comparison | None, constant: Comparison | None, parameters: GateParameters
) -> GateResult:
    """No worse than the empirical-Bayes rate beyond chance, and better than one rate for all.

    The second catches what spoils every model alike: outcomes that no history could tell.
    """
    limit = parameters.baseline_worse
    if bayes is None or constant is None:
        return undefined("baseline", limit)
    evidence = {"empirical_bayes": _evidence(bayes), "constant": _evidence(constant)}
    value, lower, _ = bayes.relative
    if not _defined(*bayes.relative, *constant.relative):
        return undefined("baseline", limit, evidence)
    worse = value > limit and lower > 0
    said = words(
        "baseline", **_said(bayes), constant=constant.relative[0], constant_loss=constant.other_loss
    )
    held = not worse and constant.relative[0] < 0
    return GateResult("baseline", held, said, value, limit, evidence)


def bundle_gate(found: Comparison, parameters: GateParameters) -> GateResult:
    """The bundle itself, on weeks it learnt from, is no worse than its recipe that had not.

    Where it is, it was trained on something else than what the panel holds now. It has every
    advantage on these weeks, so chance is not asked.
    """
    value = found.relative[0]
    if not _defined(value):
        return undefined("bundle", parameters.bundle_worse, _evidence(found))
    held = value <= parameters.bundle_worse
    said = words("bundle", **_said(found))
    return GateResult("bundle", held, said, value, parameters.bundle_worse, _evidence(found))


def calibration_gate(found: Range | None, parameters: GateParameters) -> GateResult:
    """Zone-hours with a find per one forecast: within a factor, or off by chance alone."""
    most = parameters.calibration_factor
    limit = f"{1 / most:.2f} – {most:.2f}"
    if found is None or not _defined(found.value, found.lower, found.upper):
        return undefined("calibration", limit)
    inside = 1 / most <= found.value <= most
    held = inside or found.lower <= 1 <= found.upper
    said = words("calibration", value=found.value, lower=found.lower, upper=found.upper)
    return GateResult("calibration", held, said, found.value, limit, _ends(found))


def coverage_gate(
    figures: dict[str, Range], basis: Basis, gap: int, parameters: GateParameters
) -> GateResult:
    """The 90 % intervals hold about 90 % of what was found; without exposure, errors of rates.

    Without exposure and with no gap nothing tells (see coverage.RateErrors): it is not asked.
    """
    if is_known(basis):
        return _counts_inside(figures.get("counts_inside"), parameters)
    if gap == 0:
        return not_asked("coverage", "coverage_no_gap")
    found = figures.get("rate_error")
    limit = parameters.rate_error_most
    if found is None or not _defined(found.value, found.lower):
        return undefined("coverage", limit)
    held = not (found.value > limit and found.lower > 1)
    said = words("rate_error", value=found.value, lower=found.lower, upper=found.upper)
    return GateResult("coverage", held, said, found.value, limit, _ends(found))


def _counts_inside(found: Range | None, parameters: GateParameters) -> GateResult:
    least, most = parameters.coverage_least, parameters.coverage_most
    limit = f"{least:.2f} – {most:.2f}"
    if found is None or not _defined(found.value, found.lower, found.upper):
        return undefined("coverage", limit)
    held = least <= found.value <= most or found.lower <= 0.9 <= found.upper
    said = words("counts_inside", value=found.value, lower=found.lower, upper=found.upper)
    return GateResult("coverage", held, said, found.value, limit, _ends(found))


def groups_gate(groups: pd.DataFrame, incumbent: str, parameters: GateParameters) -> GateResult:
    """No group of zones, hours, days or effort is much worse than the champion's, beyond chance.

    `groups` as comparison.by_group gives them; groups with few finds are left out, and said.
    """
    limit = parameters.group_worse
    if groups.empty:
        return undefined("groups", limit)
    hits = groups["hit_share"] * groups["zone_hours"]
    judged = groups[hits >= parameters.least_group_hits]
    rows = [_group(row) for row in judged.to_dict(orient="records")]
    evidence = {"against": incumbent, "groups": rows, "too_small": len(groups) - len(judged)}
    if not rows:
        return not_asked("groups", "groups_small", evidence)
    lost = [row["group"] for row in rows if not _defined(row["relative"], row["lower"])]
    if lost:
        return undefined("groups", limit, evidence, ", ".join(lost))
    worse = [row for row in rows if row["relative"] > limit and row["lower"] > 0]
    worst = max(worse or rows, key=lambda row: row["relative"])
    said = words(
        f"groups_{incumbent}",
        group=GROUP_WORDS[worst["group"]],
        value=worst["relative"],
        lower=worst["lower"],
        upper=worst["upper"],
        count=len(rows),
    )
    return GateResult("groups", not worse, said, worst["relative"], limit, evidence)


def _group(row: dict[str, Any]) -> dict[str, Any]:
    other = row["other_log_loss"]
    return {
        "group": f"{row['grouping']}:{row['group']}",
        "zone_hours": row["zone_hours"],
        "log_loss": row["log_loss"],
        "other_log_loss": other,
        "relative": row["difference"] / other,
        "lower": row["lower"] / other,
        "upper": row["upper"] / other,
    }


def features_gate(
    count: int, missing: Sequence[str], stale: dict[str, int], parameters: GateParameters
) -> GateResult:
    """Every column that makes a difference has a value at the origin, and its source goes on.

    `missing` names those without any; `stale` the sources that ended, with the weeks since.
    """
    lacking = [*missing, *(f"{kind} (-{weeks} w)" for kind, weeks in stale.items())]
    said = words("features", count=count)
    if lacking:
        said = words("features_missing", what=", ".join(lacking))
    evidence = {"used": count, "missing": list(missing), "silent_weeks": stale}
    limit = parameters.stale_weeks
    return GateResult("features", not lacking, said, len(lacking), limit, evidence)


def level_gate(expected: float, usual: float, parameters: GateParameters) -> GateResult:
    """The model expects about as many fines of a week of usual patrols as were found lately.

    What it learnt from may have been broken: weeks half lost, hours mistyped, rows twice.
    """
    most = parameters.level_factor
    limit = f"{1 / most:.2f} – {most:.2f}"
    if not _defined(expected, usual) or usual <= 0:
        return undefined("level", limit, {"expected": expected, "usual": usual})
    value = expected / usual
    said = words("level", expected=expected, usual=usual, value=value)
    evidence = {"expected": expected, "usual": usual}
    return GateResult("level", 1 / most <= value <= most, said, value, limit, evidence)


def rolled_back_gate(reason: str | None) -> GateResult:
    """A bundle that was taken out of service does not come back by itself."""
    if reason is None:
        return GateResult("rolled_back", True, words("never_rolled_back"), None, None)
    return GateResult("rolled_back", False, words("rolled_back", reason=reason), reason, None)


def few_weeks(why: str) -> GateResult:
    """The refusal where history is too short to judge any week."""
    return GateResult("weeks", False, words("weeks_few", what=why), None, None)


def undefined(
    name: str,
    limit: float | str | None,
    evidence: dict[str, Any] | None = None,
    what: str = "",
) -> GateResult:
    """The refusal of a gate whose figure is missing or is no number."""
    said = words("undefined_of" if what else "undefined", what=what)
    return GateResult(name, False, said, None, limit, evidence or {})


def not_asked(name: str, why: str, evidence: dict[str, Any] | None = None) -> GateResult:
    """A gate that has nothing to judge by; `why` is a key of gate_words."""
    return GateResult(name, True, words(why), None, None, evidence or {}, asked=False)


def _defined(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _said(found: Comparison) -> dict[str, float]:
    value, lower, upper = map(float, found.relative)
    return {
        "own": found.own_loss,
        "other": found.other_loss,
        "value": value,
        "lower": lower,
        "upper": upper,
    }


def _evidence(found: Comparison) -> dict[str, Any]:
    return {"against": found.other, **_said(found), "p_weeks": found.p_weeks}


def _ends(found: Range) -> dict[str, float]:
    return {"value": found.value, "lower": float(found.lower), "upper": float(found.upper)}
