"""What the page says of the week as a whole, of the model behind it, and of how it has done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infraction_model.maps.background import Background, JudgedWeek, Reliability
from infraction_model.maps.texts import week_title, words_for
from infraction_model.maps.week import MapWeek
from infraction_model.timegrid import HOURS_PER_WEEK
from infraction_model.wording import long_date, number, percent


def written(
    week: MapWeek, background: Background, host: str | None, language: str
) -> dict[str, Any]:
    """The sentences of a language that depend on the week and on what is known beside it.

    `host` is the one address that the page asks for pictures, None where it asks for nothing.
    """
    said = words_for(language, week.exposure_basis)
    title = week_title(week.monday, language)
    return {
        "title": f"{week.town} – {said['title']} – {title}",
        "week": title,
        "claim": said["claim"],
        "week_strip": said["week_strip"],
        "about": " ".join(_about(week, background, host, said, language)),
        "model": _model(week, background, said, language),
        "last_week": _last_week(background.last_week, said, language),
        "calibration": _calibration(background.reliability, said, language),
    }


def calibration_bins(reliability: Reliability | None) -> list[list[float]] | None:
    """Points of the calibration plot: forecast, observed, and the observed share's interval."""
    if reliability is None or reliability.bins.empty:
        return None
    columns = reliability.bins[["forecast", "observed", "lower", "upper"]].clip(0, 1)
    return [[float(f"{value:.4g}") for value in row] for row in columns.to_numpy(float)]


def _about(
    week: MapWeek,
    background: Background,
    host: str | None,
    said: Mapping[str, str],
    language: str,
) -> list[str]:
    counts = {"zones": len(week.zones), "hours": HOURS_PER_WEEK, "cells": len(week.ranked)}
    sentences = [
        said["about_counts"].format(
            **{name: number(count, language) for name, count in counts.items()}
        )
    ]
    placed = int(week.zones["geometry"].notna().sum())
    if 0 < placed < len(week.zones):
        lacking = number(len(week.zones) - placed, language)
        sentences.append(said["no_geometry"].format(count=lacking))
    if week.extrapolated:
        sentences.append(said["about_extrapolated"])
    sentences += [
        said["about_interval"],
        said["about_sure"],
        said["about_tiers"].format(share=percent(week.tier_shares[0], language)),
    ]
    if background.mix is not None:
        sentences.append(said["about_mix"])
    network = said["about_offline"] if host is None else said["about_basemap"].format(host=host)
    return [*sentences, network]


def _model(week: MapWeek, background: Background, said: Mapping[str, str], language: str) -> str:
    model = said["about_model"].format(version=week.model_version)
    if background.trained_on is None:
        return model
    first, last = (long_date(monday, language) for monday in background.trained_on)
    return f"{model} {said['about_trained'].format(first=first, last=last)}"


def _last_week(judged: JudgedWeek | None, said: Mapping[str, str], language: str) -> str:
    """How often the list of the last week that can be judged was right."""
    if judged is None:
        return said["about_not_judged"]
    return said["about_last_week"].format(
        monday=long_date(judged.monday, language),
        first=percent(round(judged.first, 2), language),
        all=percent(round(judged.all, 2), language),
    )


def _calibration(reliability: Reliability | None, said: Mapping[str, str], language: str) -> str:
    if reliability is None or reliability.bins.empty:
        return said["about_no_calibration"]
    return said[f"about_calibration_{reliability.source}"].format(
        weeks=number(reliability.weeks, language),
        count=number(reliability.bins["rows"].sum(), language),
    )
