"""What a search tells: a line each, a nested run each, and one parent however often it goes on."""

from __future__ import annotations

from types import SimpleNamespace

import optuna
import pytest

from infraction_model.pipelines.study_log import StudyLog
from infraction_model.tuning import TrialResult


class Journal:
    """Stands in for the tracking store: keeps what it is told."""

    uri = "sqlite:///runs.db"

    def __init__(self):
        self.started, self.trials, self.finished = [], [], []

    def start_study(self, name, tags):
        self.started.append(name)
        return f"run {len(self.started)}"

    def log_trial(self, parent, name, parameters, metrics, fold_metrics, tags, finished):
        self.trials.append((parent, name, parameters, metrics, fold_metrics, tags, finished))

    def finish(self, run, metrics):
        self.finished.append((run, metrics))


@pytest.fixture
def study():
    study = optuna.create_study()
    study.add_trial(
        optuna.trial.create_trial(
            value=0.4,
            params={"estimator.num_leaves": 5},
            distributions={"estimator.num_leaves": optuna.distributions.IntDistribution(2, 9)},
        )
    )
    return study


TASK = SimpleNamespace(study="some", objectives=("log_loss",))
WHOLE = TrialResult(0, {"estimator.num_leaves": 5}, (0.4,), [{"log_loss": 0.3}, {"log_loss": 0.5}])
PRUNED = TrialResult(1, {"estimator.num_leaves": 6}, None, [])


def test_each_trial_is_a_line_and_a_run_below_the_study(study, capsys):
    journal = Journal()
    log = StudyLog(journal, study, TASK, 30, {"town": "demo"})
    log(WHOLE)
    log(PRUNED)
    log.finish()
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "trial 1 of 30: log_loss 0.40000; best log_loss 0.40000 (no. 0)",
        "trial 1 of 30: pruned in its first fit; best log_loss 0.40000 (no. 0)",
    ]
    [whole, pruned] = journal.trials
    assert whole[:4] == ("run 1", "trial 000 of some", WHOLE.parameters, {"log_loss": 0.4})
    assert whole[4] == WHOLE.by_week
    assert whole[5]["town"] == "demo"
    assert (whole[6], pruned[6], pruned[3]) == (True, False, {})
    assert journal.finished == [("run 1", {"best/log_loss": 0.4})]


def test_a_study_gone_on_with_keeps_its_run_and_another_store_gets_its_own(study):
    journal = Journal()
    for _ in range(2):
        StudyLog(journal, study, TASK, 30, {})(WHOLE)
    assert journal.started == ["tune some"]
    assert [trial[0] for trial in journal.trials] == ["run 1", "run 1"]
    elsewhere = Journal()
    elsewhere.uri = "http://elsewhere"
    StudyLog(elsewhere, study, TASK, 30, {})(WHOLE)
    assert elsewhere.started == ["tune some"]


def test_without_a_store_the_lines_remain(study, capsys):
    log = StudyLog(None, study, TASK, 30, {})
    log(WHOLE)
    log.finish()
    assert "trial 1 of 30" in capsys.readouterr().out
