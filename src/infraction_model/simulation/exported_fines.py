"""The fines export as a town would hand it over: French columns, typed by hand, mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from infraction_model.simulation import kinds
from infraction_model.simulation.clock import Clock
from infraction_model.simulation.exports import decimal_comma
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.spellings import respell
from infraction_model.simulation.streets import to_lonlat

# Nicknames of the first zone of a kind; the clerk's alias file has all but the last.
NICKNAMES: dict[str, str] = {
    "market": "La Halle",
    "station": "Parking SNCF",
    "school": "Groupe scolaire",
    "commuters": "Parking longue durée",
    "evening": "Parvis du spectacle",
    "shoppers": "Devant la mairie",
    "deliveries": "Derrière la poste",
}
_UNWRITTEN = "deliveries"
_NICKNAME_SHARE = 0.06
_ELSEWHERE = (
    "Rue de l'Usine, Beauval-sur-Aubrette", "Grand Place, Beauval-sur-Aubrette",
    "Route de Saint-Martin, Hautecourt-les-Prés", "Lotissement du Parc, Villeneuve-en-Vallois",
    "ZAC de la Sucrerie, Villeneuve-en-Vallois",
)  # fmt: skip
_UNREADABLE = ("32/13/2024", "31/02/2024", "00/00/0000", "??/06/2023", "")
_PLATE_LETTERS = np.array(list("ABCDEFGHJKLMNPQRSTVWXYZ"))
_OUTSIDE_METRES = (6_000.0, 14_000.0)


@dataclass(frozen=True)
class FinesExport:
    """`rows` as printed, in the file's order; `fine_id` of each true fine, in order of issue."""

    rows: pd.DataFrame
    fine_id: np.ndarray


def nicknames(streets: pd.DataFrame) -> dict[int, str]:
    """Zone -> nickname, for the first zone of each kind that has one."""
    first = streets.reset_index().groupby("kind", sort=False)["index"].first()
    return {int(first[kind]): nickname for kind, nickname in NICKNAMES.items() if kind in first}


def alias_rows(streets: pd.DataFrame) -> pd.DataFrame:
    """The clerk's alias file: alias, rue."""
    known = {z: n for z, n in nicknames(streets).items() if streets["kind"][z] != _UNWRITTEN}
    return pd.DataFrame({"alias": list(known.values()), "rue": streets["name"].loc[list(known)]})


def fines_rows(
    fines: pd.DataFrame,
    streets: pd.DataFrame,
    officers: list[str],
    clock: Clock,
    parameters: SimulationParameters,
    rng: np.random.Generator,
) -> FinesExport:
    """Print the fines, with outside and repeated rows added and a few dates made unreadable."""
    outside = np.sort(
        rng.choice(len(fines), round(parameters.outside_share * len(fines)), replace=False)
    )
    source = np.concatenate([np.arange(len(fines)), outside])
    is_outside = np.arange(len(source)) >= len(fines)
    order = np.lexsort([is_outside, fines["minute"].to_numpy()[source]])
    source, is_outside = source[order], is_outside[order]
    drawn = fines.iloc[source].reset_index(drop=True)
    fine_id = np.array([f"PV{number:08d}" for number in range(1, len(drawn) + 1)], dtype=object)
    rows = _printed(drawn, is_outside, streets, officers, clock, parameters, rng)
    rows.insert(0, "N° PV", fine_id)
    unreadable = np.flatnonzero(rng.random(len(rows)) < parameters.unreadable_share)
    rows.loc[unreadable, "Date infraction"] = rng.choice(_UNREADABLE, len(unreadable))
    return FinesExport(_with_repeats(rows, parameters.repeated_share, rng), fine_id[~is_outside])


