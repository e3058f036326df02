"""Experiments side by side: better, worse or not distinguishable, and only where it is fair."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from infraction_model.errors import ConfigError
from infraction_model.evaluation.experiment import compare_experiments
from made_experiments import FINES, HOURS, result


def compared(reference, *others):
    names = {f"{number:04d}-x": one for number, one in enumerate((reference, *others), start=1)}
    return compare_experiments(names, "0001-x")


def weekly_losses(one) -> np.ndarray:
    return np.array([sums["loss"] for _, sums in sorted(one["sums_by_week"].items())]) / HOURS


def test_better_worse_and_not_distinguishable():
    found = compared(result(), result(0.02, seed=2), result(-0.02, seed=3), result(seed=4))
    assert [one.loss.verdict for one in found.versus] == ["better", "worse", "unclear"]
    assert [np.sign(one.capture.value) for one in found.versus] == [1, -1, 0]


def test_the_interval_is_that_of_the_paired_weeks():
    # hard weeks are hard for both: unpaired, 0.05 of spread would hide a difference of 0.004
    reference, other = result(), result(0.004, seed=2)
    [versus] = compared(reference, other).versus
    differences = weekly_losses(other) - weekly_losses(reference)
    expected = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    assert versus.loss.difference.value == pytest.approx(differences.mean(), abs=1e-12)
    assert versus.loss.difference.lower == pytest.approx(expected.low, abs=4e-4)
    assert versus.loss.difference.upper == pytest.approx(expected.high, abs=4e-4)
    assert versus.loss.verdict == "better"
    assert versus.log_loss == pytest.approx(weekly_losses(other).mean())
    assert versus.top_capture == pytest.approx((12.0 + 0.4) / FINES)


def test_the_other_way_round_it_is_the_opposite():
    one, other = result(), result(0.004, seed=2)
    [there], [back] = compared(one, other).versus, compared(other, one).versus
    assert back.loss.difference.value == pytest.approx(-there.loss.difference.value)
    assert back.loss.difference.lower == pytest.approx(-there.loss.difference.upper)
    assert (there.loss.verdict, back.loss.verdict) == ("better", "worse")


def test_few_weeks_that_agree_are_not_enough_where_zones_do_not():
    """Four weeks may agree by chance: a gain that comes from one zone alone is not believed."""
    reference, other = result(weeks=4, noise=0.0), result(0.02, weeks=4, noise=0.0, seed=2)
    everywhere = compared(reference, other)
    assert everywhere.units == "both"
    assert everywhere.versus[0].loss.verdict == "better"
    total = sum(loss for loss, _ in reference["loss_by_zone"].values())
    gained = total - sum(loss for loss, _ in other["loss_by_zone"].values())
    other["loss_by_zone"] = {z: list(v) for z, v in reference["loss_by_zone"].items()}
    other["loss_by_zone"]["z0"][0] -= gained
    assert compared(reference, other).versus[0].loss.verdict == "unclear"


def test_weeks_that_only_some_have_are_left_aside_and_named():
    longer = result(0.02, weeks=10, seed=2)
    shorter = result(weeks=10)
    left = sorted(shorter["sums_by_week"])[:2]
    for week in left:
        del shorter["sums_by_week"][week]
    found = compared(shorter, longer)
    assert list(found.left_out) == left
    assert len(found.weeks) == 8
    assert found.reference_loss == pytest.approx(weekly_losses(shorter).mean())
    assert found.versus[0].log_loss == pytest.approx(weekly_losses(longer)[2:].mean())


@pytest.mark.parametrize(
    "other, said",
    [
        (result(data_fingerprint="cd" * 8), "other data"),
        (result(exposure_basis="none"), "exposure is by none and by recorded"),
        (result(gap=2), "look 2 and 1 weeks ahead"),
        (result(first_week=2950), "no judged week in common"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, said):
    with pytest.raises(ConfigError, match="0002-x and 0001-x cannot be compared") as refused:
        compared(result(), other)
    assert said in str(refused.value)


def test_other_zone_hours_are_refused():
    other = result()
    week = max(other["sums_by_week"])
    other["sums_by_week"][week]["zone_hours"] += 168
    with pytest.raises(ConfigError, match=f"week of {week} they were judged on 668 and 500"):
        compared(result(), other)


def test_three_that_share_no_week_are_refused():
    two, three = result(weeks=10), result(weeks=10)
    for number, week in enumerate(sorted(two["sums_by_week"])):
        del (two if number < 5 else three)["sums_by_week"][week]
    with pytest.raises(ConfigError, match="no week was judged in all of them"):
        compared(result(), two, three)
