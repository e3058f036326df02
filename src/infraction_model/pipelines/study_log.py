"""What a search tells of its trials: a line each at the terminal, a run each in MLflow."""

from __future__ import annotations

from collections.abc import Mapping

from infraction_model.io.tracking import Tracking
from infraction_model.pipelines.console import say
from infraction_model.tuning import Study, Task, TrialResult, finished_trials, front


class StudyLog:
    """Hears of each finished trial; a study gone on with keeps its MLflow run."""

    def __init__(
        self,
        tracking: Tracking | None,
        study: Study,
        task: Task,
        trials: int,
        tags: Mapping[str, str],
    ) -> None:
        self.tracking, self.study, self.task = tracking, study, task
        self.trials = trials
        self.tags = {**tags, "study": task.study, "objectives": ", ".join(task.objectives)}
        self.run = None
        if tracking is not None:
            self.run = study.user_attrs.get(f"run in {tracking.uri}")
        if tracking is not None and self.run is None:
            self.run = tracking.start_study(f"tune {task.study}", self.tags)
            study.set_user_attr(f"run in {tracking.uri}", self.run)

    def __call__(self, result: TrialResult) -> None:
        say(self._line(result))
        if self.tracking is None:
            return
        figures = dict(zip(self.task.objectives, result.values or (), strict=False))
        self.tracking.log_trial(
            self.run,
            f"trial {result.number:03d} of {self.task.study}",
            result.parameters,
            figures,
            result.by_week,
            self.tags | {"trial": str(result.number)},
            finished=result.values is not None,
        )

    def _line(self, result: TrialResult) -> str:
        count = f"trial {len(finished_trials(self.study))} of {self.trials}"
        if result.values is None:
            weeks = len(result.by_week)
            outcome = f"pruned after {weeks} weeks" if weeks else "pruned in its first fit"
        else:
            outcome = self._figures(result.values)
        best = front(self.study)
        if not best:
            return f"{count}: {outcome}"
        if len(self.task.objectives) > 1:
            return f"{count}: {outcome}; {len(best)} that no other beats in both"
        return f"{count}: {outcome}; best {self._figures(best[0].values)} (no. {best[0].number})"

    def _figures(self, values: tuple[float, ...] | list[float]) -> str:
        pairs = zip(self.task.objectives, values, strict=True)
        return ", ".join(f"{name} {value:.5f}" for name, value in pairs)

    def finish(self) -> None:
        """End the study's run with its best figures."""
        if self.tracking is not None:
            best = front(self.study)[0]
            figures = dict(zip(self.task.objectives, best.values, strict=True))
            self.tracking.finish(self.run, {f"best/{name}": v for name, v in figures.items()})
