"""Every row's fate: kept, left out by a filter, or in quarantine with a reason. Nothing else."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from infraction_model.errors import ContractError
from infraction_model.ingest.raw import RawExport

COLUMNS = ["source", "file", "row", "reason", "detail", "guesses", "fields"]


@dataclass
class Accounts:
    """Rows of one source: read = kept + filtered + quarantined, per reason."""

    source: str
    read: int
    kept: int
    filtered: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)

    def check(self) -> Accounts:
        """Return self; raises ContractError where the sum does not hold."""
        accounted = self.kept + sum(self.filtered.values()) + sum(self.quarantined.values())
        if accounted != self.read:
            raise ContractError(
                f"{self.source}: {self.read} rows read but {accounted} accounted for. "
                "This is a fault of the software: please report it."
            )
        return self


class Ledger:
    """Holds, for every row of a source's files, whether it is still kept and why not.

    Rows are numbered from 0 over all files, in order. The first reason given to a row stands.
    """

    def __init__(self, source: str, exports: list[RawExport]) -> None:
        self.source = source
        self.files = np.repeat(
            np.arange(len(exports)), [len(export.frame) for export in exports]
        ).astype(np.int32)
        self.names = [export.file for export in exports]
        self.rows = np.concatenate([export.rows for export in exports])
        self.kept = np.ones(len(self.rows), dtype=bool)
        self._filtered: Counter[str] = Counter()
        self._rejected: list[pd.DataFrame] = []
        self._unreadable = pd.concat(
            [export.unreadable.assign(file=export.file) for export in exports], ignore_index=True
        )

    def filter_out(self, mask, label: str) -> None:
        """Leave out the still kept rows of `mask`: they are counted under `label`, not stored."""
        out = np.asarray(mask, dtype=bool) & self.kept
        if out.any():
            self._filtered[label] += int(out.sum())
            self.kept[out] = False

    def reject(self, mask, reason: str, detail=None, guesses=None) -> None:
        """Send the still kept rows of `mask` to quarantine.

        `detail` and `guesses` are texts, or arrays of one text per row of the source.
        """
        positions = np.flatnonzero(np.asarray(mask, dtype=bool) & self.kept)
        if not len(positions):
            return
        self.kept[positions] = False
        self._rejected.append(
            pd.DataFrame(
                {
                    "position": positions,
                    "reason": reason,
                    "detail": _at(detail, positions),
                    "guesses": _at(guesses, positions),
                }
            )
        )

    def accounts(self) -> Accounts:
        """The source's sums, checked."""
        quarantined: Counter[str] = Counter()
        for rejected in self._rejected:
            quarantined[rejected["reason"].iloc[0]] += len(rejected)
        if len(self._unreadable):
            quarantined["unreadable row"] += len(self._unreadable)
        return Accounts(
            self.source,
            len(self.rows) + len(self._unreadable),
            int(self.kept.sum()),
            dict(self._filtered.most_common()),
            dict(quarantined.most_common()),
        ).check()

    def example(self) -> str:
        """The first row in quarantine, in a sentence; "" where there is none."""
        if not self._rejected:
            return ""
        first = self._rejected[0].iloc[0]
        row, name = self.rows[first["position"]], self.names[self.files[first["position"]]]
        return f"The first: {name}, row {row}: {first['reason']}. "

    def table(self, raw: pd.DataFrame) -> pd.DataFrame:
        """The quarantined rows, with `raw`'s columns (one row per row of the source) as JSON text.

        `raw` must hold nothing personal.
        """
        parts = [pd.DataFrame(columns=COLUMNS, dtype="str").astype({"row": "int64"})]
        if self._rejected:
            rejected = pd.concat(self._rejected, ignore_index=True).sort_values("position")
            positions = rejected["position"].to_numpy()
            fields = raw.iloc[positions].to_dict("records")
            files = np.array(self.names, dtype=object)[self.files[positions]]
            rejected = rejected.drop(columns="position").assign(
                source=self.source,
                file=files,
                row=self.rows[positions],
                fields=[json.dumps(record, ensure_ascii=False) for record in fields],
            )
            parts.append(rejected)
        if len(self._unreadable):
            parts.append(
                self._unreadable.assign(
                    source=self.source, reason="unreadable row", guesses="", fields="{}"
                )
            )
        table = pd.concat(parts, ignore_index=True)[COLUMNS]
        text = {column: "str" for column in COLUMNS if column != "row"}
        return table.astype({**text, "row": "int64"})


def _at(text, positions: np.ndarray):
    if text is None or isinstance(text, str):
        return text or ""
    return np.asarray(text, dtype=object)[positions]
