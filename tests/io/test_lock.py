import subprocess
import sys

import pytest

from infraction_model.errors import LockedError
from infraction_model.io.lock import only_one

HOLD = """
import sys, time
from pathlib import Path
from infraction_model.io.lock import only_one
with only_one(Path(sys.argv[1]), "a batch"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_and_a_killed_one_leaves_no_lock(tmp_path):
    path = tmp_path / "weekly" / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        refused = pytest.raises(LockedError, match="the weekly batch is going on")
        with refused, only_one(path, "the weekly batch"):
            pytest.fail("two runs at once")
    finally:
        holder.kill()
        holder.communicate()
    with only_one(path, "the weekly batch"):
        assert path.exists()
