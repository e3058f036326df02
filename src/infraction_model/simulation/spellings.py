"""How clerks write a street: abbreviated, in capitals, without accents, hyphenated, or mistyped."""

from __future__ import annotations

import unicodedata

import numpy as np

from infraction_model.simulation.names import StreetName, join

_SHORT_TYPES = {
    "Rue": ("R.", "R"), "Avenue": ("Av.", "AVE"), "Boulevard": ("Bd", "BLD"),
    "Place": ("Pl.", "PL"), "Impasse": ("Imp.", "IMP"), "Allée": ("All.", "ALL"),
    "Chemin": ("Ch.", "CHE"), "Quai": ("Qu.", "QU"), "": ("", ""),
}  # fmt: skip
_SHORT_TITLES = {
    "Général": "Gal", "Maréchal": "Mal", "Docteur": "Dr", "Président": "Pdt", "Commandant": "Cdt",
    "Capitaine": "Cne", "Saint-": "St ", "Sainte-": "Ste ", "Notre-Dame": "N.-D.",
}  # fmt: skip
_TYPO_SHARE = 0.08


def unaccented(text: str) -> str:
    """The text without its accents."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def variants(name: StreetName) -> list[str]:
    """The ways the street is written in earnest, other than the official one."""
    dotted, bare = _SHORT_TYPES[name.type]
    titled = name.core
    for long, short in _SHORT_TITLES.items():
        titled = titled.replace(long, short)
    written = [
        name.official.upper(),
        unaccented(name.official).upper(),
        unaccented(name.official).lower(),
        join(name.type.lower(), name.particle, name.core.replace(" ", "-")),
        join(dotted, name.particle, name.core),
        join(dotted, name.particle, titled),
        unaccented(join(bare, "", name.core)).upper(),
        join(name.type, name.particle, titled),
        unaccented(join(bare, name.particle, titled)).upper(),
        name.official.replace(" ", "  ", 1) + " ",
    ]
    return sorted(set(written) - {name.official})


def typed(text: str, rng: np.random.Generator) -> str:
    """The text with one slip of the fingers in a long word: a letter lost, doubled, or swapped."""
    places = [i for i in range(5, len(text) - 2) if text[i - 1 : i + 2].isalpha()]
    if not places:
        return text
    place = places[int(rng.integers(len(places)))]
    slip = int(rng.integers(3))
    if slip == 0:
        return text[:place] + text[place + 1 :]
    if slip == 1:
        return text[:place] + text[place] + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def respell(
    streets: list[StreetName], zone: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """What was written for each row's street, an object array: `share` not as registered."""
    official = np.array([street.official for street in streets], dtype=object)
    written = official[zone]
    ways = [variants(street) for street in streets]
    respelt = np.flatnonzero(rng.random(len(zone)) < share)
    draws = rng.random(len(respelt))
    for row, draw in zip(respelt, draws, strict=True):
        options = ways[zone[row]]
        written[row] = options[int(draw * len(options))]
    for row in respelt[rng.random(len(respelt)) < _TYPO_SHARE]:
        written[row] = typed(written[row], rng)
    return written