def _printed(fines, is_outside, streets, officers, clock, parameters, rng) -> pd.DataFrame:
    zone, minute = fines["zone"].to_numpy(), fines["minute"].to_numpy()
    number = 1 + np.floor(rng.random(len(fines)) * streets["metres"].to_numpy()[zone] / 7.0).astype(
        int
    )
    category = pd.DataFrame(kinds.CATEGORIES, columns=["name", "code", "label", "amount"])
    category = category.iloc[fines["category"]]
    longitude, latitude = _coordinates(zone, number, is_outside, streets, parameters, rng)
    return pd.DataFrame(
        {
            "Date infraction": clock.dates(minute),
            "Heure": clock.hours(minute, "h"),
            "Rue": _streets_written(zone, is_outside, streets, parameters, rng),
            "N°": _house_numbers(number, rng),
            "Latitude": latitude,
            "Longitude": longitude,
            "Code infraction": category["code"].to_numpy(),
            "Libellé infraction": category["label"].to_numpy(),
            "Immatriculation": _plates(len(fines), rng),
            "Agent": np.array(officers, dtype=object)[fines["officer"]],
            "Montant": decimal_comma(category["amount"], 2),
            "Saisi le": clock.days(fines["recorded_day"]),
        }
    )


def _streets_written(zone, is_outside, streets, parameters, rng) -> np.ndarray:
    written = respell(streets["street"].tolist(), zone, parameters.misspelt_share, rng)
    chance = rng.random(len(zone)) < _NICKNAME_SHARE
    for nicknamed, nickname in nicknames(streets).items():
        written[chance & (zone == nicknamed)] = nickname
    elsewhere = rng.choice(np.array(_ELSEWHERE, dtype=object), len(zone))
    return np.where(is_outside, elsewhere, written)


def _house_numbers(number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    draw = rng.random(len(number))
    text = number.astype(str).astype(object)
    return np.where(draw < 0.15, "", np.where(draw > 0.96, text + " bis", text))


def _coordinates(zone, number, is_outside, streets, parameters, rng):
    """Longitude and latitude as printed, empty where the officer's device gave none."""
    lines = streets["line"].to_numpy()[zone]
    along = shapely.line_interpolate_point(lines, number * 7.0)
    metres = np.column_stack([shapely.get_x(along), shapely.get_y(along)])
    metres += rng.normal(0.0, 5.0, metres.shape)
    angle = rng.uniform(0.0, 2 * np.pi, len(zone))
    far = rng.uniform(*_OUTSIDE_METRES, len(zone))
    away = np.column_stack([far * np.cos(angle), far * np.sin(angle)])
    lonlat = to_lonlat(np.where(is_outside[:, None], away, metres))
    located = rng.random(len(zone)) < parameters.located_share
    printed = [np.where(located, decimal_comma(column, 6), "") for column in lonlat.T]
    return printed[0], printed[1]


def _plates(count: int, rng: np.random.Generator) -> np.ndarray:
    """Number plates, some often: mostly AB-123-CD, a few older or foreign, some not read."""
    pool = max(50, count // 3)
    letters = rng.choice(_PLATE_LETTERS, (pool, 4))
    digits = rng.integers(1, 1000, pool)
    style = rng.random(pool)
    plates = np.empty(pool + 1, dtype=object)
    plates[pool] = ""
    for row, (a, b, c, d) in enumerate(letters):
        plates[row] = f"{a}{b}-{digits[row]:03d}-{c}{d}"
        if style[row] < 0.02:
            plates[row] = f"{1000 + digits[row]} {a}{b} 02"
        elif style[row] < 0.04:
            plates[row] = f"1-{a}{b}{c}-{digits[row]:03d}"
    chosen = np.floor(pool * rng.random(count) ** 1.6).astype(int)
    return plates[np.where(rng.random(count) < 0.01, pool, chosen)]


def _with_repeats(rows: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """The rows with `share` of them printed once more, up to a few hundred lines further on."""
    repeated = np.sort(rng.choice(len(rows), round(share * len(rows)), replace=False))
    place = np.concatenate(
        [np.arange(len(rows)), repeated + rng.uniform(0.5, 400.5, len(repeated))]
    )
    source = np.concatenate([np.arange(len(rows)), repeated])
    return rows.iloc[source[np.argsort(place, kind="stable")]].reset_index(drop=True)
