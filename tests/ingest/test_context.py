"""Context exports: every row kept or in quarantine with its reason, whatever a town writes."""

import pandas as pd
import pytest

from infraction_model import parameters
from infraction_model.errors import ConfigError, InputError
from infraction_model.io.tables import read_table
from infraction_model.pipelines.town import TownData
from made_exports import ingest_folder, mapping, write_town

EVENTS = {
    "path": "{folder}/events*.csv",
    "kinds": [
        {"kind": "roadworks", "column": "Type", "pattern": "travaux"},
        {"kind": "event", "column": "Type", "pattern": "fête", "value": "Visiteurs"},
    ],
    "start": {"columns": ["Début"], "formats": ["%d/%m/%Y %H:%M"]},
    "end": {"columns": ["Fin"], "formats": ["%d/%m/%Y"], "end_of_day": True},
    "known_at": {"columns": ["Annoncé le"], "formats": ["%d/%m/%Y"], "end_of_day": True},
    "place": {"street": "Rue"},
}
HEADER = "Début;Fin;Rue;Type;Visiteurs;Annoncé le"
ROWS = [
    "04/03/2024 08:00;08/03/2024;Bd Foch;TRAVAUX de voirie;;01/02/2024",
    "09/03/2024 10:00;09/03/2024;Place d'Armes;Fete foraine;250;",
]


