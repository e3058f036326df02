"""The command on the small made town: what it writes, and that nobody is found in it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import jsonschema
import pandas as pd
import pyogrio
import pytest
import shapely

from infraction_model import cli
from infraction_model.io.tables import read_table, write_table
from infraction_model.open_data import files
from infraction_model.open_data.fines import FineParameters, known_in
from open_data.test_formats import ON_STREET_PARKING
from reidentify import cells, intervals, read, true_counts

FIRST_MONTHS = ["2023-01", "2023-02"]
HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>'
LATER = "origin=2023-06-05"


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """The hamlet of simulation=small, taken in, its occupancy known, one street with a bad name."""
    folder = tmp_path_factory.mktemp("publish") / "town"
    for command in (
        ["simulate", "simulation=small"],
        ["ingest"],
        ["occupancy", "source=sensors"],
        ["occupancy", "source=payments"],
    ):
        assert cli.main([command[0], f"workspace={folder}", *command[1:]]) == 0
    zones = read_table("zones", folder / "tables" / "zones.parquet", "ingest")
    zones.loc[zones["zone_id"] == "S0002", "name"] = HOSTILE
    write_table("zones", zones, folder / "tables" / "zones.parquet")
    assert publish(folder) == 0
    return folder


@pytest.fixture
def copy(town, tmp_path) -> Path:
    """The town in a folder of its own, with what it has published."""
    shutil.copytree(town, tmp_path / "town")
    return tmp_path / "town"


def publish(folder: Path, *overrides: str) -> int:
    return cli.main(["publish", f"workspace={folder}", f"models={folder}/models", *overrides])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "open_data").iterdir())}


def fines_files(folder: Path) -> tuple[bytes, bytes]:
    found = contents(folder)
    return found["verbalisations.csv"], found["verbalisations_ville.csv"]


def assert_nobody_is_found(folder: Path, known: pd.DataFrame) -> int:
    """Attack the published files; gives how many small counts were tried."""
    by_zone, of_town = fines_files(folder)
    shown = cells(read(by_zone), read(of_town))
    told = shown["nombre"].dropna()
    assert ((told == 0) | (told >= 5)).all()
    tried = 0
    found = intervals(by_zone, of_town)
    for month, own in found.groupby("mois"):
        table = known_in(known, pd.Period(month, "M"), FineParameters().closing_days)
        truth = true_counts(table, set(shown.loc[shown["mois"] == month, "groupe"]))
        for one in own.itertuples(index=False):
            if 0 < truth.get((one.place, one.groupe), 0) < 5:
                tried += 1
                assert one.least == 0, one
                assert one.most >= 5, one
    return tried


def test_no_small_count_of_the_town_is_found(town):
    fines = read_table("fines", town / "tables" / "fines.parquet", "ingest")
    assert assert_nobody_is_found(town, fines) > 15


def test_no_officer_no_plate_no_exact_time_and_no_exact_point_is_published(town):
    fines = read_table("fines", town / "tables" / "fines.parquet", "ingest")
    patrols = read_table("patrols", town / "tables" / "patrols.parquet", "ingest")
    agents = {*fines["agent_id"].dropna(), *patrols["agent_id"].dropna()}
    assert len(agents) >= 3
    ids = {one for one in (*fines["fine_id"], *patrols["patrol_id"]) if not one.isdigit()}
    assert len(ids) > 2000
    plate = re.compile(r"\b[A-Z]{2}-?\d{3}-?[A-Z]{2}\b")
    for name, content in contents(town).items():
        text = content.decode("utf-8")
        assert not agents & set(re.findall(r"[\w-]+", text)), name
        assert not ids & set(re.findall(r"[\w-]+", text)), name
        assert not plate.search(text), name
        times = re.findall(r"\d\d:\d\d(?::\d\d)?(?=[Z+\s\"';,<])", text)
        assert {time[2:] for time in times} <= {":00:00", ":00"}, name
        if not name.endswith(("json", "jsonld")):
            assert not re.search(r"\d[.,]\d{5}", text), name


def test_every_published_point_is_one_of_a_zone(town):
    """Never of a fine: those of the made town lie beside its streets."""
    zones = read_table("zones", town / "tables" / "zones.parquet", "ingest")
    corners = shapely.get_coordinates(shapely.from_wkb(zones["geometry"].to_numpy())).round(6)
    known = set(map(tuple, corners.tolist()))
    tried = 0
    for name, content in contents(town).items():
        pairs = re.findall(r"\[\s*(-?[\d.]+),\s*(-?[\d.]+)\s*\]", content.decode("utf-8"))
        if name.endswith(("geojson", "disponibilites.jsonld")):
            tried += len(pairs)
            assert {(float(x), float(y)) for x, y in pairs} <= known, name
    assert tried > 50


def test_what_is_written_is_what_the_catalogue_and_the_record_say(town):
    found = contents(town)
    catalogue = json.loads(found["catalogue.jsonld"])
    listed = {}
    for dataset in catalogue["dcat:dataset"]:
        for one in dataset["dcat:distribution"]:
            digest = one["spdx:checksum"]["spdx:checksumValue"]["@value"]
            listed[one["dcat:downloadURL"]["@id"]] = digest
    for name, digest in listed.items():
        assert hashlib.sha256(found[name]).hexdigest() == digest
    record = json.loads(found["publication.json"])
    own = {name: hashlib.sha256(text).hexdigest() for name, text in found.items()}
    del own["publication.json"]
    assert record["files"] == own
    assert set(listed) | {"index.html", "dictionnaire.csv", "catalogue.jsonld"} == set(own)
    assert list(record["months"]) == FIRST_MONTHS
    rule = record["months"]["2023-01"]
    assert (rule["k"], rule["closing_days"], rule["groups"]) == (5, 60, FineParameters().groups)


def test_every_column_is_in_the_dictionary(town):
    found = contents(town)
    dictionary = read(found["dictionnaire.csv"])
    for table in files.TABLES:
        header = found[f"{table.name}.csv"].decode("utf-8-sig").partition("\r\n")[0].split(";")
        own = dictionary[dictionary["fichier"].str.startswith(f"{table.name}.csv")]
        assert own["colonne"].tolist() == header, table.name
        page = found["index.html"].decode()
        assert all(f"<code>{name}</code>" in page for name in header)
        if table.placed:
            read_back = pyogrio.read_dataframe(found[f"{table.name}.geojson"])
            assert set(read_back.columns) == {*header, "geometry"}
            assert read_back["zone_id"].is_unique


def test_hostile_names_run_nowhere(town):
    found = contents(town)
    for name in ("index.html", "algorithme.html"):
        assert "<script" not in found[name].decode()
    for name, content in found.items():
        if name.endswith(".csv"):
            assert not re.search(r'(^|;|\n)"?[=+@]', content.decode("utf-8-sig")), name
    hours = read(found["occupation_horaire.csv"])
    assert hours.loc[hours["zone_id"] == "S0002", "nom"].iloc[0].startswith("'=")


def test_free_spaces_are_forecast_for_the_week_after_the_origin(town):
    found = contents(town)
    coming = pd.read_csv(town / "open_data" / "disponibilites.csv", sep=";")
    assert coming["debut"].min() == "2023-05-22T00:00:00+02:00"
    assert coming["debut"].max() == "2023-05-28T23:00:00+02:00"
    inside = coming["places_libres"].between(coming["places_libres_min"], coming["places"])
    assert inside.all()
    assert (coming["places"] >= 5).all()
    assert set(coming["base"]) == {"capteurs", "paiements"}
    entities = json.loads(found["disponibilites.jsonld"])
    for entity in entities:
        jsonschema.validate(entity, ON_STREET_PARKING)
    first = {one["id"].rpartition(":")[2]: one["availableSpotNumber"][0] for one in entities}
    for zone_id, own in coming.groupby("zone_id"):
        assert first[zone_id]["value"] == own["places_libres"].iloc[0]
    page = found["index.html"].decode()
    assert "Ce que la prévision a valu" in page
    assert "secteurs mesurés" in page


def test_hours_in_which_few_bays_were_seen_are_told_nowhere(copy):
    path = copy / "occupancy" / "sensors" / "occupancy.parquet"
    table = read_table("occupancy", path, "occupancy")
    at_ten = (table["starts_at"].dt.day_of_week == 0) & (table["starts_at"].dt.hour == 10)
    table.loc[at_ten, "bays_seen"] = 2
    write_table("occupancy", table, path)
    before = read(contents(copy)["occupation_horaire.csv"])
    assert publish(copy) == 0
    after = read(contents(copy)["occupation_horaire.csv"])
    gone = before.merge(after, how="left", on=["zone_id", "jour", "heure"], indicator=True)
    gone = gone[gone["_merge"] == "left_only"]
    assert len(gone) == (before["base"] == "capteurs").sum() / 168
    assert set(gone["jour"]) == {"lundi"}
    assert set(gone["heure"]) == {10}


def test_a_month_that_was_published_never_changes(copy):
    """A fine entered late, one moved and one struck out: the difference of two publications would
    tell each of them."""
    before = fines_files(copy)
    path = copy / "tables" / "fines.parquet"
    fines = read_table("fines", path, "ingest")
    january = fines[fines["issued_at"].dt.month == 1]
    late = january.head(1).assign(fine_id="late", zone_id="S0003")
    fines.loc[january.index[1], "zone_id"] = "S0004"
    changed = pd.concat(
        [fines.drop(index=january.index[2]), late, weeks_later(fines)], ignore_index=True
    )
    write_table("fines", changed, path)
    assert publish(copy, LATER, "open_data.k=7") == 0
    after = fines_files(copy)
    for old, new in zip(before, after, strict=True):
        assert new.startswith(old)
        assert len(new) > len(old)
    assert read(after[0])["mois"].unique().tolist() == [*FIRST_MONTHS, "2023-03"]
    record = json.loads((copy / "open_data" / "publication.json").read_text(encoding="utf-8"))
    assert [one["k"] for one in record["months"].values()] == [5, 5, 7]
    told = read(after[0]).query("mois == '2023-03'")["nombre"].dropna()
    assert ((told == 0) | (told >= 7)).all()
    page = (copy / "open_data" / "index.html").read_text(encoding="utf-8")
    assert "2023-01 à 2023-02\u00a0: Moins de 5\u00a0: secret" in page
    assert "2023-03 à 2023-03\u00a0: Moins de 7\u00a0: secret" in page
    assert "de 1 à 6" not in page


def weeks_later(fines: pd.DataFrame) -> pd.DataFrame:
    """The last ten fines once more, three weeks later: the next export begins to come in."""
    last = fines.nlargest(10, "issued_at")
    moved = {name: last[name] + pd.Timedelta(weeks=3) for name in ("issued_at", "recorded_at")}
    return last.assign(fine_id=[f"next {row}" for row in range(10)], **moved)


def test_a_month_that_the_fines_do_not_reach_is_not_counted(copy):
    """Nor short nor as empty, whatever the occupancy reaches and the origin asked for; once the
    export comes it is counted whole."""
    path = copy / "tables" / "fines.parquet"
    whole = read_table("fines", path, "ingest")
    before = fines_files(copy)
    shutil.rmtree(copy / "open_data")
    early = whole["issued_at"] < pd.Timestamp("2023-04-15", tz="Europe/Paris")
    write_table("fines", whole[early].reset_index(drop=True), path)
    for overrides in ([], ["origin=2031-01-06"]):
        assert publish(copy, *overrides) == 0
        assert read(fines_files(copy)[1])["mois"].unique().tolist() == ["2023-01"]
    write_table("fines", whole, path)
    assert publish(copy) == 0
    assert fines_files(copy) == before


def test_a_forecast_is_of_the_coming_week_or_left_out(copy, capsys):
    """What was known half a year ago does not make the week to come."""
    assert publish(copy, "origin=2023-11-06") == 0
    assert "no forecast of free spaces: nothing is known" in capsys.readouterr().out
    assert "disponibilites.csv" not in contents(copy)


@pytest.mark.parametrize(
    "lost", ["verbalisations.csv", "verbalisations_ville.csv", "publication.json"]
)
def test_with_one_file_lost_months_are_not_counted_again_beside_the_old(copy, lost, capsys):
    (copy / "open_data" / lost).unlink()
    before = contents(copy)
    assert publish(copy) != 0
    assert "cannot be kept as they were" in capsys.readouterr().err
    assert contents(copy) == before


def test_a_withdrawn_month_goes_and_is_counted_anew_once_it_is_named_no_more(copy):
    before = fines_files(copy)
    assert publish(copy, "open_data.fines.withdrawn=[2023-01]") == 0
    for content in fines_files(copy):
        assert read(content)["mois"].unique().tolist() == ["2023-02"]
    record = json.loads((copy / "open_data" / "publication.json").read_text(encoding="utf-8"))
    assert list(record["months"]) == ["2023-02"]
    assert publish(copy) == 0
    assert fines_files(copy) == before


def test_a_zone_known_from_fines_alone_is_nowhere(copy):
    """Neither by name nor by how far the town's box stretches."""
    path = copy / "tables" / "zones.parquet"
    zones = read_table("zones", path, "ingest")
    far = zones.iloc[[0]].assign(
        zone_id="far", name="Rue Lointaine", official=False,
        geometry=[shapely.to_wkb(shapely.box(10.0, 50.0, 10.1, 50.1))],
    )  # fmt: skip
    write_table("zones", pd.concat([zones, far], ignore_index=True), path)
    before = contents(copy)["catalogue.jsonld"]
    assert publish(copy) == 0
    found = contents(copy)
    assert json.loads(found["catalogue.jsonld"]) == json.loads(before)
    assert not [name for name, text in found.items() if b"Lointaine" in text]


