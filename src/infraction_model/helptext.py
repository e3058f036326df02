"""The words of `--help`, read from the YAML files: each key's comment is its description.

A key is described by the comment behind it or by the comment lines right above it; a comment at the
top of a file describes the file, unless the key below it has no other. Needs no Hydra.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infraction_model.errors import ConfigError
from infraction_model.pipelines.steps import STEPS, Step

PROGRAM = "infraction-model"
_KEY_WIDTH = 34
_UNLISTED = ("hydra", "local")


@dataclass(frozen=True)
class Option:
    """One key: its dotted name, its default as written (None: it only holds keys) and its words."""

    key: str
    default: str | None
    words: str


@dataclass(frozen=True)
class ConfigFile:
    """One YAML file: its description, where its keys go, its defaults list and its keys."""

    words: str
    package: str | None
    defaults: tuple
    options: tuple[Option, ...]

    def groups(self) -> list[str]:
        """The groups that its defaults list takes or overrides."""
        return [group for group, _ in _entries(self.defaults) if group]


@dataclass(frozen=True)
class Choice:
    """One group of a command: each option with its words, the one taken, and the keys it brings."""

    group: str
    available: Mapping[str, str]
    taken: str | None
    options: tuple[Option, ...]


@dataclass(frozen=True)
class CommandOptions:
    """Everything that can be set for a command: its own keys, and those of the groups it takes."""

    own: tuple[Option, ...]
    choices: tuple[Choice, ...]

    def names(self) -> list[str]:
        """Every dotted key and every group, for suggestions and completion."""
        own = [option.key for option in self.own]
        return [*own, *self.groups(), *(o.key for choice in self.choices for o in choice.options)]

    def groups(self) -> list[str]:
        return [choice.group for choice in self.choices]


def overview() -> str:
    """What `infraction-model --help` says."""
    width = max(len(step.name) for step in STEPS)
    commands = "\n".join(f"  {step.name:<{width}}  {step.help}" for step in STEPS)
    return f"""\
From a town's fines export to next week's patrol-priority map.

Usage: {PROGRAM} COMMAND [key=value ...]

Commands, in the order in which they build on each other:
{commands}

Every command takes data=NAME (which town) and workspace=DIR (where its artefacts lie).

How to go on:
  {PROGRAM} COMMAND --help           its options in words, with their defaults
  {PROGRAM} COMMAND --cfg job        its whole configuration, without running it
  {PROGRAM} COMMAND --config-dir DIR files of your own (DIR/data/mytown.yaml) come first
  {PROGRAM} COMMAND --multirun key=1,2,3   one run per value
  {PROGRAM} COMMAND --quiet          nothing at the terminal but errors, for cron
  eval "$({PROGRAM} -sc install=bash)"     the tab key completes commands and keys
