"""Routes by the most prize per added minute, visit by visit: good at once, and a start for more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infraction_model.patrol.day import Choices, Day, Routes

_POWERS = (1.0, 1.5, 2.0, 3.0)


def greedy_routes(day: Day, choices: Choices) -> Routes:
    """The best of the sets of routes that `several_routes` gives."""
    return best_routes(choices, several_routes(day, choices))


def best_routes(choices: Choices, several: list[Routes]) -> Routes:
    """The set of routes that collects most; of equals the first."""
    return max(several, key=lambda routes: sum(choices.prize[route].sum() for route in routes))


def several_routes(day: Day, choices: Choices) -> list[Routes]:
    """Sets of routes, each made by putting in one visit after another.

    Each visit that still fits somewhere is looked at in every place of every route; the one with
    the most prize^power per second by which it puts off what follows comes first (the rule of
    Vansteenwegen et al., 2009, for orienteering with time windows, has a power of 2). Which power
    does best depends on how far zones lie apart, so there is a set for each of `_POWERS`. Of equals
    the earlier choice is taken, so the same day always gives the same routes.
    """
    return [_routes(day, choices, power) for power in _POWERS]


def _routes(day: Day, choices: Choices, power: float) -> Routes:
    gains = (choices.prize / max(choices.prize.max(initial=0.0), 1e-300)) ** power
    routes = [_Route(day, choices, gains, number) for number in range(len(day.stretches))]
    open_ = np.ones(len(choices), dtype=bool)
    offers = [route.offers(open_) for route in routes]
    while offers:
        best = max(range(len(offers)), key=lambda number: offers[number].gain)
        offer = offers[best]
        if not offer.gain > 0:
            break
        routes[best].insert(offer)
        open_ &= choices.group != choices.group[offer.row]
        for number, route in enumerate(routes):
            if number == best or not open_[offers[number].row]:
                offers[number] = route.offers(open_)
    return [route.rows for route in routes]


@dataclass(frozen=True)
class _Offer:
    """The best visit that a route could take up, and where."""

    gain: float
    row: int = 0
    position: int = 0


class _Route:
    """A route under construction: its visits, when each begins, and by how much each may slip."""

    def __init__(self, day: Day, choices: Choices, gains: np.ndarray, number: int) -> None:
        self.day, self.choices, self.gains, self.number = day, choices, gains, number
        self.rows: list[int] = []
        self._schedule()

    def insert(self, offer: _Offer) -> None:
        """Take up a visit."""
        self.rows.insert(offer.position, offer.row)
        self._schedule()

    def _schedule(self) -> None:
        """Nodes from base to base; when each is left and begun, and how far each can be put off."""
        choices, stretch = self.choices, self.day.stretches[self.number]
        base = self.day.base(self.number)
        self.nodes = [base, *(int(choices.zone[row]) for row in self.rows), base]
        self.begin, self.leave, waits = [stretch.start], [stretch.start], [0]
        for place, (row, node) in enumerate(zip([*self.rows, None], self.nodes[1:], strict=True)):
            arrive = self.leave[-1] + int(self.day.legs(self.number, self.nodes[place], node))
            begin = arrive if row is None else max(arrive, int(choices.early[row]))
            waits.append(begin - arrive)
            self.begin.append(begin)
            self.leave.append(begin + (0 if row is None else self.day.seconds))
        self.slack = [stretch.end - self.begin[-1]]
        for place in range(len(self.rows), 0, -1):
            own = int(choices.late[self.rows[place - 1]]) - 1 - self.begin[place]
            self.slack.insert(0, min(own, waits[place + 1] + self.slack[0]))

    def offers(self, open_: np.ndarray) -> _Offer:
        """The best visit of those open, by gain per second of delay; gain 0 where none fits."""
        rows = np.flatnonzero(open_)
        if not len(rows):
            return _Offer(0.0)
        zones, early, late = (
            column[rows] for column in (self.choices.zone, self.choices.early, self.choices.late)
        )
        before = np.array(self.nodes[:-1])[:, None]
        after = np.array(self.nodes[1:])[:, None]
        arrive = np.array(self.leave[:-1])[:, None] + self.day.legs(self.number, before, zones)
        begin = np.maximum(arrive, early)
        then = begin + self.day.seconds + self.day.legs(self.number, zones, after)
        delay = np.maximum(then - np.array(self.begin[1:])[:, None], 0)
        fits = (begin < late) & (delay <= np.array(self.slack)[:, None])
        gain = np.where(fits, self.gains[rows] / np.maximum(delay, 1), 0.0)
        position, column = np.unravel_index(int(gain.argmax()), gain.shape)
        return _Offer(float(gain[position, column]), int(rows[column]), int(position))
