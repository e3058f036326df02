"""The command on the small made town: tables under contract, pages in two languages, errors."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest

from infraction_model import cli
from infraction_model.io.panels import read_panel
from infraction_model.io.tables import read_table, write_table
from infraction_model.schema import OCCUPANCY
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, to_local, week_of


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The hamlet of simulation=small, taken in."""
    folder = tmp_path_factory.mktemp("occupancy") / "town"
    assert cli.main(["simulate", f"workspace={folder}", "simulation=small"]) == 0
    assert cli.main(["ingest", f"workspace={folder}"]) == 0
    return folder


def occupancy(folder, source: str, name: str = "occupancy") -> pd.DataFrame:
    return read_table(name, folder / "occupancy" / source / f"{name}.parquet", "occupancy")


def test_sensors_are_measured_and_the_page_says_it_in_both_languages(town, capsys):
    assert cli.main(["occupancy", f"workspace={town}", "source=sensors", "language=en"]) == 0
    assert "Taken out first" in capsys.readouterr().out
    table = occupancy(town, "sensors")
    local = to_local(table["starts_at"])
    table = table.assign(week=week_of(local), hour_of_week=hour_of_week(local))
    truth = pd.read_parquet(town / "truth" / "occupancy.parquet")
    both = table.merge(truth, on=["zone_id", "week", "hour_of_week"])
    assert len(both) > 5 * 168
    assert (both["occupancy"] - both["parked"] / both["spaces"]).abs().mean() < 0.03
    faults = occupancy(town, "sensors", "sensor_faults")
    assert faults["fault"].tolist() == ["dead"]
    page = town / "reports" / "occupancy_sensors.html"
    assert f"\u2068{faults['bay_id'].item()}\u2069: silent from" in page.read_text("utf-8")
    assert cli.main(["occupancy", f"workspace={town}", "source=sensors"]) == 0
    french = page.read_text(encoding="utf-8")
    assert '<html lang="fr">' in french
    assert "voitures ventouses" in french
    assert not occupancy(town, "sensors", "indicators").empty


def test_a_sensed_zone_without_a_longest_stay_has_no_share_of_overstays(town, tmp_path):
    folder = tmp_path / "town"
    shutil.copytree(town / "tables", folder / "tables")
    zones = read_table("zones", folder / "tables" / "zones.parquet", "ingest")
    zones = zones.assign(max_stay_minutes=float("nan"))
    write_table("zones", zones, folder / "tables" / "zones.parquet")
    assert cli.main(["occupancy", f"workspace={folder}", "source=sensors"]) == 0
    page = (folder / "reports" / "occupancy_sensors.html").read_text(encoding="utf-8")
    head, row = re.findall(r"<th[ >].*?</th>", page), re.findall(r"<td[ >].*?</td>", page)
    unknown = [title for title, cell in zip(head, row, strict=True) if ">–<" in cell]
    assert len(unknown) == 1
    assert "Dépassements" in unknown[0]


def test_payments_are_estimated_as_of_an_origin(town):
    assert cli.main(["occupancy", f"workspace={town}", "origin=2023-05-08"]) == 0
    table = occupancy(town, "payments")
    assert table["starts_at"].max() < pd.Timestamp("2023-05-08", tz="Europe/Paris")
    last = table[table["starts_at"] >= pd.Timestamp("2023-05-01", tz="Europe/Paris")]
    assert {"sensors"} < set(last["basis"]) <= {"sensors", "payments", "fallback"}
    occupancy(town, "payments", "occupancy_alarms")
    assert "Horodateur" not in (town / "reports" / "occupancy_payments.html").read_text("utf-8")


def test_without_any_truth_the_page_says_what_it_does_not_know(town, tmp_path, capsys):
    folder = tmp_path / "town"
    shutil.copytree(town / "tables", folder / "tables")
    for name in ("occupancy_events", "counts"):
        (folder / "tables" / f"{name}.parquet").unlink()
    assert cli.main(["occupancy", f"workspace={folder}", "language=en"]) == 0
    assert set(occupancy(folder, "payments")["basis"]) == {"paid"}
    assert "only the paid occupancy is known" in capsys.readouterr().out
    page = (folder / "reports" / "occupancy_payments.html").read_text(encoding="utf-8")
    assert "not the number of cars that were there" in page


@pytest.mark.parametrize(
    "overrides, said",
    [
        (["source=sensors"], "key 'data.occupancy_events': this town has no such export"),
        (["source=payments"], "key 'data.payments': this town has no such export"),
        (["source=camera"], "source"),
    ],
)
def test_a_source_that_is_not_there_is_said(town, tmp_path, capsys, overrides, said):
    folder = tmp_path / "town"
    shutil.copytree(town / "tables", folder / "tables")
    for name in ("occupancy_events", "payments"):
        (folder / "tables" / f"{name}.parquet").unlink()
    assert cli.main(["occupancy", f"workspace={folder}", *overrides]) != 0
    assert said in capsys.readouterr().err


def test_an_origin_before_the_first_ticket_is_said(town, capsys):
    assert cli.main(["occupancy", f"workspace={town}", "origin=2022-01-03"]) != 0
    assert "before the first record" in capsys.readouterr().err


def test_the_panel_takes_in_what_there_is_and_does_without_where_there_is_none(
    town, tmp_path, capsys
):
    folder = tmp_path / "town"
    shutil.copytree(town / "tables", folder / "tables")
    assert cli.main(["panel", f"workspace={folder}"]) == 0
    assert "how full" not in capsys.readouterr().out
    assert _told(folder).empty
    for source in ("payments", "sensors"):
        assert cli.main(["occupancy", f"workspace={folder}", f"source={source}"]) == 0
    assert cli.main(["panel", f"workspace={folder}"]) == 0
    assert f"known for {len(_told(folder))} zone-hours" in capsys.readouterr().out
    estimated, measured = (occupancy(folder, source) for source in ("payments", "sensors"))
    hours = pd.concat([estimated[estimated["basis"] != "paid"], measured])
    assert len(_told(folder)) == len(hours.drop_duplicates(["zone_id", "starts_at"]))
    first = _told(folder)["known_hour"].min()
    assert cli.main(["panel", f"workspace={folder}", "data.occupancy_weeks_late=2"]) == 0
    assert _told(folder)["known_hour"].min() == first + 2 * HOURS_PER_WEEK


def _told(folder) -> pd.DataFrame:
    context = read_panel(folder / "panel").context
    return context[context["kind"] == OCCUPANCY]