def _ingest(folder, name: str, export: dict, **files: list[str]):
    """Ingest the small town with one context export; returns its report and the context table."""
    write_town(folder)
    for file, lines in files.items():
        (folder / f"{file}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    filled = {**export, "path": export["path"].replace("{folder}", str(folder))}
    report = ingest_folder(folder, folder / "out", context={name: filled})
    return report, read_table("context", folder / "out" / "tables" / "context.parquet", "ingest")


def _source(report, name: str) -> dict:
    return next(source for source in report["sources"] if source["name"] == name)


def test_announcements_find_their_kind_their_zone_and_the_moment_they_were_known(tmp_path):
    report, context = _ingest(
        tmp_path, "town_hall", EVENTS, events_1=[HEADER, ROWS[0]], events_2=[HEADER, ROWS[1]]
    )
    assert _source(report, "context.town_hall")["kept"] == 2
    works = context[context["kind"] == "roadworks"].iloc[0]
    assert (works["zone_id"], works["value"]) == ("S2", 1.0)
    assert str(works["end"]) == "2024-03-08 23:59:59+01:00"
    assert str(works["known_at"]) == "2024-02-01 23:59:59+01:00"
    fair = context[context["kind"] == "event"].iloc[0]
    assert (fair["zone_id"], fair["value"]) == ("S3", 250.0)
    assert pd.isna(fair["known_at"])


BAD_ROWS = [
    (";08/03/2024;Bd Foch;travaux;;", "no start"),
    ("soon;08/03/2024;Bd Foch;travaux;;", "start is not a time"),
    ("04/03/2024 08:00;;Bd Foch;travaux;;", "no end"),
    ("04/03/2024 08:00;01/03/2024;Bd Foch;travaux;;", "ends before it starts"),
    ("04/03/1994 08:00;05/03/1994;Bd Foch;travaux;;", "ten years or more from the other rows"),
    ("04/03/2024 08:00;08/03/2024;Rue Inconnue;travaux;;", "unknown street"),
    ("04/03/2024 08:00;08/03/2024;;travaux;;", "no place given"),
    ("04/03/2024 08:00;08/03/2024;Bd Foch;déménagement;;", "no kind fits"),
    ("04/03/2024 08:00;08/03/2024;Bd Foch;fête;many;", "event is not a number"),
    ("04/03/2024 08:00;08/03/2024;Bd Foch;fête;-3;", "event is negative"),
    ("04/03/2024 08:00;08/03/2024;Bd Foch;fête;;", "no value"),
    ("04/03/2024 08:00;08/03/2024;Bd Foch;travaux;;lately", "known date is not a time"),
]


def test_a_row_that_cannot_be_used_says_why(tmp_path):
    rows = [row for row, _ in BAD_ROWS]
    report, context = _ingest(tmp_path, "events", EVENTS, events=[HEADER, *ROWS, *rows])
    assert len(context) == 2
    assert _source(report, "context.events")["quarantined"] == {reason: 1 for _, reason in BAD_ROWS}
    quarantine = pd.read_parquet(tmp_path / "out" / "tables" / "quarantine.parquet")
    said = quarantine[quarantine["source"] == "context.events"].sort_values("row")
    assert (said["file"] == "events.csv").all()
    expected = [(4 + position, reason) for position, (_, reason) in enumerate(BAD_ROWS)]
    assert list(zip(said["row"], said["reason"], strict=True)) == expected


def test_weather_is_about_the_whole_town_and_a_gap_in_one_column_leaves_the_other(tmp_path):
    weather = {
        "path": "{folder}/meteo.csv",
        "format": {"decimal": ","},
        "kinds": [{"kind": "rain", "value": "Pluie"}, {"kind": "temperature", "value": "Temp"}],
        "start": {"columns": ["Date", "Heure"], "formats": ["%d/%m/%Y %Hh"]},
    }
    lines = ["Date;Heure;Pluie;Temp", "04/03/2024;08h;0,4;-2,5", "04/03/2024;09h;;3,1"]
    _, context = _ingest(tmp_path, "weather", weather, meteo=lines)
    assert "zone_id" not in context or context["zone_id"].isna().all()
    said = context.groupby("kind")["value"].apply(list).to_dict()
    assert said == {"rain": [0.4], "temperature": [-2.5, 3.1]}
    assert (context["end"] - context["start"] == pd.Timedelta(hours=1)).all()


def test_tickets_are_counted_per_zone_and_hour_of_the_local_clock(tmp_path):
    tickets = {
        "path": "{folder}/tickets.csv",
        "kinds": [{"kind": "payments"}],
        "start": {"columns": ["t"], "formats": ["%Y-%m-%d %H:%M"]},
        "place": {"street": "Rue"},
        "count_by_hour": True,
    }
    # the hour from 2 to 3 of 27 October is passed twice and is one hour of the grid
    times = ["2024-03-04 08:59", "2024-03-04 08:00", "2024-03-04 09:00", "2024-10-27 02:30"]
    lines = ["t;Rue", *(f"{time};Rue de la Paix" for time in times), "2024-03-04 08:10;Bd Foch"]
    report, context = _ingest(tmp_path, "tickets", tickets, tickets=lines)
    assert _source(report, "context.tickets")["kept"] == 5
    named = context.assign(hour=context["start"].dt.strftime("%m-%d %H:%M"))
    counts = named.set_index(["zone_id", "hour"])["value"].to_dict()
    assert counts == {
        ("S1", "03-04 08:00"): 2.0,
        ("S1", "03-04 09:00"): 1.0,
        ("S1", "10-27 02:00"): 1.0,
        ("S2", "03-04 08:00"): 1.0,
    }


def test_a_list_of_shops_needs_no_dates_and_holds_on(tmp_path):
    shops = {
        "path": "{folder}/shops.csv",
        "kinds": [{"kind": "commerce", "value": "valeur"}],
        "place": {"zone_id": "zone"},
    }
    match = {"zones__match": ["zone_id", "street", "coordinates"]}
    write_town(tmp_path)
    (tmp_path / "shops.csv").write_text("zone;valeur\nS1;12\ns3;4\n", encoding="utf-8")
    shops["path"] = str(tmp_path / "shops.csv")
    ingest_folder(tmp_path, tmp_path / "out", context={"shops": shops}, **match)
    context = read_table("context", tmp_path / "out" / "tables" / "context.parquet", "ingest")
    assert dict(zip(context["zone_id"], context["value"], strict=True)) == {"S1": 12.0, "S3": 4.0}
    assert context[["start", "end"]].isna().all(axis=None)


def test_context_changes_no_zone_and_no_fine(tmp_path):
    """Where zones are derived from the fines, a street named by the town hall alone is none."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "more").mkdir()
    derived = {"zones": {"kind": "streets", "languages": ["fr"]}}
    write_town(tmp_path / "plain")
    ingest_folder(tmp_path / "plain", tmp_path / "plain" / "out", **derived)
    write_town(tmp_path / "more")
    lines = [HEADER, ROWS[1], *[ROWS[0].replace("Bd Foch", "Rue de la Paye")] * 300]
    (tmp_path / "more" / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    export = {**EVENTS, "path": str(tmp_path / "more" / "events.csv")}
    report = ingest_folder(
        tmp_path / "more", tmp_path / "more" / "out", context={"events": export}, **derived
    )
    assert _source(report, "context.events")["quarantined"] == {
        "no fine or patrol in that zone": 300
    }
    for name in ("zones", "fines"):
        one, other = (
            read_table(name, tmp_path / town / "out" / "tables" / f"{name}.parquet", "ingest")
            for town in ("plain", "more")
        )
        pd.testing.assert_frame_equal(one[["zone_id"]], other[["zone_id"]])


def test_an_export_of_which_nothing_can_be_kept_is_an_error_that_names_its_key(tmp_path):
    with pytest.raises(InputError, match=r"no kind fits.*data\.context\.events"):
        _ingest(tmp_path, "events", EVENTS, events=[HEADER, ROWS[0].replace("TRAVAUX", "x")])


def test_a_missing_column_is_named_with_its_key(tmp_path):
    with pytest.raises(InputError, match=r"'Annoncé le' \(data\.context\.events\.known_at"):
        _ingest(tmp_path, "events", EVENTS, events=[HEADER.replace("Annoncé le", "x"), *ROWS])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kinds": []}, "at least one kind"),
        ({"start": None}, "needs the time"),
        ({"count_by_hour": True}, "counted by hour have no value"),
        ({"kinds": [{"kind": "event", "pattern": "x"}]}, "where to look"),
        ({"kinds": [{"kind": "event", "column": "Type", "pattern": "("}]}, "regular expression"),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused_with_its_key(tmp_path, change, said):
    with pytest.raises(ConfigError, match=said) as refused:
        _ingest(tmp_path, "events", {**EVENTS, **change}, events=[HEADER, *ROWS])
    assert "data.context.events" in str(refused.value)


def test_an_unknown_kind_is_refused_when_settings_are_read(tmp_path):
    export = {**EVENTS, "kinds": [{"kind": "rainfall"}]}
    with pytest.raises(ConfigError, match=r"context\.events\.kinds\.0\.kind"):
        parameters.read(TownData, mapping(tmp_path, context={"events": export}))


def test_the_report_names_each_export_and_its_reasons_in_both_languages(tmp_path):
    _ingest(tmp_path, "events", EVENTS, events=[HEADER, *ROWS, ROWS[1].replace("250", "-1")])
    page = (tmp_path / "out" / "reports" / "ingest.html").read_text(encoding="utf-8")
    assert "contexte : events" in page.lower()
    assert "manifestation : négatif" in page
