"""A session of frames without any socket: what it says, in which order, and to whom."""

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


def test_a_lost_position_closes_without_a_word(session: FrameSession, transport: Transport) -> None:
    """So the sender comes back and asks where to go on."""
    opened(session)
    said(session)
    session.lost()
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
