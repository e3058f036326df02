"""Persons' data: recognised by column name and by the look of values, dropped, and said so.

Agents alone are kept apart from each other, as pseudonyms: HMAC-SHA256 (RFC 2104) under a random
key that never leaves the workspace.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError
from infraction_model.ingest.columns import as_text, fold

REMOVED = "[removed]"
_SAMPLE = 2000
_MOSTLY = 0.5
_NEARLY_ALL = 0.8

_PERSONAL_NAMES = {
    "number plate": r"immat|plaque|\bplates?\b|licen[cs]e|registration|\bvrm\b"
    r"|\breg ?(n|mark)|kennzeichen|\bvin\b|chassis",
    "officer": r"\bagents?\b|officer|\basvp\b|\bbadge|matricule|verbalisateur|warden|\bceo\b|beamte"
    r"|issued by|inspector",
    "home address": r"domicile|home address|adresse (du |de l'? ?)?(titulaire|contrevenant|propr)"
    r"|owner'?s? address|anschrift",
    "person's name": r"prenom|\bsurname|first ?name|last ?name|full ?name|vorname|nachname"
    r"|titulaire|proprietaire|contrevenant|\bowner|\bholder|\bkeeper|halter|conducteur"
    r"|\bdriver|\bname$|^nom$",
    "e-mail": r"e-?mail|courriel",
    "telephone": r"telephone|\btel\b|\bphone|mobile|portable|telefon|\bhandy\b",
    "date of birth": r"naissance|birth|geburt",
    "bank account": r"\biban\b|\bbic\b|carte bancaire|card number",
}
_PLACE_NAMES = re.compile(r"street|rue|road|zone|place|lieu|location|strasse")

_PLATES = {
    "French plate": r"[A-HJ-NP-TV-Z]{2}[-  ]?\d{3}[-  ]?[A-HJ-NP-TV-Z]{2}",
    "old French plate": r"\d{2,4}[ -]?[A-HJ-NP-Z]{2,3}[ -]?(?:\d{2}|2[AB]|97\d)",
    "UK plate": r"[A-HJ-PR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}|[A-HJ-NP-TV-Y]\d{1,3} [A-HJ-PR-Z]{3}",
    "German plate": r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?",
    "US plate": r"\d[A-Z]{3}\d{3}|[A-Z]{3}-?\d{4}|[A-Z]{3}-\d{3}",
}
_OTHERS = {
    "e-mail": r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
    "telephone": r"(?<![\w.,-])(?:0[1-9](?:(?: \d\d){4}|(?:\.\d\d){4}|(?:-\d\d){4}|\d{8})"
    r"|0\d{3,4} \d{3} \d{3,4}|0\d{2} \d{4} \d{4}|\(?\d{3}\)?[ -]\d{3}-\d{4}"
    r"|\+\d{2} ?(?:\(0\))?\d(?:[ .-]?\d{2,4}){3,4})(?!\d)",
}
_PATTERNS = {kind: re.compile(rf"(?<![\w-])(?:{p})(?![\w-])") for kind, p in _PLATES.items()}
_PATTERNS |= {kind: re.compile(pattern) for kind, pattern in _OTHERS.items()}
_ANY_PLATE = "|".join(f"(?:{_PATTERNS[kind].pattern})" for kind in _PLATES)
_ANY = "|".join(f"(?:{pattern.pattern})" for pattern in _PATTERNS.values())
_TELEPHONE = "telephone"


def personal_by_name(column: str) -> str | None:
    """What kind of personal data a column's name announces, or None."""
    name = re.sub(r"[_./()]+", " ", fold(column)).strip()
    for kind, pattern in _PERSONAL_NAMES.items():
        if re.search(pattern, name):
            if kind == "person's name" and _PLACE_NAMES.search(name):
                continue
            return kind
    return None


