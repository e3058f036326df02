# /// script
# requires-python = ">=3.11"
# dependencies = ["polars==1.35.2", "lightgbm==4.7.0", "pandas>=3", "pyarrow"]
# ///
"""San Francisco in Polars: the features of with_pandas.py as window expressions, LightGBM.

Polars is a dependency of this benchmark alone, so it runs in an environment of its own (see
run.py).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from common import (
    GAP,
    HOURS_PER_WEEK,
    TREES,
    Stages,
    dense_hits,
    imported,
    label_weeks,
    log_loss,
    read_events,
    scratch_folder,
    train,
)

FIRST_MONDAY = dt.date(2023, 1, 2)


def main() -> None:
    """Frame, features, training, prediction of the four weeks."""
    stage = Stages(imported())
    with stage("frame"):
        events, span = read_events(scratch_folder())
        frame = long_frame(dense_hits(events, span))
    with stage("features"):
        frame, columns = add_features(frame)
    with stage("train"):
        first, last = label_weeks(span)
        taught = frame.filter(pl.col("week").is_between(first, last))
        booster = train(matrix(taught, columns), taught["hit"].to_numpy())
    with stage("predict"):
        target = frame.filter(pl.col("week") >= span["targets"][0] - span["first_week"])
        probability = booster.predict(matrix(target, columns), num_threads=1)
        loss = log_loss(target["hit"].to_numpy(), probability)
    stage.report(log_loss=loss, rows=len(taught), features=len(columns), trees=TREES)


def matrix(frame: pl.DataFrame, columns: list[str]) -> np.ndarray:
    """The features as LightGBM takes them, float32, NaN where unknown."""
    return frame.select(pl.col(columns).cast(pl.Float32)).to_numpy()


def long_frame(hits: np.ndarray) -> pl.DataFrame:
    """One row per zone, hour of week and week, in that order: a cell's history is a run of rows."""
    zones, weeks, hours = hits.shape
    return pl.DataFrame(
        {
            "zone": np.repeat(np.arange(zones, dtype=np.int32), weeks * hours),
            "hour_of_week": np.tile(np.repeat(np.arange(hours, dtype=np.int16), weeks), zones),
            "week": np.tile(np.arange(weeks, dtype=np.int16), zones * hours),
            "hit": hits.transpose(0, 2, 1).reshape(-1).astype(np.float32),
        }
    )


def add_features(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Features of every zone-hour, from weeks at least two before its own; and their names."""
    hour, week, hit = pl.col("hour_of_week"), pl.col("week"), pl.col("hit")
    frame = frame.with_columns(
        cell=pl.col("zone") * HOURS_PER_WEEK + hour,
        hour_of_day=hour % 24,
        weekday=hour // 24,
        zone_code=pl.col("zone"),
        hour_of_week_code=hour,
    )
    day = pl.lit(FIRST_MONDAY) + pl.duration(days=week.cast(pl.Int32) * 7 + pl.col("weekday"))
    known = hit.shift(GAP)
    frame = frame.with_columns(
        *(hit.shift(lag).over("cell").alias(f"lag_{lag}") for lag in range(GAP, GAP + 4)),
        *(
            known.rolling_mean(weeks, min_samples=1).over("cell").alias(f"rolling_{weeks}")
            for weeks in (4, 8, 13)
        ),
        expanding=(known.cum_sum() / known.cum_count()).over("cell"),
        decayed=known.ewm_mean(half_life=13, ignore_nulls=True).over("cell"),
        nth_weekday=(day.dt.day() - 1) // 7,
        month=day.dt.month(),
        parity=week % 2,
    )
    frame = frame.with_columns(smoothed=(pl.col("expanding") * week + 0.1) / (week + 2))
    frame = pooled(frame, ["zone"], "zone_rate")
    frame = pooled(frame, ["zone", "hour_of_day"], "zone_hour_of_day_rate")
    frame = pooled(frame, ["zone", "weekday"], "zone_weekday_rate")
    frame = pooled(frame, ["hour_of_week"], "hour_rate")
    before = (hit.cum_sum() - hit) / (hit.cum_count() - 1).clip(lower_bound=1)
    frame = frame.with_columns(
        nth_weekday_rate=before.over("cell", "nth_weekday"),
        parity_rate=before.over("cell", "parity"),
    )
    given = {"zone", "hour_of_week", "week", "hit", "cell", "parity"}
    return frame, [name for name in frame.columns if name not in given]


def pooled(frame: pl.DataFrame, keys: list[str], name: str) -> pl.DataFrame:
    """Add the running mean of a pool of cells, known two weeks before."""
    weekly = frame.group_by(*keys, "week").agg(pl.col("hit").mean().alias(name))
    running = pl.col(name).shift(GAP).ewm_mean(half_life=13, ignore_nulls=True)
    weekly = weekly.sort(*keys, "week").with_columns(running.over(keys))
    return frame.join(weekly, on=[*keys, "week"], how="left", maintain_order="left")


if __name__ == "__main__":
    main()
