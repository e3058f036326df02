"""An experiment's page, README.md: question, answer, weeks, compared with what, and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infraction_model.reports.backtest_texts import estimator_name
from infraction_model.reports.markdown import plain
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language

TEXTS = by_language("experiment")


def render(name: str, result: Mapping[str, Any], language: str) -> str:
    """The page of an experiment in Markdown; `result` is the content of its result.json."""
    template = environment(autoescape=False).get_template("experiment.md.j2")
    text = TEXTS[language]
    page = template.render(
        t=text,
        number=name.partition("-")[0],
        question=plain(result["question"]),
        answers=answers(result, language),
        span=_span(result, language),
        rows=[_row(one, language) for one in result["against"]],
        changed=[
            (key, _shown(own), _shown(usual)) for key, (own, usual) in result["differs"].items()
        ],
        search=_search(result["search"], language),
        again=result["again"],
        train=result["again"].replace(" backtest ", " train ", 1),
        code=_code(result, language),
    )
    return page + "\n"


def answers(result: Mapping[str, Any], language: str) -> list[str]:
    """What came of it, a sentence each: the loss, then against every other forecast."""
    text, own = TEXTS[language], result["figures"]["log_loss"]
    first = text["loss"].format(
        model=_capital(estimator_name(result["estimator"], language)),
        loss=decimal(own["value"], 4, language),
        low=decimal(own["lower"], 4, language),
        high=decimal(own["upper"], 4, language),
    )
    by_name = {one["other"]: one for one in result["against"]}
    said = [first]
    if not result["differs"]:
        said.append(text["as_it_comes" if result["search"] is None else "none_better"])
    elif "defaults" in by_name:
        said.append(_sentence(by_name["defaults"], language))
    if result["best_baseline"] in by_name:
        said.append(_sentence(by_name[result["best_baseline"]], language))
    return said


def _sentence(one: Mapping[str, Any], language: str) -> str:
    change, low, high = (percent(end, 2, language, sign=True) for end in one["relative"])
    return TEXTS[language][one["verdict"]].format(
        other=estimator_name(one["other"], language),
        loss=decimal(one["other_loss"], 4, language),
        gain=percent(abs(one["relative"][0]), 2, language),
        change=change,
        low=low,
        high=high,
    )


def _row(one: Mapping[str, Any], language: str) -> dict[str, str]:
    gap = one["difference"]
    ends = [decimal(gap[end], 5, language, sign=True) for end in ("lower", "upper")]
    return {
        "other": estimator_name(one["other"], language),
        "loss": decimal(one["other_loss"], 5, language),
        "difference": decimal(gap["value"], 5, language, sign=True),
        "interval": f"[{ends[0]} ; {ends[1]}]",
        "verdict": TEXTS[language][f"verdict_{one['verdict']}"],
    }


def _span(result: Mapping[str, Any], language: str) -> str:
    weeks = result["weeks"]
    return TEXTS[language]["span"].format(
        weeks=len(weeks),
        first=date(weeks[0], language),
        last=date(weeks[-1], language),
        gap=result["gap"],
        zones=decimal(result["zones"], 0, language),
        origin=date(result["origin"], language),
        fingerprint=result["data_fingerprint"],
    )


def _search(search: Mapping[str, Any] | None, language: str) -> list[str]:
    if search is None:
        return []
    text, weeks = TEXTS[language], search["weeks"]
    names = search["objectives"]
    said = [
        text["chosen"].format(
            weeks=len(weeks),
            first=date(weeks[0], language),
            last=date(weeks[-1], language),
            planned=date(search["known_on"], language),
        ),
        text["trials"].format(
            finished=search["finished"],
            pruned=search["pruned"],
            study=search["study"],
            objectives=", ".join(names),
            best=_objectives(names, search["best"], language),
            default=text["no_default"]
            if search["default"] is None
            else _objectives(names, search["default"], language),
        ),
    ]
    if len(names) > 1:
        give_up = percent(search["give_up"], 1, language)
        said.append(text["front"].format(front=len(search["front"]), give_up=give_up))
    return said


def _objectives(names: list[str], values: list[float], language: str) -> str:
    return ", ".join(
        f"{name} {decimal(value, 5, language)}" for name, value in zip(names, values, strict=True)
    )


def _code(result: Mapping[str, Any], language: str) -> str:
    text, known, revision = TEXTS[language], result["revision"], ""
    if known is not None:
        dirty = text["dirty"] if known["dirty"] else ""
        revision = text["revision"].format(commit=known["commit"][:12], dirty=dirty)
    return text["code"].format(software=result["software"], revision=revision)


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
