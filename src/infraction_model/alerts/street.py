"""The street as it is known: bays, tickets and alerts, all of which follow from what was told.

What is known never depends on the order in which messages came: one that is late but in time is
put in its place, and what followed from what was believed before is worked out again.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heapify, heappop, heappush

from infraction_model.alerts.bays import FREE, OCCUPIED, Bay
from infraction_model.alerts.course import (
    Belief,
    Course,
    StayAlert,
    closed_row,
    course_of,
    name_of,
    standing,
    why_over,
)
from infraction_model.alerts.events import Alert, Closed, SensorQuality, State, Ticket, Verdict
from infraction_model.alerts.hours import NEVER
from infraction_model.alerts.parameters import LiveParameters
from infraction_model.alerts.ranking import Ranking
from infraction_model.alerts.rules import Rules
from infraction_model.alerts.sales import Sales
from infraction_model.alerts.tickets import Sold, restored_ticket, ticket_id


class Street:
    """Bays, tickets and alerts up to the instant `now`; `changed_*` are those since `begin`."""

    def __init__(self, rules: Rules, ranking: Ranking, parameters: LiveParameters) -> None:
        self._rules, self._ranking = rules, ranking
        stays, clock = parameters.stays, parameters.clock
        self._stuck = round(3600 * stays.stuck_hours)
        self._flips, self._flip_window = stays.flips, round(60 * stays.flip_minutes)
        within = round(60 * parameters.tickets.match_minutes)
        self._behind = round(60 * clock.reorder_minutes)
        self._kept = self._behind + max(self._flip_window, within)
        self._keep_alerts = round(3600 * clock.keep_hours)
        self.now = -1
        self.bays: dict[str, Bay] = {}
        self.alerts: dict[str, StayAlert] = {}
        self.quality: dict[str, SensorQuality] = {}
        self._in_zone: defaultdict[str, list[Bay]] = defaultdict(list)
        in_zone = self._in_zone.__getitem__
        self.tickets = Sales(self.bays, in_zone, rules.paid_hours, parameters.tickets)
        self._open: dict[str, StayAlert] = {}
        self._due: list[tuple[int, str]] = []
        self._ranked = -1
        self.begin()

    def begin(self) -> None:
        """From now on, note what changes."""
        self.changed_bays: dict[str, Bay] = {}
        self.changed_tickets: dict[str, Sold] = {}
        self.changed_quality: dict[str, SensorQuality] = {}
        self._news: dict[str, StayAlert] = {}
        self._rows: dict[str, Alert] = {}
        self._doubtful: set[str] = set()

    def add_bay(self, bay_id: str, zone_id: str, kinds: tuple[str, ...] = ()) -> Bay:
        """A bay that was not known before."""
        bay = Bay(bay_id, zone_id, kinds, self._rules.of_bay(bay_id, zone_id, kinds))
        self.bays[bay_id] = self.changed_bays[bay_id] = bay
        self._in_zone[zone_id].append(bay)
        return bay

    def advance(self, at: int) -> None:
        """It is `at` now: what was due by then has happened."""
        due = self._due
        while due and due[0][0] <= at:
            when, bay_id = heappop(due)
            bay = self.bays[bay_id]
            if bay.until == when:
                self._run(bay, when)
        self.now = at

    def place(self, bay: Bay, at: int, code: int) -> bool:
        """A sensor told a change at `at`, not after `now`; False where it had told it before."""
        changes, tickets = bay.changes, self.tickets.get(bay.zone_id)
        if tickets is not None:
            tickets.changed(at)
        if changes and at <= changes[-1][0]:
            if bay.knows(at, code):
                return False
            bay.insert(at, code)
            self._rework(bay)
        elif not changes or changes[-1][1] != code:
            self._change(bay, at, code)
        else:
            changes.append((at, code))
        self.changed_bays[bay.bay_id] = bay
        if tickets is not None:
            touched = tickets.touched_by(bay.bay_id, at)
            if touched:
                self._refold(tickets.match(bay.bay_id, at))
            if touched or at <= self._ranked:
                self._doubtful.add(bay.zone_id)
        if len(bay.changes) > 6:
            bay.forget(self.now - self._kept, self._flip_window)
        return True

    def reserve(self, bay: Bay, at: int, kinds: tuple[str, ...]) -> None:
        """A bay is of these kinds, as its newest message that names any says; a stay that was over
        by then keeps the rules it had."""
        bay.kinds_at = at
        self.changed_bays[bay.bay_id] = bay
        if kinds != bay.kinds:
            bay.kinds, bay.rules = kinds, self._rules.of_bay(bay.bay_id, bay.zone_id, kinds)
            self._rework(bay, at)

    def move(self, bay: Bay, zone_id: str) -> None:
        """A bay is in another zone than was thought: what it said before is forgotten, and what
        followed from that withdrawn."""
        left, horizon = bay.zone_id, self.now - self._behind
        self._in_zone[left].remove(bay)
        self._in_zone[zone_id].append(bay)
        bay.zone_id, bay.rules = zone_id, self._rules.of_bay(bay.bay_id, zone_id, bay.kinds)
        bay.changes, bay.since = [], -1
        self._rework(bay)
        for alert in bay.alerts.values():
            alert.left = self.now if alert.left is None else alert.left
        for name in (left, zone_id):
            tickets = self.tickets.get(name)
            if tickets is not None:
                self._refold(tickets.match_without(bay.bay_id, horizon))
                self._doubtful.add(name)
        self.changed_bays[bay.bay_id] = bay

    def sell(self, zone_id: str, ticket: Ticket) -> bool:
        """A ticket was bought; False where it is known already."""
        tickets = self.tickets.of(zone_id)
        sold = Sold(ticket_id(zone_id, ticket), zone_id, ticket, None)
        if tickets.knows(sold):
            return False
        self.changed_tickets[sold.ticket_id] = sold
        self._refold(tickets.add(sold))
        self._doubtful.add(zone_id)
        return True

    def remembers(self, alert_id: str) -> bool:
        """Whether an alert is known that is open, or was closed not too long ago."""
        alert = self.alerts.get(alert_id)
        return alert is not None and not self._is_past(alert)

    def judge(self, verdict: Verdict) -> bool:
        """An officer reports on an alert, which is known; False where the report is the same as the
        one before, which it replaces otherwise."""
        alert = self.alerts[verdict.alert_id]
        before = alert.verdict
        if before == verdict.right:
            return False
        alert.verdict = verdict.right
        if alert.open:
            alert.close(max(min(verdict.at, self.now), alert.course.updated_at), "reported")
        else:
            alert.revision += 1
        bay, old = self.bays[alert.bay_id], self.quality.get(alert.bay_id)
        new = self._ranking.learnt(old, alert, verdict, before)
        self.quality[bay.bay_id] = self.changed_quality[bay.bay_id] = new
        if bay.since == alert.since and bay.occupied:
            bay.until, bay.reasons = NEVER, ()
        self._note(alert)
        following = bay.alerts.get(bay.since)
        if following is not None and following is not alert and following.open:
            self._note(following)
        return True

    def _belief(self, bay: Bay, since: int) -> Belief:
        """From when on, and until when, a stay is believed."""
        start = since
        many = len(bay.changes) >= self._flips
        if many and bay.flips(since - self._flip_window, since) >= self._flips:
            start = since + self._flip_window
        return Belief(start, since + self._stuck)

    def _change(self, bay: Bay, at: int, code: int) -> None:
        """A bay says something new, and later than all it said before."""
        was_occupied, since = bay.occupied, bay.since
        bay.changes.append((at, code))
        bay.since = at
        if was_occupied and bay.stepped >= at:
            self._rework(bay)
            return
        if was_occupied:
            self._leave(bay, since, at, "left" if code == FREE else "sensor")
        if code == OCCUPIED:
            self._run(bay, at)

    def _leave(self, bay: Bay, since: int, at: int, because: Closed) -> None:
        """The car that was in the bay since `since` is gone, or the sensor no longer knows."""
        alert = bay.alerts.get(since)
        if alert is not None:
            alert.left = at
            if alert.course.take(at, (), because):
                alert.revision += 1
                self._note(alert)
        bay.until, bay.reasons = -1, ()

    def _run(self, bay: Bay, at: int) -> None:
        """Hold the stay in a bay against the rules at `at` and whenever that changes, up to now."""
        since = bay.since
        alert = bay.alerts.get(since)
        if alert is not None and alert.verdict is not None:
            bay.until = NEVER
            return
        covers, belief = self.tickets.covers(bay, since), self._belief(bay, since)
        while True:
            reasons, until = standing(bay.rules, since, covers, belief, at)
            bay.stepped = at
            if reasons != bay.reasons:
                alert = alert or self._alert_of(bay, since)
                if alert.course.because == "withdrawn":
                    alert.course = Course()
                alert.course.take(at, reasons, why_over(covers, belief, bay.reasons, at))
                alert.revision += 1
                bay.reasons = reasons
                self._note(alert)
            if until > self.now:
                break
            at = until
        self._wait(bay, until)

    def _wait(self, bay: Bay, until: int) -> None:
        bay.until = until
        if until < NEVER:
            heappush(self._due, (until, bay.bay_id))

    def _alert_of(self, bay: Bay, since: int) -> StayAlert:
        """The alert of a stay, made where there is none yet."""
        alert = self.alerts.get(name_of(bay.bay_id, since))
        if alert is None:
            alert = StayAlert(bay.bay_id, bay.zone_id, since)
            self.alerts[alert.alert_id] = alert
        alert.zone_id = bay.zone_id
        horizon = self.now - self._behind
        bay.alerts = {
            start: one
            for start, one in bay.alerts.items()
            if one.left is None or one.left >= horizon
        }
        bay.alerts[since] = alert
        return alert

    def _rework(self, bay: Bay, since: int = 0) -> None:
        """Work out anew what came of the stays of a bay that a message in time may change, and that
        were not over before `since`."""
        horizon, found = max(self.now - self._behind, since), set()
        for since, to, seen_off in bay.stays():
            found.add(since)
            if to is None or to >= horizon:
                self._follow(bay, since, to, "left" if seen_off else "sensor")
        for since, alert in bay.alerts.items():
            unsettled = alert.left is None or alert.left >= horizon
            if since not in found and unsettled and alert.verdict is None:
                self._withdraw(alert)
        if not bay.occupied:
            bay.until, bay.reasons = -1, ()

    def _refold(self, tickets: list[Sold]) -> None:
        """Work out anew what came of the stays that tickets are of now, and were before."""
        self.changed_tickets.update((one.ticket_id, one) for one in tickets)
        stays = {stay for one in tickets for stay in (one.stay, one.before) if stay is not None}
        for bay_id, since in sorted(stays):
            bay = self.bays[bay_id]
            for start, to, seen_off in bay.stays():
                if start == since:
                    self._follow(bay, start, to, "left" if seen_off else "sensor")

    def _follow(self, bay: Bay, since: int, to: int | None, because: Closed) -> None:
        """Work out anew what came of one stay, and tell what differs."""
        alert = bay.alerts.get(since)
        if alert is None or alert.verdict is None:
            # a car that leaves at the second at which a breach would begin is in none
            until = self.now if to is None else to - 1
            covers, belief = self.tickets.covers(bay, since), self._belief(bay, since)
            course = course_of(bay.rules, since, covers, belief, until)
            if to is not None:
                course.take(to, (), because)
            if course.changes:
                alert = self._alert_of(bay, since)
                if alert.follow(course):
                    self._note(alert)
            elif alert is not None:
                self._withdraw(alert)
            if to is None:
                bay.reasons, bay.stepped = course.reasons, self.now
                self._wait(bay, course.until)
        elif to is None:
            bay.until, bay.reasons = NEVER, ()
        if alert is not None:
            alert.left = to

    def _withdraw(self, alert: StayAlert) -> None:
        """A message that came late shows that there was nothing to be alerted to."""
        if alert.course.because != "withdrawn":
            alert.close(alert.course.opened_at, "withdrawn")
            alert.left = self.now
            self._note(alert)

    # ranks

    def _note(self, alert: StayAlert) -> None:
        """An alert changed: its row is made anew, at once where it is closed."""
        self._news[alert.alert_id] = alert
        if alert.open:
            self._open[alert.alert_id] = alert
        else:
            self._open.pop(alert.alert_id, None)
            self._rank(alert, alert.course.closed_at)

    def _rank(self, alert: StayAlert, now: int) -> None:
        quality = self.quality.get(alert.bay_id)
        trust = quality.trust if quality is not None else self._ranking.trust(0, 0)
        tickets = self.tickets.get(alert.zone_id)
        sure = 1.0
        if tickets is not None and "unpaid" in alert.course.shown:
            sure = tickets.sureness(self._ranking.slot(now))
        row = self._ranking.rank(alert, self.bays[alert.bay_id].rules, trust, now, sure)
        if row != alert.row:
            alert.row = row
            self._rows[alert.alert_id] = row

    def rows(self) -> list[Alert]:
        """The alerts that changed since `begin`, ranked as of the clock."""
        slot = self._ranking.slot(self.now)
        all_anew = slot != self._ranked
        self._ranked = slot
        for alert in self._open.values():
            if all_anew or alert.alert_id in self._news or alert.zone_id in self._doubtful:
                self._rank(alert, max(slot, alert.course.opened_at))
        return list(self._rows.values())

    def restore(self, state: State) -> None:
        """Take over what was kept, as of the clock that was kept with it.

        What is of a zone that the town no longer has is left out, and its open alerts are closed;
        so is a bay that the town knows to be in another zone, which begins anew there.
        """
        self.now = state.clock.at if state.clock is not None else -1
        for kept in state.bays:
            if self._rules.may_hold(kept.bay_id, kept.zone_id):
                self.add_bay(kept.bay_id, kept.zone_id, kept.kinds).restore(kept)
        for ticket in state.tickets:
            if self._rules.know(ticket.zone_id):
                one = restored_ticket(ticket)
                bay = self.bays.get(ticket.stay_bay)
                if bay is None or bay.zone_id != ticket.zone_id:
                    one.stay = None
                self.tickets.of(ticket.zone_id).restore(one)
        self.quality = {one.bay_id: one for one in state.quality}
        for row in state.alerts:
            if row.bay_id in self.bays:
                alert = StayAlert.restored(row)
                self.alerts[alert.alert_id] = alert
                self.bays[alert.bay_id].alerts[alert.since] = alert
                if alert.open:
                    self._open[alert.alert_id] = alert
            elif row.closed_at is None:
                self._rows[row.alert_id] = closed_row(row, self.now)
        for bay in self.bays.values():
            self._resume(bay)
        self.changed_bays = {}

    def _resume(self, bay: Bay) -> None:
        """Go on with the stays of a bay where they were left."""
        ends = {since: to for since, to, _ in bay.stays()}
        for since, alert in bay.alerts.items():
            # a stay that the changes no longer tell of was over before they begin
            alert.left = ends.get(since, alert.since)
        if bay.occupied:
            current = bay.alerts.get(bay.since)
            bay.reasons = current.course.reasons if current is not None else ()
            self._run(bay, self.now)

    def sweep(self) -> list[Sold]:
        """Forget what matters no more; returns the tickets among it."""
        gone = self.tickets.forget(self.now - self._kept)
        for alert_id in [name for name, alert in self.alerts.items() if self._is_past(alert)]:
            del self.alerts[alert_id]
        if len(self._due) > 4 * len(self.bays):
            self._due = [(b.until, b.bay_id) for b in self.bays.values() if 0 <= b.until < NEVER]
            heapify(self._due)
        return gone

    def _is_past(self, alert: StayAlert) -> bool:
        """Whether an alert was closed too long ago, and its stay is over."""
        closed, oldest = alert.course.closed_at, self.now - self._keep_alerts
        return closed is not None and closed < oldest and alert.left is not None
