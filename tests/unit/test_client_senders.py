"""The senders that programs use, against a feed that drops, refuses and forgets."""

import asyncio
import time
from threading import Event

import pytest

from market_spread import AsyncOrderSender, Order, OrderSender, Quote, QuoteSender, SenderError
from market_spread.framing import HEADER
from market_spread.hello import ErrorCode
from market_spread.order import decode as decode_order
from market_spread.quote import decode as decode_quote
from tests.support.processes import wait_until
from tests.support.scripted_feed import Peer, ScriptedFeed, free_address


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect at once: how long the waits are is tested elsewhere."""
    monkeypatch.setattr("market_spread.sending.patience._FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("market_spread.sending.patience._LONGEST_WAIT_S", 0.002)


def order(number: int) -> Order:
    """An order whose account is its number."""
    return Order.of(side="buy", account=number, order_id="A1", symbol="BTU", quantity=100, price=10.05)


def accounts(payloads: list[bytes]) -> list[int]:
    """The numbers of the orders that arrived."""
    return [int(decode_order(payload).account) for payload in payloads]


def test_a_program_that_comes_back_goes_on() -> None:
    """It hears how many orders of its source have taken effect, and sends the ones after them."""

    def script(peer: Peer) -> None:
        assert peer.hello() == "desk-a"
        peer.ack(3)
        assert accounts(peer.payloads(2)) == [3, 4]
        peer.ack(5)
        peer.drain()

    with ScriptedFeed(script) as feed, OrderSender(str(feed.address), source="desk-a") as sender:
        assert sender.position == 3
        for number in range(sender.position, 5):
            sender.send(order(number))
        sender.flush()
        assert (sender.position, sender.acknowledged) == (5, 5)


def test_a_lost_connection_is_made_again() -> None:
    """What was not acknowledged is sent again from the order that the feed names, without the program."""

    def first(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(4)
        peer.ack(2)
        peer.reset()

    def second(peer: Peer) -> None:
        peer.hello()
        peer.ack(3)
        assert accounts(peer.payloads(2)) == [3, 4]
        peer.ack(5)
        peer.drain()

    with ScriptedFeed(first, second) as feed, OrderSender(feed.address, source="desk-a") as sender:
        for number in range(5):
            sender.send(order(number))
    assert sender.acknowledged == 5


def test_a_sender_of_quotes_says_that_it_is_there() -> None:
    """While there is nothing to send, in the interval that it was told; they are no messages."""
    beats: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        beats.extend(peer.payloads(2))
        assert decode_quote(peer.payloads(1)[0]).symbol == b"BTU"
        peer.ack(1)
        while peer.payload() is not None:
            pass

    with (
        ScriptedFeed(script) as feed,
        QuoteSender(feed.address, source="desk-a", heartbeat_s=0.1) as sender,
    ):
        wait_until(lambda: len(beats) == 2, "two heartbeats")
        assert sender.position == 0
        sender.send(Quote.of(symbol="BTU", bid=1, offer=2))
    assert (beats, sender.acknowledged) == ([b"\x13", b"\x13"], 1)


def test_an_order_goes_at_once() -> None:
    """A sender that had nothing to do is woken by the next order, not by its clock."""
    delays: list[float] = []
    came = Event()

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        for number in range(20):
            peer.payload()
            delays.append(time.monotonic())
            peer.ack(number + 1)
            came.set()
        peer.drain()

    with ScriptedFeed(script) as feed, OrderSender(feed.address, source="desk-a") as sender:
        for number in range(20):
            sent = time.monotonic()
            sender.send(order(number))
            assert came.wait(5)
            came.clear()
            delays[-1] -= sent
    assert sorted(delays)[10] < 0.05


def test_an_error_ends_it() -> None:
    """Whoever is refused is not sent again, and every further call says what the feed said."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(1)
        peer.error(ErrorCode.FENCED, "a newer connection has the source")
        peer.drain()

    with ScriptedFeed(script) as feed:
        sender = OrderSender(feed.address, source="desk-a")
        sender.send(order(0))
        for call in (sender.flush, sender.close, lambda: sender.send(order(1))):
            with pytest.raises(SenderError, match="fenced: a newer connection has the source"):
                call()
    assert feed.connections == 1


