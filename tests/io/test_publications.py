import datetime as dt
import threading
from pathlib import Path

import pytest

from infraction_model.errors import MissingArtefactError
from infraction_model.io.publications import Publication, Publications

WEEKS = [dt.date(2026, 11, 23) + dt.timedelta(weeks=week) for week in range(4)]


def _publish(publications: Publications, publication: Publication) -> None:
    with publications.new(publication) as folder:
        (folder / "index.html").write_text(publication.name)
        (folder / "deep").mkdir()
        (folder / "deep" / "scores.txt").write_text(publication.name)
    publications.make_current(publication)


def test_a_publication_appears_whole_or_not_at_all(tmp_path):
    publications = Publications(tmp_path / "publications")
    with pytest.raises(ZeroDivisionError), publications.new(Publication(WEEKS[0])) as folder:
        (folder / "index.html").write_text(str(1 / 0))
    assert publications.all() == []
    assert list((tmp_path / "publications").iterdir()) == []
    with pytest.raises(MissingArtefactError, match="nothing is published"):
        publications.current_folder()


def test_current_moves_and_editions_follow_each_other(tmp_path):
    publications = Publications(tmp_path)
    for one in (Publication(WEEKS[1]), Publication(WEEKS[0]), Publication(WEEKS[1], 2)):
        _publish(publications, one)
        assert publications.current() == one
        assert (tmp_path / "current" / "index.html").read_text() == one.name
    assert publications.latest(WEEKS[1]) == Publication(WEEKS[1], 2)
    assert publications.latest(WEEKS[2]) is None
    assert publications.weeks() == [Publication(WEEKS[0]), Publication(WEEKS[1], 2)]
    with pytest.raises(OSError), publications.new(Publication(WEEKS[0])) as folder:  # noqa: PT011
        (folder / "index.html").write_text("never over a publication")
    assert (tmp_path / str(WEEKS[0]) / "index.html").read_text() == str(WEEKS[0])


def test_without_links_a_text_file_says_what_is_current(tmp_path):
    publications = Publications(tmp_path)
    _publish(publications, Publication(WEEKS[0]))
    (tmp_path / "current").unlink()
    assert publications.current_folder() == tmp_path / str(WEEKS[0])


def test_a_sweep_clears_what_a_killed_run_left_and_nothing_else(tmp_path):
    publications = Publications(tmp_path)
    _publish(publications, Publication(WEEKS[0]))
    (tmp_path / ".2026-11-30.abc").mkdir()
    (tmp_path / ".2026-11-30.abc" / "index.html").write_text("half")
    (tmp_path / ".current.77").symlink_to("2026-11-30")
    publications.sweep()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {str(WEEKS[0]), "current", "current.txt"}


def test_readers_never_see_a_mixture(tmp_path):
    """Publishes again and again while another thread reads through `current`, resolved once."""
    publications = Publications(tmp_path)
    _publish(publications, Publication(WEEKS[0]))
    stop, torn, reads = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            folder = tmp_path / (tmp_path / "current").readlink()
            texts = {
                path.read_text() for path in (folder / "index.html", folder / "deep" / "scores.txt")
            }
            reads.append(texts)
            if texts != {folder.name}:
                torn.append((folder, texts))

    reader = threading.Thread(target=read)
    reader.start()
    for edition in range(2, 60):
        _publish(publications, Publication(WEEKS[0], edition))
    stop.set()
    reader.join()
    assert len(reads) > 20
    assert torn == []


def test_files_can_be_read_by_others(tmp_path):
    publications = Publications(tmp_path)
    _publish(publications, Publication(WEEKS[0]))
    folder: Path = publications.current_folder()
    assert folder.stat().st_mode & 0o055 == 0o055
