"""How much of a stream is read at once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.commit.stream_position import StreamPosition
from shared.redis.link import Command
from shared.service.stream.reader import BYTES_AT_ONCE, FIRST_AT_ONCE, MOST_AT_ONCE, StreamReader


@cache
def _text(size: int) -> bytes:
    return b"S" * size


class Stream:
    """A stream of entries of given sizes, as a link to Redis shows it."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = sizes
        self.portions: list[int] = []
        """How many entries were read, time after time."""

    def roundtrip(self, commands: Sequence[Command]) -> list[Any]:
        """Answers `XINFO STREAM` and `XREAD`."""
        words = commands[1].packed.split(b"\r\n")
        most, after = int(words[6]), int(words[-2].partition(b"-")[0])
        found = [
            (b"%d-0" % (after + number), [b"symbol", _text(size)])
            for number, size in enumerate(self._sizes[after : after + most], start=1)
        ]
        self.portions.append(len(found))
        last = b"%d-0" % len(self._sizes)
        facts = [b"length", len(self._sizes), b"last-generated-id", last, b"entries-added", len(self._sizes)]
        return [facts, [[b"stream", found]] if found else None]


def read_all(sizes: Sequence[int]) -> list[int]:
    """The portions in which a stream is read."""
    stream: Any = Stream(sizes)
    reader, after = StreamReader(stream, "stream"), StreamPosition(b"0-0", 0)
    while found := reader.read(after).entries:
        after = StreamPosition(found[-1][0], after.ordinal + len(found))
    portions: list[int] = stream.portions
    return portions


def test_small_entries_soon_come_by_thousands() -> None:
    """Four times as many each time, up to the most."""
    assert read_all([100] * 5000) == [64, 256, 1024, MOST_AT_ONCE, 5000 - 64 - 256 - 1024 - MOST_AT_ONCE, 0]


def test_large_entries_come_by_bytes() -> None:
    """The first portion tells how large they are; then as many come as make up 8 MiB."""
    assert read_all([1 << 20] * 80) == [64, 7, 7, 2, 0]


def test_an_entry_above_the_bound_comes_alone() -> None:
    """What is too large for a portion is one of its own."""
    assert read_all([1] * FIRST_AT_ONCE + [BYTES_AT_ONCE] * 260)[2:6] == [1, 1, 1, 1]


def test_after_a_calm_time_portions_begin_small_again() -> None:
    """Only a backlog makes them grow: what comes after it may be larger."""
    stream: Any = Stream([100] * 400)
    reader = StreamReader(stream, "stream")
    for after in (0, 64, 320):
        reader.read(StreamPosition(b"%d-0" % after, after))
    assert reader.most == MOST_AT_ONCE
    reader.read(StreamPosition(b"337-0", 337))
    assert (stream.portions, reader.most) == ([64, 256, 80, 63], FIRST_AT_ONCE)


@given(st.lists(st.integers(1, 300_000), max_size=300))
def test_nothing_is_left_out(sizes: list[int]) -> None:
    """Whatever the sizes are, all entries are read, and no portion is empty before the end."""
    portions = read_all(sizes)
    assert sum(portions) == len(sizes)
    assert portions.index(0) == len(portions) - 1
