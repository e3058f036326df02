"""Where the artefacts of one town lie below its workspace folder."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from infraction_model.parameters import plain_name


@dataclass(frozen=True)
class Workspace:
    """The folder of one town; every artefact's path is spelt here and nowhere else."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.resolve().name

    @property
    def raw(self) -> Path:
        """Raw exports of a made town."""
        return self.root / "raw"

    @property
    def truth(self) -> Path:
        """The made town's truth, which only evaluation reads."""
        return self.root / "truth"

    @property
    def quarantine(self) -> Path:
        return self.table("quarantine")

    @property
    def tables(self) -> Path:
        return self.root / "tables"

    def table(self, name: str) -> Path:
        return self.tables / f"{name}.parquet"

    @property
    def panel(self) -> Path:
        return self.root / "panel"

    @property
    def secrets(self) -> Path:
        """The key that pseudonymises agents; it never leaves the workspace."""
        return self.root / "secrets"

    @property
    def retention(self) -> Path:
        """From which day on records are kept; what is older is left out of every ingest."""
        return self.root / "retention.json"

    @property
    def tracking(self) -> Path:
        return self.root / "mlflow"

    def study(self, name: str) -> Path:
        """The SQLite file of a search for settings; its lock lies beside it."""
        return self.root / "tuning" / f"{plain_name(name, 'name of a study')}.db"

    def report(self, name: str) -> Path:
        return self.root / "reports" / name

    def occupancy(self, name: str) -> Path:
        """A table of how full zones were, by source: the tables of `infraction-model occupancy`."""
        return self.root / "occupancy" / name

    def occupancy_table(self, source: str) -> Path:
        """How full each zone was in each hour, by a source: payments or sensors."""
        return self.occupancy(source) / "occupancy.parquet"

    @property
    def dashboard(self) -> Path:
        """The folder of the page of the state of parking."""
        return self.root / "dashboard"

    @property
    def open_data(self) -> Path:
        """What the public may have: the folder that `infraction-model publish` writes."""
        return self.root / "open_data"

    def scores(self, target_week: dt.date) -> Path:
        return self.root / "scores" / f"{target_week}.parquet"

    def about_scores(self, target_week: dt.date) -> Path:
        """What the scores of a week were made from: origin, gap, model version."""
        return self.root / "scores" / f"{target_week}.json"

    def scored_weeks(self) -> list[dt.date]:
        """The Mondays of the target weeks that have scores, oldest first."""
        found = []
        for path in (self.root / "scores").glob("*.parquet"):
            with contextlib.suppress(ValueError):
                found.append(dt.date.fromisoformat(path.stem))
        return sorted(found)

    @property
    def publications(self) -> Path:
        """What the weekly batch publishes: a folder per target week, and `current`."""
        return self.root / "publications"

    @property
    def weekly(self) -> Path:
        """What the weekly batch remembers between its runs."""
        return self.root / "weekly"

    @property
    def live(self) -> Path:
        """What the live service keeps: its state, and the tables that a replay leaves."""
        return self.root / "live"

    @property
    def live_state(self) -> Path:
        return self.live / "state.db"

    @property
    def live_lock(self) -> Path:
        """Held by the live service while it runs."""
        return self.live / "lock"

    @property
    def decisions(self) -> Path:
        """Who became champion, who was refused, and why: a file per decision."""
        return self.root / "decisions"

    def plan(self, target_week: dt.date) -> Path:
        """The folder of a week's patrol plan: its visits, and what it is."""
        return self.root / "plans" / str(target_week)

    def maps(self, target_week: dt.date) -> Path:
        return self.root / "maps" / str(target_week)
