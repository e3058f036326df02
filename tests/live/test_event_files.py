"""Events out of files and streams: each line once, with its number, and on from where one was."""

from __future__ import annotations

import gzip
import os
import sys
import time
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.errors import InputError, StorageError
from infraction_model.io.event_files import FileSource, StreamSource, _Lines, fingerprint
from infraction_model.io.event_source import Received
from infraction_model.pipelines.live.replay import Paced

BOM = b"\xef\xbb\xbf"
LINES = [b'{"a": 1}', b"", b"  ", b'{"b": "\xc3\xa9"}', b"no json"]
TAKEN = [
    Received(b'{"a": 1}', "day.jsonl:1"),
    Received(b'{"b": "\xc3\xa9"}', "day.jsonl:4"),
    Received(b"no json", "day.jsonl:5"),
]


def everything(source, most: int = 2) -> list[Received]:
    taken = []
    while (some := source.take(most, 1.0)) is not None:
        taken += some
    return taken


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_each_line_comes_with_its_number(tmp_path, ending):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n".join(LINES) + ending)
    source = FileSource(path)
    assert everything(source) == TAKEN
    # "no json" without a line break: it may be under way still
    assert source.place == (fingerprint(path), 5 if ending else 4)
    source.close()


@pytest.mark.parametrize("skip, left", [(0, 3), (1, 2), (3, 2), (4, 1), (5, 0), (99, 0)])
def test_a_reader_goes_on_after_the_lines_it_knows(tmp_path, skip, left):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n".join(LINES))
    source = FileSource(path, skip)
    assert everything(source) == TAKEN[3 - left :]
    source.close()


