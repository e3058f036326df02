"""Run the notebooks and keep what they show: `run_notebooks.py [WORKSPACE [FOLDER]]`.

Without arguments they are run on the made town that `make demo` leaves, and saved where they lie.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
DEMO = ROOT / "data" / "demo"


def main(workspace: Path = DEMO, folder: Path = NOTEBOOKS) -> None:
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        [parameters] = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
        as_written = parameters.source
        parameters.source = f"from pathlib import Path\n\nworkspace = Path({str(workspace)!r})"
        client = NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            resources={"metadata": {"path": str(NOTEBOOKS)}},
            record_timing=False,
        )
        client.execute()
        parameters.source = as_written
        # the version of Python would differ from one desk to the next
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, folder / path.name)
        print(f"{path.name}: {(folder / path.name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
