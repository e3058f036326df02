"""San Francisco in plain pandas: one frame of all zone-hours, groupby, shift, rolling, LightGBM."""

from __future__ import annotations

import numpy as np
import pandas as pd
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

FIRST_MONDAY = pd.Timestamp("2023-01-02")


def main() -> None:
    """Frame, features, training, prediction of the four weeks."""
    stage = Stages(imported())
    with stage("frame"):
        events, span = read_events(scratch_folder())
        frame = long_frame(dense_hits(events, span))
    with stage("features"):
        columns = add_features(frame)
    with stage("train"):
        first, last = label_weeks(span)
        rows = frame["week"].between(first, last).to_numpy()
        booster = train(
            frame.loc[rows, columns].to_numpy(np.float32), frame["hit"].to_numpy()[rows]
        )
    with stage("predict"):
        targets = (frame["week"] >= span["targets"][0] - span["first_week"]).to_numpy()
        probability = booster.predict(
            frame.loc[targets, columns].to_numpy(np.float32), num_threads=1
        )
        loss = log_loss(frame["hit"].to_numpy()[targets], probability)
    stage.report(log_loss=loss, rows=int(rows.sum()), features=len(columns), trees=TREES)


def long_frame(hits: np.ndarray) -> pd.DataFrame:
    """One row per zone, hour of week and week, in that order: a cell's history is a run of rows."""
    zones, weeks, hours = hits.shape
    return pd.DataFrame(
        {
            "zone": np.repeat(np.arange(zones, dtype=np.int32), weeks * hours),
            "hour_of_week": np.tile(np.repeat(np.arange(hours, dtype=np.int16), weeks), zones),
            "week": np.tile(np.arange(weeks, dtype=np.int16), zones * hours),
            "hit": hits.transpose(0, 2, 1).reshape(-1).astype(np.float32),
        }
    )


def add_features(frame: pd.DataFrame) -> list[str]:
    """Add the features of every zone-hour, from weeks at least two before its own; their names."""
    before = set(frame.columns)
    cell = frame["zone"] * HOURS_PER_WEEK + frame["hour_of_week"]
    by_cell = frame["hit"].groupby(cell, sort=False)
    for lag in range(GAP, GAP + 4):
        frame[f"lag_{lag}"] = by_cell.shift(lag)
    known = by_cell.shift(GAP).groupby(cell, sort=False)
    for weeks in (4, 8, 13):
        rolled = known.rolling(weeks, min_periods=1).mean()
        frame[f"rolling_{weeks}"] = rolled.to_numpy()
    frame["expanding"] = known.expanding().mean().to_numpy()
    frame["decayed"] = known.ewm(halflife=13, ignore_na=True).mean().to_numpy()
    frame["hour_of_day"] = frame["hour_of_week"] % 24
    frame["weekday"] = frame["hour_of_week"] // 24
    day = FIRST_MONDAY + pd.to_timedelta(frame["week"] * 7 + frame["weekday"], unit="D")
    frame["nth_weekday"] = (day.dt.day - 1) // 7
    frame["month"] = day.dt.month
    frame["zone_code"] = frame["zone"]
    frame["hour_of_week_code"] = frame["hour_of_week"]
    frame["smoothed"] = (frame["expanding"] * frame["week"] + 0.1) / (frame["week"] + 2)
    pooled(frame, ["zone"], "zone_rate")
    pooled(frame, ["zone", "hour_of_day"], "zone_hour_of_day_rate")
    pooled(frame, ["zone", "weekday"], "zone_weekday_rate")
    pooled(frame, ["hour_of_week"], "hour_rate")
    nth = frame["hit"].groupby([cell, frame["nth_weekday"]], sort=False)
    frame["nth_weekday_rate"] = (nth.cumsum() - frame["hit"]) / nth.cumcount().clip(lower=1)
    parity = frame["hit"].groupby([cell, frame["week"] % 2], sort=False)
    frame["parity_rate"] = (parity.cumsum() - frame["hit"]) / parity.cumcount().clip(lower=1)
    return [name for name in frame.columns if name not in before]


def pooled(frame: pd.DataFrame, keys: list[str], name: str) -> None:
    """The running mean of a pool of cells, known two weeks before."""
    weekly = frame.groupby([*keys, "week"], sort=True)["hit"].mean().rename(name).reset_index()
    by_key = weekly.groupby(keys)[name]
    weekly[name] = by_key.transform(lambda rate: rate.shift(GAP).ewm(halflife=13).mean())
    frame[name] = frame[[*keys, "week"]].merge(weekly, on=[*keys, "week"], how="left")[name]


if __name__ == "__main__":
    main()
