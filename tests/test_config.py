"""Every YAML file under conf/ composes, becomes its command's parameters and agrees with them."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from infraction_model import helptext
from infraction_model.commandline import config_dir
from infraction_model.parameters import read
from infraction_model.pipelines.steps import BY_NAME, STEPS

CONF = config_dir()
# A town's own values, or a made town of another size, are not anybody's defaults.
NOT_DEFAULTS = {"data", "experiment", "local"}
FILES = [
    path for path in sorted(CONF.rglob("*.yaml")) if path.parent.name not in ("hydra", "local")
]


@cache
def choices_of(command: str) -> tuple[helptext.Choice, ...]:
    return helptext.options_of(command, [CONF], {}).choices


def every_choice() -> list[tuple[str, str, str]]:
    """Each (command, group, option) there is; an experiment only where it is about the command."""
    return [
        (step.name, choice.group, option)
        for step in STEPS
        for choice in choices_of(step.name)
        for option in choice.available
    ]


@cache
def composed(command: str, *overrides: str) -> Any:
    """The Parameters of a command as the command line would make them."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(command, overrides=list(overrides))
    values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    return read(importlib.import_module(BY_NAME[command].module).Parameters, values)


@pytest.mark.parametrize("command", BY_NAME)
def test_every_command_composes(command):
    parameters = composed(command)
    assert parameters.workspace.parts == ("data", parameters.data.name)
    assert hasattr(parameters, "origin") == BY_NAME[command].takes_origin


@pytest.mark.parametrize("command, group, option", every_choice())
def test_every_option_becomes_parameters(command, group, option):
    composed(command, f"{group}={option}")


def test_every_experiment_is_of_some_command():
    offered = {option for _, group, option in every_choice() if group == "experiment"}
    assert offered == {path.stem for path in (CONF / "experiment").glob("*.yaml")}


def disagreements(parameters: Any, where: str) -> Iterator[str]:
    """Fields whose value in the YAML files is not the default of their dataclass."""
    for field in dataclasses.fields(parameters):
        value = getattr(parameters, field.name)
        if dataclasses.is_dataclass(value):
            yield from disagreements(value, f"{where}{field.name}.")
        elif default_of(field) not in (dataclasses.MISSING, value):
            yield f"{where}{field.name}: {value!r} in YAML, {default_of(field)!r} in Python"


def default_of(field: dataclasses.Field) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@pytest.mark.parametrize("command", BY_NAME)
def test_yaml_and_python_agree_on_every_default(command):
    # Some defaults follow the town; those of Python are of a town that nobody has described yet.
    parameters = composed(command, "data=new")
    parts = {f.name: getattr(parameters, f.name) for f in dataclasses.fields(parameters)}
    found = [
        line
        for name, part in parts.items()
        if name not in NOT_DEFAULTS and dataclasses.is_dataclass(part)
        for line in disagreements(part, f"{name}.")
    ]
    assert found == []


@pytest.mark.parametrize("command", BY_NAME)
def test_other_kinds_agree_on_their_defaults_too(command):
    found = []
    for choice in choices_of(command):
        taken = getattr(composed(command), choice.group, None)
        if choice.group in NOT_DEFAULTS or not dataclasses.is_dataclass(taken):
            continue
        for option in choice.available:
            part = getattr(composed(command, f"{choice.group}={option}"), choice.group)
            # Another option of the same kind (a smaller town) is there to differ.
            if type(part) is not type(taken):
                found += disagreements(part, f"{choice.group}={option}: ")
    assert found == []


def wordless(config: helptext.ConfigFile) -> list[str]:
    """Keys without words: neither their own nor, three levels down, those of the key above."""
    described = {option.key for option in config.options if option.words}
    return [
        option.key
        for option in config.options
        if option.key not in described
        and not (option.key.count(".") >= 2 and option.key.rpartition(".")[0] in described)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONF)))
def test_every_key_is_said_in_words(path):
    config = helptext.read_config(path)
    assert config.words, f"{path.name} has no line at its top that says what it is"
    assert wordless(config) == []


def test_a_key_without_words_is_noticed(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("# Something.\n\na: 1 # said\nb: 2\nc: # said\n  d: 1\n  e: {}\n")
    assert wordless(helptext.read_config(path)) == ["b", "c.d", "c.e"]


@pytest.mark.parametrize("command", BY_NAME)
def test_help_names_every_key_that_the_command_composes(command):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = OmegaConf.to_container(compose(command))
    known = set(helptext.options_of(command, [CONF], {}).names())
    assert {key for key in config if key not in known} == set()
    for group, values in config.items():
        if isinstance(values, dict):
            assert {f"{group}.{key}" for key in values} <= known