"""


def command_help(step: Step, options: CommandOptions) -> str:
    """What `infraction-model COMMAND --help` says."""
    lines = [
        f"{PROGRAM} {step.name}: {step.help}",
        "",
        f"Reads:  {_artefacts(step.reads)}",
        f"Writes: {_artefacts(step.writes)}",
        "",
        "Options, with their defaults (a dot goes down a level: key.inner=value):",
        *_option_lines(options.own),
    ]
    # The town's data last: it is the longest, and only ingest reads all of it.
    for choice in sorted(options.choices, key=lambda choice: choice.group == "data"):
        whole = choice.group != "data" or step.name == "ingest"
        lines += ["", *_choice_lines(choice, whole)]
    lines += ["", *_example_lines(step, options)]
    return "\n".join(lines) + "\n"


def options_of(command: str, folders: Sequence[Path], taken: Mapping[str, str]) -> CommandOptions:
    """What can be set for `command`, each file read from the first of `folders` that has it.

    `taken` names the option to show for a group, where it is not the default one. Raises
    ConfigError where a file is not valid YAML.
    """
    own: list[Option] = []
    choices: list[Choice] = []
    root = read_config(_file(folders, "", command))
    for group, default in _entries(root.defaults):
        if group == "":
            own += _read(folders, "", default).options
        elif group not in _UNLISTED:
            choices.append(_read_choice(folders, group, taken.get(group, default)))
    own += root.options
    known = {option.key for option in own} | {choice.group for choice in choices}
    choices = [_fitting(c, folders, known) if c.group == "experiment" else c for c in choices]
    return CommandOptions(tuple(own), tuple(choices))


def _fitting(choice: Choice, folders: Sequence[Path], known: set[str]) -> Choice:
    """A choice without the options that set what the command does not have."""
    fitting = {}
    for name, words in choice.available.items():
        try:
            file = read_config(_file(folders, choice.group, name))
        except ConfigError:
            continue
        sets = {option.key.partition(".")[0] for option in file.options} | set(file.groups())
        if sets <= known:
            fitting[name] = words
    return replace(choice, available=fitting)


def files_with(
    keys: Iterable[str], command: str, folders: Sequence[Path], choices: Mapping[str, str | None]
) -> list[Path]:
    """The composed YAML files in which any of the dotted `keys` is written."""
    entries = [("", command), *((group, name) for group, name in choices.items() if name)]
    wanted = tuple(keys)
    found = []
    for place, name in entries:
        group, _, package = place.partition("@")
        if not group.startswith("hydra") and _is_there(folders, group, name):
            prefix = f"{group}." if package == "_global_" else ""
            there = [o.key.removeprefix(prefix) for o in _read(folders, group, name).options]
            if any(f"{key}.".startswith(f"{want}.") for key in there for want in wanted):
                found.append(_file(folders, group, name))
    return found


def read_config(path: Path) -> ConfigFile:
    """Read one YAML file with its comments; raises ConfigError where it is not a YAML mapping."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not in UTF-8: {error}.") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected keys and values, got a {type(values).__name__}.")
    lines = text.splitlines()
    words, package = _head(lines)
    options = _walk(root, lines, "") if root is not None else ()
    return ConfigFile(
        words, package, tuple(values.get("defaults") or ()), tuple(_without_defaults(options))
    )


def _without_defaults(options: Iterable[Option]) -> Iterator[Option]:
    return (option for option in options if option.key.partition(".")[0] != "defaults")


def _entries(defaults: Sequence) -> Iterator[tuple[str, str | None]]:
    """The (group, option) pairs of a defaults list; the group is empty for a file at the top."""
    for entry in defaults:
        if isinstance(entry, dict):
            ((key, option),) = entry.items()
            group = key.removeprefix("optional ").removeprefix("override ")
            yield group.partition("@")[0].strip("/"), option
        elif entry != "_self_":
            group, _, option = entry.strip("/").rpartition("/")
            yield group, option


def _read_choice(folders: Sequence[Path], group: str, taken: str | None) -> Choice:
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / group).glob("*.yaml")):
            files.setdefault(path.stem, path)
    # Only the heads: one broken file among the options must not hide the help of the others.
    available = {name: _head(_lines(path))[0] for name, path in sorted(files.items())}
    options = _read(folders, group, taken).options if taken in available else ()
    return Choice(group, available, taken, options)


def _read(folders: Sequence[Path], group: str, name: str) -> ConfigFile:
    """A group's file with the files it builds on, its keys below the group's name."""
    found = read_config(_file(folders, group, name))
    package = group.replace("/", ".") if found.package is None else found.package
    prefix = f"{package}." if package else ""
    merged: dict[str, Option] = {}
    for base_group, base_name in _entries(found.defaults):
        if base_name is not None and base_group in ("", group):
            inherited = _read(folders, base_group or group, base_name)
            merged |= {option.key: option for option in inherited.options}
    for option in found.options:
        key = f"{prefix}{option.key}"
        words = option.words or (merged[key].words if key in merged else "")
        merged[key] = Option(key, option.default, words)
    return ConfigFile(found.words, package, (), tuple(merged.values()))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _is_there(folders: Sequence[Path], group: str, name: str) -> bool:
    return any((folder / group / f"{name}.yaml").is_file() for folder in folders)


def _file(folders: Sequence[Path], group: str, name: str) -> Path:
    for folder in folders:
        path = folder / group / f"{name}.yaml"
        if path.is_file():
            return path
    raise ConfigError(f"there is no {Path(group, name)}.yaml in {', '.join(map(str, folders))}.")


def _head(lines: Sequence[str]) -> tuple[str, str | None]:
    """The description at the top of a file, and the package its `@package` line names."""
    words: list[str] = []
    package = None
    for line in lines:
        if line.startswith("# @package"):
            package = line.split()[2]
        elif line.startswith("#"):
            words.append(line.lstrip("# "))
        else:
            described = not line.strip() or line.startswith("defaults:") or " #" in line
            break
    else:
        described = True
    package = "" if package == "_global_" else package
    return " ".join(words) if described else "", package


