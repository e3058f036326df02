from __future__ import annotations

import pytest

from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import Town, simulate

SMALL = SimulationParameters(
    name="Petit-Vallois", zones=12, weeks=20, officers=3, metered_weeks=6, sensor_zones=1
)


@pytest.fixture(scope="session")
def small_parameters() -> SimulationParameters:
    return SMALL


@pytest.fixture(scope="session")
def small() -> Town:
    return simulate(SMALL)


@pytest.fixture(scope="session")
def town() -> Town:
    """The default town, about 40,000 fines: enough to tell a rate from its neighbour."""
    return simulate(SimulationParameters())