def personal_by_values(values: pd.Series) -> str | None:
    """What kind of personal data most values look like, or what some free text holds; else None."""
    text = as_text(values.iloc[:: max(1, len(values) // _SAMPLE)])
    text = text[text != ""].str.upper()
    if text.empty:
        return None
    for kind, pattern in _PATTERNS.items():
        if kind != _TELEPHONE and text.str.fullmatch(pattern.pattern).mean() >= _MOSTLY:
            return kind
    if text.str.fullmatch(_ANY_PLATE).mean() >= _NEARLY_ALL:
        return "number plate"
    for kind in _OTHERS:
        if text.str.contains(_PATTERNS[kind].pattern).mean() >= 0.05:
            return f"{kind} in text"
    plates = "|".join(f"(?:{_PATTERNS[kind].pattern})" for kind in list(_PLATES)[:3])
    if (text.str.contains(" ") & text.str.contains(plates)).mean() >= 0.2:
        return "number plate in text"
    return None


def personal_columns(frame: pd.DataFrame, stated: Iterable[str]) -> dict[str, str]:
    """Column -> why it is personal, for all columns of a frame; `stated` ones are the town's."""
    stated = {fold(column) for column in stated}
    found = {}
    for position, column in enumerate(frame.columns):
        why = "stated by the town" if fold(column) in stated else personal_by_name(column)
        values = frame.iloc[:, position]
        if why is None and not pd.api.types.is_datetime64_any_dtype(values.dtype):
            why = personal_by_values(values)
        if why is not None:
            found[column] = why
    return found


def looks_personal(text: pd.Series) -> np.ndarray:
    """Mask of the values that are, as a whole, a plate, an e-mail or a telephone number."""
    whole = text.str.upper().str.fullmatch(f"(?:{_ANY})")
    return whole.fillna(False).to_numpy(dtype=bool)


def scrub(text: pd.Series, names: set[str]) -> pd.Series:
    """Text with every plate, e-mail, telephone number and known agent's name replaced.

    `names` holds folded names: one of several words is found anywhere, one of a single word only
    where it is the whole value (an agent Martin is no reason to hide Rue Saint-Martin).
    """
    codes, unique = pd.factorize(text)
    values = pd.Series(unique, dtype="str")
    clean = values.str.replace(f"(?:{_ANY})", REMOVED, regex=True, case=False)
    if names:
        whole_names = [name for name in names if " " in name]
        holds = values.map(fold).map(
            lambda value: value in names or any(name in value for name in whole_names)
        )
        clean = clean.where(~holds.astype(bool), REMOVED)
    return pd.Series(clean.to_numpy(dtype=object)[codes], index=text.index, dtype="str")


def agent_names(agents: pd.Series) -> set[str]:
    """Folded spellings of agents, long enough to be recognised elsewhere."""
    spellings = {fold(value).strip() for value in agents.unique()}
    bare = {re.sub(r"\s*\(.*?\)\s*", "", spelling).strip() for spelling in spellings}
    return {name for name in spellings | bare if len(name) >= 5 and not name.isdigit()}


def pseudonyms(agents: pd.Series, pattern: str | None, secret: bytes, key: str) -> pd.Series:
    """A pseudonym for each agent, equal for equal agents; missing where the cell is empty.

    `pattern` is a regular expression whose first group identifies the agent within the cell; where
    it is not found, the whole cell does. Raises ConfigError for a pattern that is none.
    """
    try:
        found = re.compile(pattern) if pattern else None
    except re.error as error:
        raise ConfigError(f"key '{key}.agent_pattern': not a pattern ({error}).") from None
    if found is not None and found.groups < 1:
        raise ConfigError(f"key '{key}.agent_pattern': put the identifying part in brackets ( ).")
    codes, unique = pd.factorize(agents)
    names = [_pseudonym(value, found, secret) for value in unique]
    return pd.Series(np.array([*names, None], dtype=object)[codes], index=agents.index)


def _pseudonym(value: str, found: re.Pattern | None, secret: bytes) -> str | None:
    match = found.search(value) if found else None
    identity = " ".join(fold(match.group(1) if match else value).split())
    return hidden("agent", identity, secret) if identity else None


def hidden(kind: str, value: str, secret: bytes) -> str:
    """A name for a value that must not be kept: equal for equal values, never to be turned back."""
    return f"{kind}-{hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:12]}"
