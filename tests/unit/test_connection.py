"""One sender's connection: HELLO at the front, frames cut anywhere, and what ends it."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_spread.framing import frame
from market_spread.hello import hello
from shared.feed.connection import Connection
from shared.wire.framing import Split

SIZE = 4096
payloads = st.lists(st.binary(min_size=1, max_size=60), max_size=12)


class Nobody:
    """Watches nothing."""

    def watch(self, connection: Connection) -> None:
        """See `shared.feed.connection.Owner`."""

    def leave(self, connection: Connection) -> None:
        """See `shared.feed.connection.Owner`."""

    def close_connection(self, connection: Connection) -> None:
        """See `shared.feed.connection.Owner`."""


class Pair:
    """A connection and the sender's end of it."""

    def __init__(self) -> None:
        self.sender, ours = socket.socketpair()
        self.connection = Connection(ours, "a peer", Nobody())
        self.session = self.connection.session
        self.buffer = bytearray(SIZE)
        self.view = memoryview(self.buffer)

    def read(self) -> tuple[bytes | None, Split, bool]:
        """The name of a HELLO, the frames after it, and whether the connection has ended."""
        return self.connection.read(self.buffer, self.view, 0, SIZE)

    def payloads(self, found: Split) -> list[bytes]:
        """What is in the frames."""
        whole = []
        for offset, size, frames in found.runs:
            for place in range(frames):
                start = offset + place * (4 + size) + 4
                whole.append(bytes(self.buffer[start : start + size]))
        return whole

    def close(self) -> None:
        """Close both ends."""
        self.sender.close()
        self.connection.sock.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both ends."""
    made = Pair()
    yield made
    made.close()


def test_a_hello_is_taken_off_the_front(pair: Pair) -> None:
    """It is not counted, and the frames that came with it follow."""
    pair.sender.sendall(hello("desk") + frame(b"one") + frame(b"two!"))
    name, rest, has_ended = pair.read()
    assert (name, pair.payloads(rest), has_ended) == (b"desk", [b"one", b"two!"], False)
    assert (rest.frames, pair.session.frames) == (2, 2)


def test_a_hello_alone_leaves_no_frame(pair: Pair) -> None:
    """The frames come later."""
    pair.sender.sendall(hello("desk"))
    name, rest, _ = pair.read()
    assert (name, rest.frames, pair.session.frames) == (b"desk", 0, 0)
    pair.sender.sendall(frame(b"one"))
    name, rest, _ = pair.read()
    assert (name, pair.payloads(rest)) == (None, [b"one"])


def test_a_hello_byte_by_byte_is_one(pair: Pair) -> None:
    """Nothing is found before its last byte is there."""
    whole = hello("desk")
    names = []
    for at in range(len(whole)):
        pair.sender.sendall(whole[at : at + 1])
        names.append(pair.read()[0])
    assert names == [*[None] * (len(whole) - 1), b"desk"]


def test_a_hello_is_one_only_at_the_front(pair: Pair) -> None:
    """Later it is a frame like others, which the feed refuses."""
    pair.sender.sendall(frame(b"one") + hello("desk"))
    name, rest, _ = pair.read()
    assert name is None
    assert pair.payloads(rest) == [b"one", b"\x10desk"]


def test_a_hello_that_comes_after_frames_is_none(pair: Pair) -> None:
    """Also where it is the first of what is read at once."""
    pair.sender.sendall(frame(b"one"))
    pair.read()
    pair.sender.sendall(hello("desk"))
    name, rest, _ = pair.read()
    assert (name, pair.payloads(rest), pair.session.frames) == (None, [b"\x10desk"], 2)


def test_equal_sizes_behind_a_hello_are_one_run(pair: Pair) -> None:
    """Also where HELLO and frames have the same length."""
    pair.sender.sendall(hello("four") + frame(b"12345") * 3)
    name, rest, _ = pair.read()
    assert (name, pair.payloads(rest)) == (b"four", [b"12345"] * 3)
    assert [run.frames for run in rest.runs] == [3]


def test_framing_that_is_lost_behind_a_hello_is_kept(pair: Pair) -> None:
    """What came before it counts, and the connection ends."""
    pair.sender.sendall(hello("desk") + frame(b"one") + b"\0\0\0\0")
    name, rest, has_ended = pair.read()
    assert (name, pair.payloads(rest), has_ended) == (b"desk", [b"one"], True)
    assert rest.lost == 0
    assert pair.session.error is not None


@given(payloads, st.data())
def test_frames_cut_anywhere_come_whole_and_in_order(some: list[bytes], data: st.DataObject) -> None:
    """Whatever arrives together."""
    wire = b"".join(map(frame, [b"\x02" + each for each in some]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    found: list[bytes] = []
    with closing(Pair()) as pair:
        for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
            pair.sender.sendall(wire[start:end])
            if start != end:
                found += pair.payloads(pair.read()[1])
    assert found == [b"\x02" + each for each in some]


def test_an_end_inside_a_frame_is_said(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    """With the number of the frame and how many bytes are dropped."""
    pair.sender.sendall(frame(b"one") + frame(b"two")[:5])
    pair.read()
    pair.sender.close()
    _, rest, has_ended = pair.read()
    assert (rest.frames, has_ended) == (0, True)
    assert "a peer: connection ended inside frame 1: its 5 bytes are dropped" in caplog.text
