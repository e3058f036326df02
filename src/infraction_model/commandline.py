"""What was typed, taken apart: the command, Hydra's flags and the overrides."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infraction_model.errors import ConfigError, did_you_mean
from infraction_model.helptext import PROGRAM
from infraction_model.pipelines.steps import BY_NAME

OVERRIDES, MODEL = "overrides.yaml", "model.yaml"
"""The settings of an experiment, in its folder: all of a backtest, and those of the model alone
(pipelines.experiments writes them)."""

_SHORT = {
    "-h": "--help",
    "-m": "--multirun",
    "-c": "--cfg",
    "-p": "--package",
    "-cd": "--config-dir",
    "-cp": "--config-path",
    "-r": "--run",
    "-i": "--info",
    "-sc": "--shell-completion",
    "-q": "--quiet",
}
_WITH_VALUE = ("--cfg", "--package", "--config-dir", "--config-path")
_PLAIN = (
    "--help",
    "--version",
    "--multirun",
    "--quiet",
    "--run",
    "--resolve",
    "--info",
    "--shell-completion",
    "--hydra-help",
)
_SWITCHES = {"--rollback": "rollback=true"}
_KEYS = {"--before": "before"}
"""Flags of a command of ours: each is another way to write an override, or its key."""
_NAMES = {"compare": "these"}
"""Commands that take plain words, and the key that is a list of them."""
_SENTENCES = ("question", "reason")
"""Keys whose value is what somebody says, commas, apostrophes and all."""


@dataclass(frozen=True)
class CommandLine:
    """The command, each flag with its value (None where it takes none), and the overrides."""

    command: str | None
    flags: dict[str, str | None]
    overrides: tuple[str, ...]

    @property
    def folders(self) -> list[Path]:
        """Where YAML files are looked for, the user's own folder first."""
        own = self.flags.get("--config-dir")
        main = self.flags.get("--config-path")
        return [
            *([Path(own).absolute()] if own else []),
            Path(main).absolute() if main else config_dir(),
        ]

    @property
    def taken(self) -> dict[str, str]:
        """Every `group=option` and `key=value` as typed."""
        pairs = (override.lstrip("+~").partition("=") for override in self.overrides)
        return {key: value for key, _, value in pairs}


def config_dir() -> Path:
    """The packaged YAML files; in a checkout, the `conf` folder at its top."""
    package = Path(__file__).parent
    packaged = package / "conf"
    return packaged if packaged.is_dir() else package.parents[1] / "conf"


def parse(arguments: Sequence[str]) -> CommandLine:
    """Take the arguments apart; raises ConfigError for an unknown flag or a value that is wrong."""
    flags: dict[str, str | None] = {}
    words: list[str] = []
    switched: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        typed, equals, value = argument.partition("=")
        flag = _SHORT.get(typed, typed)
        if not argument.startswith("-"):
            words.append(argument)
        elif flag in _WITH_VALUE:
            flags[flag] = _checked(flag, value if equals else next(rest, ""))
        elif flag in _PLAIN:
            flags[flag] = value or None
        elif flag in _SWITCHES and not equals:
            switched.append(_SWITCHES[flag])
        elif flag in _KEYS:
            value = _checked(flag, value if equals else next(rest, ""))
            switched.append(f"{_KEYS[flag]}={value}")
        else:
            known = (*_WITH_VALUE, *_PLAIN, *_SWITCHES, *_KEYS)
            raise ConfigError(f"unknown flag '{typed}'. {did_you_mean(typed, known)}")
    if "--shell-completion" in flags or not words:
        return CommandLine(None, flags, tuple(words))
    if "=" in words[0]:
        raise ConfigError(
            f"expected a command before '{words[0]}': {PROGRAM} COMMAND [key=value ...]. "
            f"There is: {', '.join(BY_NAME)}."
        )
    overrides = _with_names(words[0], words[1:])
    line = CommandLine(words[0], flags, (*overrides, *switched))
    found = (_with_option_of_folder(_with_sentence(one), line) for one in line.overrides)
    return replace(line, overrides=tuple(found))


def _with_names(command: str, words: Sequence[str]) -> list[str]:
    """The overrides, plain words of a command that takes some gathered under their key."""
    names = [word for word in words if "=" not in word and not word.startswith("~")]
    if command not in _NAMES or not names:
        return list(words)
    for name in names:
        if set(name) & set("'\"\\"):
            raise ConfigError(f"cannot read '{name}': expected the number or name of a folder.")
    quoted = ",".join(f"'{name}'" for name in names)
    return [*(word for word in words if word not in names), f"{_NAMES[command]}=[{quoted}]"]


def _with_sentence(override: str) -> str:
    """The override of a sentence in the quotes that Hydra wants round commas and apostrophes."""
    key, _, value = override.partition("=")
    if key not in _SENTENCES or value in ("", "null") or value[0] in "'\"":
        return override
    escaped = value.replace("'", "\\'")
    return f"{key}='{escaped}'"


def _with_option_of_folder(override: str, line: CommandLine) -> str:
    """`experiment=FOLDER`, a folder of experiments/, as the option that Hydra finds by that path.

    Options are files below the folder of their group; one elsewhere is named from there. Only
    backtest takes all the settings of an experiment, the weeks that it judged included.
    """
    key, _, value = override.partition("=")
    if key.lstrip("+") != "experiment":
        return override
    named, config = [], line.folders[0]
    file = OVERRIDES if line.command == "backtest" else MODEL
    for one in value.split(","):
        folder = Path(one)
        if (folder / file).is_file():
            path = os.path.relpath(folder.resolve() / file, config.resolve() / "experiment")
            one = "'" + Path(path).with_suffix("").as_posix() + "'"
        named.append(one)
    return f"{key}={','.join(named)}"


def _checked(flag: str, value: str) -> str:
    if not value:
        raise ConfigError(f"flag {flag} needs a value. `{PROGRAM} --help` shows how.")
    if flag.startswith("--config") and not Path(value).is_dir():
        raise ConfigError(f"{flag}: there is no folder {value}.")
    if flag == "--cfg" and value not in ("job", "hydra", "all"):
        raise ConfigError(f"--cfg: expected job, hydra or all, got '{value}'.")
    return value
