"""The space of a search: which settings may take which values, as the files of conf/search say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infraction_model.errors import ConfigError
from infraction_model.evaluation.trials import Settings
from infraction_model.parameters import one_of, read


@dataclass(frozen=True)
class FloatRange:
    """A number between two ends; with `log`, as likely between 1 and 10 as between 10 and 100."""

    low: float
    high: float
    log: bool = False
    kind: Literal["float"] = "float"

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    @property
    def ends(self) -> tuple:
        return self.low, self.high


@dataclass(frozen=True)
class IntRange:
    """A whole number between two ends, both included; `log` as for FloatRange."""

    low: int
    high: int
    log: bool = False
    kind: Literal["int"] = "int"

    def holds(self, value: Any) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    @property
    def ends(self) -> tuple:
        return self.low, self.high


@dataclass(frozen=True)
class Choices:
    """One of some values."""

    choices: tuple[str | int | float | bool | None, ...]
    kind: Literal["categorical"] = "categorical"

    def holds(self, value: Any) -> bool:
        return value in self.choices

    @property
    def ends(self) -> tuple:
        return self.choices


Range = FloatRange | IntRange | Choices


@dataclass(frozen=True)
class _Entry:
    range: one_of(FloatRange, IntRange, Choices)


@dataclass(frozen=True)
class SearchParameters:
    """Where to look: `space` mirrors the settings, with a range where they hold a value.

    Only keys below `estimator` and `forecast` can be searched. `name` is what the search is called.
    """

    name: str
    space: dict[str, Any]

    def ranges(self, settings: Settings) -> dict[str, Range]:
        """Every range by dotted key; raises ConfigError for one that `settings` cannot take."""
        found = dict(_ranges(self.space, ""))
        if not found:
            raise ConfigError("search.space names no setting to search.")
        for key, wanted in found.items():
            _check(key, wanted, settings)
        return found


def _ranges(node: Mapping[str, Any], where: str) -> Iterator[tuple[str, Range]]:
    for name, below in node.items():
        key = f"{where}{name}"
        if below is None:  # search.space.KEY=null takes a setting out of the search
            continue
        if not isinstance(below, Mapping):
            raise ConfigError(f"search.space.{key}: expected a range, got {below!r}.")
        if "kind" not in below:
            yield from _ranges(below, f"{key}.")
            continue
        try:
            yield key, read(_Entry, {"range": below}).range
        except ConfigError as error:
            raise ConfigError(str(error).replace("'range", f"'search.space.{key}")) from None


def _check(key: str, wanted: Range, settings: Settings) -> None:
    where = f"search.space.{key}"
    if key.partition(".")[0] not in ("estimator", "forecast") or key == "forecast.gap":
        raise ConfigError(
            f"{where}: only settings below estimator and forecast can be searched, and how far "
            "ahead to look (forecast.gap) is a question, not a setting that does better or worse."
        )
    if not isinstance(wanted, Choices):
        if wanted.low >= wanted.high:
            raise ConfigError(f"{where}: expected low < high, got {wanted.low} and {wanted.high}.")
        if wanted.log and wanted.low <= 0:
            raise ConfigError(f"{where}: log needs low above 0, got {wanted.low}.")
    elif not wanted.choices or len(set(wanted.choices)) < len(wanted.choices):
        raise ConfigError(f"{where}: expected choices, each once, got {list(wanted.choices)}.")
    for end in wanted.ends:
        try:
            settings.changed({key: end})
        except ConfigError as error:
            raise ConfigError(
                f"{where}: {error} The estimator is '{settings.estimator.kind}'; a search file "
                "fits one kind."
            ) from None
