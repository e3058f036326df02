"""Hold what is installed to what was chosen: exact pins, none forgotten, none known to be bad.

Reads constraints.txt, pyproject.toml and known_bad_versions.toml; needs no network. Prints each
problem with what to do and ends with 1 where there is one.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
# Part of every environment, not of ours: what makes it and what installs into it.
TOOLS = {"pip", "setuptools", "wheel", "uv", "infraction-model"}


def main() -> int:
    """Audit this checkout in the environment that runs this."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bad = tomllib.loads((ROOT / "scripts" / "known_bad_versions.toml").read_text(encoding="utf-8"))[
        "bad"
    ]
    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in distributions()}
    problems = list(audit(lines, wanted_by(project), bad, installed))
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{len(lines)} pins are exact, installed as pinned, and none is known to be bad.")
    return 1 if problems else 0


def wanted_by(project: Mapping) -> list[str]:
    """Every requirement that pyproject.toml names, of the package, its extras and its groups."""
    named = list(project["project"]["dependencies"])
    for extra in project["project"].get("optional-dependencies", {}).values():
        named += extra
    for group in project.get("dependency-groups", {}).values():
        named += [one for one in group if isinstance(one, str)]
    return [*named, *project["build-system"]["requires"]]


def audit(
    lines: Sequence[str],
    wanted: Sequence[str],
    bad: Sequence[Mapping[str, str]],
    installed: Mapping[str, str],
) -> Iterator[str]:
    """Each problem in a sentence."""
    pins: dict[str, list[Requirement]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            pin = Requirement(line)
        except InvalidRequirement as error:
            yield f"constraints.txt, line {number}: {error}. Expected name==version."
            continue
        if not _is_exact(pin):
            yield f"constraints.txt, line {number}: {line} is no exact pin. Write name==version."
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name not in pins:
            yield f"pyproject.toml names {name}, but constraints.txt does not pin it. Pin it."
        for pin in pins.get(name, ()):
            if _is_exact(pin) and not requirement.specifier.contains(_version(pin), True):
                yield f"{pin} does not satisfy pyproject.toml, which asks for {requirement}."
    yield from _known_bad(pins, bad)
    yield from _other_than_pinned(pins, installed)


def _is_exact(pin: Requirement) -> bool:
    [*specifiers] = pin.specifier
    return (
        len(specifiers) == 1
        and specifiers[0].operator == "=="
        and "*" not in specifiers[0].version
        and pin.url is None
    )


def _version(pin: Requirement) -> str:
    [specifier] = pin.specifier
    return specifier.version


def _known_bad(
    pins: Mapping[str, Sequence[Requirement]], bad: Sequence[Mapping[str, str]]
) -> Iterator[str]:
    for entry in bad:
        affected = SpecifierSet(entry["versions"])
        for pin in pins.get(canonicalize_name(entry["package"]), ()):
            if _is_exact(pin) and affected.contains(_version(pin), prereleases=True):
                yield (
                    f"{pin} is known to be bad ({entry['advisory']}: {entry['why']}). "
                    f"Take one that is not {entry['versions']}."
                )


def _other_than_pinned(
    pins: Mapping[str, Sequence[Requirement]], installed: Mapping[str, str]
) -> Iterator[str]:
    """What this environment holds that nobody pinned, or in another version."""
    for name, version in sorted(installed.items()):
        if name in TOOLS:
            continue
        here = [p for p in pins.get(name, ()) if p.marker is None or p.marker.evaluate()]
        if not here:
            yield f"{name} {version} is installed but not pinned. Pin it, or uninstall it."
        elif not any(pin.specifier.contains(version, prereleases=True) for pin in here):
            yield f"{name} {version} is installed, {here[0]} is pinned. Run make setup."


if __name__ == "__main__":
    sys.exit(main())
