"""An export as it was read: text, row numbers a person finds again, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class RawExport:
    """One file of a town's export.

    `frame` holds text ("" where empty) or typed columns; `rows` their numbers as a spreadsheet
    shows them (the header is row 1). `unreadable` (columns row, detail) are rows that are no rows:
    too many fields, too few, or bytes that are no text. `notes` say how the file was read.
    """

    file: str
    frame: pd.DataFrame
    rows: np.ndarray
    unreadable: pd.DataFrame
    notes: dict[str, str | int] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Every row of the file that is not blank."""
        return len(self.frame) + len(self.unreadable)
