"""A session of frames without any socket: what it says, in which order, and to whom."""

import logging

import pytest

from market_spread.framing import frame
from market_spread.hello import Ack, Error, ErrorCode
from shared.base.source import Source
from shared.feed.session import FrameSession


class Transport:
    """Notes what the session wants of its connection."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def send(self) -> None:
        """See `shared.feed.session.Transport`."""

    def acknowledge_tcp(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("acknowledge_tcp")

    def dismiss(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("dismiss")

    def finish(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("finish")

    def abandon(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("abandon")


@pytest.fixture
def transport() -> Transport:
    """Of the session."""
    return Transport()


@pytest.fixture
def session(transport: Transport) -> FrameSession:
    """Of a sender that has said nothing."""
    return FrameSession("a peer", transport)


def opened(session: FrameSession, position: str = "7") -> FrameSession:
    """The session after a HELLO, whose source stands somewhere."""
    session.source = Source("key", "owner", position)
    session.opened(session.source)
    return session


def said(session: FrameSession) -> list[bytes]:
    """All that the session has to say."""
    found = []
    while words := session.next_words():
        found.append(words)
    return found


def test_only_the_newest_ack_is_kept_waiting(session: FrameSession) -> None:
    """ACKs are cumulative, so the others say nothing more."""
    opened(session)
    session.acknowledge("8")
    session.acknowledge("9")
    assert said(session) == [Ack(9).encode()]
    assert said(session) == []


def test_the_reason_follows_the_last_ack(session: FrameSession, transport: Transport) -> None:
    """A resumable sender is told both, once."""
    opened(session)
    session.fenced()
    first, second = said(session)
    assert (first, second[4:6]) == (Ack(7).encode(), bytes((18, ErrorCode.FENCED)))
    assert transport.done == ["dismiss"]
    assert said(session) == []


def test_a_plain_sender_is_told_nothing_but_that_it_is_not_let_in(session: FrameSession) -> None:
    """It knows no control frames; a refusal is said whatever it is."""
    session.receive(b"\0\0\0\0", 0, 4, has_ended=False)
    session.end()
    assert said(session) == []

    refused = FrameSession("a peer", Transport())
    refused.refuse("no room")
    assert said(refused) == [Error(ErrorCode.REFUSED, "no room").encode()]


@pytest.mark.parametrize(
    ("is_dismissed", "has_error", "done"),
    [(True, False, "abandon"), (False, True, "dismiss"), (False, False, "finish")],
)
def test_how_a_connection_is_closed_depends_on_who_ended_it(
    session: FrameSession, transport: Transport, done: str, *, is_dismissed: bool, has_error: bool
) -> None:
    """At once if it was dismissed before, after the reason if there is one, else with the last ACK."""
    session.is_dismissed = is_dismissed
    session.error = Error(ErrorCode.REFUSED, "why") if has_error else None
    session.end()
    assert transport.done == [done]
    assert session.is_dismissed


def test_what_is_taken_again_closes_without_a_word(
    session: FrameSession, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    """So the sender comes back and asks where to go on; the log says why."""
    opened(session)
    said(session)
    session.take_again("Redis has lost it", logging.ERROR)
    assert caplog.messages[-1].endswith("Redis has lost it: closing, so that the sender asks where to go on")
    assert (transport.done, session.is_dismissed, said(session)) == (["abandon"], True, [])


def test_lost_framing_is_named_by_its_byte(session: FrameSession) -> None:
    """Counted from the first byte of the connection, over several reads."""
    good = frame(b"one")
    session.receive(good, 0, len(good), has_ended=False)
    session.receive(good + b"\xff\xff\xff\xff", 0, len(good) + 4, has_ended=False)
    assert session.error is not None
    assert f"byte {2 * len(good)} announces a payload of 4294967295 bytes" in session.error.text
    assert session.frames == 2


def test_a_position_is_before_only_as_a_smaller_number(session: FrameSession) -> None:
    """What is no number at all is found out by the next commit."""
    opened(session, "10")
    assert [each for each in ("9", "10", "11", "x", "") if session.is_before(each)] == ["9"]


def received(session: FrameSession, *payloads: bytes) -> list[bytes]:
    """What is left of these payloads when the session has received them."""
    buffer = b"".join(map(frame, payloads))
    _, found = session.receive(buffer, 0, len(buffer), has_ended=False)
    left = [
        buffer[at + 4 : at + 4 + run.size]
        for run in found.runs
        for at in range(run.offset, run.end, 4 + run.size)
    ]
    assert len(left) == found.frames
    return left


HELLO = b"\x10desk"
BEAT = b"\x13"


def test_heartbeats_after_hello_are_not_counted(session: FrameSession) -> None:
    """Wherever they stand; other frames of one byte are left for the feed to refuse."""
    sent = [HELLO, BEAT, BEAT, b"one", BEAT, b"\x02", b"\x12", BEAT, b"two", BEAT]
    assert received(session, *sent) == [b"one", b"\x02", b"\x12", b"two"]
    assert (session.frames, session.heartbeats) == (4, 5)
    assert received(session, BEAT, BEAT) == []
    assert (session.frames, session.heartbeats) == (4, 7)


def test_without_hello_a_heartbeat_is_a_frame_like_any_other(session: FrameSession) -> None:
    """Also in front of a HELLO, which then is none: the feed refuses both."""
    assert received(session, BEAT, HELLO, BEAT) == [BEAT, HELLO, BEAT]
    assert (session.frames, session.heartbeats) == (3, 0)
