"""Contract tables as parquet: checked on the way out and on the way in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from infraction_model.errors import InputError, MissingArtefactError
from infraction_model.io.atomic import new_file
from infraction_model.schema import validate


def write_table(name: str, frame: pd.DataFrame, path: Path) -> None:
    """Hold `frame` to the contract `name` and write it as parquet, whole or not at all."""
    write_parquet(validate(name, frame), path)


def read_table(name: str, path: Path, made_by: str) -> pd.DataFrame:
    """Read the contract table `name`; MissingArtefactError names the command that makes it."""
    return validate(name, read_parquet(path, made_by))


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write any frame as compressed parquet without its index, whole or not at all."""
    with new_file(path) as temporary:
        frame.to_parquet(temporary, index=False, compression="zstd")


def read_parquet(path: Path, made_by: str) -> pd.DataFrame:
    """Read a parquet file of our own; `made_by` is the command to name where it is missing."""
    path = Path(path)
    if not path.exists():
        raise MissingArtefactError(
            f"{path} is not there. Run `infraction-model {made_by}` with the same workspace first."
        )
    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path} is not a readable parquet file ({error}). "
            f"Run `infraction-model {made_by}` again."
        ) from None
