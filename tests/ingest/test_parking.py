"""Exports of who was parked where: every row in its table or in quarantine with its reason."""

import pandas as pd
import pytest

from infraction_model import parameters
from infraction_model.errors import ConfigError, InputError
from infraction_model.io.tables import read_table
from infraction_model.pipelines.town import TownData
from infraction_model.reports.ingest_texts import phrase
from made_exports import ingest_folder, mapping, write_town

MINUTE = {"formats": ["%d/%m/%Y %H:%M"]}
PAYMENTS = {
    "path": "{folder}/tickets.csv",
    "paid_from": {"columns": ["Début"], **MINUTE},
    "paid_until": {"columns": ["Fin"], **MINUTE},
    "meter": "Horodateur",
    "amount": "Montant",
    "channel": "Moyen",
    "format": {"decimal": ","},
    "place": {"street": "Rue"},
    "longest_hours": 24,
}
TICKETS = [
    "Horodateur;Rue;Début;Fin;Montant;Moyen",
    "H2;Bd Foch;04/03/2024 10:00;04/03/2024 11:30;2,40;CB",
    ";Place d'Armes;04/03/2024 09:15;04/03/2024 10:00;;Mobile",
]
BAD_TICKETS = [
    ("H1;Bd Foch;;04/03/2024 11:30;1;CB", "no start"),
    ("H1;Bd Foch;04/03/2024 11:30;;1;CB", "no end"),
    ("H1;Bd Foch;04/03/2024 11:30;noon;1;CB", "end is not a time"),
    ("H1;Bd Foch;04/03/2024 11:30;04/03/2024 11:00;1;CB", "ends before it starts"),
    ("H1;Bd Foch;04/03/2024 11:30;09/03/2024 11:00;1;CB", "longer than 24 hours"),
    ("H1;Bd Foch;01/01/1970 00:00;01/01/1970 00:30;1;CB", "ten years or more from the other rows"),
    ("H1;Bd Foch;04/03/2024 11:30;04/03/2024 12:00;gratis;CB", "amount is not a number"),
    ("H1;Bd Foch;04/03/2024 11:30;04/03/2024 12:00;-2;CB", "amount is negative"),
    ("H1;Rue Inconnue;04/03/2024 11:30;04/03/2024 12:00;2;CB", "unknown street"),
]
EVENTS = {
    "path": "{folder}/bays.csv",
    "bay": "Place",
    "arrived_at": {"columns": ["Arrivée"]},
    "departed_at": {"columns": ["Départ"]},
    "place": {"street": "Rue"},
}
STAYS = [
    "Place;Rue;Arrivée;Départ",
    "S2-01;Bd Foch;2024-03-04 10:00;2024-03-04 10:45",
    "S2-01;Bd Foch;2024-03-04 11:00;",
]
BAD_STAYS = [
    (";Bd Foch;2024-03-04 10:00;2024-03-04 10:45", "no bay"),
    ("S2-01;Bd Foch;;2024-03-04 10:45", "no arrival"),
    ("S2-01;Bd Foch;2024-03-04 10:00;later", "departure is not a time"),
    ("S2-01;Bd Foch;2024-03-04 10:00;2024-03-04 09:45", "ends before it starts"),
    ("S2-01;Bd Foch;2024-03-04 11:00;", "said before, word for word"),
]
COUNTS = {
    "path": "{folder}/park.csv",
    "counted_at": {"columns": ["Heure"]},
    "free_spaces": "Libres",
    "spaces": "Places",
    "holds": True,
    "place": {"street": "Rue"},
}
READINGS = [
    "Heure;Rue;Libres;Places",
    "2024-03-04 10:00;Place d'Armes;12;50",
    "2024-03-04 10:20;Place d'Armes;55;50",
]
BAD_READINGS = [
    (";Place d'Armes;12;50", "no time"),
    ("2024-03-04 10:00;Place d'Armes;full;50", "free spaces is not a number"),
    ("2024-03-04 10:00;Place d'Armes;-1;50", "free spaces is negative"),
    ("2024-03-04 10:00;Place d'Armes;;50", "no number of vehicles"),
]
SOURCES = {
    "payments": ("payments", PAYMENTS, TICKETS, BAD_TICKETS),
    "occupancy_events": ("occupancy_events", EVENTS, STAYS, BAD_STAYS),
    "counts.park": ("counts", COUNTS, READINGS, BAD_READINGS),
}


