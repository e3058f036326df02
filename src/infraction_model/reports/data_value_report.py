"""The data-value report as one HTML page that works offline, as Markdown, as a table, a picture."""

from __future__ import annotations

import base64
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from infraction_model.evaluation.bootstrap import Interval
from infraction_model.evaluation.data_value import EXPOSURE, TOP, DataValue, SourceValue
from infraction_model.exposure import is_known
from infraction_model.reports.markdown import plain
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.pictures import STYLE, new_figure, png
from infraction_model.reports.templating import environment
from infraction_model.timegrid import monday
from infraction_model.wording import by_language

TEXTS = by_language("data_value")

_INK, _SOFT = "#1d3557", "#8fb1d3"
_FIGURES = ("relative", "log_loss", "capture", "share_of_best")


def render(found: DataValue, town: str, language: str) -> str:
    """The report as HTML text in `language` ("fr" or "en")."""
    image = base64.b64encode(draw(found, language)).decode("ascii")
    template = environment(autoescape=True).get_template("data_value.html.j2")
    return template.render(**_content(found, town, language), image=image)


def render_markdown(found: DataValue, town: str, language: str) -> str:
    """The same report as Markdown, beside its picture data_value.png."""
    template = environment(autoescape=False).get_template("data_value.md.j2")
    return template.render(**_content(found, plain(town), language))


def data_value_csv(found: DataValue) -> str:
    """One row per source and comparison: every gain with its interval, and the verdict."""
    rows = [
        {
            "source": value.source,
            "exposure_basis": found.basis,
            "added_to": added_to,
            "verdict": gain.verdict,
            **{
                f"{name}{part}": getattr(getattr(gain, name), key)
                for name in _FIGURES
                for part, key in (("", "value"), ("_lower", "lower"), ("_upper", "upper"))
            },
        }
        for value in found.values
        for added_to, gain in (("all_others", value.on_top), ("fines", value.alone))
    ]
    return pd.DataFrame(rows).to_csv(index=False, float_format="%.6g", lineterminator="\n")


def sentences(found: DataValue, language: str) -> list[str]:
    """What the figures say: the verdicts in one line, then the source that brings most first."""
    text = TEXTS[language]
    said = [_headline(found, language)]
    said += [_sentence(found, value, language) for value in _sorted(found)]
    if not is_known(found.basis):
        said.append(text["no_exposure"])
    lacking = [source for source in found.lacking if source != EXPOSURE]
    if lacking:
        names = ", ".join(text["sources"][source] for source in lacking)
        said.append(text["lacking"].format(sources=names))
    return said


def _headline(found: DataValue, language: str) -> str:
    parts = []
    for verdict, words in TEXTS[language]["headline"].items():
        sources = [value.source for value in _sorted(found) if value.on_top.verdict == verdict]
        separator = " ; " if language == "fr" else "; "
        names = separator.join(source_name(found, source, language) for source in sources)
        if sources:
            parts.append(words.format(sources=names))
    return " ".join(parts)


def _sentence(found: DataValue, value: SourceValue, language: str) -> str:
    text, gain = TEXTS[language], value.on_top
    top = percent(TOP, 0, language)
    name = source_name(found, value.source, language)
    shown = {
        end: percent(_rounded(getattr(gain.relative, end), 4), 2, language)
        for end in ("value", "lower", "upper")
    }
    parts = [text[gain.verdict].format(source=name[0].upper() + name[1:], **shown)]
    for key, points in (("more_found", gain.capture), ("more_yield", gain.share_of_best)):
        if points.lower > 0:
            ends = {
                end: decimal(100 * getattr(points, end), 1, language)
                for end in ("value", "lower", "upper")
            }
            parts.append(text[key].format(top=top, **ends))
    return " ".join(parts)


def source_name(found: DataValue, source: str, language: str) -> str:
    """What a source is called; that of exposure goes by what the town's exposure rests on."""
    return TEXTS[language]["sources"][found.basis if source == EXPOSURE else source]


def _sorted(found: DataValue) -> list[SourceValue]:
    return sorted(found.values, key=lambda value: -value.on_top.relative.value)


def _rounded(value: float, digits: int) -> float:
    """Rounded, and never a negative zero."""
    return round(value, digits) + 0.0


