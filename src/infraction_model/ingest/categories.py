"""A town's own labels -> common categories and severities."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError
from infraction_model.ingest.columns import fold
from infraction_model.ingest.mapping import CategoryRule
from infraction_model.ingest.privacy import scrub

NONE_GIVEN = "unknown"


def categorise(
    labels: pd.Series,
    rules: tuple[CategoryRule, ...],
    others: str,
    names: set[str],
    counted: np.ndarray,
) -> tuple[pd.Series, pd.Series, dict[str, int]]:
    """The category and severity (NaN where none is stated) of each label.

    Also counts the rows, of those in the mask `counted`, of every label that no rule fits, most
    first. `names` are agents' folded names, which no category may keep. Raises ConfigError for a
    pattern that is none.
    """
    compiled = [(_compile(rule, position), rule) for position, rule in enumerate(rules)]
    codes, unique = pd.factorize(labels)
    category, severity, unfitted = [], [], []
    clean = scrub(pd.Series(unique, dtype="str"), names) if len(unique) else []
    for label, cleaned in zip(unique, clean, strict=True):
        flat = fold(label)
        rule = next((rule for pattern, rule in compiled if pattern.search(flat)), None)
        unfitted.append(rule is None and bool(label))
        if rule is not None:
            category.append(rule.category)
            severity.append(np.nan if rule.severity is None else rule.severity)
        else:
            slug = re.sub(r"[^a-z0-9]+", "_", fold(cleaned)).strip("_")[:60] or NONE_GIVEN
            category.append("other" if label and others == "other" else slug)
            severity.append(np.nan)
    rows = np.bincount(codes[counted], minlength=len(unique))
    counts = pd.Series(rows, index=list(clean), dtype="int64")
    counts = counts[np.array(unfitted, dtype=bool)].groupby(level=0).sum()
    counts = counts.sort_values(ascending=False, kind="stable")
    return (
        pd.Series(np.array(category, dtype=object)[codes], index=labels.index, dtype="str"),
        pd.Series(np.array(severity, dtype=float)[codes], index=labels.index),
        {str(label): int(count) for label, count in counts.items() if count},
    )


def _compile(rule: CategoryRule, position: int) -> re.Pattern:
    try:
        return re.compile(fold(rule.pattern) if rule.pattern.islower() else rule.pattern, re.I)
    except re.error as error:
        raise ConfigError(
            f"key 'data.fines.categories.{position}.pattern': '{rule.pattern}' is not a regular "
            f"expression ({error})."
        ) from None
