"""The words of the map, as an exposure basis needs them."""

from __future__ import annotations

import datetime as dt
import itertools

from infraction_model import wording

_BASES = ("recorded", "checks", "inferred", "none")


def words_for(language: str, basis: str) -> dict[str, str]:
    """The words of the map in a language for one exposure basis, the basis left off the keys.

    Keys that end in a basis depend on it: where nobody knows who looked, no figure may be called a
    probability of infraction. `_recorded` also holds for a basis without words of its own.
    """
    catalogue = wording.words("map", language)
    found = {}
    for key, text in catalogue.items():
        stem, _, ending = key.rpartition("_")
        if ending not in _BASES or stem == "csv_basis_is":
            found[key] = text
        elif ending == basis or (ending == "recorded" and f"{stem}_{basis}" not in catalogue):
            found[stem] = text
    return found


def week_title(monday: dt.date, language: str) -> str:
    """The week in words, from its Monday to its Sunday."""
    first, last = monday, monday + dt.timedelta(days=6)
    return wording.words("map", language)["week_of"].format(
        first=wording.day_and_date(first, language), last=wording.day_and_date(last, language)
    )


def tier_words(shares: tuple[float, ...], language: str) -> list[str]:
    """Each tier in words, the rest last."""
    said = wording.words("map", language)
    percents = [wording.percent(share, language) for share in shares]
    between = [
        said["tier_next"].format(low=low, high=high) for low, high in itertools.pairwise(percents)
    ]
    return [said["tier_top"].format(share=percents[0]), *between, said["tier_rest"]]
