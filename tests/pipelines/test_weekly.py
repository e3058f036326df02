"""The weekly batch through the command line, on the small made town: what it publishes, and how it
behaves when something is broken. Weeks follow each other; each test leaves things as they were.
"""

import errno
import hashlib
import html
import json
import shutil

import pandas as pd
import pytest

from infraction_model import cli
from infraction_model.errors import (
    LockedError,
    MissingArtefactError,
    PublishedWithFallback,
    StorageError,
)
from infraction_model.io.decisions import champion, read_decisions
from infraction_model.io.lock import only_one
from infraction_model.io.panels import read_panel
from infraction_model.io.publications import Publications
from infraction_model.io.tables import write_table
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.weekly import publishing
from infraction_model.reports.weekly_texts import TROUBLES
from infraction_model.schema import OCCUPANCY

QUICK = [
    "estimator=exposure_gbm",
    "estimator.max_trees=30",
    "estimator.min_data_in_leaf=30",
    "patrol.routing.iterations=20",
]
FIRST, SECOND = "2023-05-08", "2023-05-15"
FALLBACK = PublishedWithFallback.exit_code


@pytest.fixture(scope="module")
def made(tmp_path_factory, give_store):
    """The town after its first week, when its first model was trained and promoted."""
    folder = tmp_path_factory.mktemp("weekly")
    give_store(folder / "town")
    assert cli.main(["simulate", f"workspace={folder / 'town'}", "simulation=small"]) == 0
    assert weekly(folder, FIRST) == 0
    return folder


@pytest.fixture
def town(made, tmp_path):
    """A copy of that town, to break."""
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    raw = tmp_path / "copy" / "town" / "raw"
    assert raw.is_dir()
    return tmp_path / "copy"


def weekly(folder, origin, *overrides) -> int:
    fixed = [f"workspace={folder / 'town'}", f"models={folder / 'models'}", *QUICK]
    return cli.main(
        ["weekly", *fixed, f"origin={origin}", f"started_at={origin}T06:00:00", *overrides]
    )


def publications(folder) -> Publications:
    return Publications(Workspace(folder / "town").publications)


def record(folder) -> dict:
    path = publications(folder).current_folder() / "publication.json"
    return json.loads(path.read_text(encoding="utf-8"))


def banner(folder) -> str | None:
    path = publications(folder).current_folder() / "status.json"
    said = json.loads(path.read_text(encoding="utf-8"))["banner"]
    return said and said["en"]


