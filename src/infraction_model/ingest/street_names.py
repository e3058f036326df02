"""Street names as people write them: one key per name, and the nearest known name for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Levenshtein

from infraction_model.ingest.columns import fold
from infraction_model.ingest.mapping import StreetMatching
from infraction_model.ingest.street_words import DIRECTIONS, SHORT, SMALL, TITLES, TYPES

_HOUSE_NUMBER = re.compile(
    r"^\s*(\d{1,5})(?:\s*[/-]\s*\d{1,5})?\s*(?:(?:bis|ter|quater|[a-zA-Z]|1/2)\b)?\s*,?\s+(?=\S)",
    re.IGNORECASE,
)
_TRAILING_NUMBER = re.compile(r"[\s,]+\d{1,4}\s?[a-zA-Z]?\s*$")
_CHUNK = 1000


def normalise(name: str, languages: Iterable[str]) -> str:
    """The key under which all usual spellings of a name agree, "" where nothing is left.

    "Bd. du Mal. Foch" and "BOULEVARD MARECHAL FOCH" both give "boulevard marechal foch".
    """
    languages = tuple(languages)
    if "de" in languages:
        name = re.sub("[äöüÄÖÜ]", lambda m: {"ä": "ae", "ö": "oe", "ü": "ue"}[m[0].lower()], name)
    flat = fold(name).replace("rond-point", "rondpoint").replace("n.-d.", "notre dame ")
    flat = re.sub(r"\bn-d\b", "notre dame", re.sub(r"['’`´]s\b", "s", flat))
    if "fr" in languages:
        flat = _turned(flat)
    tokens = re.findall(r"[^\W_]+|[&(/]", flat)
    words: list[str] = []
    for position, token in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        word = _word(token, words, following, languages)
        if word:
            words.append(word)
    return " ".join(words)


def _turned(flat: str) -> str:
    """ "paix (rue de la)" -> "rue de la paix": how registers sort by the last word."""
    match = re.fullmatch(r"\s*([^()]+?)\s*\(([^()]+)\)\s*", flat)
    if match and match[2].split()[0].strip(".") in TYPES["fr"] | set(SHORT["fr"]):
        return f"{match[2]} {match[1]}"
    return flat


def _word(token: str, before: list[str], following: str | None, languages) -> str:
    if token in "&(/":
        return ""
    for language in languages:
        if token in SMALL[language] and not (language == "en" and not before):
            return ""
        if language == "en" and token == "st":
            ends = following is None or following in "&(/" or following in DIRECTIONS
            return "street" if ends or following in ("to", "and") else "saint"
        if language == "fr" and token == "r" and not before:
            return "rue"
        if token in DIRECTIONS and len(token) == 1 and before and following is not None:
            return token
        if token in SHORT[language]:
            return SHORT[language][token]
        if language == "de" and token.endswith("str") and len(token) > 5:
            return token + "asse"
    ordinal = re.fullmatch(r"0+(\d+\w*)", token)
    return ordinal[1] if ordinal else token


def squashed(key: str) -> str:
    """A key without blanks: "spring gardens" and "springgardens" are one."""
    return key.replace(" ", "")


def split_house_number(text: str) -> tuple[int | None, str]:
    """ "12 bis, rue de la Paix" -> (12, "rue de la Paix"); "5TH AVE" has none."""
    match = _HOUSE_NUMBER.match(text)
    return (int(match[1]), text[match.end() :]) if match else (None, text)


@dataclass(frozen=True)
class StreetMatch:
    """One spelling's outcome: the reference key or None, how it was found, and the best guesses."""

    key: str | None
    how: str
    guesses: tuple[str, ...] = ()