def _walk(node, lines: Sequence[str], prefix: str) -> Iterator[Option]:
    """Every key below a mapping node, in the order of the file."""
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        if value.id == "mapping" and value.value:
            words = _words(lines, key, key.end_mark)
            if words:
                yield Option(name, None, words)
            yield from _walk(value, lines, f"{name}.")
        else:
            block = value.id != "scalar" and not value.flow_style
            yield Option(
                name, _shown(value), _words(lines, key, (key if block else value).end_mark)
            )


def _shown(node) -> str:
    """A value on one line, as one would write it on the command line."""
    if node.id == "scalar":
        return node.value if node.value or node.style else "null"
    if node.id == "sequence":
        return f"[{','.join(_shown(item) for item in node.value)}]"
    return f"{{{','.join(f'{_shown(key)}:{_shown(value)}' for key, value in node.value)}}}"


def _words(lines: Sequence[str], key, end) -> str:
    """The comment behind a value that ends at mark `end`, else the comment lines above its key."""
    behind = lines[end.line][end.column :] if end.line < len(lines) else ""
    if "#" in behind:
        column = lines[end.line].index("#", end.column)
        found = [behind[behind.index("#") :]]
        for line in lines[end.line + 1 :]:
            if line[:column].strip() or not line[column:].startswith("#"):
                break
            found.append(line[column:])
    else:
        found = []
        indent = " " * key.start_mark.column
        for line in reversed(lines[: key.start_mark.line]):
            if not line.startswith(f"{indent}#"):
                break
            found.insert(0, line)
    return " ".join(line.strip().lstrip("# ") for line in found if "@package" not in line)


def _artefacts(paths: Sequence[str]) -> str:
    outside = ("models", "experiments")
    shown = (path if path.startswith(outside) else f"WORKSPACE/{path}" for path in paths)
    return ", ".join(shown) or "nothing"


def _choice_lines(choice: Choice, whole: bool) -> Iterator[str]:
    names = "|".join(choice.available) or "NAME"
    now = f"  (now {choice.taken})" if choice.taken else ""
    yield f"{choice.group}={names}{now}"
    for name, words in choice.available.items():
        if words:
            yield from _row(name, words)
    shown = [option for option in choice.options if whole or option.key.count(".") == 1]
    yield from _option_lines(shown)
    if len(shown) < len(choice.options):
        yield f"  (`{PROGRAM} ingest --help` describes the keys below these)"


def _option_lines(options: Iterable[Option]) -> Iterator[str]:
    for option in options:
        shown = "." if option.default is None else f"={_shortened(option.default)}"
        yield from _row(f"{option.key}{shown}", option.words)


def _shortened(default: str) -> str:
    return default if len(default) <= 2 * _KEY_WIDTH else f"{default[: 2 * _KEY_WIDTH]}…"


def _row(left: str, words: str) -> Iterator[str]:
    """`left` and its words side by side; long ones one below the other."""
    width = min(shutil.get_terminal_size().columns, 120) - _KEY_WIDTH - 2
    wrapped = textwrap.wrap(words, max(width, 30), break_on_hyphens=False) or [""]
    if len(left) < _KEY_WIDTH - 1:
        yield f"  {left:<{_KEY_WIDTH}}{wrapped.pop(0)}".rstrip()
    else:
        yield f"  {left}"
    yield from (f"  {'':<{_KEY_WIDTH}}{line}" for line in wrapped if line)


def _example_lines(step: Step, options: CommandOptions) -> Iterator[str]:
    yield "Examples:"
    yield f"  {PROGRAM} {step.name}"
    yield f"  {PROGRAM} {step.name} data=demo workspace=/srv/parking/demo"
    if step.takes_origin:
        yield f"  {PROGRAM} {step.name} origin=2024-06-03"
    groups = [choice for choice in options.choices if choice.group != "data"]
    for choice in groups:
        others = [name for name in choice.available if name != choice.taken]
        if others and choice.taken:
            yield f"  {PROGRAM} {step.name} {choice.group}={others[0]}"
            yield f"  {PROGRAM} {step.name} {choice.group}={others[0]} --help"
    numbers = [o for choice in groups for o in choice.options if (o.default or "").isdigit()]
    if numbers:
        key, value = numbers[0].key, int(numbers[0].default or 0)
        yield f"  {PROGRAM} {step.name} --multirun {key}={value},{2 * value}"