def tree(folder) -> dict[str, str]:
    """The digest of every file that is no log."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "runs" not in path.parts
    }


def test_the_first_week_trains_a_model_and_publishes_everything_whole(made):
    current = publications(made).current_folder()
    assert current.name == "2023-05-15"
    about = record(made)
    assert about["model"]["source"] == "trained"
    assert about["model"]["kind"] == "exposure_gbm"
    found = {path.relative_to(current).as_posix() for path in current.rglob("*") if path.is_file()}
    assert set(about["files"]) | {"publication.json"} == found
    assert {"index.html", "sheets.html", "form.csv", "week.gpkg", "visits.csv"} < found
    assert any(name.startswith("routes/") for name in found)
    for name, digest in about["files"].items():
        assert hashlib.sha256((current / name).read_bytes()).hexdigest() == digest
    assert banner(made) is None
    [decision] = read_decisions(Workspace(made / "town"))
    assert decision.outcome == "promoted"
    assert decision.decided_at == f"{FIRST}T06:00:00"


def test_scores_are_those_of_the_score_command_to_the_bit(town):
    published = pd.read_parquet(publications(town).current_folder() / "scores.parquet")
    bundle = champion(Workspace(town / "town"))
    where = [f"workspace={town / 'town'}", f"models={town / 'models'}"]
    assert cli.main(["score", *where, f"model={bundle}", f"origin={FIRST}"]) == 0
    scored = pd.read_parquet(town / "town" / "scores" / "2023-05-15.parquet")
    pd.testing.assert_frame_equal(published, scored, check_exact=True)


def test_a_second_run_of_the_week_changes_nothing(town, capsys):
    before = tree(town)
    assert weekly(town, FIRST) == 0
    assert tree(town) == before
    assert "is published" in capsys.readouterr().out


def test_the_next_week_is_scored_by_the_champion_and_says_how_the_last_did(town):
    assert weekly(town, SECOND) == 0
    assert record(town)["model"]["source"] == "champion"
    assert {"stage": "train and ask the gates", "outcome": "not due"} in record(town)["stages"]
    assert banner(town) is None
    assert weekly(town, "2023-05-22") == 0
    weeks = json.loads((publications(town).current_folder() / "weeks.json").read_text())["weeks"]
    assert [week["target_week"] for week in weeks] == ["2023-05-15"]
    assert weeks[0]["judged"]
    assert 0.5 < weeks[0]["ratio"]["value"] < 2.0
    assert publications(town).current().name == "2023-05-29"


def test_what_became_known_of_full_zones_reaches_the_panel_though_no_export_changed(town):
    where = f"workspace={town / 'town'}"
    assert cli.main(["occupancy", where, f"origin={FIRST}"]) == 0
    assert weekly(town, SECOND) == 0
    assert OCCUPANCY in set(read_panel(town / "town" / "panel").context["kind"])


def test_a_zone_that_is_no_more_costs_its_occupancy_and_the_operator_is_told(town):
    where = f"workspace={town / 'town'}"
    assert cli.main(["occupancy", where, f"origin={FIRST}"]) == 0
    path = town / "town" / "occupancy" / "payments" / "occupancy.parquet"
    table = pd.read_parquet(path)
    first, *others = sorted(table["zone_id"].unique())
    table["zone_id"] = table["zone_id"].replace(first, "closed")
    write_table("occupancy", table, path)
    assert weekly(town, SECOND) == 0
    assert record(town)["troubles"] == [["occupancy_outdated", "closed"]]
    assert {"stage": "ingest", "outcome": "done"} in record(town)["stages"]
    panel = read_panel(town / "town" / "panel")
    rows = panel.context.loc[panel.context["kind"] == OCCUPANCY, "zone"].unique()
    assert set(panel.zones["zone_id"].iloc[rows]) == set(others)
    assert banner(town) is None
    status = (publications(town).current_folder() / "status.html").read_text(encoding="utf-8")
    assert "infraction-model occupancy" in status


def test_an_older_week_made_up_for_does_not_become_current(town):
    assert weekly(town, SECOND) == 0
    shutil.rmtree(town / "town" / "publications" / "2023-05-15")
    assert weekly(town, FIRST) == 0
    assert publications(town).current().name == "2023-05-22"
    assert (town / "town" / "publications" / "2023-05-15" / "index.html").exists()


def test_one_more_edition_of_a_week_stands_beside_the_first(town):
    assert weekly(town, FIRST, "redo=true") == 0
    assert publications(town).current().name == "2023-05-15_2"
    first, second = (town / "town" / "publications" / f"2023-05-15{end}" for end in ("", "_2"))
    assert (first / "scores.parquet").read_bytes() == (second / "scores.parquet").read_bytes()


def _cut(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])


def _rename_column(path):
    path.write_bytes(path.read_bytes().replace(b"Date infraction", b"Date constat", 1))


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (_cut, "data_unhealthy"),
        (_rename_column, "export_unusable"),
        (lambda path: path.unlink(), "export_unusable"),
    ],
    ids=["half copied", "column gone", "absent"],
)
def test_an_export_that_cannot_be_trusted_is_not_taken_over(town, capsys, spoil, kind):
    kept = {name: tree(town / "town" / name) for name in ("tables", "panel")}
    spoil(town / "town" / "raw" / "verbalisations.csv")
    assert weekly(town, SECOND, "retrain_weeks=1") == FALLBACK
    assert "with this banner" in capsys.readouterr().err
    assert {name: tree(town / "town" / name) for name in kept} == kept
    assert [trouble[0] for trouble in record(town)["troubles"]] == [kind]
    assert record(town)["model"]["source"] == "champion"
    page = (publications(town).current_folder() / "index.html").read_text(encoding="utf-8")
    assert 'class="banner"' in page
    assert "data received before" in banner(town)


def test_a_week_without_news_is_forecast_from_the_last_news(town):
    """Silence of the export must not pass for weeks in which nothing happened."""
    assert weekly(town, "2023-08-28") == FALLBACK
    about = record(town)
    assert about["data_origin"] < "2023-08-28"
    assert "No data is known that is newer" in banner(town)
    scores = pd.read_parquet(publications(town).current_folder() / "scores.parquet")
    first = pd.read_parquet(town / "town" / "publications" / "2023-05-15" / "scores.parquet")
    ratio = scores["expected_infractions"].mean() / first["expected_infractions"].mean()
    assert 0.7 < ratio < 1.4


def test_without_a_champion_that_can_score_the_historical_rate_does(town):
    [bundle] = (town / "models" / "town").glob("*exposure_gbm*")
    path = bundle / "bundle.json"
    path.write_text(path.read_text()[:-30])
    assert weekly(town, SECOND, "tracking.uri=http://127.0.0.1:9") == FALLBACK
    kinds = [trouble[0] for trouble in record(town)["troubles"]]
    assert kinds == ["training_failed", "champion_unusable"]
    assert record(town)["model"]["source"] == "empirical_bayes"
    assert "plain historical rate" in banner(town)


def test_a_training_that_fails_leaves_the_champion_in_service(town):
    assert weekly(town, SECOND, "retrain_weeks=1", "tracking.uri=http://127.0.0.1:9") == FALLBACK
    assert [trouble[0] for trouble in record(town)["troubles"]] == ["training_failed"]
    assert record(town)["model"]["source"] == "champion"
    assert "127.0.0.1:9" in record(town)["troubles"][0][1]


def test_gates_that_refuse_leave_the_champion_in_service(town):
    refusing = ["retrain_weeks=1", "gate.coverage_least=0.998", "gate.coverage_most=0.999"]
    assert weekly(town, SECOND, *refusing) == FALLBACK
    assert record(town)["troubles"] == [["promotion_refused", "coverage"]]
    assert record(town)["model"]["source"] == "champion"
    assert read_decisions(Workspace(town / "town"))[-1].outcome == "refused"


def test_a_plan_and_a_file_that_fail_cost_themselves_and_the_page_says_so(town, monkeypatch):
    def fails(*given, **settings):
        raise ValueError("not today")

    monkeypatch.setattr("infraction_model.pipelines.plan.plan_scores", fails)
    monkeypatch.setattr("infraction_model.pipelines.week_files.week_kml", fails)
    assert weekly(town, SECOND) == FALLBACK
    folder = publications(town).current_folder()
    assert [kind for kind, _ in record(town)["troubles"]] == ["plan_failed", "files_failed"]
    page = html.unescape((folder / "index.html").read_text(encoding="utf-8"))
    for kind in ("plan_failed", "files_failed"):
        assert TROUBLES["fr"][kind] in page
    files = set(record(town)["files"])
    assert {"index.html", "week.gpkg", "ranked.csv", "scores.parquet"} < files
    assert not files & {"visits.csv", "sheets.html", "form.csv", "week.kml"}


def test_nothing_is_published_where_nothing_can_be_and_the_last_map_stays(tmp_path, capsys):
    code = weekly(tmp_path, FIRST, "data.fines.path=absent.csv")
    assert code == 3
    assert not (tmp_path / "town" / "publications" / "current").exists()
    with pytest.raises(MissingArtefactError):
        publications(tmp_path).current_folder()


def test_a_full_disk_keeps_the_last_map(town, monkeypatch, capsys):
    def full(folder, *arguments):
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "index.html"))

    monkeypatch.setattr(publishing, "_text", full)
    before = tree(town / "town" / "publications")
    assert weekly(town, SECOND) == StorageError.exit_code
    assert tree(town / "town" / "publications") == before
    monkeypatch.undo()
    assert weekly(town, SECOND) == 0
    assert publications(town).current().name == "2023-05-22"


def test_two_runs_are_kept_apart(town, capsys):
    with only_one(Workspace(town / "town").weekly / "lock", "a test"):
        assert weekly(town, SECOND) == LockedError.exit_code
    assert "Wait until it is over" in capsys.readouterr().err


def test_an_origin_that_is_no_monday_is_refused_before_anything_is_done(town, capsys):
    before = tree(town)
    assert weekly(town, "2023-05-16") == 2
    assert "nearest Monday is 2023-05-15" in capsys.readouterr().err
    assert tree(town) == before


def test_the_origin_is_the_monday_of_the_week_in_which_the_run_starts(town):
    fixed = [f"workspace={town / 'town'}", f"models={town / 'models'}", *QUICK]
    assert cli.main(["weekly", *fixed, "started_at=2023-05-21T18:00:00"]) == 0
    assert publications(town).current().name == "2023-05-22"


def test_a_champion_with_a_flipped_byte_a_broken_record_or_list_of_weeks_costs_no_map(town):
    workspace = Workspace(town / "town")
    [bundle] = (town / "models" / "town").glob("*exposure_gbm*")
    [trees] = bundle.glob("*.txt")
    trees.write_bytes(b"\xff" + trees.read_bytes()[1:])
    (workspace.decisions / "0001.json").write_text("{half")
    (publications(town).current_folder() / "weeks.json").write_text("[")
    assert weekly(town, SECOND) == FALLBACK
    kinds = [trouble[0] for trouble in record(town)["troubles"]]
    assert set(kinds) == {"monitoring_failed", "training_failed", "champion_unusable"}
    assert record(town)["model"]["source"] == "empirical_bayes"


def test_a_panel_that_was_damaged_is_made_again(town):
    (town / "town" / "panel" / "fines.parquet").write_bytes(b"half")
    assert weekly(town, SECOND) == 0
    assert banner(town) is None


def test_data_that_looks_wrong_is_taken_over_where_a_person_says_so(town):
    _cut(town / "town" / "raw" / "verbalisations.csv")
    before = tree(town / "town" / "tables")
    assert weekly(town, SECOND) == FALLBACK
    assert tree(town / "town" / "tables") == before
    weekly(town, SECOND, "redo=true", "accept_data=true")
    assert tree(town / "town" / "tables") != before
    assert "data_unhealthy" not in [trouble[0] for trouble in record(town)["troubles"]]