def test_what_becomes_known_late_changes_no_month_even_without_the_earlier_files(copy):
    """The months are the same from the records alone: what counts is what was known at closing."""
    before = fines_files(copy)
    shutil.rmtree(copy / "open_data")
    path = copy / "tables" / "fines.parquet"
    fines = read_table("fines", path, "ingest")
    late = fines[fines["issued_at"].dt.month == 1].head(3)
    late = late.assign(
        fine_id=["x", "y", "z"], recorded_at=pd.Timestamp("2023-04-02", tz="Europe/Paris")
    )
    write_table("fines", pd.concat([fines, late], ignore_index=True), path)
    assert publish(copy) == 0
    assert fines_files(copy) == before


def test_the_same_records_give_the_same_files_to_the_byte(copy):
    before = contents(copy)
    assert publish(copy) == 0
    assert contents(copy) == before


def test_what_was_forgotten_is_published_no_more(copy, capsys):
    where = [f"workspace={copy}", f"models={copy}/models", "tracking=none"]
    assert cli.main(["forget", *where, "--before", "2023-01-30"]) == 0
    assert "open_data/ still counts fines of older months" in capsys.readouterr().out
    assert read(fines_files(copy)[0])["mois"].unique().tolist() == FIRST_MONTHS
    assert publish(copy) == 0
    for content in fines_files(copy):
        assert read(content)["mois"].unique().tolist() == ["2023-02"]
    assert cli.main(["forget", *where, "--before", "2023-01-30"]) == 0
    assert "open_data/ still" not in capsys.readouterr().out


