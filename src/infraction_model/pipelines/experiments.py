"""What backtest and tune share: judged settings become an experiment, a folder of its own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from infraction_model import __version__
from infraction_model.evaluation.backtest import Fold
from infraction_model.evaluation.experiment import sums_of
from infraction_model.io.experiments import (
    FORMAT,
    MODEL,
    OVERRIDES,
    PAGE,
    RESULT,
    write_experiment,
)
from infraction_model.io.json_files import json_text
from infraction_model.io.revision import revision
from infraction_model.pipelines.run_records import shaping_settings
from infraction_model.reports.experiment_page import render
from infraction_model.timegrid import monday

_MODEL_GROUPS = ("exposure", "features", "estimator", "forecast")
_GROUPS = (*_MODEL_GROUPS, "folds")


def keep_experiment(
    parameters: Any,
    folds: Sequence[Fold],
    found: Mapping[str, Any],
    fingerprint: str,
    origin: int,
    search: Mapping[str, Any] | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Write what a backtest of `parameters` (backtest's, or tune's with its best) found.

    Gives its folder and the content of its result.json. `search` says how the settings were found,
    where they were searched.
    """
    made: dict[str, Any] = {}

    def files(name: str) -> dict[str, str]:
        again = _again(parameters, name)
        result = _result(parameters, folds, found, fingerprint, origin, again, search)
        text = json_text(result)
        made.update(json.loads(text))
        return {
            OVERRIDES: _overrides(parameters, origin, again),
            MODEL: _model(parameters, again),
            RESULT: text,
            PAGE: render(name, made, parameters.language),
        }

    return write_experiment(parameters.experiments, parameters.question, files), made


def _again(parameters: Any, name: str) -> str:
    folder = (Path(parameters.experiments) / name).as_posix()
    return f"infraction-model backtest data={parameters.data.name} experiment={folder}"


def _result(
    parameters: Any,
    folds: Sequence[Fold],
    found: Mapping[str, Any],
    fingerprint: str,
    origin: int,
    again: str,
    search: Mapping[str, Any] | None,
) -> dict[str, Any]:
    model, code = found["estimator"], revision()
    return {
        "format": FORMAT,
        "question": parameters.question,
        "again": again,
        "town": parameters.data.name,
        "title": parameters.data.title,
        "origin": str(monday(origin)),
        "data_fingerprint": fingerprint,
        "software": __version__,
        "revision": None if code is None else dataclasses.asdict(code),
        "estimator": model,
        "exposure_basis": found["exposure_basis"],
        "gap": found["gap"],
        "seed": parameters.forecast.seed,
        "weeks": found["weeks"],
        "zones": found["zones"],
        "figures": found["intervals"][model],
        "against": found["comparisons"],
        "best_baseline": found["best_baseline"],
        "search": search,
        "settings": shaping_settings(parameters, origin),
        "differs": _differing(parameters),
        **sums_of(folds, model),
    }


def _differing(parameters: Any) -> dict[str, list[Any]]:
    """Settings of the estimator and the forecast that are not as they come: key -> [own, usual]."""
    differing = {}
    for group in ("estimator", "forecast"):
        own = getattr(parameters, group)
        flat, usual = _flat(own, f"{group}."), _flat(type(own)(), f"{group}.")
        differing |= {k: [v, usual.get(k)] for k, v in flat.items() if v != usual.get(k)}
    return differing


def _flat(settings: Any, where: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            flat |= _flat(value, f"{where}{field.name}.")
        else:
            flat[f"{where}{field.name}"] = list(value) if isinstance(value, tuple) else value
    return flat


def _overrides(parameters: Any, origin: int, again: str) -> str:
    """Every setting that shapes the figure: it stays the same when defaults change."""
    data = {
        "min_fines": parameters.data.min_fines,
        "calendar": dataclasses.asdict(parameters.data.calendar),
    }
    more = {"origin": str(monday(origin)), "compare": parameters.compare, "data": data}
    return _settings_file(parameters, again, more, _GROUPS)


def _model(parameters: Any, again: str) -> str:
    """The settings of the model alone, for commands that judge no past weeks, such as train."""
    return _settings_file(parameters, again.replace(" backtest ", " train ", 1), {}, _MODEL_GROUPS)


def _settings_file(
    parameters: Any, command: str, more: Mapping[str, Any], groups: Sequence[str]
) -> str:
    kinds = {group: getattr(parameters, group).kind for group in ("exposure", "estimator")}
    content = {
        "defaults": [{f"override /{group}": kind} for group, kind in kinds.items()],
        **more,
        **{group: dataclasses.asdict(getattr(parameters, group)) for group in groups},
    }
    # through JSON: YAML has no tuples
    plain = json.loads(json.dumps(content))
    question = " ".join(parameters.question.split())
    head = f"# @package _global_\n# {question}\n# {command}\n\n"
    return head + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
