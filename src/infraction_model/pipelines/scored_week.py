"""The scores that a command goes on from: the newest week, or the one made at an origin."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from infraction_model import timegrid
from infraction_model.errors import MissingArtefactError
from infraction_model.io.json_files import read_json
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace


def scored_week(workspace: Workspace, origin: dt.date | None) -> int:
    """The newest scored week, or the one that was scored at the origin asked for.

    Raises MissingArtefactError where there is none, ConfigError where the origin is no Monday.
    """
    weeks = workspace.scored_weeks()
    if origin is not None:
        timegrid.week_starting(origin)
        weeks = [week for week in weeks if origin_of(week, workspace) == str(origin)]
    if not weeks:
        made_at = f" made at origin {origin}" if origin else ""
        raise MissingArtefactError(
            f"there are no scores{made_at} below {workspace.root}. "
            "Run `infraction-model score` with the same workspace and origin first."
        )
    return timegrid.week_starting(weeks[-1])


def origin_of(week: dt.date, workspace: Workspace) -> str | None:
    """The Monday at which a week was scored, as text; None where nothing says so."""
    path = workspace.about_scores(week)
    return read_json(path, made_by="score")["origin"] if path.exists() else None


def read_scores(workspace: Workspace, week: int, timezone: str) -> pd.DataFrame:
    """The scores of a week, their times in the town's own zone."""
    scores = read_table("scores", workspace.scores(timegrid.monday(week)), made_by="score")
    return scores.assign(starts_at=scores["starts_at"].dt.tz_convert(timezone))
