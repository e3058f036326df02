#!/usr/bin/env bash
# Make the environment: scripts/make_environment.sh FOLDER. PYTHON=… picks the interpreter.
set -euo pipefail
venv=$1

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

requirements=$(mktemp)
trap 'rm -f "$requirements"' EXIT
python=$(find_python)

if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
    # Without a Python that is new enough, uv brings one.
    uv venv --quiet --allow-existing --python "${python:-3.12}" "$venv"
    install=(uv pip install --quiet --python "$venv/bin/python")
elif [ -n "$python" ]; then
    "$python" -m venv "$venv" || {
        echo "error: $python cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv." >&2
        exit 1
    }
    install=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
else
    found=$(python3 --version 2>&1 || true)
    echo "error: expected Python 3.11 or newer, found: ${found:-none}. Install one, or say which with PYTHON=/path/to/python3.11." >&2
    exit 1
fi

# Read here, because pip before 25.1 knows no dependency groups.
"$venv/bin/python" - >"$requirements" <<'PYTHON_END'
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
print("\n".join(project["dependency-groups"]["dev"]))
PYTHON_END

echo "installing what constraints.txt pins into $venv (some minutes the first time) ..." >&2
"${install[@]}" --constraint constraints.txt --requirement "$requirements" --editable .
echo "installed: $venv/bin/infraction-model" >&2
