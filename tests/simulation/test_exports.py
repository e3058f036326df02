"""The raw files, read as a stranger would read them."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from infraction_model.simulation.clock import Clock

FINES_HEADER = (
    "N° PV;Date infraction;Heure;Rue;N°;Latitude;Longitude;Code infraction;Libellé infraction;"
    "Immatriculation;Agent;Montant;Saisi le"
)
PATROLS_HEADER = "N° patrouille;Date;Début;Fin;Rue;Agent;Véhicules contrôlés;Infractions relevées"


def read(town, name, encoding="latin-1"):
    return pd.read_csv(
        io.BytesIO(town.raw[name]), sep=";", encoding=encoding, dtype=str, keep_default_na=False
    )


@pytest.fixture(scope="module")
def fines(town):
    return read(town, "verbalisations.csv")


@pytest.fixture(scope="module")
def once(fines):
    return fines.drop_duplicates("N° PV").reset_index(drop=True)


@pytest.mark.parametrize(
    "name, header, encoding, line_end",
    [
        ("verbalisations.csv", FINES_HEADER, "latin-1", "\r\n"),
        ("patrouilles.csv", PATROLS_HEADER, "latin-1", "\r\n"),
        ("alias_rues.csv", "alias;rue", "utf-8", "\n"),
        ("paiements.csv", "Horodateur;Rue;Début;Fin;Montant;Moyen", "latin-1", "\r\n"),
        ("capteurs.csv", "Place;Rue;Arrivée;Départ", "utf-8", "\n"),
        ("meteo.csv", "Date;Heure;Température;Pluie mm", "utf-8", "\n"),
        ("evenements.csv", "Début;Fin;Rue;Type;Libellé;Annoncé le", "latin-1", "\r\n"),
    ],
)
def test_each_file_has_the_agreed_header_encoding_and_line_ends(
    town, name, header, encoding, line_end
):
    text = town.raw[name].decode(encoding)
    assert text.startswith(header + line_end)
    assert text.endswith(line_end)
    assert text.count("\n") == text.count(line_end)
    assert ('"' in text) is False


def test_dates_hours_numbers_and_plates_are_written_the_french_way(once):
    readable = once["Date infraction"].str.fullmatch(r"\d\d/\d\d/\d{4}")
    assert readable.mean() > 0.999
    assert once["Saisi le"].str.fullmatch(r"\d\d/\d\d/\d{4}").all()
    assert once["Heure"].str.fullmatch(r"([01]\d|2[0-3])h[0-5]\d").all()
    assert once["Montant"].str.fullmatch(r"\d+,\d\d").all()
    assert once["Agent"].str.fullmatch(r"[A-ZÀ-Ý]+ [A-ZÉ]\w+ \(\d{3}\)").all()
    assert once["Latitude"].str.fullmatch(r"(\d\d,\d{6})?").all()
    assert once["Immatriculation"].str.fullmatch(r"[A-Z]{2}-\d{3}-[A-Z]{2}").mean() > 0.9
    assert once["N°"].str.fullmatch(r"(\d+( bis)?)?").all()


def test_a_number_is_repeated_by_whole_rows_only(fines, once):
    assert len(fines.drop_duplicates()) == len(once)
    assert len(fines) - len(once) == round(0.01 * len(once))


def test_a_few_dates_cannot_be_read(once):
    parsed = pd.to_datetime(once["Date infraction"], format="%d/%m/%Y", errors="coerce")
    assert 4 <= parsed.isna().sum() <= 40


def test_rows_of_other_towns_are_far_away(town, once):
    known = once["N° PV"].isin(town.truth["fines"]["fine_id"])
    outside = once[~known]
    assert len(outside) == round(0.005 * len(town.fines))
    located = once[once["Latitude"] != ""]
    north = (located["Latitude"].str.replace(",", ".").astype(float) - 49.8) * 111_320
    east = (located["Longitude"].str.replace(",", ".").astype(float) - 3.3) * 71_853
    far = np.hypot(north, east)
    town_radius = np.hypot(town.streets["east"], town.streets["north"]).max() + 200
    inside = known[located.index]
    assert far[inside].max() < town_radius
    assert far[~inside].min() > 5_000
    assert not outside["Rue"].isin(once.loc[known, "Rue"]).any()


def test_every_true_fine_is_printed_with_its_own_time_and_place(town, once):
    truth = town.truth["fines"].merge(once, left_on="fine_id", right_on="N° PV", how="left")
    assert truth["N° PV"].notna().all()
    printed = pd.to_datetime(
        truth["Date infraction"] + " " + truth["Heure"], format="%d/%m/%Y %Hh%M", errors="coerce"
    )
    readable = printed.notna()
    assert (printed[readable] == truth["issued_at"][readable]).all()
    recorded = pd.to_datetime(truth["Saisi le"], format="%d/%m/%Y")
    assert (recorded == truth["recorded_on"]).all()
    named = truth["zone_id"].map(
        dict(zip(town.streets["zone_id"], town.streets["name"], strict=True))
    )
    assert abs((named == truth["Rue"]).mean() - 0.6) < 0.03


def test_about_half_of_the_rows_have_coordinates_near_their_street(town, once):
    located = once[once["Latitude"] != ""]
    assert abs(len(located) / len(once) - 0.5) < 0.01
    assert (located["Longitude"] != "").all()
    truth = town.truth["fines"].set_index("fine_id")["zone_id"]
    place = town.streets.set_index("zone_id")
    rows = located[located["N° PV"].isin(truth.index)].head(2000)
    zones = place.loc[truth[rows["N° PV"]]]
    north = (rows["Latitude"].str.replace(",", ".").astype(float) - 49.8) * 111_320
    east = (rows["Longitude"].str.replace(",", ".").astype(float) - 3.3) * 71_853
    away = np.hypot(north.to_numpy() - zones["north"], east.to_numpy() - zones["east"])
    assert (away < zones["metres"] / 2 + 25).all()


def test_nicknames_are_in_the_alias_file_but_for_one(town, once):
    aliases = read(town, "alias_rues.csv", "utf-8")
    assert aliases["rue"].isin(town.streets["name"]).all()
    used = set(once["Rue"])
    assert set(aliases["alias"]) <= used
    assert "Derrière la poste" in used - set(aliases["alias"])


def test_the_patrol_log_holds_every_patrol_and_what_it_found(town):
    log = read(town, "patrouilles.csv")
    assert len(log) == len(town.patrols)
    found = log["Infractions relevées"].astype(int)
    assert found.sum() == len(town.fines)
    assert (found == 0).mean() > 0.5
    assert (log["Véhicules contrôlés"].astype(int) >= found).all()
    start = pd.to_datetime(log["Date"] + " " + log["Début"], format="%d/%m/%Y %Hh%M")
    end = pd.to_datetime(log["Date"] + " " + log["Fin"], format="%d/%m/%Y %Hh%M")
    minutes = (end - start).dt.total_seconds() / 60
    np.testing.assert_array_equal(minutes, town.patrols["end"] - town.patrols["start"])


def test_the_weather_file_covers_every_hour(town):
    weather = read(town, "meteo.csv", "utf-8")
    times = pd.to_datetime(weather["Date"] + " " + weather["Heure"], format="%d/%m/%Y %Hh%M")
    assert (times.diff().dropna() == pd.Timedelta(hours=1)).all()
    assert len(weather) == 104 * 168
    assert weather["Température"].str.fullmatch(r"-?\d+,\d").all()


def test_the_clock_prints_any_minute():
    clock = Clock(pd.Timestamp("2023-12-25").date())
    minutes = np.array([0, 7 * 1440 + 14 * 60 + 5, 1439])
    assert clock.dates(minutes).tolist() == ["25/12/2023", "01/01/2024", "25/12/2023"]
    assert clock.hours(minutes, "h").tolist() == ["00h00", "14h05", "23h59"]
    assert clock.stamps(minutes[1:2], "%Y-%m-%d").tolist() == ["2024-01-01 14:05"]
    assert clock.days(np.array([-3, 0])).tolist() == ["22/12/2023", "25/12/2023"]
