"""Can the small counts of published fines be found out? An attack on a publication.

Run from the top of the repository: `python benchmarks/reidentify.py WORKSPACE [months=N]`, after
`infraction-model publish` there. The attacker has the bytes of the published files alone: each
withheld count is an unknown whole number, all sums that the files imply are equations, and integer
programming gives the least and the most that each count can be. Beside it stands what the same
attack finds where the small counts alone are withheld. Nothing is written.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from infraction_model.open_data.fines import OTHER, PARTS, FineParameters, known_in

ALL, WHOLE_DAY = "ensemble", "journee"
GROUPS = FineParameters().groups


def read(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), sep=";", encoding="utf-8-sig", dtype={"zone_id": "str"})


def cells(by_zone: pd.DataFrame, of_town: pd.DataFrame) -> pd.DataFrame:
    """Every published or withheld count: month, place (a zone, or a part of the day), group."""
    zones = by_zone.assign(place="zone " + by_zone["zone_id"])
    town = of_town.assign(place="part " + of_town["tranche"])
    both = pd.concat([zones, town], ignore_index=True)
    return both[["mois", "place", "groupe", "nombre", "statut"]]


def intervals(by_zone: bytes, of_town: bytes) -> pd.DataFrame:
    """The least and the most that each withheld count can be, by month, place and group."""
    known = cells(read(by_zone), read(of_town))
    parts = [_month(own.reset_index(drop=True)) for _, own in known.groupby("mois")]
    return pd.concat(parts, ignore_index=True)


def _month(own: pd.DataFrame) -> pd.DataFrame:
    at = {key: row for row, key in enumerate(zip(own["place"], own["groupe"], strict=True))}
    rows = [*_groups_add_up(own, at), *_places_add_up(own, at)]
    equations = sparse.lil_array((max(len(rows), 1), len(own)))
    for row, terms in enumerate(rows):
        for column, sign in terms:
            equations[row, column] += sign
    zero = np.zeros(equations.shape[0])
    told = own["nombre"].notna().to_numpy()
    count = own["nombre"].fillna(0).to_numpy(dtype=float)
    bounds = Bounds(np.where(told, count, 0.0), np.where(told, count, np.inf))
    constraint = LinearConstraint(equations.tocsr(), zero, zero)
    found = own[~told].assign(least=np.nan, most=np.nan)
    for row in found.index:
        for name, sign in (("least", 1.0), ("most", -1.0)):
            aim = np.zeros(len(own))
            aim[row] = sign
            solved = milp(aim, constraints=constraint, bounds=bounds, integrality=np.ones(len(own)))
            # no answer: without bound, so it can be as large as one likes (the truth is an answer)
            found.loc[row, name] = np.inf if solved.fun is None else sign * solved.fun
    return found


def _groups_add_up(own: pd.DataFrame, at: dict) -> list[list[tuple[int, float]]]:
    """In each place the groups add up to all fines."""
    rows = []
    for place in own["place"].unique():
        groups = [name for name in own.loc[own["place"] == place, "groupe"] if name != ALL]
        if groups:
            rows.append([(at[place, name], 1.0) for name in groups] + [(at[place, ALL], -1.0)])
    return rows


def _places_add_up(own: pd.DataFrame, at: dict) -> list[list[tuple[int, float]]]:
    """Of each group the zones add up to the town's, and so do the parts of the day."""
    rows = []
    for group in own["groupe"].unique():
        places = own.loc[own["groupe"] == group, "place"]
        town = at.get((f"part {WHOLE_DAY}", group))
        for kind in ("zone ", "part "):
            inner = [
                at[place, group]
                for place in places
                if place.startswith(kind) and place != f"part {WHOLE_DAY}"
            ]
            if inner and town is not None:
                rows.append([(column, 1.0) for column in inner] + [(town, -1.0)])
    return rows


def true_counts(table: pd.DataFrame, groups: set[str]) -> pd.Series:
    """Counted once more, by plain pandas: fines by place and group; groups not told are others."""
    where = {category: name for name, own in GROUPS.items() for category in own}
    group = table["category"].map(where).fillna(OTHER)
    group = group.where(group.isin(groups), OTHER)
    hour = table["issued_at"].dt.hour
    part = pd.cut(hour, [0, 7, 12, 18, 24], right=False, labels=list(PARTS)).astype(str)
    pairs = []
    whole = pd.Series(f"part {WHOLE_DAY}", hour.index)
    for place in ("zone " + table["zone_id"], "part " + part, whole):
        pairs += [*zip(place, group, strict=True), *((one, ALL) for one in place)]
    return pd.Series(1, index=pd.MultiIndex.from_tuples(pairs)).groupby(level=[0, 1]).sum()


def attacked(known: pd.DataFrame, fines: pd.DataFrame, k: int, alone: bool) -> pd.DataFrame:
    """The withheld counts of cells with their truth and what the attack makes of them.

    `alone`: as if the small counts alone were withheld.
    """
    parts = []
    for month, own in known.groupby("mois"):
        table = known_in(fines, pd.Period(month, "M"), FineParameters().closing_days)
        truth = true_counts(table, set(own["groupe"]))
        keys = pd.MultiIndex.from_frame(own[["place", "groupe"]])
        count = truth.reindex(keys, fill_value=0).to_numpy()
        own = own.assign(truth=count).reset_index(drop=True)
        if alone:
            own["nombre"] = own["truth"].where((own["truth"] == 0) | (own["truth"] >= k))
        parts.append(_month(own))
    return pd.concat(parts, ignore_index=True)


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0])
    files = [folder / "open_data" / f"{name}.csv" for name in ("verbalisations",
                                                               "verbalisations_ville")]  # fmt: skip
    known = cells(*(read(path.read_bytes()) for path in files))
    months = sorted(known["mois"].unique())
    for one in arguments[1:]:
        months = months[-int(one.removeprefix("months=")) :]
    known = known[known["mois"].isin(months)]
    fines = pd.read_parquet(folder / "tables" / "fines.parquet")
    k = 5
    print(
        f"{len(months)} months, {len(known)} counts, {known['nombre'].isna().mean():.1%} withheld"
    )
    for alone in (True, False):
        found = attacked(known, fines, k, alone)
        small = found[(found["truth"] > 0) & (found["truth"] < k)]
        exact = (small["least"] == small["most"]).sum()
        below = (small["most"] < k).sum()
        above = (small["least"] > 0).sum()
        print(
            f"{'small counts alone withheld' if alone else 'as published'}: {len(small)} small "
            f"counts, {exact} found exactly, {below} known to be below {k}, {above} known to be "
            f"above 0; median width {np.median(small['most'] - small['least']):g}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
