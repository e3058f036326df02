import json
import logging

import pytest

from infraction_model.io.step_log import LOGGER, StepLog
from infraction_model.pipelines.console import step


@pytest.fixture
def lines(tmp_path):
    """Give the lines logged so far to a run's steps.jsonl."""
    path = tmp_path / "a_run" / "steps.jsonl"
    path.parent.mkdir()
    handler = StepLog(str(path), "train")
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    logger.removeHandler(handler)
    handler.close()


def test_a_step_is_one_line_with_what_an_operator_asks(lines):
    with step("Lire les données\nde Béthune") as done:
        done.rows = 12
    [line] = lines()
    assert line["step"] == "Lire les données\nde Béthune"
    assert (line["outcome"], line["rows"], line["command"]) == ("done", 12, "train")
    assert line["run"] == "a_run"
    assert 0 <= line["seconds"] < 5
    assert 10 < line["peak_mb"] < 100_000
    assert line["time"][10] == "T"


def test_a_step_that_fails_says_why_and_no_password(lines):
    with pytest.raises(ValueError, match="no answer"), step("logging the run"):
        raise ValueError("no answer from http://ann:s3cret@host")
    [line] = lines()
    assert line["outcome"] == "failed"
    assert line["error"] == "ValueError: no answer from http://ann:***@host"


def test_without_a_run_nothing_is_written(tmp_path, capsys):
    with step("reading"):
        pass
    assert "reading" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
