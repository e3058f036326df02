import errno
import os
import tempfile

import pytest

from infraction_model.errors import InputError, StorageError
from infraction_model.io.atomic import new_file, new_folder, recover, write_text


def _names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "report.json"
    write_text(path, "first")
    with pytest.raises(ZeroDivisionError), new_file(path) as temporary:
        temporary.write_text(str(1 / 0))
    assert path.read_text() == "first"
    assert _names(path.parent) == ["report.json"]


def test_a_folder_takes_the_place_of_the_old_one_whole(tmp_path):
    folder = tmp_path / "panel"
    for content in ("old", "new"):
        with new_folder(folder) as temporary:
            (temporary / f"{content}.txt").write_text(content)
    with pytest.raises(ZeroDivisionError), new_folder(folder) as temporary:
        (temporary / "broken.txt").write_text(str(1 / 0))
    assert _names(folder) == ["new.txt"]
    assert _names(tmp_path) == ["panel"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot write"):
        write_text(tmp_path / "file" / "below.txt", "x")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_at_fault_is_told_apart(tmp_path, monkeypatch, code):
    def refuse(**options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(StorageError, match=r"cannot write .*report.json: "):
        write_text(tmp_path / "report.json", "x")


def test_what_is_published_can_be_read_by_others(tmp_path):
    write_text(tmp_path / "map.html", "x")
    assert (tmp_path / "map.html").stat().st_mode & 0o044 == 0o044


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    folder = tmp_path / "tables"
    with new_folder(folder) as temporary:
        (temporary / "old.txt").write_text("old")
    moved = os.replace

    def fails_on_the_new(source, target):
        if str(source).endswith(".tmp"):
            raise OSError("another process is in the way")
        moved(source, target)

    monkeypatch.setattr(os, "replace", fails_on_the_new)
    with pytest.raises(OSError, match="in the way"), new_folder(folder) as temporary:
        (temporary / "new.txt").write_text("new")
    assert _names(folder) == ["old.txt"]
    assert _names(tmp_path) == ["tables"]


def test_a_folder_moved_aside_by_a_killed_run_is_put_back(tmp_path):
    (tmp_path / ".panel.ab.old").mkdir()
    (tmp_path / ".panel.ab.old" / "panel.json").write_text("{}")
    (tmp_path / ".panel.ab.tmp").mkdir()
    (tmp_path / ".panel.cd.tmp").write_text("a file")
    (tmp_path / ".panels.cd.tmp").mkdir()  # another folder's
    recover(tmp_path / "panel")
    assert _names(tmp_path) == [".panels.cd.tmp", "panel"]
    assert _names(tmp_path / "panel") == ["panel.json"]


def test_what_a_killed_run_left_never_replaces_what_is_there(tmp_path):
    write_text(tmp_path / "panel" / "panel.json", "new")
    write_text(tmp_path / ".panel.ab.old" / "panel.json", "old")
    recover(tmp_path / "panel")
    assert (tmp_path / "panel" / "panel.json").read_text() == "new"
    assert _names(tmp_path) == ["panel"]
