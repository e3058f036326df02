"""Panel -> what recurs: rate ratios, zones, changes and categories, with a report in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infraction_model.exposure import ExposureParameters
from infraction_model.factors.analysis import FactorParameters, Factors, analyse
from infraction_model.io.atomic import write_text
from infraction_model.io.panels import read_panel
from infraction_model.io.workspace import Workspace
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import origin_week, seen, town_of
from infraction_model.pipelines.town import TownData
from infraction_model.reports.factors_report import render, render_markdown
from infraction_model.reports.factors_tables import (
    categories_csv,
    changes_csv,
    factors_csv,
    zones_csv,
)
from infraction_model.reports.factors_words import summary
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model factors`."""

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    factors: FactorParameters
    language: Literal["fr", "en"] = "fr"
    origin: dt.date | None = None


def run(parameters: Parameters) -> None:
    """Analyse what was known at the origin; write tables and report, and say it in short."""
    workspace = Workspace(parameters.workspace)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    town = town_of(parameters.data, parameters.exposure, panel, origin)
    with step(f"weighing what recurs, as of {monday(origin)}"):
        found = analyse(
            seen(panel, town),
            origin,
            town.basis,
            town.calendar,
            town.min_fines,
            parameters.factors,
        )
    with step("writing tables and report"):
        _write(found, parameters, workspace)
    for _, sentences in summary(found, parameters.language):
        say("\n".join(sentences))
    say(f"Report: {workspace.report('factors.html')}")


def _write(found: Factors, parameters: Parameters, workspace: Workspace) -> None:
    title, language = parameters.data.title, parameters.language
    texts = {
        "factors.csv": factors_csv(found),
        "factors_zones.csv": zones_csv(found),
        "factors_changes.csv": changes_csv(found),
        "factors_categories.csv": categories_csv(found),
        "factors.html": render(found, title, language),
        "factors.md": render_markdown(found, title, language),
    }
    for name, text in texts.items():
        write_text(workspace.report(name), text)
