"""The weekly batch, from the exports to the publication, in the order in which things happen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from infraction_model.errors import PublishedWithFallback
from infraction_model.io.lock import only_one
from infraction_model.io.publications import Publication, Publications
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.week import map_week
from infraction_model.panel import Panel
from infraction_model.pipelines import plan
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.map_background import background
from infraction_model.pipelines.week_files import write_files
from infraction_model.pipelines.weekly.incoming import Incoming, take_in
from infraction_model.pipelines.weekly.journal import Journal
from infraction_model.pipelines.weekly.parameters import Parameters
from infraction_model.pipelines.weekly.past_weeks import PastWeeks, past_weeks
from infraction_model.pipelines.weekly.publishing import fill
from infraction_model.pipelines.weekly.scoring import Scored, score
from infraction_model.pipelines.weekly.training import Renewal, renew
from infraction_model.reports.weekly_texts import banner, trouble_rows
from infraction_model.timegrid import monday, week_starting

NEWS_WEEKS = 26
LEAST_NEWS = 0.05
"""A week has brought news with this share of the records that a week of the last ones brought."""


def run(parameters: Parameters) -> None:
    """Publish the target week: once, whole, and with a map whatever fails on the way to a better.

    A week that is published already stays as it is, to the bit. Raises LockedError where another
    run is going on, PublishedWithFallback where the map was not made as usual, and the error that
    stood in the way where nothing could be published: what is current then stays.
    """
    workspace = Workspace(parameters.workspace)
    origin = _origin(parameters)
    target = origin + parameters.forecast.gap
    with only_one(workspace.weekly / "lock", "a weekly run of this workspace"):
        publications = Publications(workspace.publications)
        publications.sweep()
        done = publications.latest(monday(target))
        if done is not None and not parameters.redo:
            publications.make_current(publications.weeks()[-1])
            say(f"the week of {monday(target)} is published: {publications.folder(done)}")
            return
        edition = Publication(monday(target), done.edition + 1 if done else 1)
        _publish(parameters, publications, edition, origin)


def _origin(parameters: Parameters) -> int:
    if parameters.origin is not None:
        return week_starting(parameters.origin)
    today = parameters.started_at.date()
    return week_starting(today - dt.timedelta(days=today.weekday()))


def _publish(
    parameters: Parameters, publications: Publications, publication: Publication, origin: int
) -> None:
    workspace = Workspace(parameters.workspace)
    journal = Journal()
    target = week_starting(publication.target)
    with step("taking in what is new"):
        incoming = take_in(parameters, origin, journal)
    data_origin = _data_origin(incoming.panel, origin)
    if data_origin < origin:
        journal.trouble("data_late", f"newest week known: {monday(data_origin - 1)}")
    with step("how past weeks did"):
        past = past_weeks(parameters, incoming.panel, data_origin, publications, journal)
    renewal = renew(parameters, data_origin, past.alarms, journal)
    with step(f"scoring the week of {publication.target}"):
        scored = score(parameters, incoming.panel, data_origin, target, renewal.trained, journal)
    planned = None
    with journal.stage("plan", or_else="plan_failed"), step("planning the visits"):
        settings = plan.Parameters(parameters.workspace, parameters.data, parameters.patrol)
        planned = plan.plan_scores(settings, scored.scores, monday(data_origin), target)
    about = _About(publication, origin, data_origin, incoming, past, renewal, scored)
    with step("publishing"), publications.new(publication) as folder:
        zones = read_table("zones", workspace.table("zones"), made_by="ingest")
        chosen, scores = parameters.map, scored.scores
        week = map_week(scores, zones, parameters.data.title, target, chosen.tier_shares)
        beside = background(
            workspace,
            parameters.data,
            week,
            monday(data_origin),
            parameters.models,
            past.weeks,
            planned and (planned.visits, planned.about | about.sources()),
        )
        if planned is not None:
            with journal.stage("visits.csv", or_else="files_failed"):
                plan.write_plan(planned, about.sources(), folder, chosen.language)
        survive = partial(journal.stage, or_else="files_failed")
        write_files(folder, week, beside, chosen, survive)
        status = about.status(parameters.data.title, journal)
        fill(folder, week, scores, status, about.record(journal), chosen, beside)
    publications.make_current(publications.weeks()[-1])
    said = about.banner(journal)
    page = publications.folder(publication) / "index.html"
    if said is not None:
        raise PublishedWithFallback(f"{page} is published, with this banner: {said['en']}")
    say(f"the map of the week of {publication.target}: {page.resolve()}")
    say(f"how the data, the model and past weeks are: {page.with_name('status.html')}")


def _data_origin(panel: Panel, origin: int) -> int:
    """The origin, or, where whole weeks before it brought no news, the Monday after the news.

    A week that nobody has heard from yet must not pass for a week in which nothing happened.
    """
    known = [records["week"] + records["delay"] for records in (panel.fines, panel.patrols)]
    weeks, news = np.unique(np.concatenate(known), return_counts=True)
    weeks, news = weeks[weeks < origin], news[weeks < origin]
    if not len(weeks):
        return origin
    # a few stragglers of earlier weeks are no news of this one
    return int(weeks[news >= LEAST_NEWS * np.median(news[-NEWS_WEEKS:])].max()) + 1


@dataclass(frozen=True)
class _About:
    """Everything that a publication says of itself."""

    publication: Publication
    origin: int
    data_origin: int
    incoming: Incoming
    past: PastWeeks
    renewal: Renewal
    scored: Scored

    @property
    def dates(self) -> dict[str, str]:
        return {
            "data_week": str(monday(self.data_origin - 1)),
            "trained": str(monday(self.scored.forecaster.trained_origin)),
        }

    def banner(self, journal: Journal) -> dict[str, str] | None:
        kinds = [trouble.kind for trouble in journal.troubles]
        return banner(kinds, self.scored.source, **self.dates)

    def model(self) -> dict[str, Any]:
        return {
            "bundle": self.scored.version,
            "kind": self.scored.forecaster.estimator_parameters.kind,
            "trained_origin": self.dates["trained"],
            "source": self.scored.source,
        }

    def sources(self) -> dict[str, str]:
        """Which week was forecast, and from what was known when."""
        return {
            "target_week": str(self.publication.target),
            "origin": str(monday(self.origin)),
            "data_origin": str(monday(self.data_origin)),
        }

    def record(self, journal: Journal) -> dict[str, Any]:
        """What was made from what, without times: the same run gives the same record."""
        return self.sources() | {
            "edition": self.publication.edition,
            "model": self.model(),
            "troubles": [[trouble.kind, trouble.detail] for trouble in journal.troubles],
            "stages": journal.stages,
        }

    def status(self, town: str, journal: Journal) -> dict[str, Any]:
        """The status as reports.status_page describes it."""
        troubles = [(trouble.kind, trouble.detail) for trouble in journal.troubles]
        return {
            "town": town,
            "target_week": str(self.publication.target),
            "origin": str(monday(self.origin)),
            "model": self.model(),
            "banner": self.banner(journal),
            "health": [*trouble_rows(troubles, **self.dates), *self.incoming.health],
            "weeks": self.past.weeks,
            "alarms": self.past.alarms,
            "past_alarms": self.past.past_alarms,
            "drift": self.past.drift,
            "adherence": self.past.adherence,
            "decisions": self.renewal.decisions,
            "log": journal.stages,
        }
