"""What arrives behind a Logon that waits: kept in order, within a bound of bytes."""

from shared.wire.fix.session.inbound.waiting import Waiting


def test_messages_come_back_in_order_and_once() -> None:
    """Also those that came after others were taken."""
    waiting = Waiting(10)
    assert waiting.add(b"first")
    assert waiting.add(b"other")
    assert waiting.take() == [b"first", b"other"]
    assert waiting.take() == []
    assert waiting.add(b"0123456789")
    assert waiting.take() == [b"0123456789"]


def test_too_much_is_dropped() -> None:
    """At one byte above the bound nothing is kept, and nothing more is taken."""
    waiting = Waiting(10)
    assert waiting.add(b"0123456789")
    assert not waiting.add(b"x")
    assert not waiting.add(b"y")
    assert waiting.take() == []
