"""The raw exports of a made town, file by file, as bytes: each system has its own habits."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable

import numpy as np
import pandas as pd

from infraction_model.simulation.clock import Clock
from infraction_model.simulation.payments import CHANNELS
from infraction_model.simulation.spellings import respell
from infraction_model.simulation.streets import to_lonlat


def csv_bytes(frame: pd.DataFrame, encoding: str = "latin-1", line_end: str = "\r\n") -> bytes:
    """A semicolon CSV; latin-1 with CRLF as an office suite writes it, unless told otherwise."""
    text = io.StringIO()
    frame.to_csv(text, sep=";", index=False, lineterminator=line_end)
    return text.getvalue().encode(encoding)


def decimal_comma(values: Iterable[float], digits: int) -> list[str]:
    """Numbers as the French write them: "12,50"."""
    return [f"{value:.{digits}f}".replace(".", ",") for value in values]


def patrol_rows(
    patrols: pd.DataFrame,
    streets: pd.DataFrame,
    officers: list[str],
    clock: Clock,
    misspelt_share: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The patrol log as printed, patrols that found nothing included."""
    zone, start, end = (patrols[column].to_numpy() for column in ("zone", "start", "end"))
    return pd.DataFrame(
        {
            "N° patrouille": [f"P{number:07d}" for number in range(1, len(patrols) + 1)],
            "Date": clock.dates(start),
            "Début": clock.hours(start, "h"),
            "Fin": clock.hours(end, "h"),
            "Rue": respell(streets["street"].tolist(), zone, misspelt_share, rng),
            "Agent": np.array(officers, dtype=object)[patrols["officer"]],
            "Véhicules contrôlés": patrols["checked"].to_numpy(),
            "Infractions relevées": patrols["found"].to_numpy(),
        }
    )


def zones_geojson(streets: pd.DataFrame, town: str) -> bytes:
    """The street zones, EPSG:4326, one LineString each."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": street.zone_id,
                "nom": street.name,
                "places": int(street.spaces),
                "tarif": street.tariff,
                "duree_max": None
                if np.isnan(street.max_stay_minutes)
                else int(street.max_stay_minutes),
                "quartier": street.district,
            },
            "geometry": {
                "type": "LineString",
                "coordinates": np.round(to_lonlat(np.array(street.line.coords)), 6).tolist(),
            },
        }
        for street in streets.itertuples(index=False)
    ]
    collection = {"type": "FeatureCollection", "name": f"Secteurs de {town}", "features": features}
    return json.dumps(collection, ensure_ascii=False, indent=1).encode()


def payment_rows(payments: pd.DataFrame, streets: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Tickets as the meters' maker prints them: one meter per paid street."""
    zone = payments["zone"].to_numpy()
    return pd.DataFrame(
        {
            "Horodateur": streets["zone_id"].str.replace("S", "H").to_numpy()[zone],
            "Rue": streets["name"].to_numpy()[zone],
            "Début": clock.stamps(payments["paid_from"]),
            "Fin": clock.stamps(payments["paid_until"]),
            "Montant": decimal_comma(payments["amount"], 2),
            "Moyen": np.array(CHANNELS, dtype=object)[payments["channel"]],
        }
    )


def bay_event_rows(events: pd.DataFrame, streets: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Bay events as the sensors' maker prints them, ISO times."""
    zone = events["zone"].to_numpy()
    bay = np.array([f"{number:02d}" for number in events["bay"]], dtype=object)
    return pd.DataFrame(
        {
            "Place": streets["zone_id"].to_numpy(dtype=object)[zone] + "-" + bay,
            "Rue": streets["name"].to_numpy()[zone],
            "Arrivée": clock.stamps(events["arrived"], "%Y-%m-%d"),
            "Départ": clock.stamps(events["departed"], "%Y-%m-%d"),
        }
    )


def count_rows(counts: pd.DataFrame, streets: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Counts as an officer typed them into a sheet."""
    zone = counts["zone"].to_numpy()
    return pd.DataFrame(
        {
            "Date": clock.dates(counts["minute"]),
            "Heure": clock.hours(counts["minute"], "h"),
            "Rue": streets["name"].to_numpy()[zone],
            "Places": streets["spaces"].to_numpy()[zone],
            "Véhicules": counts["vehicles"].to_numpy(),
        }
    )


def footfall_rows(footfall: pd.DataFrame, streets: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Passers-by as the counters' maker prints them, hour by hour."""
    minutes = footfall["hour"].to_numpy() * 60
    return pd.DataFrame(
        {
            "Compteur": streets["name"].to_numpy()[footfall["zone"]],
            "Date": clock.dates(minutes),
            "Heure": clock.hours(minutes, "h"),
            "Passages": footfall["people"].to_numpy(),
        }
    )


def shop_rows(shops: np.ndarray, streets: pd.DataFrame) -> pd.DataFrame:
    """The register of shops, counted by street."""
    return pd.DataFrame({"Rue": streets["name"].to_numpy(), "Commerces": shops})


def weather_rows(weather: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Hourly weather as a station prints it."""
    minutes = np.arange(len(weather)) * 60
    return pd.DataFrame(
        {
            "Date": clock.dates(minutes),
            "Heure": clock.hours(minutes, "h"),
            "Température": decimal_comma(weather["temperature"], 1),
            "Pluie mm": decimal_comma(weather["rain"], 1),
        }
    )


def event_rows(events: pd.DataFrame, streets: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Works, fairs and markets as the town hall announces them."""
    return pd.DataFrame(
        {
            "Début": clock.stamps(events["first_hour"] * 60),
            "Fin": clock.stamps(events["last_hour"] * 60),
            "Rue": streets["name"].to_numpy()[events["zone"]],
            "Type": events["kind"].to_numpy(),
            "Libellé": events["label"].to_numpy(),
            "Annoncé le": clock.days(events["announced"]),
        }
    )