def test_a_failure_leaves_the_folder_as_it_was(copy, monkeypatch, capsys):
    before = contents(copy)
    (copy / "open_data" / "verbalisations.csv").write_text("mois;autre\n")
    assert publish(copy) != 0
    assert "verbalisations.csv is not the file that publication.json" in capsys.readouterr().err
    left = contents(copy)
    assert {name for name in before if left[name] != before[name]} == {"verbalisations.csv"}
    assert {path.name for path in copy.iterdir() if path.name.startswith(".")} == set()


def test_without_occupancy_fines_and_sheet_are_published_and_the_rest_is_said(copy, capsys):
    for name in ("occupancy", "open_data"):
        shutil.rmtree(copy / name)
    assert publish(copy, "language=en") == 0
    assert "no occupancy is known" in capsys.readouterr().out
    assert not [name for name in contents(copy) if name.startswith(("occupation", "disponib"))]
    sheet = (copy / "open_data" / "algorithme.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in sheet
    assert "No model is in use yet" in sheet


def test_with_few_weeks_of_occupancy_the_forecast_is_left_out_and_said(copy, capsys):
    assert publish(copy, "origin=2023-05-01") == 0
    assert "no forecast of free spaces: 3 weeks" in capsys.readouterr().out
    found = contents(copy)
    assert "disponibilites.csv" not in found
    assert b"disponibilites" not in found["catalogue.jsonld"]


def scored(folder: Path, *inputs: str) -> str:
    """Scores of a model of such inputs, and its card; gives its version."""
    version = "2023-05-22-stack-0123456789"
    for path, content in {
        folder / "scores" / "2023-05-29.json": {"origin": "2023-05-22", "model_version": version},
        folder / "models" / "town" / version / "model_card.json": {
            "bundle": version,
            "software": "infraction-model 0.1.0",
            "estimator": "stack",
            "inputs": list(inputs),
            "exposure_basis": "recorded",
            "data": {"first_label_week": "2023-02-06", "last_label_week": "2023-05-15",
                     "zones": 12, "fines": 2508.0},
            "effort": {"counted": "patrol_hours", "half": 0.33, "never": 0.23, "most": []},
            "held_out": {"weeks": ["2023-05-01"], "mean_probability": 0.23, "hit_share": 0.24,
                         "comparisons": []},
        },
    }.items():  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    shutil.copy(folder / "tables" / "zones.parquet", folder / "scores" / "2023-05-29.parquet")
    return version


def sheet_of(folder: Path) -> dict[str, list[str]]:
    path = folder / "open_data" / "algorithme.json"
    return {one["key"]: one["text"] for one in json.loads(path.read_text(encoding="utf-8"))}


def test_the_sheet_is_of_the_model_of_the_newest_scores(copy):
    version = scored(copy, "eb_rate_52w_s2")
    assert publish(copy, "open_data.sheet.contact=voirie@example.org") == 0
    said = sheet_of(copy)
    assert version in said["decision.algorithm"][0]
    assert said["administration.contact"] == ["voirie@example.org"]
    assert any("environ 2\u202f500 verbalisations" in text for text in said["working.data"])
    assert "24,0\u00a0%" in said["quality.figures"][1]


@pytest.mark.parametrize(
    ("inputs", "tables", "kinds"),
    [
        (["eb_rate_52w_s2"], {"Verbalisations", "Patrouilles"}, "passées)"),
        (
            ["occupancy_full", "month"],
            {
                "Verbalisations",
                "Patrouilles",
                "Paiements du stationnement",
                "Capteurs de places",
                "Comptages",
            },
            "passées, calendrier, occupation des places)",
        ),
        (
            ["rain_expected", "town_rate"],
            {"Verbalisations", "Patrouilles", "Contexte"},
            "passées, contexte)",
        ),
    ],
)
def test_the_sheet_names_the_data_that_the_model_reads_and_no_other(copy, inputs, tables, kinds):
    scored(copy, *inputs)
    assert publish(copy) == 0
    said = sheet_of(copy)
    named = {text.partition("\u00a0:")[0] for text in said["working.data"] if "Source" in text}
    assert named == tables
    [read_from] = [text for text in said["working.operations"] if "Variables lues" in text]
    assert f"lues\u00a0: {len(inputs)} (" in read_from
    assert kinds in read_from


def test_scores_of_a_model_whose_card_is_elsewhere_are_not_no_model(copy, capsys):
    version = scored(copy, "town_rate")
    before = contents(copy)
    assert publish(copy, f"models={copy}/elsewhere") == 5
    said = capsys.readouterr().err
    assert version in said
    assert "models=DIR" in said
    assert contents(copy) == before
