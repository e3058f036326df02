"""What bays and meters say as it happens -> ranked alerts, kept, shown and sent out."""

from infraction_model.pipelines.live.command import run
from infraction_model.pipelines.live.parameters import Parameters

__all__ = ["Parameters", "run"]
