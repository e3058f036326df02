"""Promotion with bundles on disk and a registry of aliases, by `decide` and the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

import small_town
from infraction_model import cli
from infraction_model.errors import ConfigError, MissingArtefactError, TrackingUnavailable
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.evaluation.gates import GateParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit
from infraction_model.io import decisions
from infraction_model.io.bundles import write_bundle
from infraction_model.io.panels import write_panel
from infraction_model.io.tracking import CHALLENGER, CHAMPION, RegisteredModel
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines import promote
from infraction_model.pipelines.promoting import decide, roll_back

GATES = GateParameters(folds=2)


class Registry:
    """Aliases and notes as the tracking store keeps them."""

    def __init__(self, bundles: list[str]) -> None:
        self.bundles = dict(enumerate(bundles, start=1))
        self.aliases: dict[str, int] = {}
        self.notes: list[tuple[int, dict[str, str]]] = []
        self.is_away = False

    def find(self, alias: str) -> RegisteredModel:
        if alias not in self.aliases:
            raise MissingArtefactError(f"no {alias}")
        number = self.aliases[alias]
        return RegisteredModel("town", number, self.bundles[number])

    def set_alias(self, alias: str, version: int) -> None:
        if self.is_away:
            raise TrackingUnavailable("gone")
        self.aliases[alias] = version

    def note(self, version: int, tags: dict[str, str], files=()) -> None:
        if self.is_away:
            raise TrackingUnavailable("gone")
        assert all(path.exists() for path in files)
        self.notes.append((version, tags))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A panel, and the bundles of two good models of two origins and of one rate for all."""
    panel = small_town.panel(weeks=24, per_week=150)
    models = tmp_path_factory.mktemp("models")
    wanted = [
        (panel.end_week - 6, EmpiricalBayesParameters()),
        (panel.end_week, EmpiricalBayesParameters()),
        (panel.end_week, ConstantParameters()),
    ]
    town = small_town.town("recorded")
    names = []
    for origin, estimator in wanted:
        [model] = fit(panel, origin, town, [estimator], FeatureParameters(), ForecastParameters())
        names.append(write_bundle(model, models / "town").name)
    return panel, models, names


@pytest.fixture
def town(made, tmp_path):
    """A workspace whose registry holds the bundles as versions 1 to 3; the first is challenger."""
    panel, models, names = made
    workspace = Workspace(tmp_path / "town")
    write_panel(panel, workspace.panel)
    registry = Registry(names)
    registry.aliases[CHALLENGER] = 1

    def ask(**settings):
        when = f"2024-06-0{len(decisions.read_decisions(workspace)) + 1}T08:00:00"
        return decide(workspace, panel, panel.end_week, registry, models, GATES, when, **settings)

    def back(reason: str = ""):
        return roll_back(workspace, registry, models, "2024-07-01T08:00:00", reason)

    return SimpleNamespace(
        workspace=workspace, registry=registry, models=models, names=names, ask=ask, back=back
    )


def test_the_first_the_next_and_a_worse_one(town):
    first = town.ask()
    assert first.outcome == "promoted"
    assert first.champion_before is None
    assert town.registry.aliases[CHAMPION] == 1
    assert town.ask().outcome == "unchanged"
    town.registry.aliases[CHALLENGER] = 2
    assert town.ask().champion_after.bundle == town.names[1]
    town.registry.aliases[CHALLENGER] = 3
    refused = town.ask()
    assert refused.outcome == "refused"
    assert {"log_loss", "baseline"} <= set(refused.refusals)
    assert town.registry.aliases[CHAMPION] == 2
    recorded = decisions.read_decisions(town.workspace)
    assert [one.outcome for one in recorded] == ["promoted", "promoted", "refused"]
    assert all(row["evidence"] is not None for one in recorded for row in one.gates)
    [loss] = [row for row in recorded[-1].gates if row["name"] == "log_loss"]
    assert loss["evidence"]["own"] > loss["evidence"]["other"]
    assert decisions.champion(town.workspace) == town.names[1]
    assert [version for version, _ in town.registry.notes] == [1, 2, 3]
    assert town.registry.notes[-1][1]["decision"] == "refused"


