"""What the public may have -> open data, its catalogue, and the public sheet of the algorithm."""

from infraction_model.pipelines.publish.command import Parameters, run

__all__ = ["Parameters", "run"]
