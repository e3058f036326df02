"""Experiments -> side by side: each better, worse or not distinguishable from a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from infraction_model.errors import MissingArtefactError
from infraction_model.evaluation.experiment import compare_experiments
from infraction_model.io.atomic import write_bytes, write_text
from infraction_model.io.experiments import read_experiments
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.console import say
from infraction_model.pipelines.town import TownData
from infraction_model.reports.compare_page import (
    draw,
    render,
    render_markdown,
    sentences,
    table,
)


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model compare`.

    `these` and `reference` name experiments by number, by name or by path; without `these` all of
    the town are compared, without `reference` the others are held against the first.
    """

    workspace: Path
    data: TownData
    these: tuple[str | int, ...] = ()
    reference: str | int | None = None
    experiments: Path = Path("experiments")
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Compare the experiments wanted, and write the page with its picture."""
    workspace, root = Workspace(parameters.workspace), parameters.experiments
    results = read_experiments(root, [str(one) for one in parameters.these])
    if not parameters.these:
        results = _of_town(results, parameters)
    reference = next(iter(results))
    if parameters.reference is not None:
        wanted = read_experiments(root, [str(parameters.reference)])
        results = wanted | results
        [reference] = wanted
    found = compare_experiments(results, reference)
    if found.versus:
        write_bytes(workspace.report("compare.png"), draw(found, parameters.language))
    write_text(workspace.report("compare.html"), render(found, parameters.language))
    write_text(workspace.report("compare.md"), render_markdown(found, parameters.language))
    say(table(found))
    for sentence in sentences(found, "en"):
        say(sentence)
    say(f"Page with a picture: {workspace.report('compare.html')}")


def _of_town(results: Mapping[str, dict[str, Any]], parameters: Parameters) -> dict[str, Any]:
    """The experiments on the town's data; raises MissingArtefactError where there is none."""
    town = parameters.data.name
    own = {name: result for name, result in results.items() if result["town"] == town}
    if not own:
        others = ", ".join(sorted({result["town"] for result in results.values()}))
        there = f"; those there are of {others}" if others else ""
        raise MissingArtefactError(
            f"{parameters.experiments} holds no experiment of the town '{town}'{there}. Make one: "
            f"`infraction-model backtest data={town} question='what you want to know'`."
        )
    return own
