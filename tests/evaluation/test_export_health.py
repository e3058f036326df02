"""Data health of exports: ingests of a small town one after the other, with faults between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infraction_model.evaluation.export_health import export_health
from infraction_model.evaluation.health_limits import HealthParameters
from made_exports import HEADER, ROWS, ingest_folder, write_town

LIMITS = HealthParameters()


def rows(count: int, start: int = 0) -> list[str]:
    """Sound rows of the town's export, minute after minute, each with its own number."""
    made = []
    for number in range(start, start + count):
        fields = ROWS[number % len(ROWS)].split(";")
        fields[0] = f"PV{number}"
        fields[1] = f"{1 + number // 40 % 28:02d}/{3 + number // 1120:02d}/2024"
        fields[2] = f"{8 + number // 60 % 10:02d}h{number % 60:02d}"
        fields[7] = "Double file"
        fields[10] = ""
        made.append(";".join(fields))
    return made


@pytest.fixture(scope="module")
def summary_of(tmp_path_factory) -> Callable[..., dict]:
    """Ingest an export of these rows and give the summary of what was done."""

    def ingest(lines: list[str], header: str = HEADER) -> dict:
        folder = tmp_path_factory.mktemp("town")
        write_town(folder)
        (folder / "fines.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return ingest_folder(folder, folder / "w")

    return ingest


@pytest.fixture(scope="module")
def good(summary_of) -> dict:
    return summary_of(rows(600))


def check(now: dict, before: dict | None) -> dict[str, str]:
    found = export_health(now, before, LIMITS)
    assert all(set(row["words"]) == {"fr", "en"} for row in found)
    return {row["name"]: row["level"] for row in found}


def test_the_same_export_again_and_one_with_more_rows_are_healthy(good, summary_of):
    for now, before in ((good, None), (good, good), (summary_of(rows(700)), good)):
        assert set(check(now, before).values()) == {"ok"}


def _half(lines):
    return lines[:300]


def _unknown_streets(lines):
    bad = [line.replace("Rue de la Paix", "Rue Inconnue Zzz") for line in rows(300, 600)]
    return [*lines, *bad]


def _unknown_labels(lines):
    return [*lines, *[line.replace("Double file", "Article 99") for line in rows(120, 600)]]


def _no_agents(lines):
    last = [line.split(";") for line in lines[-100:]]
    return [*lines[:-100], *[";".join([*line[:9], "", *line[10:]]) for line in last]]


@pytest.mark.parametrize(
    "breaks, name, level",
    [
        (_half, "rows_fines", "alarm"),
        (_unknown_streets, "quarantine_fines", "warning"),
        (_unknown_labels, "labels", "alarm"),
        (_no_agents, "filled_fines", "alarm"),
    ],
)
def test_each_fault_is_caught(good, summary_of, breaks, name, level):
    found = check(summary_of(breaks(rows(600))), good)
    assert {row for row in found if found[row] != "ok"} == {name}
    assert found[name] == level


def test_a_column_that_vanished_is_named(good, summary_of):
    without = [";".join(line.split(";")[:4] + line.split(";")[5:]) for line in rows(600)]
    now = summary_of(without, HEADER.replace(";N°;", ";"))
    [gone] = [row for row in export_health(now, good, LIMITS) if row["level"] != "ok"]
    assert gone["name"] == "columns_fines"
    assert "(N°)" in gone["words"]["fr"]


def test_a_column_that_empties_altogether_is_named(good, summary_of):
    emptied = [";".join([*line.split(";")[:8], "", *line.split(";")[9:]]) for line in rows(600)]
    found = export_health(summary_of(emptied), good, LIMITS)
    [row] = [row for row in found if row["level"] != "ok"]
    assert row["level"] == "alarm"
    assert "Immatriculation" in row["words"]["en"]


def test_a_summary_of_an_older_version_says_nothing_of_columns(good):
    older = [
        {key: value for key, value in source.items() if key not in ("columns", "filled")}
        for source in good["sources"]
    ]
    assert set(check(good, {**good, "sources": older}).values()) == {"ok"}
    assert set(check({**good, "sources": older}, good).values()) == {"ok"}
