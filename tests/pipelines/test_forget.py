"""forget, on the small made town after the whole chain: what is old is gone from every file."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3

import pandas as pd
import pytest

from infraction_model import cli
from infraction_model.io.atomic import new_folder
from infraction_model.io.oldest import oldest_record, oldest_written
from infraction_model.io.panels import read_panel
from infraction_model.io.publications import Publication, Publications
from infraction_model.timegrid import monday

FIRST = "2023-03-06"
ASKED = "2023-03-02"  # a Thursday: moved on to the Monday above
QUICK = ("estimator=exposure_gbm", "estimator.max_trees=10", "estimator.min_data_in_leaf=30")


@pytest.fixture(scope="module")
def chain(tmp_path_factory, give_store):
    """A workspace in which every step has run, and what a weekly batch leaves behind."""
    folder = tmp_path_factory.mktemp("forget")
    give_store(folder / "town")
    town = [f"workspace={folder / 'town'}", f"models={folder / 'models'}"]
    for name, *more in [
        ("simulate", "simulation=small"),
        ("ingest",),
        ("panel",),
        ("train", *QUICK),
        ("score", "model=challenger"),
        ("map",),
    ]:
        given = town if name in ("train", "promote", "score") else town[:1]
        assert cli.main([name, *given, *more]) == 0, name
    return folder


@pytest.fixture
def forget(chain, tmp_path):
    """Run forget in a copy of the workspace; gives its exit code."""
    shutil.copytree(chain, tmp_path / "all", symlinks=True)
    folder = tmp_path / "all"

    def run(*overrides: str, tracking: str = "none") -> int:
        where = [f"workspace={folder / 'town'}", f"models={folder / 'models'}"]
        return cli.main(["forget", *where, f"tracking={tracking}", *overrides])

    run.town, run.models = folder / "town", folder / "models" / "town"
    return run


def files_with(folder, words: set[str]) -> list[str]:
    """The files below a folder that hold any of the words; parquet is read as text."""
    wanted = {word.encode() for word in words}
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content = pd.read_parquet(path).to_csv().encode()
            if wanted & set(re.findall(rb"[\w-]+", content)):
                found.append(path.relative_to(folder).as_posix())
    return found


def old_records(town) -> set[str]:
    """The ids of fines and patrols from before the first day kept."""
    ids: set[str] = set()
    for name, key, time in (
        ("fines", "fine_id", "issued_at"),
        ("patrols", "patrol_id", "started_at"),
    ):
        table = pd.read_parquet(town / "tables" / f"{name}.parquet")
        ids |= set(table.loc[table[time].dt.tz_localize(None) < pd.Timestamp(FIRST), key])
    assert len(ids) > 1000
    assert min(map(len, ids)) > 4  # words that nothing else is called
    return ids


def publish(town, *weeks: str) -> Publications:
    publications = Publications(town / "publications")
    for week in weeks:
        one = Publication(dt.date.fromisoformat(week))
        with publications.new(one) as folder:
            (folder / "index.html").write_text(f"the map of {week}")
        publications.make_current(one)
    return publications


def test_what_is_old_is_gone_from_every_file(forget, capsys):
    town = forget.town
    old = old_records(town)
    assert files_with(town, old)
    for name in ("scores", "maps", "plans"):
        (town / name).mkdir(exist_ok=True)
    (town / "maps" / "2023-02-27").mkdir()
    (town / "plans" / "2023-02-27").mkdir()
    (town / "scores" / "2023-02-27.json").write_text("{}")
    (town / "runs" / "score" / "2023-02-27T10-00-00-000000").mkdir()
    (town / "occupancy" / "sensors").mkdir(parents=True)
    shutil.copy(
        town / "tables" / "patrols.parquet", town / "occupancy" / "sensors" / "occupancy.parquet"
    )
    (town / "dashboard").mkdir()
    (town / "dashboard" / "index.html").write_text("the state of parking", encoding="utf-8")
    (town / "live").mkdir()
    (town / "live" / "state.db").write_bytes(b"bays and times")
    publications = publish(town, "2023-02-27", "2023-03-06")
    assert forget("--before", ASKED) == 0
    said = capsys.readouterr().out
    assert f"nothing older than {FIRST} is left" in said
    assert "fines.csv still holds" in said or "older rows" in said

    everything_else = [name for name in ("raw", "truth") if (town / name).exists()]
    for name in everything_else:
        shutil.move(town / name, town.parent / name)
    shutil.rmtree(town / "mlflow")  # see the test on models
    assert files_with(town, old) == []
    first = dt.date.fromisoformat(FIRST)
    tables = list((town / "tables").glob("*.parquet"))
    assert {path.stem for path in tables} >= {"fines", "patrols", "zones", "quarantine"}
    assert pd.read_parquet(town / "tables" / "quarantine.parquet").empty
    for path in town.rglob("*.parquet"):
        day = oldest_record(path)
        assert day is None or day >= first, path
    panel = read_panel(town / "panel")
    assert monday(panel.fines["week"].min()) == first
    assert [one.name for one in publications.all()] == ["2023-03-06"]
    assert publications.current().name == "2023-03-06"
    for name in ("occupancy", "dashboard"):
        assert not list((town / name).iterdir())
    assert [path.name for path in (town / "live").iterdir()] == ["lock"]
    for name in ("maps", "plans", "scores", "runs/score"):
        assert not [p for p in (town / name).iterdir() if p.name.startswith("2023-02-27")]


def test_the_model_that_learnt_from_old_weeks_is_gone_and_so_are_its_runs(forget, capsys):
    [bundle] = [path.name for path in forget.models.iterdir()]
    assert files_with(forget.town / "mlflow", {bundle})
    assert forget(f"before={FIRST}", tracking="local") == 0
    assert list(forget.models.glob("2*")) == []
    assert files_with(forget.town / "mlflow", {bundle}) == []
    with sqlite3.connect(forget.town / "mlflow" / "mlflow.db") as store:
        for table in ("runs", "model_versions", "logged_models", "metrics"):
            assert store.execute(f"select count(*) from {table}").fetchone() == (0,)
    assert "No model is left" in capsys.readouterr().out
    where = [f"workspace={forget.town}", f"models={forget.models.parent}"]
    assert cli.main(["score", *where, "model=challenger"]) == 5


def test_models_can_be_kept_and_are_named(forget, capsys):
    [bundle] = [path.name for path in forget.models.iterdir()]
    assert forget(f"before={FIRST}", "keep_models=true") == 0
    assert f"model {bundle} learnt from weeks since" in capsys.readouterr().out
    certificate = json.loads((forget.town / "reports" / "forget.json").read_text())
    assert certificate["models"][0]["proven"] is False


def test_the_certificate_says_what_went_and_what_is_left(forget):
    assert forget("--before", ASKED) == 0
    certificate = json.loads((forget.town / "reports" / "forget.json").read_text())
    assert (certificate["before"], certificate["kept_from"]) == (ASKED, FIRST)
    assert certificate["proven"] is True
    gone = {row["kind"]: row for row in certificate["removed"]}
    assert gone["fines"]["count"] > 100
    assert gone["fines"]["oldest"] == "2023-01-02"
    assert gone["weeks"]["count"] == 9
    assert gone["bundles"]["names"]
    left = {row["file"]: row["oldest"] for row in certificate["records"]}
    assert left["tables/fines.parquet"] >= FIRST
    assert left["panel/fines.parquet"] == FIRST
    raw = {row["file"]: row for row in certificate["raw"]}
    assert sum(row["older"] or 0 for row in raw.values()) > 100
    page = (forget.town / "reports" / "forget.html").read_text(encoding="utf-8")
    assert "06/03/2023" in page
    assert "src=" not in page.replace('src="data:', "")


def test_a_dry_run_says_it_and_changes_nothing(forget, capsys):
    def contents():
        return {
            path: path.read_bytes()
            for path in forget.town.rglob("*")
            if path.is_file() and not {"runs", "weekly", "mlflow"} & set(path.parts)
        }

    before = contents()
    assert forget("--before", FIRST, "dry_run=true") == 0
    said = capsys.readouterr().out
    assert re.search(r"would go: \d+ fines, the oldest of 2023-01-02", said)
    assert "nothing was changed" in said
    assert contents() == before


def test_what_was_forgotten_does_not_come_back_with_the_next_ingest(forget):
    assert forget(f"before={FIRST}") == 0
    kept = pd.read_parquet(forget.town / "tables" / "fines.parquet")
    for name in ("ingest", "panel"):
        assert cli.main([name, f"workspace={forget.town}"]) == 0
    again = pd.read_parquet(forget.town / "tables" / "fines.parquet")
    pd.testing.assert_frame_equal(again, kept)
    quarantined = len(pd.read_parquet(forget.town / "tables" / "quarantine.parquet"))
    assert quarantined > 0
    assert forget(f"before={FIRST}") == 0
    assert len(pd.read_parquet(forget.town / "tables" / "quarantine.parquet")) == quarantined


def test_a_run_that_was_cut_off_is_completed_by_the_next(forget, monkeypatch):
    from infraction_model.pipelines import forget as pipeline

    def killed(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "_remove", killed)
    assert forget(f"before={FIRST}") == 130
    monkeypatch.undo()
    assert forget(f"before={FIRST}") == 0
    assert json.loads((forget.town / "reports" / "forget.json").read_text())["proven"] is True


def test_raw_exports_inside_the_workspace_go_only_when_asked(forget):
    assert forget(f"before={FIRST}") == 0
    assert (forget.town / "raw").is_dir()
    assert forget(f"before={FIRST}", "raw=true") == 0
    assert not (forget.town / "raw").exists()
    assert not (forget.town / "truth").exists()


@pytest.mark.parametrize(
    "overrides, code, said",
    [
        ((), 2, "say from which day on"),
        (("before=2030-01-07",), 6, "no fine is newer than 2030-01-07"),
        (("before=soon",), 2, "key 'before'"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(forget, capsys, overrides, code, said):
    assert forget(*overrides) == code
    assert said in capsys.readouterr().err
    assert not (forget.town / "retention.json").exists()


def test_dates_are_found_where_they_are_written(tmp_path):
    path = tmp_path / "notes.html"
    path.write_text("le 31/03/2021, 2020-02-30, 12020-01-01, 2020-01-011, v2019-01-02, 2024-05-06")
    assert oldest_written(path) == dt.date(2019, 1, 2)
    path.write_text("1.2.3-4 and 10/2024")
    assert oldest_written(path) is None


def test_the_oldest_record_is_found_in_tables_and_in_panels(tmp_path):
    with new_folder(tmp_path / "f") as folder:
        times = pd.Series(pd.to_datetime(["2024-03-01 00:30", None])).dt.tz_localize("Europe/Paris")
        pd.DataFrame({"a": times, "b": 1}).to_parquet(folder / "times.parquet")
        pd.DataFrame({"week": [2800, 2799]}).to_parquet(folder / "weeks.parquet")
        pd.DataFrame({"c": [1]}).to_parquet(folder / "none.parquet")
    found = {path.stem: oldest_record(path) for path in (tmp_path / "f").iterdir()}
    assert found == {"times": dt.date(2024, 3, 1), "weeks": monday(2799), "none": None}
