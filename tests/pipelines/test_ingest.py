"""The ingest command as a whole: tables, report, proposal, and three real cities."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml

from infraction_model import parameters
from infraction_model.commandline import config_dir
from infraction_model.io.tables import read_table
from infraction_model.pipelines import ingest
from infraction_model.pipelines.town import TownData
from infraction_model.reports.ingest_report import render
from made_exports import HEADER, MAPPING, ROWS, ingest_folder, mapping, write_town

CONF = config_dir()


def tables(workspace) -> dict[str, pd.DataFrame]:
    names = ("fines", "zones", "patrols")
    return {
        name: read_table(name, workspace / "tables" / f"{name}.parquet", "ingest") for name in names
    }


def test_the_small_town(tmp_path):
    write_town(tmp_path)
    ingest_folder(tmp_path, tmp_path / "w")
    found = tables(tmp_path / "w")
    fines = found["fines"].set_index("fine_id")
    assert fines["zone_id"].to_dict() == {
        "PV1": "S1", "PV2": "S1", "PV3": "S2", "PV4": "S2", "PV5": "S3", "PV6": "S3",
    }  # fmt: skip
    assert fines.loc["PV3", "issued_at"].isoformat() == "2024-03-05T14:05:00+01:00"
    assert fines.loc["PV3", "recorded_at"].isoformat() == "2024-03-20T23:59:59+01:00"
    assert pd.isna(fines.loc["PV2", "recorded_at"])
    assert fines.loc["PV1", ["category", "severity"]].tolist() == ["double_parking", 2.0]
    assert fines.loc["PV6", "category"] == "livraison"
    assert fines["agent_id"].nunique() == 2
    assert fines.loc["PV3", "agent_id"] == fines.loc["PV4", "agent_id"]
    patrols = found["patrols"].set_index("patrol_id")
    assert patrols.loc["P3", "ended_at"].isoformat() == "2024-03-08T00:10:00+01:00"
    assert patrols.loc["P2", "agent_id"] == fines.loc["PV3", "agent_id"]
    assert found["zones"]["official"].all()


def test_the_same_input_and_key_give_the_same_bytes(tmp_path):
    write_town(tmp_path)
    ingest_folder(tmp_path, tmp_path / "w")
    paths = [path for path in (tmp_path / "w").rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in paths}
    ingest_folder(tmp_path, tmp_path / "w")
    assert {path: path.read_bytes() for path in paths} == before


def test_without_an_id_every_row_is_a_fine_and_with_one_it_is_one(tmp_path):
    write_town(tmp_path, [*ROWS, ROWS[0], ROWS[0]])
    by_id = ingest_folder(tmp_path, tmp_path / "w")
    assert by_id["sources"][0]["quarantined"] == {"repeated id": 2}
    assert by_id["repeats"]["several_cars_same_minute_zone_category"] == 0
    each = ingest_folder(tmp_path, tmp_path / "w", fines__fine_id=[])
    assert each["sources"][0]["kept"] == 8
    assert each["repeats"]["several_cars_same_minute_zone_category"] == 2


def test_filters_constants_and_a_pattern_of_files(tmp_path):
    write_town(tmp_path)
    (tmp_path / "fines2.csv").write_text(
        f"{HEADER};Source\n{ROWS[0]};Caméra\n{ROWS[1].replace('PV2', 'PV8')};\n",
        encoding="utf-8",
    )
    report = ingest_folder(
        tmp_path,
        tmp_path / "w",
        fines__path=str(tmp_path / "fines2*.csv"),
        fines__filters=[{"column": "source", "drop": ["camera"]}],
        fines__category=["Origine"],
        fines__constants={"Origine": "Double file"},
    )
    assert report["sources"][0]["filtered"] == {"filtered: source": 1}
    fines = tables(tmp_path / "w")["fines"]
    assert fines[["fine_id", "category"]].values.tolist() == [["PV8", "double_parking"]]


def test_stale_patrols_go_when_the_log_is_no_longer_mapped(tmp_path):
    write_town(tmp_path)
    ingest_folder(tmp_path, tmp_path / "w")
    ingest_folder(tmp_path, tmp_path / "w", patrols=None, exposure="none")
    assert not (tmp_path / "w" / "tables" / "patrols.parquet").exists()


@pytest.mark.parametrize(
    "language, word", [("fr", "Rues à corriger"), ("en", "Streets to correct")]
)
def test_the_report_is_one_page_in_one_language_and_escapes_what_it_shows(tmp_path, language, word):
    script = ROWS[0].replace("PV1", "PV9").replace("Rue de la Paix", "<script>alert(1)</script>")
    write_town(tmp_path, [*ROWS, script])
    summary = ingest_folder(tmp_path, tmp_path / "w")
    page = render(summary, language)
    assert word in page
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("data:image/png;base64,") == 4
    assert "http" not in page.replace("http-equiv", "")
    assert summary["places"]["unresolved"][0]["rows"] == 1


def test_an_unmapped_file_gets_a_mapping_that_works(tmp_path, capsys):
    write_town(tmp_path)
    unmapped = mapping(tmp_path, fines__issued_at=None, patrols=None, exposure="none")
    town = parameters.read(TownData, unmapped)
    ingest.run(ingest.Parameters(tmp_path / "w", town))
    said = capsys.readouterr().out
    path = tmp_path / "w" / "conf" / "data" / "fines.yaml"
    assert str(path) in said
    assert "--config-dir" in said
    text = path.read_text(encoding="utf-8")
    assert not any(secret in text for secret in ("ZW-979-NF", "THOMAS", "DUPONT"))
    proposed = parameters.read(TownData, yaml.safe_load(text))
    assert proposed.fines.fine_id == ("N° PV",)
    assert proposed.fines.issued_at.columns == ("Date infraction", "Heure")
    assert proposed.fines.issued_at.formats == ("%d/%m/%Y %Hh%M",)
    assert proposed.fines.recorded_at.columns == ("Saisi le",)
    assert proposed.fines.place.street == "Rue"
    assert proposed.fines.agent == "Agent"
    assert not (tmp_path / "w" / "tables").exists()
    ingest.run(ingest.Parameters(tmp_path / "w2", proposed))
    assert (tmp_path / "w2" / "tables" / "fines.parquet").exists()


def test_the_mapping_of_the_test_town_names_no_unknown_key():
    assert parameters.read(TownData, MAPPING).name == "petite"


def ingest_city(name: str, path, workspace) -> tuple[dict, pd.DataFrame]:
    values = yaml.safe_load((CONF / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    values["fines"]["path"] = str(path)
    ingest.run(ingest.Parameters(workspace, parameters.read(TownData, values), language="en"))
    report = json.loads((workspace / "reports" / "ingest.json").read_text(encoding="utf-8"))
    return report, read_table("fines", workspace / "tables" / "fines.parquet", "ingest")


@pytest.mark.real_data
def test_manchester(real_export, tmp_path):
    path = real_export("manchester_pcn_2021-12_2022-10.csv.gz")
    report, fines = ingest_city("manchester", path, tmp_path)
    source = report["sources"][0]
    assert (source["read"], source["kept"]) == (345_581, 187_844)
    assert source["filtered"] == {"filtered: Issue Mode": 157_737}
    assert source["quarantined"] == {}
    assert "34 Bus Lane" not in report["categories"]["labels_no_rule_fits"]
    assert report["span"]["days_without_fines"] == ["2021-12-25"]
    assert (report["span"]["first_day"], report["span"]["last_day"]) == ("2021-12-01", "2022-10-31")
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    raw = raw[raw["Issue Mode"] == "officer"]
    same = raw.duplicated(["Date of Contravention", "Time", "Street", "Contravention Code"]).sum()
    assert report["repeats"]["several_cars_same_minute_zone_category"] >= same == 3_363
    counts = fines["zone_id"].value_counts()
    assert 445 <= (counts >= 48).sum() <= 460
    assert counts[counts >= 48].sum() / len(fines) == pytest.approx(0.91, abs=0.01)


@pytest.mark.real_data
def test_san_francisco(real_export, tmp_path):
    path = real_export("sanfrancisco_citations_2023-01_2023-06.csv.gz")
    report, fines = ingest_city("san_francisco", path, tmp_path)
    source = report["sources"][0]
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    midnight = raw["Citation Issued DateTime"].str.endswith("T00:00:00")
    numbered = raw["Citation Location"].str.match(r"\d+[A-Z]? +\S")
    quarantined = source["quarantined"]
    assert source["read"] == 498_645
    assert quarantined["time of day unknown (exactly midnight)"] == midnight.sum() == 1_719
    assert quarantined["no street given"] == (raw["Citation Location"][~midnight] == "").sum()
    without = quarantined["no house number"] + quarantined["no street given"]
    assert without + (midnight & ~numbered).sum() == 14_778
    assert source["kept"] == 498_645 - sum(quarantined.values())
    assert report["delay"]["median_days"] == 27
    assert report["repeats"]["repeated_ids"] == 0
    assert (fines["zone_id"].value_counts() >= 52).sum() >= 2_690
    known = raw.set_index("Citation Number")["Date Added"].loc[fines["fine_id"]]
    assert (fines["recorded_at"].dt.strftime("%Y-%m-%d").to_numpy() == known.to_numpy()).all()
    assert (fines["recorded_at"].dt.hour == 23).all()


@pytest.mark.real_data
def test_philadelphia(real_export, tmp_path):
    path = real_export("philadelphia_tickets_2013-06_2013-09.parquet")
    report, fines = ingest_city("philadelphia", path, tmp_path)
    assert report["sources"][0]["kept"] == report["sources"][0]["read"] == 371_940
    assert report["span"]["days_without_fines"] == []
    assert 745 <= (fines["zone_id"].value_counts() >= 17).sum() <= 760
    assert fines["issued_at"].dt.minute.eq(0).all()
    assert report["places"]["zones"] == fines["zone_id"].nunique()
