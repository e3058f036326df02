"""Every word of the backtest's report and of the model card, in French and in English."""

from __future__ import annotations

from infraction_model.wording import by_language

ESTIMATORS = by_language("estimators")

GROUPS = by_language("groups")

TRUTH_ROWS = (
    "excess_log_loss",
    "excess_log_loss_patrolled_hour",
    "excess_log_loss_known_hours",
    "excess_log_loss_other_hours",
    "excess_log_loss_all_hours",
    "spearman_known_hours",
    "spearman_all_hours",
    "yield_top_5%",
    "coverage_patrolled",
    "coverage_known_hours",
    "coverage_never_patrolled",
    "coverage_other_hours",
)

TEXTS = by_language("backtest")


def group_name(grouping: str, group: str, language: str) -> str:
    """A group of zone-hours in the reader's language."""
    return GROUPS[language][f"{grouping}:{group}"]


def estimator_name(kind: str, language: str) -> str:
    """An estimator in the reader's language; its kind where it has no name yet."""
    return ESTIMATORS[language].get(kind, kind)
