# /// script
# requires-python = ">=3.11"
# dependencies = ["mlforecast==1.1.0", "lightgbm==4.7.0", "pandas<3", "pyarrow"]
# ///
"""San Francisco with mlforecast: every zone a series of hours, seasonal lags and rolling means.

mlforecast 1.1 asks for pandas 2, so it runs in an environment of its own (see run.py).
"""

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
from mlforecast import MLForecast
from mlforecast.lag_transforms import (
    ExpandingMean,
    ExponentiallyWeightedMean,
    RollingMean,
    SeasonalRollingMean,
)

LAG = GAP * HOURS_PER_WEEK


def main() -> None:
    """Frame, features, training, prediction of the four weeks."""
    stage = Stages(imported())
    with stage("frame"):
        events, span = read_events(scratch_folder())
        frame = series(dense_hits(events, span))
    with stage("features"):
        table, hour = preprocess(frame)
    with stage("train"):
        columns = [name for name in table.columns if name not in ("unique_id", "ds", "y")]
        week = hour // HOURS_PER_WEEK
        first, last = label_weeks(span)
        rows = (week >= first) & (week <= last)
        booster = train(table.loc[rows, columns].to_numpy(np.float32), table["y"].to_numpy()[rows])
    with stage("predict"):
        targets = week >= span["targets"][0] - span["first_week"]
        probability = booster.predict(
            table.loc[targets, columns].to_numpy(np.float32), num_threads=1
        )
        loss = log_loss(table["y"].to_numpy()[targets], probability)
    stage.report(log_loss=loss, rows=int(rows.sum()), features=len(columns), trees=TREES)


def series(hits: np.ndarray) -> pd.DataFrame:
    """One row per zone and hour, the hours numbered from the first Monday."""
    zones, weeks, hours = hits.shape
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(zones), weeks * hours),
            "ds": np.tile(np.arange(weeks * hours), zones),
            "y": hits.reshape(-1).astype(np.float32),
        }
    )


def preprocess(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """The features of every hour, from nothing later than two weeks before it; and its hour."""
    forecast = MLForecast(
        models=[],
        freq=1,
        lags=[LAG + HOURS_PER_WEEK * week for week in range(4)],
        lag_transforms={
            LAG: [
                ExpandingMean(),
                ExponentiallyWeightedMean(alpha=0.02),
                ExponentiallyWeightedMean(alpha=0.002),
                RollingMean(24, min_samples=1),
                RollingMean(HOURS_PER_WEEK, min_samples=1),
                RollingMean(4 * HOURS_PER_WEEK, min_samples=1),
                RollingMean(13 * HOURS_PER_WEEK, min_samples=1),
                SeasonalRollingMean(24, 7, min_samples=1),
                SeasonalRollingMean(24, 28, min_samples=1),
                SeasonalRollingMean(24, 91, min_samples=1),
                SeasonalRollingMean(HOURS_PER_WEEK, 2, min_samples=1),
                SeasonalRollingMean(HOURS_PER_WEEK, 4, min_samples=1),
                SeasonalRollingMean(HOURS_PER_WEEK, 8, min_samples=1),
                SeasonalRollingMean(HOURS_PER_WEEK, 13, min_samples=1),
                SeasonalRollingMean(HOURS_PER_WEEK, 21, min_samples=1),
            ]
        },
        date_features=[hour_of_day, weekday, hour_of_week, nth_weekday],
        num_threads=1,
    )
    table = forecast.preprocess(frame, static_features=[], dropna=False)
    return table, table["ds"].to_numpy()


def hour_of_day(hour: np.ndarray) -> np.ndarray:
    return hour % 24


def weekday(hour: np.ndarray) -> np.ndarray:
    return hour // 24 % 7


def hour_of_week(hour: np.ndarray) -> np.ndarray:
    return hour % HOURS_PER_WEEK


def nth_weekday(hour: np.ndarray) -> np.ndarray:
    """Which occurrence of its weekday in the month a day is; the first Monday is 2 January 2023."""
    day = pd.Timestamp("2023-01-02") + pd.to_timedelta(np.asarray(hour) // 24, unit="D")
    return (day.day.to_numpy() - 1) // 7


if __name__ == "__main__":
    main()