def test_force_needs_a_reason_and_says_so_for_ever(town):
    town.ask()
    town.registry.aliases[CHALLENGER] = 3
    with pytest.raises(ConfigError, match="reason"):
        town.ask(force=True, reason="  ")
    forced = town.ask(force=True, reason="the mayor wants it")
    assert forced.outcome == "promoted"
    assert forced.forced
    assert "log_loss" in forced.refusals
    content = json.loads(decisions.path_of(town.workspace, forced.number).read_text())
    assert content["reason"] == "the mayor wants it"
    assert town.registry.aliases[CHAMPION] == 3


def test_force_where_no_gate_refuses_is_a_promotion_like_any_other(town):
    assert not town.ask(force=True, reason="to be sure").forced


def test_going_back_twice_and_no_further(town):
    town.ask()
    for version in (2, 3):
        town.registry.aliases[CHALLENGER] = version
        town.ask(force=True, reason="to have three")
    assert town.back("it was a test").champion_after.bundle == town.names[1]
    assert town.registry.aliases[CHAMPION] == 2
    told = {version: tags["decision"] for version, tags in town.registry.notes}
    assert told == {1: "promoted", 2: "restored", 3: "taken_out"}
    assert town.back().champion_after.bundle == town.names[0]
    assert decisions.champion(town.workspace) == town.names[0]
    with pytest.raises(MissingArtefactError, match="go back to"):
        town.back()
    # what was taken out of service stays out, unless it is forced
    assert "rolled_back" in town.ask().refusals


def test_an_alias_moved_by_hand_is_believed_and_can_be_gone_back_from(town):
    town.ask()
    town.registry.aliases[CHAMPION] = 3
    back = town.back("not by hand")
    assert (back.champion_before.version, back.champion_after.version) == (3, 1)


def test_a_move_that_the_registry_did_not_take_is_not_on_record(town):
    town.registry.is_away = True
    with pytest.raises(TrackingUnavailable):
        town.ask()
    assert decisions.read_decisions(town.workspace) == []
    assert decisions.champion(town.workspace) is None


def test_a_refusal_stands_though_the_registry_cannot_be_told(town):
    town.registry.aliases[CHALLENGER] = 3
    town.registry.is_away = True
    assert town.ask().outcome == "refused"
    assert len(decisions.read_decisions(town.workspace)) == 1


def test_a_champion_that_no_longer_predicts_is_replaced(town):
    town.ask()
    town.registry.bundles[1] = "gone"
    town.registry.aliases[CHALLENGER] = 2
    decision = town.ask()
    assert decision.outcome == "promoted"
    assert decision.champion_before.bundle == "gone"


def test_the_command_line_says_each_gate_and_gives_its_own_exit_code(town, monkeypatch, capsys):
    monkeypatch.setattr(promote, "Tracking", lambda *args, **kwargs: town.registry)
    command = ["promote", f"workspace={town.workspace.root}", f"models={town.models}"]
    command += ["gate.folds=2"]
    assert cli.main(command) == 0
    out = capsys.readouterr().out
    assert "log_loss     held" in out
    assert f"version 1 is the champion: {town.names[0]}" in out
    town.registry.aliases[CHALLENGER] = 3
    assert cli.main(command) == 7
    told = capsys.readouterr()
    assert "REFUSES" in told.out
    assert "log_loss" in told.err
    assert "0002.json" in told.err
    assert cli.main([*command, "force=true"]) == 2
    assert cli.main([*command, "force=true", "reason='it is a test'"]) == 0
    assert cli.main([*command, "--rollback"]) == 0
    assert town.registry.aliases[CHAMPION] == 1
    [*_, last] = decisions.read_decisions(town.workspace)
    assert last.outcome == "rolled_back"
    assert last.decided_at > "2024"
    assert cli.main([*command, "--rollback"]) == 5
    assert cli.main([*command, "--rollback", "force=true", "reason=both"]) == 2
    assert "go back to" in capsys.readouterr().err


def test_a_challenger_trained_after_the_origin_cannot_be_judged_at_it(town, made):
    panel, models, _ = made
    town.registry.aliases[CHALLENGER] = 2
    with pytest.raises(ConfigError, match="knows what came later"):
        decide(
            town.workspace,
            panel,
            panel.end_week - 2,
            town.registry,
            models,
            replace(GATES, folds=3),
            "2024-06-01T08:00:00",
        )