def test_ten_connections_without_progress_end_it() -> None:
    """A feed that takes nothing is given up."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(1)

    with ScriptedFeed(*[script] * 20) as feed:
        sender = OrderSender(feed.address, source="desk-a")
        sender.send(order(0))
        with pytest.raises(SenderError, match="gave up after 10 connections without progress"):
            sender.flush()
        sender.abort()
    assert feed.connections == 10


def test_nobody_listens() -> None:
    """Making a sender fails when the feed is not there."""
    with pytest.raises(SenderError, match=r"gave up after 10 connections .*: Connection refused"):
        OrderSender(free_address(), source="desk-a")


def test_a_count_below_what_is_kept_ends_it() -> None:
    """When Redis has lost what was acknowledged, the sender says so and sends nothing under this name."""
    is_kept = Event()

    def first(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(2)
        peer.ack(2)

    def second(peer: Peer) -> None:
        peer.hello()
        is_kept.wait(10)  # else the sender may have given up before the third order
        peer.ack(1)
        assert peer.payload() is None

    with ScriptedFeed(first, second) as feed:
        sender = OrderSender(feed.address, source="desk-a")
        sender.send(order(0))
        sender.send(order(1))
        sender.flush()
        sender.send(order(2))
        is_kept.set()
        with pytest.raises(SenderError, match="cannot go on from frame 1: only frames 2 to 3 are kept"):
            sender.close()


def test_a_full_window_waits_for_an_acknowledgement() -> None:
    """With two orders unacknowledged the third one waits; a flush says how many are open."""
    go_on = Event()

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(2)
        go_on.wait(10)
        peer.ack(1)
        peer.payloads(1)
        peer.ack(3)
        peer.drain()

    with ScriptedFeed(script) as feed, OrderSender(feed.address, source="desk-a", window=2) as sender:
        assert sender.offer(order(0))
        assert sender.offer(order(1))
        assert not sender.offer(order(2))
        with pytest.raises(TimeoutError, match=r"2 frames are not acknowledged after 0\.01 s"):
            sender.flush(0.01)
        go_on.set()
        sender.send(order(2))
    assert sender.acknowledged == 3


def test_an_exception_does_not_wait() -> None:
    """A program that fails inside the `with` is not held up by a feed that says nothing."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.drain()

    with ScriptedFeed(script) as feed, pytest.raises(ZeroDivisionError):  # noqa: SIM117, PT012
        with OrderSender(feed.address, source="desk-a") as sender:
            sender.send(order(0))
            raise ZeroDivisionError
    with pytest.raises(SenderError, match="this sender is closed"):
        sender.send(order(1))


def test_for_asyncio() -> None:
    """The same, and the loop goes on while the sender waits for room."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        assert accounts(peer.payloads(50)) == list(range(50))
        peer.ack(50)
        assert accounts(peer.payloads(50)) == list(range(50, 100))
        peer.ack(100)
        peer.drain()

    async def scenario(feed: ScriptedFeed) -> int:
        async with AsyncOrderSender(feed.address, source="desk-a", window=50) as sender:
            for number in range(sender.position, 100):
                await sender.send(order(number))
            await sender.flush()
            return sender.acknowledged

    with ScriptedFeed(script) as feed:
        assert asyncio.run(scenario(feed)) == 100


def test_for_asyncio_an_error_ends_it() -> None:
    """The feed's refusal is raised where the program waits."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.error(ErrorCode.REFUSED, "not here")
        peer.drain()

    async def scenario(feed: ScriptedFeed) -> None:
        async with AsyncOrderSender(feed.address, source="desk-a"):
            pass

    with ScriptedFeed(script) as feed, pytest.raises(SenderError, match="refused: not here"):
        asyncio.run(scenario(feed))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"side": "sell_short"}, "side 'sell_short': a frame has room for buy or sell; a Redis stream takes"),
        ({"side": "sell_short_exempt"}, "side 'sell_short_exempt': "),
        ({"account": 2**32}, "account '4294967296': a frame has room for a number from 0 to 4294967295"),
        ({"account": "007"}, "account '007': "),
        ({"account": "-7"}, "account '-7': "),
        ({"account": "9" * 64}, "account '9{64}': "),
        ({"account": ""}, "account '': "),
        ({"order_id": "1234567"}, "order_id '1234567': a frame has room for up to 6 characters"),
        ({"symbol": "A B"}, "symbol 'A B': a frame has room for 1 to 16 characters without spaces"),
        ({"symbol": "ABCDEFGHIJKLMNOPQ"}, "symbol 'ABCDEFGHIJKLMNOPQ': "),
        ({"quantity": None}, "quantity that is absent: a frame has room for a number"),
        ({"price": None}, "price that is absent: "),
        ({"transact_time": "now"}, "transact_time 'now': a frame has room for 21 characters"),
    ],
)
def test_an_order_that_a_frame_cannot_hold(change: dict[str, object], error: str) -> None:
    """It is an order, but no frame: the error names what does not fit, and where it would."""
    fields: dict[str, object] = {
        "side": "buy", "account": 1, "order_id": "A1", "symbol": "BTU", "quantity": 1.0, "price": 1.0,
        **change,
    }  # fmt: skip
    order = Order.of(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=error):
        order.encode()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"symbol": "A B"}, "symbol 'A B': a frame has room for"),
        ({"bid": None}, "bid that is absent: a frame has room for a number"),
        ({"offer": None}, "offer that is absent: "),
        ({"transact_time": ""}, "transact_time '': "),
    ],
)
def test_a_quote_that_a_frame_cannot_hold(change: dict[str, object], error: str) -> None:
    """It is a quote, but no frame: the error names what does not fit."""
    fields: dict[str, object] = {"symbol": "BTU", "bid": 10.0, "offer": 10.5, **change}
    quote = Quote.of(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=error):
        quote.encode()


def test_messages_from_texts() -> None:
    """A frame of what was given, with the time of now where none was."""
    quote = Quote.of(symbol="BTU", bid=10.0, offer=10.05, transact_time="20151221-14:30:00.120")
    assert quote == Quote(b"BTU", b"20151221-14:30:00.120", 10.0, 10.05)
    assert decode_quote(quote.encode()[HEADER.size :]) == quote
    assert order(7)[:6] == (1, b"7", b"A1", b"BTU", 100, 10.05)
    assert len(order(7).transact_time) == 21