def resolve(
    spellings: list[str],
    references: Mapping[str, str],
    aliases: Mapping[str, str],
    matching: StreetMatching,
) -> list[StreetMatch]:
    """Find the street that each distinct spelling means.

    `references` maps a normalised key to the street's true name; `aliases` a normalised spelling
    to a reference key. In order: the same key, an alias, the same key once a house number is taken
    off, the same name without its type or titles (where one street has it), then the likeliest by
    rapidfuzz (the best of the ratios of keys, of sorted words and of whole names), if it passes
    the threshold, leads by the margin, and agrees in every number and in the type of street.
    """
    exact = {squashed(key): key for key in references}
    known_aliases = {squashed(alias): key for alias, key in aliases.items()}
    cores = _cores(references, matching.languages)
    outcomes: list[StreetMatch | None] = []
    open_: dict[int, str] = {}
    for position, spelling in enumerate(spellings):
        outcome = _plainly(spelling, exact, known_aliases, matching.languages)
        if outcome is None:
            outcome = _by_shorter_name(spelling, cores, references, matching.languages)
        outcomes.append(outcome)
        if outcome is None:
            bare = split_house_number(spelling)[1]
            if "de" in matching.languages:
                bare = _TRAILING_NUMBER.sub("", bare)
            open_[position] = bare
    for position, outcome in _likeliest(open_, references, aliases, matching):
        outcomes[position] = outcome
    return outcomes


def _plainly(spelling, exact, aliases, languages) -> StreetMatch | None:
    if not spelling:
        return StreetMatch(None, "empty")
    forms = [spelling, split_house_number(spelling)[1], _TRAILING_NUMBER.sub("", spelling)]
    for form in dict.fromkeys(forms):
        key = squashed(normalise(form, languages))
        if key in exact:
            return StreetMatch(exact[key], "exact")
        if key in aliases:
            return StreetMatch(aliases[key], "alias")
    return None


def _by_shorter_name(spelling, cores, references, languages) -> StreetMatch | None:
    """The one street whose name without type or titles this is; ambiguous where it is several's."""
    sharing = cores.get(squashed(normalise(spelling, languages)), [])
    if len(sharing) == 1:
        return StreetMatch(sharing[0], "shorter name")
    guesses = tuple(references[key] for key in sharing[:3])
    return StreetMatch(None, "ambiguous", guesses) if sharing else None


def _cores(references: Mapping[str, str], languages) -> dict[str, list[str]]:
    """Names without their type or titles -> the reference keys that have them."""
    cores: dict[str, list[str]] = {}
    for key in references:
        for core in sorted(_shorter(key, languages)):
            cores.setdefault(core, []).append(key)
    return cores


def _shorter(key: str, languages) -> set[str]:
    """The squashed forms of a key without its type, without its titles, and without both."""
    words = key.split()
    kind = _type_of(key, languages)
    untitled = [word for word in words if word not in TITLES]
    shorter = {"".join(untitled)} if len(untitled) > 1 or kind is None else set()
    for form in (words, untitled) if kind is not None else ():
        rest = list(form)
        rest.remove(kind)
        shorter.add("".join(rest))
    return shorter - {squashed(key), ""}


def _type_of(key: str, languages) -> str | None:
    """The word that says what kind of street it is: the first in French, else the last."""
    words = key.split()
    if words and "fr" in languages and words[0] in TYPES["fr"]:
        return words[0]
    for language in languages:
        if words and language != "fr" and words[-1] in TYPES[language]:
            return words[-1]
    return None


def _likeliest(open_: dict[int, str], references, aliases, matching: StreetMatching):
    """Yield (position, outcome) for the spellings that only likeness can resolve."""
    targets = dict.fromkeys([*references, *aliases])
    if not targets:
        yield from ((position, StreetMatch(None, "unknown")) for position in open_)
        return
    whole_targets = [_whole(references.get(target, target)) for target in targets]
    forms = list(dict.fromkeys(open_.values()))
    decided: dict[str, StreetMatch] = {}
    for start in range(0, len(forms), _CHUNK):
        chunk = forms[start : start + _CHUNK]
        keys = [normalise(form, matching.languages) for form in chunk]
        likeness = np.maximum.reduce(
            [
                _likeness(keys, list(targets), fuzz.token_sort_ratio),
                _likeness(keys, list(targets), fuzz.ratio),
                _likeness([_whole(form) for form in chunk], whole_targets, fuzz.ratio),
            ]
        )
        for form, key, scores in zip(chunk, keys, likeness, strict=True):
            decided[form] = _decide(key, scores, list(targets), references, aliases, matching)
    yield from ((position, decided[form]) for position, form in open_.items())


def _likeness(ours: list[str], theirs: list[str], scorer) -> np.ndarray:
    return process.cdist(ours, theirs, scorer=scorer, dtype=np.float32, workers=1)


