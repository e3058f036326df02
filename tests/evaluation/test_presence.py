"""Presences against the true log of made towns, whose rates are known."""

import numpy as np
import pytest

import small_town
from infraction_model.evaluation.presence import against_log
from infraction_model.exposure import PresenceParameters
from infraction_model.panel import build
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import simulate_truth


@pytest.fixture(scope="module", params=["classes", "free"])
def history(request):
    return simulate_truth(
        SimulationParameters(zones=60, weeks=52, officers=6, structure=request.param)
    )


@pytest.fixture(scope="module")
def panel(history):
    tables = contract_tables(history)
    return build(tables.zones, tables.fines, tables.patrols)


def true_finds(history, panel) -> float:
    """What the true rates expect to be found in all hours of presence."""
    told = panel.presences.hours
    week = told["week"] - history.first_week
    rates = history.drivers.rates[told["zone"], week, told["hour_of_week"]]
    return float((rates * told["hours"]).sum())


def test_presences_recover_a_fifth_of_the_true_hours_and_invent_few(panel):
    check = against_log(panel)
    assert 0.15 < check.seen < 0.35
    assert check.elsewhere < 0.2
    assert 0.5 < check.likeness < 0.9


def test_rates_by_presence_are_somewhat_low_never_several_times_too_high(history, panel):
    """Some agents leave within the quarter of an hour: a third is missing."""
    level = panel.presences.finds["fines"].sum() / true_finds(history, panel)
    assert 0.55 < level < 0.75
    assert against_log(panel).level == pytest.approx(level, abs=0.15)
    # counting the fines that tell of the presence among the finds would make it far too high
    told_by = panel.fines["fines"].sum() / true_finds(history, panel)
    assert told_by > 2.0


def test_a_longer_stay_recovers_more_hours_at_a_lower_level(history):
    tables = contract_tables(history)
    seen, level = [], []
    for minutes in (5.0, 15.0, 45.0):
        panel = build(
            tables.zones, tables.fines, tables.patrols, presence=PresenceParameters(minutes)
        )
        seen.append(against_log(panel).seen)
        level.append(panel.presences.finds["fines"].sum() / true_finds(history, panel))
    assert seen == sorted(seen)
    assert level == sorted(level, reverse=True)
    assert 0.75 < level[0] < 1.0


def test_without_a_log_or_agents_there_is_nothing_to_check():
    zones, fines, patrols = small_town.tables(weeks=5)
    assert against_log(build(zones, fines, None)) is None
    assert against_log(build(zones, fines.drop(columns="agent_id"), patrols)) is None
    assert np.isfinite(against_log(build(zones, fines, patrols)).likeness)
