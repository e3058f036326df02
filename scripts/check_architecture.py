"""Hold ARCHITECTURE.md and the tree to each other, and the rooms below io to reading no file.

The map of the rooms in ARCHITECTURE.md is the first line of every module's docstring, in the order
of the layers of pyproject.toml. `check_architecture.py` fails where it is out of date, with what to
do; `check_architecture.py --write` brings it up to date.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "infraction_model"
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- rooms: begin -->\n```text\n", "```\n<!-- rooms: end -->"
MAY_TOUCH_FILES = {"cli", "commandline", "helptext", "pipelines", "io"}
# Renderers read the templates and scripts that are packaged beside them, wording its catalogues.
MAY_READ_THEIR_OWN = {"maps", "reports", "wording"}
TOUCHES = {
    "open", "write_text", "write_bytes", "mkdir", "unlink", "rmtree",
    "to_parquet", "to_feather", "to_file", "to_excel", "to_pickle",
    "read_csv", "read_excel", "read_file", "read_parquet", "read_json", "read_bytes",
}  # fmt: skip


def layers() -> list[str]:
    """The rooms from top to bottom, as import-linter holds them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"
    )
    return [room for layer in contract["layers"] for room in re.findall(r"\w+", layer)]


def modules_of(room: str) -> list[Path]:
    """A room's own file first, then the files in it."""
    if (PACKAGE / f"{room}.py").exists():
        return [PACKAGE / f"{room}.py"]
    inside = sorted((PACKAGE / room).rglob("*.py"))
    return sorted(inside, key=lambda path: path.name != "__init__.py")


def first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def rooms() -> str:
    """The map: a line per room, an indented line per module in it."""
    lines = []
    for room in layers():
        for path in modules_of(room):
            name = path.relative_to(PACKAGE)
            shown = f"  {name.name}" if len(name.parts) > 1 else name.name
            shown = f"{name.parent}/" if name.name == "__init__.py" else shown
            lines.append(f"{shown:<24} {first_line(path)}".rstrip())
    return "\n".join(lines) + "\n"


def problems() -> Iterator[str]:
    named = set(layers())
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(ROOT)
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if path.parent == PACKAGE and room == "__init__":
            continue
        if room not in named:
            yield f"{where}: '{room}' is in no layer of pyproject.toml; say where it belongs."
        if not first_line(path):
            yield f"{where}: begin it with a docstring whose first line says what it is."
        if room not in MAY_TOUCH_FILES:
            allowed = {"open", "read_bytes"} if room in MAY_READ_THEIR_OWN else set()
            for line, call in touched(path):
                if call not in allowed:
                    yield f"{where}:{line}: {call}() touches a file; only io and pipelines may."
    page = PAGE.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        yield f"{PAGE.name}: the markers of the map of rooms are gone."
    elif page.partition(BEGIN)[2].partition(END)[0] != rooms():
        yield f"{PAGE.name}: the map of rooms is out of date; run `make format`."
    for named_path in re.findall(r"`((?:src|conf|scripts|tests|docs|benchmarks)/[\w./-]+)`", page):
        stands_for_any = re.search(r"[A-Z]{4}", named_path)
        if not stands_for_any and not (ROOT / named_path).exists():
            yield f"{PAGE.name}: `{named_path}` does not exist."


def touched(path: Path) -> Iterator[tuple[int, str]]:
    """Calls that read or write files, by the name they are called by."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in TOUCHES:
                yield node.lineno, name


def write() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(before + BEGIN + rooms() + END + rest.partition(END)[2], encoding="utf-8")


def main() -> int:
    if "--write" in sys.argv:
        write()
    found = list(problems())
    print("\n".join(found) or "ARCHITECTURE.md and the tree agree.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
