import os

import pytest

from infraction_model.errors import InputError, NotEnoughMemoryError
from infraction_model.pipelines.weekly.isolation import isolated
from infraction_model.pipelines.weekly.journal import Journal, Trouble
from infraction_model.reports.weekly_texts import SOURCES, TROUBLES, banner, trouble_rows


def test_a_stage_that_has_another_way_is_survived_and_noted():
    journal = Journal()
    with journal.stage("train", or_else="training_failed"):
        raise InputError("the export is half a file")
    with journal.stage("score", or_else="champion_unusable"):
        raise ZeroDivisionError("a bug")
    assert journal.troubles == [
        Trouble("training_failed", "the export is half a file"),
        Trouble("champion_unusable", "ZeroDivisionError: a bug"),
    ]
    assert [row["outcome"] for row in journal.stages] == [
        "failed: the export is half a file",
        "failed: ZeroDivisionError: a bug",
    ]


def test_a_stage_without_another_way_ends_the_run():
    with pytest.raises(InputError, match="half"), Journal().stage("ingest"):
        raise InputError("half a file")


def test_work_apart_gives_its_result_and_its_errors():
    assert isolated(pow, 2, 10) == 1024
    with pytest.raises(ValueError, match="invalid literal"):
        isolated(int, "seven")


def test_work_whose_process_is_killed_is_told_from_work_that_fails():
    with pytest.raises(NotEnoughMemoryError, match="was killed"):
        isolated(os._exit, 9)


def test_a_banner_says_what_went_wrong_and_who_scored_in_both_languages():
    dates = {"data_week": "2026-11-16", "trained": "2026-10-05"}
    said = banner(["training_failed", "training_failed"], "champion", **dates)
    assert said["en"].count("training due this week failed") == 1
    assert "5 Oct 2026" in said["en"]
    assert "05/10/2026" in said["fr"]
    assert banner([], "champion", **dates) is None
    assert banner(["monitoring_failed", "occupancy_outdated"], "trained", **dates) is None


@pytest.mark.parametrize("kind", TROUBLES["fr"])
def test_every_trouble_has_its_row_for_the_operator(kind):
    [row] = trouble_rows([(kind, "what was said")], data_week="2026-11-16", trained="2026-10-05")
    assert row["level"] == "warning"
    assert row["value"] == "what was said"
    assert row["words"]["fr"] != row["words"]["en"]
    assert "{" not in row["words"]["fr"] + row["words"]["en"]
    assert SOURCES["fr"].keys() == {"champion", "empirical_bayes"}


def test_work_apart_prints_nothing(capfd):
    assert isolated(print, "loud") is None
    assert capfd.readouterr().out == ""
