"""The record of promotions: what it keeps, what a crash leaves of it, and the way back."""

from __future__ import annotations

import dataclasses
import json

import pytest

from infraction_model.errors import ConfigError, InputError
from infraction_model.io.decisions import (
    Decision,
    ModelVersion,
    champion,
    champions,
    path_of,
    read_decisions,
    record,
    rolled_back,
    withdraw,
)
from infraction_model.io.workspace import Workspace

A, B, C = (ModelVersion(name, number) for number, name in enumerate("abc", start=1))
ROW = {"name": "log_loss", "level": "alarm", "value": 0.1, "limit": 0.01, "evidence": {"own": 1.0}}


def _decision(
    outcome: str, challenger: ModelVersion, before: ModelVersion | None, **changes
) -> Decision:
    after = before if outcome == "refused" else challenger
    decision = Decision(
        number=0,
        decided_at="2024-05-06T07:00:00",
        outcome=outcome,
        origin="2024-05-06",
        challenger=challenger,
        champion_before=before,
        champion_after=after,
        forced=False,
        reason="",
        gates=[ROW],
        settings={"folds": 4},
        software="1.0",
    )
    return dataclasses.replace(decision, **changes)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "town")


def test_decisions_come_back_as_they_were_numbered_in_order(workspace):
    assert read_decisions(workspace) == []
    assert champion(workspace) is None
    first = record(workspace, _decision("promoted", A, None))
    second = record(workspace, _decision("refused", B, A))
    assert read_decisions(workspace) == [first, second]
    assert [first.number, second.number] == [1, 2]
    assert first.moved
    assert not second.moved
    assert second.refusals == ("log_loss",)
    assert champion(workspace) == "a"


def test_a_figure_that_is_no_number_is_null_in_the_file(workspace):
    written = record(
        workspace,
        _decision("refused", B, A, gates=[ROW | {"value": float("nan"), "limit": (1, 2)}]),
    )
    [row] = json.loads(path_of(workspace, 1).read_text())["gates"]
    assert row["value"] is None
    assert read_decisions(workspace) == [written]


def test_the_same_refusal_twice_is_one_record_another_is_two(workspace):
    first = record(workspace, _decision("refused", B, A))
    later = record(workspace, _decision("refused", B, A, decided_at="2024-05-07T07:00:00"))
    assert later == first
    record(workspace, _decision("refused", B, A, origin="2024-05-13"))
    assert len(read_decisions(workspace)) == 2


def test_what_a_crash_left_half_written_is_no_decision(workspace):
    record(workspace, _decision("promoted", A, None))
    (workspace.decisions / ".0002.json.abc.tmp").write_text('{"number": 2')
    assert [decision.number for decision in read_decisions(workspace)] == [1]
    assert record(workspace, _decision("promoted", B, A)).number == 2


def test_a_record_that_was_edited_badly_is_refused_by_its_name(workspace):
    record(workspace, _decision("promoted", A, None))
    path = path_of(workspace, 1)
    path.write_text(path.read_text().replace('"forced"', '"force"'))
    with pytest.raises(ConfigError, match="force"):
        read_decisions(workspace)
    path.write_text("{")
    with pytest.raises(InputError, match=r"0001\.json"):
        read_decisions(workspace)


def test_a_withdrawn_move_is_as_if_it_had_not_been(workspace):
    record(workspace, _decision("promoted", A, None))
    withdraw(workspace, record(workspace, _decision("promoted", B, A)))
    assert champion(workspace) == "a"


def test_going_back_twice_goes_further_back(workspace):
    for challenger, before in ((A, None), (B, A), (C, B)):
        record(workspace, _decision("promoted", challenger, before))
    assert champions(read_decisions(workspace)) == [A, B, C]
    record(workspace, _decision("rolled_back", B, C))
    assert champions(read_decisions(workspace)) == [A, B]
    record(workspace, _decision("rolled_back", A, B))
    assert champions(read_decisions(workspace)) == [A]
    assert champion(workspace) == "a"


def test_an_alias_moved_by_hand_is_on_the_way_back():
    moves = [_decision("promoted", A, None), _decision("promoted", C, B)]
    assert champions(moves) == [A, B, C]
    assert champions([_decision("rolled_back", A, B)]) == [A]


def test_a_bundle_stays_out_of_service_until_someone_promotes_it_again():
    moves = [
        _decision("promoted", B, A),
        _decision("rolled_back", A, B, reason="it saw nothing"),
    ]
    assert rolled_back(moves, "b") == "2024-05-06T07:00:00: it saw nothing"
    assert rolled_back(moves, "a") is None
    assert rolled_back([*moves, _decision("promoted", B, A)], "b") is None