def _ingest(folder, source: str, lines: list[str], **changes):
    """Ingest the small town with one such export; returns its report and the table."""
    table, export, _, _ = SOURCES[source]
    write_town(folder)
    export = {**export, "path": export["path"].format(folder=folder), **changes}
    with open(export["path"], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    value = {"park": export} if table == "counts" else export
    report = ingest_folder(folder, folder / "out", **{table: value})
    return report, read_table(table, folder / "out" / "tables" / f"{table}.parquet", "ingest")


@pytest.mark.parametrize("source", SOURCES)
def test_a_row_that_cannot_be_used_says_why_in_both_languages(tmp_path, source):
    _, _, good, bad = SOURCES[source]
    report, table = _ingest(tmp_path, source, [*good, *(row for row, _ in bad)])
    said = next(one for one in report["sources"] if one["name"] == source)
    assert said["quarantined"] == {reason: 1 for _, reason in bad}
    assert said["kept"] == len(table) == len(good) - 1
    quarantine = pd.read_parquet(tmp_path / "out" / "tables" / "quarantine.parquet")
    rows = quarantine[quarantine["source"] == source].sort_values("row")
    assert rows["row"].tolist() == [len(good) + 1 + place for place in range(len(bad))]
    for _, reason in bad:
        assert phrase(reason, "fr") != reason


def test_tickets_keep_their_meter_their_price_and_their_time(tmp_path):
    _, table = _ingest(tmp_path, "payments", TICKETS)
    phone, card = table.itertuples(index=False)
    assert str(phone.paid_from) == "2024-03-04 09:15:00+01:00"
    assert (phone.zone_id, phone.channel) == ("S3", "Mobile")
    assert pd.isna(phone.meter_id)
    assert pd.isna(phone.amount)
    assert (card.meter_id, card.zone_id, card.amount) == ("H2", "S2", 2.4)


def test_a_car_that_is_still_there_has_no_departure(tmp_path):
    _, table = _ingest(tmp_path, "occupancy_events", STAYS)
    assert table["departed_at"].isna().tolist() == [False, True]


def test_free_spaces_become_vehicles_and_a_drifting_counter_never_less_than_none(tmp_path):
    _, table = _ingest(tmp_path, "counts.park", READINGS)
    assert table["vehicles"].tolist() == [38.0, 0.0]
    assert table["holds"].all()


@pytest.mark.parametrize(
    "change, problem",
    [
        ({"vehicles": "Libres"}, "one of the two"),
        ({"free_spaces": None}, "one of the two"),
        ({"spaces": None}, "vehicles are spaces less free_spaces"),
        ({"place": {"zone_id": "Rue"}}, "'data.counts.park.place'"),
    ],
)
def test_counts_that_contradict_themselves_are_refused(tmp_path, change, problem):
    with pytest.raises(ConfigError, match=problem):
        _ingest(tmp_path, "counts.park", READINGS, **change)


def test_an_export_of_which_nothing_can_be_kept_is_an_error(tmp_path):
    with pytest.raises(InputError, match="not one of 1 rows can be kept"):
        _ingest(
            tmp_path,
            "payments",
            [
                TICKETS[0],
                BAD_TICKETS[0][0],
            ],
        )


def test_a_plate_in_place_of_a_meter_is_refused(tmp_path):
    rows = [
        f"{plate};Bd Foch;04/03/2024 10:00;04/03/2024 11:30;2;CB"
        for plate in ("ZW-979-NF", "KN-983-VY", "FN-059-RX")
    ]
    with pytest.raises(ConfigError, match="French plate"):
        _ingest(tmp_path, "payments", [TICKETS[0], *rows])


def test_an_unknown_key_is_refused(tmp_path):
    values = mapping(tmp_path, payments={**PAYMENTS, "metre": "Horodateur"})
    with pytest.raises(ConfigError, match="Did you mean 'meter'"):
        parameters.read(TownData, values)
