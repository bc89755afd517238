"""What simulated counterparties say: the made market's orders and quotes, as the services read FIX."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from market_spread.order import SELL_SHORT, SELL_SHORT_EXEMPT
from market_spread.quote import Quote
from market_spread.status import STATUS_TYPE
from services.cli.counterparties.market_data import MarketData, VenueMessage
from services.cli.counterparties.new_orders import NewOrders
from services.cli.made_market.market import START_MS, STEP_MS, Frames, Market
from services.cli.made_market.unruly_market import ABSENT, UnrulyMarket
from services.market_data.feed.messages import quote_dtype, status_dtype
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.market_data import MarketDataReader, Status
from shared.wire.fix.message import Message, Pair, encode
from shared.wire.fix.orders import FixOrder, read_orders
from shared.wire.fix.refused import Refused

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}")


def message(kind: bytes, body: Iterable[Pair]) -> Message:
    """A whole message, as it arrives."""
    header = (
        (b"35", kind),
        (b"34", b"2"),
        (b"49", b"DESK"),
        (b"52", b"20260105-14:30:00"),
        (b"56", b"SPREAD"),
    )
    return Message(encode(b"FIX.4.4", [*header, *body]))


def orders_of(frames: Frames, seed: int = 1) -> list[FixOrder]:
    """What a checker reads of orders that were sent by FIX."""
    found: list[FixOrder] = []
    for body in NewOrders(seed).bodies(frames):
        (order,) = read_orders(message(b"D", body), Dialect())
        assert not isinstance(order, Refused), order
        found.append(order)
    return found


def test_orders_are_those_of_the_market() -> None:
    """Symbol, quantity, price and time are the market's; account, ID and side have what no frame has."""
    (frames,) = Market(symbols=2).orders(2000)
    found = orders_of(frames)

    assert len(found) == 2000
    for frame, (order, details, *_) in zip(frames, found, strict=True):
        assert order.symbol == frame["symbol"].strip()
        assert order.quantity == frame["quantity"]
        assert order.price == (None if details.order_type == b"1" else frame["price"])
        assert order.transact_time == frame["transact_time"]
        assert (order.side == 1) == (frame["side"] == 1)
        assert order.account.endswith(b" %d" % frame["account"])
        assert UUID.fullmatch(order.order_id)
    assert len({each.order.order_id for each in found}) == 2000


def test_a_desk_has_orders_of_all_kinds() -> None:
    """Market orders, short sales with and without exemption, several desks and venues."""
    (frames,) = Market(symbols=2).orders(2000)
    found = orders_of(frames)
    types = Counter(each.details.order_type for each in found)
    sides = Counter(each.order.side for each in found)

    assert 200 < types[b"1"] < 300
    assert sides[SELL_SHORT] > 150
    assert sides[SELL_SHORT_EXEMPT] > 75
    assert len({each.order.account.split(b" ")[0] for each in found}) == 4
    assert {each.details.venue for each in found} == {b"XNYS", b"XNAS", b"ARCX", b"BATS"}
    assert {each.details.currency for each in found} == {b"USD"}


def test_the_same_seed_gives_the_same_orders_with_other_ids() -> None:
    """Whoever runs it twice can tell both runs apart."""
    (frames,) = Market(symbols=2).orders(100)
    one, same, other = orders_of(frames), orders_of(frames), orders_of(frames, seed=2)

    def known(orders: list[FixOrder]) -> list[tuple[object, ...]]:
        return [(each.order.side, each.order.account, each.order.price) for each in orders]

    assert known(one) == known(same) != known(other)
    assert not {each.order.order_id for each in one} & {each.order.order_id for each in same}


def quotes(*rows: tuple[bytes, float, float]) -> Frames:
    """Frames of quotes on symbols of four characters."""
    frames = np.zeros(len(rows), quote_dtype(4))
    frames["symbol"], frames["bid"], frames["offer"] = zip(*rows, strict=True)
    frames["transact_time"] = b"20260105-14:30:00.123"
    return frames


def said(messages: Iterable[VenueMessage]) -> list[str]:
    """Messages as texts, without their times."""
    return [
        "|".join(
            [kind.decode(), *(f"{tag.decode()}={value.decode()}" for tag, value in body if tag != b"60")]
        )
        for kind, body in messages
    ]


