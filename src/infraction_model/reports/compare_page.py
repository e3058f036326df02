"""Experiments side by side: one HTML page that works offline, Markdown, a picture, a table."""

from __future__ import annotations

import base64
import math
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from infraction_model.evaluation.bootstrap import Interval
from infraction_model.evaluation.experiment import Compared, Versus
from infraction_model.reports.markdown import plain
from infraction_model.reports.numbers import chance, date, decimal, percent
from infraction_model.reports.pictures import STYLE, new_figure, png
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language

TEXTS = by_language("compare")

_COLOURS = {"better": "#00603c", "worse": "#a03c28", "unclear": "#6f6f6f"}
_MARKS = {"better": "o", "worse": "s", "unclear": "D"}


def render(found: Compared, language: str) -> str:
    """The page as HTML text in `language` ("fr" or "en")."""
    image = base64.b64encode(draw(found, language)).decode("ascii") if found.versus else ""
    template = environment(autoescape=True).get_template("compare.html.j2")
    return template.render(**_content(found, language), image=image)


def render_markdown(found: Compared, language: str) -> str:
    """The same page as Markdown, beside its picture compare.png."""
    content = _content(found, language)
    content["town"] = plain(found.town)
    content["sentences"] = [plain(sentence) for sentence in content["sentences"]]
    for row in content["rows"]:
        row |= {"name": plain(row["name"]), "question": plain(row["question"])}
    template = environment(autoescape=False).get_template("compare.md.j2")
    return template.render(**content)


def sentences(found: Compared, language: str) -> list[str]:
    """What the comparison says: the reference, then every experiment, best first."""
    text = TEXTS[language]
    said = [
        text["reference_is"].format(
            name=found.reference,
            question=found.reference_question,
            loss=decimal(found.reference_loss, 4, language),
        )
    ]
    said += [_sentence(one, language) for one in _sorted(found)]
    return said if found.versus else [*said, text["alone"]]


def _sentence(one: Versus, language: str) -> str:
    ends = dict(zip(("value", "lower", "upper"), one.loss.relative, strict=True))
    shown = {name: _percent(end, language) for name, end in ends.items()}
    return TEXTS[language][_kind(one)].format(name=one.name, question=one.question, **shown)


def _kind(one: Versus) -> str:
    alike = one.loss.difference
    return "same" if alike.value == alike.lower == alike.upper == 0 else one.loss.verdict


def _sorted(found: Compared) -> list[Versus]:
    """Best first; of equals in the order of their names."""
    return sorted(found.versus, key=lambda one: (one.loss.difference.value, one.name))


def table(found: Compared, language: str = "en") -> str:
    """The figures as a table for a terminal, the reference first, the others best first."""
    text = TEXTS[language]
    heads = ("", "log_loss", "difference", "verdict", "capture")
    lines = [[text.get(head, head) for head in heads]]
    for row in _rows(found, language):
        difference = " ".join(filter(None, row["difference"].values()))
        lines.append([row["name"], row["log_loss"], difference, row["verdict"], row["captured"]])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _content(found: Compared, language: str) -> dict[str, Any]:
    text = TEXTS[language]
    first, last = (date(found.weeks[end], language) for end in (0, -1))
    gap = text.get(f"gap_{found.gap}", text["gap_more"]).format(gap=found.gap)
    span = text["span_1" if len(found.weeks) == 1 else "span"]
    left_out = text["left_out_1" if len(found.left_out) == 1 else "left_out"]
    units = text["units"][found.units]
    return {
        "t": text,
        "language": language,
        "town": found.town,
        "span": span.format(
            weeks=len(found.weeks), first=first, last=last, zones=found.zones, gap=gap
        ),
        "left_out": left_out.format(count=len(found.left_out)) if found.left_out else "",
        "sentences": sentences(found, language),
        "with_yield": any(math.isfinite(one.yielded.value) for one in found.versus),
        "rows": _rows(found, language),
        "methods": [method.format(units=units) for method in text["methods"]],
    }


def _rows(found: Compared, language: str) -> list[dict[str, Any]]:
    nothing = {"value": "–", "interval": ""}
    reference = {
        "name": found.reference,
        "question": found.reference_question,
        "verdict": TEXTS[language]["verdicts"]["reference"],
        "tone": "",
        "is_reference": True,
        "log_loss": decimal(found.reference_loss, 4, language),
        "captured": percent(found.reference_capture, 1, language),
        "p_weeks": "–",
    } | dict.fromkeys(("difference", "capture", "yield"), nothing)
    return [reference, *(_row(one, language) for one in _sorted(found))]


