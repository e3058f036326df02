"""The week as one batch: what is new, a model when due, scores, map, publication, how it went."""

from infraction_model.pipelines.weekly.batch import run
from infraction_model.pipelines.weekly.parameters import Parameters

__all__ = ["Parameters", "run"]