def test_a_compressed_file_that_breaks_off_says_where(tmp_path):
    path = tmp_path / "day.jsonl.gz"
    whole = gzip.compress(b"\n".join(b"%d %d" % (n, n * n % 977) for n in range(50_000)))
    path.write_bytes(whole)
    source = FileSource(path)
    assert len(everything(source, most=1000)) == 50_000
    source.close()
    path.write_bytes(whole[: len(whole) // 2])
    source, taken = FileSource(path), []
    with pytest.raises(InputError, match=r"day.jsonl.gz breaks off after line \d{4,}") as told:
        taken.extend(line for some in iter(lambda: source.take(1000), None) for line in some)
    # what was read before is given first
    assert [int(line.payload.split()[0]) for line in taken] == list(range(len(taken)))
    assert f"after line {len(taken)} " in str(told.value)
    assert len(taken) > 20_000
    source.close()


def test_a_last_line_that_is_half_written_is_read_whole_the_next_time(tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": ')
    source = FileSource(path)
    assert [line.payload for line in everything(source)] == [b'{"a": 1}', b'{"b": ']
    _, skip = source.place
    assert skip == 1
    source.close()
    with open(path, "ab") as growing:
        growing.write(b'2}\n{"c": 3}')
    source = FileSource(path, skip)
    assert everything(source) == [
        Received(b'{"b": 2}', "day.jsonl:2"),
        Received(b'{"c": 3}', "day.jsonl:3"),
    ]
    assert source.place[1] == 3  # whole, though without a line break
    source.close()


def test_a_paced_file_that_breaks_off_gives_what_was_read_before(tmp_path):
    path = tmp_path / "day.jsonl.gz"
    path.write_bytes(gzip.compress(b"1000\n" * 5)[:-8])
    clock = _Clock()
    source = Paced(FileSource(path), 1e6, int, clock, clock.sleep)
    assert len(source.take(10, 0.25)) == 5
    with pytest.raises(InputError, match="breaks off after line 5"):
        source.take(10, 0.25)
    source.close()


def test_a_pipe_is_sent_to_standard_input(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for read in (FileSource, fingerprint):
        with pytest.raises(InputError, match=r"a pipe or a device.*file=- < .*pipe"):
            read(tmp_path / "pipe")


def test_a_mark_of_byte_order_is_no_part_of_the_first_line(tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(BOM + b'{"a": 1}\n' + BOM + b"2")
    source = FileSource(path)
    assert [line.payload for line in everything(source)] == [b'{"a": 1}', BOM + b"2"]
    source.close()


def test_a_file_that_is_not_there_is_a_clear_word(tmp_path):
    for read in (FileSource, fingerprint):
        with pytest.raises(InputError, match=r"key 'file': cannot read .*nowhere"):
            read(tmp_path / "nowhere")


def test_a_file_is_known_again_though_it_grew_and_another_is_not(tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"x" * 5000)
    first = fingerprint(path)
    path.write_bytes(b"x" * 9000)
    assert fingerprint(path) == first
    path.write_bytes(b"y" * 5000)
    assert fingerprint(path) != first


@given(st.binary(max_size=200), st.integers(1, 50))
def test_lines_do_not_depend_on_the_blocks_they_come_in(content, size):
    lines = _Lines("f")
    for begin in range(0, len(content), size):
        lines.feed(content[begin : begin + size])
    lines.end()
    expected = [
        Received(line, f"f:{number}")
        for number, line in enumerate(content.removeprefix(BOM).split(b"\n"), start=1)
        if line.strip()
    ]
    assert lines.take(999) == expected


def test_a_line_without_end_does_not_fill_the_memory():
    lines = _Lines("f")
    for _ in range(64):
        lines.feed(b"x" * (1 << 18))
    lines.feed(b"\nnext")
    lines.end()
    long, following = lines.take(9)
    assert 1 << 20 <= len(long.payload) < 1 << 21
    assert following == Received(b"next", "f:2")


def test_standard_input_is_read_as_it_comes_and_ends_with_its_writer():
    reader, writer = os.pipe()
    stream = os.fdopen(reader, "rb", buffering=0)
    source = StreamSource(stream)
    began = time.monotonic()
    assert source.take(9, 0.05) == []
    assert time.monotonic() - began < 2
    os.write(writer, b"one\ntw")
    assert [line.payload for line in source.take(9, 5.0)] == [b"one"]
    os.write(writer, b"o\n")
    os.close(writer)
    assert [line.payload for line in everything(source)] == [b"two"]
    stream.close()


def test_standard_input_that_is_closed_or_a_folder_is_a_clear_word(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match=r"standard input \(file=-\): it is closed"):
        StreamSource()
    folder = os.open(tmp_path, os.O_RDONLY)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: folder))
    with pytest.raises(InputError, match=r"standard input.*directory"):
        everything(StreamSource())
    os.close(folder)


def test_a_stream_that_fails_gives_what_came_and_says_so():
    stream = Mock()
    stream.read.side_effect = [b"one\n", OSError(5, "Input/output error")]
    source = StreamSource(stream)
    assert [line.payload for line in source.take(9, 5.0)] == [b"one"]
    with pytest.raises(StorageError, match=r"standard input.*Input/output error"):
        everything(source)


class _Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def arrivals(tmp_path, times: list[str], speed: float) -> list[tuple[float, str, int]]:
    """When each line of a paced file comes, and how many lines were given by then."""
    path = tmp_path / "day.jsonl"
    path.write_text("\n".join(times))
    clock, came = _Clock(), []
    read = lambda payload: int(payload) if payload.strip(b"-").isdigit() else None  # noqa: E731
    source = Paced(FileSource(path), speed, read, clock, clock.sleep)
    while (some := source.take(10, 0.25)) is not None:
        came += [(clock.now - 100, line.payload.decode(), source.place[1]) for line in some]
    source.close()
    return came


def test_events_come_at_their_pace(tmp_path):
    came = arrivals(tmp_path, ["1000", "1010", "1010", "broken", "1060"], speed=10)
    assert came == [
        (0.0, "1000", 1),
        (1.0, "1010", 4),
        (1.0, "1010", 4),
        (1.0, "broken", 4),
        (6.0, "1060", 5),
    ]


def test_nobody_waits_for_a_wrong_clock_or_a_quiet_night(tmp_path):
    came = arrivals(tmp_path, ["1000", "999000", "1010", "1005", "90000", "90010"], speed=1)
    assert [seconds for seconds, *_ in came] == [0.0, 0.0, 0.0, 0.0, 0.0, 10.0]
