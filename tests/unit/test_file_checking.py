"""Rows checked in columns are judged as they are one by one."""

from hypothesis import example, given
from hypothesis import strategies as st

from market_spread.framing import DecodeError
from market_spread.order import SIDE_NAMES, Order
from market_spread.quote import Quote
from services.cli.files.checking import are_good, check
from services.cli.files.rows import Place
from tests.support.files import refused, texts_of

TEXTS = st.sampled_from([b"", b" ", b"BTU", b" GE ", b"A" * 64, b"A" * 65, b"\xe9", b"a\x00", b"x y"])
NUMBERS = st.sampled_from(
    [
        b"",
        b"1",
        b"-1.50",
        b"+.5",
        b"1.",
        b"1e3",
        b"nan",
        b"inf",
        b"1e999",
        b"1_0",
        b" 1",
        b"e",
        b"1" * 40,
        b"-",
        b"x",
    ]
)
SIDES = st.sampled_from([name.encode() for name in SIDE_NAMES.values()] + [b"", b"Buy"])
ORDERS = st.lists(st.tuples(TEXTS, TEXTS, SIDES, TEXTS, NUMBERS, NUMBERS, TEXTS), min_size=1, max_size=4)
QUOTES = st.lists(st.tuples(TEXTS, NUMBERS, NUMBERS, TEXTS), min_size=1, max_size=4)


def line(row: int) -> Place:
    return Place("line", row)


@given(ORDERS)
@example([(b"", b"", b"buy", b"BTU", b"1", b"", b"")])
def test_orders(rows: list[tuple[bytes, ...]]) -> None:
    """The same orders, and the same reasons in the same places, as `Order.parse` finds."""
    right: list[Order] = []
    wrong: list[str] = []
    for number, (order_id, account, side, symbol, quantity, price, time) in enumerate(rows):
        try:
            right.append(
                Order.parse(
                    side=side,
                    symbol=symbol,
                    order_id=order_id,
                    account=account,
                    quantity=quantity,
                    price=price,
                    transact_time=time,
                )
            )
        except DecodeError as error:
            wrong.append(f"line {number}: {error.reason}: {error}")
    items = list(check("orders", "x", list(zip(*rows, strict=True)), line))
    found = [
        Order.parse(side=s, symbol=y, order_id=i, account=a, quantity=q, price=p, transact_time=t)
        for i, a, s, y, q, p, t in texts_of(items)
    ]
    assert (found, refused(items)) == (right, wrong)


@given(QUOTES)
def test_quotes(rows: list[tuple[bytes, ...]]) -> None:
    """The same quotes, and the same reasons in the same places, as `Quote.parse` finds."""
    right: list[Quote] = []
    wrong: list[str] = []
    for number, (symbol, bid, offer, time) in enumerate(rows):
        try:
            right.append(Quote.parse(symbol=symbol, transact_time=time, bid=bid, offer=offer))
        except DecodeError as error:
            wrong.append(f"line {number}: {error.reason}: {error}")
    items = list(check("quotes", "x", list(zip(*rows, strict=True)), line))
    found = [Quote.parse(symbol=y, transact_time=t, bid=b, offer=o) for y, b, o, t in texts_of(items)]
    assert (found, refused(items)) == (right, wrong)


def test_what_is_good_is_known_at_once() -> None:
    """Ordinary orders need no look at each: that is what makes files fast."""
    row = (b"A-1", b"DESK-7/ALGO 2", b"sell", b"BRK.B", b"100", b"10.25", b"20260105-14:30:00.000")
    assert are_good("orders", [[each] * 3 for each in row])
    assert not are_good("orders", [[each, b"\n"] for each in row])


def test_long_numbers_go_on_short() -> None:
    """A number of very many digits does not travel as it was written."""
    items = list(check("quotes", "x", [[b"BTU"], [b"1." + b"0" * 100_000], [b"2"], [b""]], line))
    assert texts_of(items) == [(b"BTU", b"1.0", b"2", b"")]