def _whole(name: str) -> str:
    """A name with its small words, in which a slip may lie too ("rue dse halles")."""
    return " ".join(re.findall(r"[^\W_]+", fold(name)))


def _decide(key, scores, targets, references, aliases, matching) -> StreetMatch:
    order = np.lexsort([np.arange(len(scores)), -scores])[:8]
    ranked: dict[str, float] = {}
    for place in order:
        street = aliases.get(targets[place], targets[place])
        ranked.setdefault(street, float(scores[place]))
    guesses = tuple(
        f"{references[street]} ({score:.0f})" for street, score in list(ranked.items())[:3]
    )
    likely = [street for street in ranked if _may_be(key, street, matching.languages)]
    if not key or not likely or ranked[likely[0]] < matching.threshold:
        return StreetMatch(None, "unknown", guesses)
    ahead = ranked[likely[0]] - (ranked[likely[1]] if len(likely) > 1 else 0.0)
    if ahead < matching.margin:
        return StreetMatch(None, "ambiguous", guesses)
    return StreetMatch(likely[0], "likeness", guesses)


def _may_be(key: str, street: str, languages) -> bool:
    """Whether a slip of the pen could lie between them: same numbers, no two types of street."""
    if _numbers_in(key) != _numbers_in(street):
        return False
    ours, theirs = _type_of(key, languages), _type_of(street, languages)
    return ours is None or theirs is None or ours == theirs


def _numbers_in(key: str) -> set[str]:
    return {word for word in key.split() if any(map(str.isdigit, word))}


def merge_slips(counts: pd.Series, share: float) -> dict[str, str]:
    """Rare keys that are a typing slip of a frequent one -> that one.

    `counts` is indexed by key. A slip is one letter doubled or not doubled, or two neighbours
    swapped, in one word of five letters or more. Any other change may be another street (MAJOR
    STREET is not MANOR STREET), and is left to `look_alikes` and to a person. The rare one must
    have at most `share` of the other's count.
    """
    return {
        rare: frequent
        for rare, frequent in _near_pairs(counts)
        if counts[rare] <= share * counts[frequent] and _is_slip(rare, frequent)
    }


def look_alikes(counts: pd.Series, share: float) -> list[tuple[str, str]]:
    """Pairs (rare, frequent) that one letter tells apart and that a person should look at."""
    return [
        (rare, frequent)
        for rare, frequent in _near_pairs(counts)
        if counts[rare] <= share * counts[frequent]
        and not _is_slip(rare, frequent)
        and Levenshtein.distance(rare, frequent) == 1
        and not any(map(str.isdigit, rare + frequent))
    ]


def _near_pairs(counts: pd.Series) -> list[tuple[str, str]]:
    """Pairs (rarer, more frequent) at most two edits apart, the most frequent partner of each."""
    keys = list(counts.sort_index().sort_values(ascending=False, kind="stable").index)
    flat = [squashed(key) for key in keys]
    pairs: dict[str, str] = {}
    for start in range(0, len(keys), _CHUNK):
        edits = process.cdist(
            flat[start : start + _CHUNK], flat, scorer=Levenshtein.distance, score_cutoff=2,
            dtype=np.uint8, workers=1,
        )  # fmt: skip
        for rare, frequent in zip(*np.nonzero(edits <= 2), strict=True):
            rare = int(rare) + start
            if frequent < rare and keys[frequent] not in pairs:
                pairs.setdefault(keys[rare], keys[frequent])
    return list(pairs.items())


def _is_slip(ours: str, theirs: str) -> bool:
    a, b = ours.split(), theirs.split()
    differing = [(x, y) for x, y in zip(a, b, strict=False) if x != y]
    if len(a) != len(b) or len(differing) != 1:
        return False
    x, y = differing[0]
    if any(map(str.isdigit, x + y)) or min(len(x), len(y)) < 5:
        return False
    if len(x) == len(y):
        return OSA.distance(x, y) == 1 and sorted(x) == sorted(y)
    return abs(len(x) - len(y)) == 1 and re.sub(r"(.)\1", r"\1", x) == re.sub(r"(.)\1", r"\1", y)