def test_a_refresh_then_changes() -> None:
    """The first message of a symbol says all of its book; the next ones what has changed in it."""
    venue = MarketData()
    rows = [
        (b" BTU", 10.0, 10.05), (b" BTU", 10.01, 10.02), (b" BTU", ABSENT, 10.02), (b" BTU", ABSENT, 10.03),
        (b" BTU", 10.0, 10.03), (b" BTU", 10.0, ABSENT), (b" BTU", ABSENT, ABSENT), (b" BTU", ABSENT, ABSENT),
        (b"NONE", ABSENT, 5.0), (b"AAAA", ABSENT, ABSENT), (b"AAAA", 1.0, 2.0),
    ]  # fmt: skip
    assert said(venue.messages(quotes(*rows))) == [
        "W|55=BTU|268=2|269=0|278=B|270=10.00|271=100|269=1|278=O|270=10.05|271=100",
        "X|268=2|279=1|269=0|278=B|55=BTU|270=10.01|271=100|279=1|269=1|278=O|55=BTU|270=10.02|271=100",
        "X|268=2|279=2|269=0|278=B|55=BTU|279=1|269=1|278=O|55=BTU|270=10.02|271=100",
        "X|268=1|279=1|269=1|278=O|55=BTU|270=10.03|271=100",
        "X|268=2|279=0|269=0|278=B|55=BTU|270=10.00|271=100|279=1|269=1|278=O|55=BTU|270=10.03|271=100",
        "X|268=2|279=1|269=0|278=B|55=BTU|270=10.00|271=100|279=2|269=1|278=O|55=BTU",
        "X|268=1|279=2|269=0|278=B|55=BTU",
        "W|55=BTU|268=1|269=J",
        "W|55=NONE|268=1|269=1|278=O|270=5.00|271=100",
        "W|55=AAAA|268=1|269=J",
        "X|268=2|279=0|269=0|278=B|55=AAAA|270=1.00|271=100|279=0|269=1|278=O|55=AAAA|270=2.00|271=100",
    ]


def test_a_new_connection() -> None:
    """Each symbol begins with a full refresh again, and with the last status that it had."""
    venue = MarketData()
    halt = np.zeros(1, status_dtype(4))
    halt["type"], halt["symbol"], halt["status"] = STATUS_TYPE, b" BTU", 1
    halt["transact_time"] = b"20260105-14:30:00.123"
    row = (b" BTU", 10.0, ABSENT)
    kinds = [each.kind for frames in (quotes(row), halt, quotes(row)) for each in venue.messages(frames)]
    assert kinds == [b"W", b"f", b"X"]
    venue.begin_again()

    assert said(venue.messages(quotes(row, row))) == [
        "W|55=BTU|268=1|269=0|278=B|270=10.00|271=100",
        "f|55=BTU|326=2",
        "X|268=1|279=1|269=0|278=B|55=BTU|270=10.00|271=100",
    ]


def told(arrays: Sequence[Frames]) -> Iterator[Quote | Status]:
    """What a market says, frame by frame; a side that is absent is None."""
    for frames in arrays:
        for each in frames:
            symbol, time = each["symbol"].strip(), each["transact_time"]
            if each["type"] == STATUS_TYPE:
                yield Status(symbol, time, int(each["status"]))
            else:
                yield Quote(symbol, time, each["bid"] or None, each["offer"] or None)


def test_an_ingestor_reads_what_the_market_says() -> None:
    """Each message brings the quote or the status of its frame: halts, absent sides and crossed markets."""
    market, venue, reader = UnrulyMarket(symbols=40), MarketData(), MarketDataReader(Dialect())
    kinds: Counter[str] = Counter()
    for step in range(1, 100):
        market.advance(START_MS + step * STEP_MS)
        arrays = market.quotes(40)
        messages = [each for frames in arrays for each in venue.messages(frames)]
        for frame, (kind, body) in zip(told(arrays), messages, strict=True):
            read = reader.read(message(kind, body))
            assert read.refused == []
            assert [*read.quotes, *read.statuses] == [frame]
            kinds[kind.decode()] += 1
            if isinstance(frame, Quote):
                kinds["one-sided"] += None in {frame.bid, frame.offer}
    assert reader.books.unmatched == 0
    assert kinds["W"] == 40
    assert min(kinds["X"], kinds["f"], kinds["one-sided"]) > 10
