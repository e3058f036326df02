"""What a figure means under each kind of exposure, and what nobody can know from it.

The words are those of the exposure bases (exposure.py) and of hours at which no patrol goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infraction_model.reports.numbers import decimal, percent
from infraction_model.wording import by_language, words


@dataclass(frozen=True)
class ExposureWords:
    """What a page says of one kind of exposure.

    `title`: its name. `measure`: what exposure is. `meaning`: what a probability is the probability
    of. `identifiable`: what the data can tell. `not_identifiable`: what they cannot.
    """

    title: str
    measure: str
    meaning: str
    identifiable: str
    not_identifiable: str


EXPOSURE_WORDS: dict[str, dict[str, ExposureWords]] = {
    language: {basis: ExposureWords(**said) for basis, said in bases.items()}
    for language, bases in by_language("exposure").items()
}
"""By language and exposure basis."""


def presence_words(check: Mapping[str, float], language: str) -> str:
    """How far presences can be trusted, in one sentence or two; `check` is a PresenceCheck's."""
    return words("presence", language)["check"].format(
        seen=percent(check["seen"], 0, language),
        elsewhere=percent(check["elsewhere"], 0, language),
        likeness=decimal(check["likeness"], 2, language),
        level=decimal(check["level"], 2, language),
    )
