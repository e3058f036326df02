"""Records of the live state and settings of the service for tests."""

from __future__ import annotations

import functools
import typing
from dataclasses import replace
from pathlib import Path

import msgspec
from hydra import compose, initialize_config_dir
from hypothesis import strategies as st
from omegaconf import OmegaConf

from infraction_model.alerts.events import Alert, Changes
from infraction_model.commandline import config_dir
from infraction_model.io.mqtt import MqttParameters
from infraction_model.parameters import read
from infraction_model.pipelines.live import Parameters
from infraction_model.pipelines.live.service import IntakeParameters

_ATOMS = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    int: st.integers(-(2**62), 2**62),
    float: st.floats(allow_nan=False).map(lambda value: value + 0.0),  # SQLite has no -0.0
    bool: st.booleans(),
    type(None): st.none(),
}


def of_type(hint: typing.Any) -> st.SearchStrategy:
    """Any value of a field's type, the awkward ones too."""
    if hint in _ATOMS:
        return _ATOMS[hint]
    if typing.get_origin(hint) is typing.Literal:
        return st.sampled_from(typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return st.lists(_ATOMS[str], max_size=3).map(tuple)
    return st.one_of(*(of_type(part) for part in typing.get_args(hint)))


HISTORIES = st.lists(st.builds("{}{}".format, st.integers(-1, 2**62), st.sampled_from("+-?")))


def records(kind: type, key: str) -> st.SearchStrategy[list]:
    """Some records of a kind, each with a key of its own."""
    fields = {name: of_type(hint) for name, hint in typing.get_type_hints(kind).items()}
    if "history" in fields:
        fields["history"] = HISTORIES.map(" ".join)
    return st.lists(st.builds(kind, **fields), max_size=4, unique_by=lambda r: getattr(r, key))


def changes(**parts) -> Changes:
    """Changes with nothing but the given parts."""
    nothing = {name: [] for name in Changes.__struct_fields__} | {"clock": None, "counts": {}}
    return Changes(**nothing | parts)


ALERT = Alert(
    alert_id="a1",
    bay_id="Z1-1",
    zone_id="Z1",
    stay_from=1_700_000_000,
    reasons=("overstay",),
    opened_at=1_700_007_500,
    updated_at=1_700_007_500,
    closed_at=None,
    closed_because=None,
    severity=1.0,
    chance=1.0,
    still_there=0.75,
    minutes_to_reach=15.0,
    team=None,
    trust=0.9,
    value=0.675,
    infraction_probability=None,
    probability_basis="none",
    verdict=None,
    revision=1,
)


def alert(**changed) -> Alert:
    return msgspec.structs.replace(ALERT, **changed)


@functools.cache
def _defaults() -> Parameters:
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        return read(Parameters, OmegaConf.to_container(compose("live"), resolve=True))


def parameters_for(workspace: Path, port: int | None = None, **changed) -> Parameters:
    """The settings of `live` on a workspace: from a broker on `port`, where one is given.

    The machine's clock stays out of it: the times of the messages are long past.
    """
    parameters = replace(
        _defaults(),
        workspace=workspace,
        intake=IntakeParameters(batch=200, tick_seconds=0.0),
    )
    if port is not None:
        broker = MqttParameters(host="127.0.0.1", port=port, receive_maximum=300)
        parameters = replace(parameters, mqtt=broker)
    return replace(parameters, **changed)
