"""The settings of `infraction-model live`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge

from infraction_model.alerts.parameters import LiveParameters
from infraction_model.io.live_access import ServerParameters
from infraction_model.io.live_store import StoreParameters
from infraction_model.io.mqtt import MqttParameters
from infraction_model.io.outgoing import OutgoingParameters
from infraction_model.pipelines.live.service import IntakeParameters
from infraction_model.pipelines.town import TownData


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model live`.

    `file` is read where `source` is "file": a path, or "-" for standard input; at `speed` times its
    pace, 0 as fast as it goes. `restart` forgets the state first. `serve` shows the live page while
    the command runs; with `linger` it stays after a replay, until a signal comes. `seed` scatters
    the tries of what goes out.
    """

    workspace: Path
    data: TownData
    live: LiveParameters
    source: Literal["mqtt", "file"] = "mqtt"
    file: str | None = None
    speed: Annotated[float, Ge(0)] = 0.0
    restart: bool = False
    serve: bool = False
    linger: bool = True
    language: Literal["fr", "en"] = "fr"
    seed: int = 0
    mqtt: MqttParameters = field(default_factory=MqttParameters)
    intake: IntakeParameters = field(default_factory=IntakeParameters)
    store: StoreParameters = field(default_factory=StoreParameters)
    server: ServerParameters = field(default_factory=ServerParameters)
    outgoing: OutgoingParameters = field(default_factory=OutgoingParameters)
