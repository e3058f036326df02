"""Plain configuration values -> the dataclass beside the component that uses them.

Hydra composes; this checks. Structured configs alone let `+model.foo=1` and a misspelt key in a
YAML file through, so every key is checked here, recursively, against the dataclasses.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from infraction_model.errors import ConfigError, did_you_mean

T = TypeVar("T")


def one_of(*kinds: type) -> Any:
    """The type of a field that holds one of several dataclasses, told apart by their `kind`."""
    return Annotated[typing.Union[kinds], Field(discriminator="kind")]  # noqa: UP007


def plain_name(name: str, key: str) -> str:
    """`name`, provided that as a file's name it stays in its folder; else ConfigError names `key`.

    Names come from settings, from the registry and from files that may have been edited: none may
    lead elsewhere.
    """
    if not name or name.startswith(".") or re.search(r"[/\\:\x00-\x1f]", name):
        raise ConfigError(
            f"{key}: expected a plain name (no /, \\ or :, no dot at its head), got {name!r}."
        )
    return name


@cache
def _adapter(cls: type) -> TypeAdapter:
    return TypeAdapter(cls)


def read(cls: type[T], values: Mapping[str, Any]) -> T:
    """Build `cls` from nested plain values, refusing any key or value it does not know.

    A field typed as a union of dataclasses is resolved by their `kind` literal. Raises ConfigError
    that names each dotted key, what was expected, what came, and the nearest known key.
    """
    problems = [
        f"unknown key '{key}'. {did_you_mean(key.rpartition('.')[2], known)}"
        for key, known in _unknown_keys(cls, values, "")
    ]
    if problems:
        raise ConfigError("\n".join(problems))
    try:
        return _adapter(cls).validate_python(dict(values))
    except ValidationError as error:
        raise ConfigError("\n".join(_sentences(error, values))) from None


def _unknown_keys(kind: Any, values: Any, where: str) -> Iterator[tuple[str, list[str]]]:
    """Every key of `values` that the dataclass `kind` has no field for, with the fields it has."""
    cls = _dataclass_for(kind, values)
    if isinstance(values, Mapping) and cls is not None:
        hints = typing.get_type_hints(cls)
        fields = [field.name for field in dataclasses.fields(cls)]
        for key, value in values.items():
            if key in fields:
                yield from _unknown_keys(hints[key], value, f"{where}{key}.")
            else:
                yield f"{where}{key}", fields
    elif isinstance(values, Mapping):
        items = _item_type(kind)
        for key, value in values.items():
            yield from _unknown_keys(items, value, f"{where}{key}.")
    elif isinstance(values, list | tuple):
        items = _item_type(kind)
        for position, value in enumerate(values):
            yield from _unknown_keys(items, value, f"{where}{position}.")


def _dataclass_for(kind: Any, values: Any) -> type | None:
    """The dataclass meant by a type: itself, or the union's member whose `kind` the values name."""
    if dataclasses.is_dataclass(kind):
        return kind
    members = [m for m in _union_members(kind) if dataclasses.is_dataclass(m)]
    if len(members) == 1:
        return members[0]
    named = values.get("kind") if isinstance(values, Mapping) else None
    for member in members:
        if named in typing.get_args(typing.get_type_hints(member).get("kind")):
            return member
    return None


def _union_members(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Annotated:
        return _union_members(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [m for member in typing.get_args(kind) for m in (_union_members(member) or [member])]
    return []


def _item_type(kind: Any) -> Any:
    """What a list or mapping type holds; None for a type that holds nothing known."""
    for member in [kind, *_union_members(kind)]:
        if typing.get_origin(member) in (list, tuple, dict, Mapping):
            arguments = [a for a in typing.get_args(member) if a is not Ellipsis]
            return arguments[-1] if arguments else None
    return None


def _sentences(error: ValidationError, values: Mapping[str, Any]) -> Iterator[str]:
    for item in error.errors():
        key = _dotted(item["loc"], values)
        if item["type"] == "missing":
            yield f"missing key '{key}': give it a value."
        elif item["type"] == "union_tag_invalid":
            kinds = re.findall(r"'([^']+)'", item["ctx"]["expected_tags"])
            yield f"key '{key}.kind': there is no '{item['ctx']['tag']}'. " + did_you_mean(
                item["ctx"]["tag"], kinds
            )
        elif item["type"] == "path_type":
            yield (
                f"key '{key}': expected a path, got {item['input']!r}. "
                f"Put quotes round a number: \"{key}='7'\"."
            )
        else:
            yield f"key '{key}': {item['msg'].lower()}, got {item['input']!r}."


def _dotted(location: tuple, values: Any) -> str:
    """The dotted key of an error, without the union tags that pydantic puts between the keys."""
    parts = []
    for position, part in enumerate(location):
        inside = isinstance(values, Mapping) and part in values
        if inside or (isinstance(values, list | tuple) and isinstance(part, int)):
            values = values[part]
            parts.append(str(part))
        elif position == len(location) - 1 and isinstance(values, Mapping):
            parts.append(str(part))
    return ".".join(parts) or "(top level)"