def _row(one: Versus, language: str) -> dict[str, Any]:
    p = one.loss.p_weeks
    return {
        "name": one.name,
        "question": one.question,
        "verdict": TEXTS[language]["verdicts"][one.loss.verdict],
        "tone": one.loss.verdict,
        "is_reference": False,
        "log_loss": decimal(one.log_loss, 4, language),
        "difference": _cell(one.loss.relative, 2, "%", language),
        "captured": percent(one.top_capture, 1, language),
        "capture": _points(one.capture, language),
        "yield": _points(one.yielded, language),
        "p_weeks": chance(p, language) if math.isfinite(p) else "–",
    }


def _points(found: Interval, language: str) -> dict[str, str]:
    ends = (found.value, found.lower, found.upper)
    return _cell(ends, 1, TEXTS[language]["point"], language)


def _cell(ends: Sequence[float], digits: int, unit: str, language: str) -> dict[str, str]:
    """A hundred times a value, with its interval in brackets where it has one."""
    value, lower, upper = (
        # never a negative zero
        decimal(round(100 * end, digits) + 0.0, digits, language, sign=True)
        for end in ends
    )
    if not math.isfinite(ends[0]):
        return {"value": "–", "interval": ""}
    interval = f"[{lower} ; {upper}]" if math.isfinite(ends[1]) else ""
    return {"value": f"{value}\u00a0{unit}", "interval": interval}


def _percent(value: float, language: str) -> str:
    return percent(round(value, 4) + 0.0, 2, language, sign=True)


def draw(found: Compared, language: str) -> bytes:
    """Each experiment against the reference, best on top: log loss and captured fines, as PNG."""
    text, shown = TEXTS[language], _sorted(found)[::-1]
    labels = [_label(one.name, one.question) for one in shown]
    with mpl.rc_context(STYLE | {"axes.grid.axis": "x"}):
        figure = new_figure(11.0, 1.5 + 0.52 * len(shown))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
        _forest(left, [one.loss.relative for one in shown], shown)
        captures = [(c.value, c.lower, c.upper) for c in (one.capture for one in shown)]
        _forest(right, captures, shown, by_verdict=False)
        left.set_yticks(np.arange(len(shown)), labels)
        left.set_ylim(-0.6, len(shown) - 0.4)
        left.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _axis_percent(x, language)))
        right.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _axis_points(x, language)))
        for axis, name in ((left, "axis_loss"), (right, "axis_capture")):
            axis.set_xlabel("\n".join(textwrap.wrap(text[name], 44)))
            axis.xaxis.set_major_locator(MaxNLocator(5))
        left.set_title(f"0 = {_label(found.reference, found.reference_question, 60)}", loc="left")
        kinds = [kind for kind in _COLOURS if kind in {one.loss.verdict for one in shown}]
        marks = [
            left.plot([], [], _MARKS[kind], color=_COLOURS[kind], label=text["verdicts"][kind])[0]
            for kind in kinds
        ]
        figure.legend(handles=marks, loc="outside upper right", ncols=3)
        return png(figure)


def _forest(
    axis: Axes,
    ends: Sequence[tuple[float, float, float]],
    shown: Sequence[Versus],
    by_verdict: bool = True,
) -> None:
    """A dot and a line per experiment; told apart by colour and by the dot's shape."""
    for place, ((value, lower, upper), one) in enumerate(zip(ends, shown, strict=True)):
        kind = one.loss.verdict if by_verdict else _side(lower, upper)
        colour = _COLOURS[kind]
        axis.plot([lower, upper], [place, place], color=colour, linewidth=2.0)
        axis.plot([value], [place], _MARKS[kind], color=colour, markersize=6)
    axis.axvline(0.0, color="#1d3557", linewidth=1.0)
    axis.tick_params(axis="y", length=0)


def _side(lower: float, upper: float) -> str:
    if lower > 0:
        return "better"
    return "worse" if upper < 0 else "unclear"


def _label(name: str, question: str, width: int = 34) -> str:
    """The number of an experiment and what it asked, in at most two lines."""
    number = name.partition("-")[0]
    lines = textwrap.wrap(f"{number}  {question}", width, max_lines=2, placeholder=" …")
    # matplotlib would read what stands between two dollar signs as a formula
    return "\n".join(lines).replace("$", r"\$")


def _axis_percent(value: float, language: str) -> str:
    return percent(round(value, 6) + 0.0, 1, language, sign=value != 0)


def _axis_points(value: float, language: str) -> str:
    return decimal(round(100 * value, 6) + 0.0, 1, language, sign=value != 0)