def _content(found: DataValue, town: str, language: str) -> dict[str, Any]:
    text = TEXTS[language]
    first, last = (date(str(monday(found.targets[end])), language) for end in (0, -1))
    gap = text.get(f"gap_{found.gap}", text["gap_more"]).format(gap=found.gap)
    units = text[f"units_{found.units}"]
    luck = text["luck" if found.repeats > 1 else "no_luck"]
    return {
        "t": text,
        "language": language,
        "town": town,
        "span": text["span"].format(
            weeks=len(found.targets), first=first, last=last, zones=found.zones, gap=gap
        ),
        "sentences": sentences(found, language),
        "level": ""
        if found.level_without_exposure is None
        else text["level"].format(
            source=source_name(found, EXPOSURE, language),
            factor=f"× {decimal(found.level_without_exposure, 1, language)}",
        ),
        "captured": text["captured"].format(top=percent(TOP, 0, language)),
        "alone": text["alone_known" if is_known(found.basis) else "alone"],
        "with_truth": any(np.isfinite(arm["yield"]) for arm in found.arms.values()),
        "rows": [_row(found, value, language) for value in _sorted(found)],
        "arms": [_arm(found, name, figures, language) for name, figures in found.arms.items()],
        "methods": [*text["methods"], luck.format(units=units, repeats=found.repeats)],
    }


def _row(found: DataValue, value: SourceValue, language: str) -> dict[str, str]:
    def cell(interval: Interval, digits: int, unit: str = "%") -> dict[str, str]:
        value, lower, upper = (
            decimal(_rounded(100 * end, digits), digits, language, sign=True)
            for end in (interval.value, interval.lower, interval.upper)
        )
        if not np.isfinite(interval.value):
            return {"value": "–", "interval": ""}
        return {"value": f"{value}\u00a0{unit}", "interval": f"[{lower} ; {upper}]"}

    on_top = value.on_top
    return {
        "source": source_name(found, value.source, language),
        "verdict": TEXTS[language][f"verdict_{on_top.verdict}"],
        "tone": {"worth": "better", "harms": "worse"}.get(on_top.verdict, "unclear"),
        "on_top": cell(on_top.relative, 2),
        "alone": cell(value.alone.relative, 2),
        "capture": cell(on_top.capture, 1, "pt"),
        "yield": cell(on_top.share_of_best, 1, "pt"),
    }


def _arm(
    found: DataValue, name: str, figures: dict[str, float], language: str
) -> dict[str, str | bool]:
    text = TEXTS[language]
    how, _, source = name.partition(" ")
    if how in ("without", "with"):
        words = text[f"arm_{how}"].format(source=source_name(found, source, language))
    else:
        plain_fines = name == "base" and not is_known(found.basis)
        words = text["arm_base_none" if plain_fines else f"arm_{name}"]
    return {
        "name": words,
        "is_model": name == "all",
        "log_loss": decimal(figures["log_loss"], 4, language),
        "capture": percent(figures["capture"], 1, language),
        "yield": percent(figures["yield"], 1, language),
    }


def draw(found: DataValue, language: str) -> bytes:
    """A pair of bars per source, on top of all others and alone, with 95 % intervals, as PNG."""
    text = TEXTS[language]
    values = _sorted(found)[::-1]
    alone = text["alone_known" if is_known(found.basis) else "alone"]
    with mpl.rc_context(STYLE | {"axes.grid.axis": "x"}):
        figure = new_figure(9.6, 1.2 + 0.62 * len(values))
        # what tells sources of context apart is small beside a patrol log: it gets its own axis
        parts = [[v for v in values if v.source != EXPOSURE], []]
        parts[1] = [value for value in values if value.source == EXPOSURE]
        parts = [part for part in parts if part]
        axes = figure.subplots(
            len(parts), 1, squeeze=False, height_ratios=[len(part) + 0.3 for part in parts][::-1]
        )[:, 0]
        for axis, part in zip(axes, parts[::-1], strict=True):
            place = np.arange(len(part))
            for offset, color, name in ((0.19, _INK, "on_top"), (-0.19, _SOFT, "alone")):
                gains = [getattr(value, name).relative for value in part]
                label = text["on_top"] if name == "on_top" else alone
                half = [gain.upper - gain.value for gain in gains]
                axis.barh(
                    place + offset,
                    [gain.value for gain in gains],
                    height=0.36,
                    color=color,
                    xerr=half,
                    error_kw={"ecolor": "#444444", "elinewidth": 1.1, "capsize": 3},
                    label=label,
                )
            axis.set_yticks(place, [source_name(found, value.source, language) for value in part])
            axis.axvline(0, color="#333333", linewidth=0.9)
            axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: percent(x, 2, language)))
        axes[-1].set_xlabel(text["axis"])
        handles, labels = axes[-1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
        return png(figure)
