"""Orders and quotes as texts: what they may hold, what is refused, and in which order."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market_spread.framing import REASONS, DecodeError
from market_spread.order import SIDE_NAMES, Order
from market_spread.quote import Quote

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
SYMBOLS = st.text(PRINTABLE, min_size=1, max_size=64).map(str.strip).filter(bool)

GOOD_ORDER = {"side": b"buy", "symbol": b"BTU"}
BAD_ORDER = {
    "symbol": b"",
    "side": b"hold",
    "order_id": b"\0",
    "account": b"\n",
    "transact_time": b"\xff",
    "quantity": b"few",
    "price": b"nan",
}
BAD_QUOTE = {"symbol": b" ", "transact_time": b"\t", "bid": b"-", "offer": b"inf"}
REASON_OF = dict.fromkeys(("quantity", "price", "bid", "offer"), "number")


def text(number: float | None) -> bytes:
    """A number as a stream entry has it."""
    return b"" if number is None else repr(number).encode()


@given(
    side=st.sampled_from(sorted(SIDE_NAMES)),
    symbol=SYMBOLS,
    order_id=st.text(PRINTABLE, max_size=64).map(str.strip),
    account=st.text(PRINTABLE, max_size=64),
    quantity=NUMBERS,
    price=NUMBERS,
    transact_time=st.text(PRINTABLE, max_size=35),
)
@example(
    side=5,
    symbol="AAPL  251219C00200000",
    order_id="3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    account="DESK-7/ALGO 2",
    quantity=1.0,
    price=None,
    transact_time="",
)
def test_an_order_has_what_it_was_told(side: int, **given: Any) -> None:
    """All that an order can be comes through unchanged, spaces around symbol and ID aside."""
    order = Order.of(side=SIDE_NAMES[side], **given)

    assert order == Order(
        side,
        given["account"].encode(),
        given["order_id"].encode(),
        given["symbol"].encode(),
        given["quantity"],
        given["price"],
        given["transact_time"].encode(),
    )
    padded = {"symbol": f" {given['symbol']} ".encode(), "order_id": f" {given['order_id']}  ".encode()}
    rest = {name: given[name].encode() for name in ("account", "transact_time")}
    numbers = {name: text(given[name]) for name in ("quantity", "price")}
    assert Order.parse(side=SIDE_NAMES[side].encode(), **padded, **rest, **numbers) == order


@given(SYMBOLS, st.text(PRINTABLE, max_size=35), NUMBERS, NUMBERS)
@example("BTU", "", None, 10.05)
@example("BTU", "now", None, None)
def test_a_quote_has_what_it_was_told(
    symbol: str, transact_time: str, bid: float | None, offer: float | None
) -> None:
    """All that a quote can be comes through unchanged."""
    quote = Quote.of(symbol=symbol, bid=bid, offer=offer, transact_time=transact_time)

    assert quote == Quote(symbol.encode(), transact_time.encode(), bid, offer)
    assert quote == Quote.parse(
        symbol=b"  %b " % symbol.encode(),
        transact_time=transact_time.encode(),
        bid=text(bid),
        offer=text(offer),
    )


@given(
    side=st.sampled_from(sorted(SIDE_NAMES)),
    symbol=SYMBOLS,
    account=st.text(PRINTABLE, max_size=64),
    quantity=NUMBERS,
    price=NUMBERS,
)
def test_an_entry_is_read_as_the_order_that_it_was_made_of(side: int, **given: Any) -> None:
    """What `entry` gives for XADD is, as Redis keeps it, the same order."""
    order = Order.of(side=SIDE_NAMES[side], **given)
    stored = {
        name: value.encode() if isinstance(value, str) else text(value) if isinstance(value, float) else value
        for name, value in order.entry().items()
    }
    assert Order.parse(**stored) == order


@given(SYMBOLS, NUMBERS, NUMBERS)
def test_an_entry_is_read_as_the_quote_that_it_was_made_of(
    symbol: str, bid: float | None, offer: float | None
) -> None:
    """The same for quotes."""
    quote = Quote.of(symbol=symbol, bid=bid, offer=offer)
    stored = {
        name: text(value) if isinstance(value, float) else value for name, value in quote.entry().items()
    }
    assert Quote.parse(**stored) == quote


@pytest.mark.parametrize("first", range(len(BAD_ORDER)))
def test_the_first_reason_of_a_bad_order_counts(first: int) -> None:
    """An order with everything wrong is refused in the contract's order of reasons."""
    wrong: dict[str, Any] = dict(list(BAD_ORDER.items())[first:])
    field = next(iter(wrong))

    with pytest.raises(DecodeError, match=f"^{field} '.*' is not ") as caught:
        Order.parse(**GOOD_ORDER | wrong)

    assert caught.value.reason == REASON_OF.get(field, field)
    assert caught.value.raw == wrong[field]


@pytest.mark.parametrize("first", range(len(BAD_QUOTE)))
def test_the_first_reason_of_a_bad_quote_counts(first: int) -> None:
    """A quote with everything wrong is refused in the contract's order of reasons."""
    wrong: dict[str, Any] = dict(list(BAD_QUOTE.items())[first:])
    field = next(iter(wrong))

    with pytest.raises(DecodeError, match=f"^{field} '.*' is not ") as caught:
        Quote.parse(**{"symbol": b"BTU"} | wrong)

    assert caught.value.reason == REASON_OF.get(field, field)


@pytest.mark.parametrize(
    ("field", "longest"), [("symbol", 64), ("order_id", 64), ("account", 64), ("transact_time", 35)]
)
def test_a_field_that_is_too_long_is_refused_by_its_name(field: str, longest: int) -> None:
    """The longest that there may be is taken, a character more is not."""
    fields: dict[str, Any] = {**GOOD_ORDER, field: b"A" * longest}
    assert b"A" * longest in Order.parse(**fields)

    with pytest.raises(DecodeError) as caught:
        Order.parse(**{**GOOD_ORDER, field: b"A" * (longest + 1)})

    assert caught.value.reason == field


@pytest.mark.parametrize("number", ["nan", "inf", "1e999", "1_000", " 5", "0x10", "1,5", "--5", ".", "٣"])
def test_what_is_no_number_is_refused(number: str) -> None:
    """Whatever else Python would read as a number, or as none that is finite."""
    with pytest.raises(DecodeError) as caught:
        Order.parse(**GOOD_ORDER, price=number.encode())

    assert caught.value.reason == "number"


@pytest.mark.parametrize(("number", "value"), [("100", 100.0), ("-.5", -0.5), ("+1.", 1.0), ("1e-3", 0.001)])
def test_what_others_write_as_a_number_is_taken(number: str, value: float) -> None:
    """Signs, exponents, and a point at either end."""
    assert Order.parse(**GOOD_ORDER, quantity=number.encode()).quantity == value


@pytest.mark.parametrize(
    "change",
    [{"side": "hold"}, {"symbol": ""}, {"price": float("nan")}, {"account": "7" * 65}, {"order_id": "€"}],
)
def test_a_program_is_told_what_no_order_holds(change: dict[str, Any]) -> None:
    """The error names the field before anything is sent."""
    with pytest.raises(ValueError, match=next(iter(change))):
        Order.of(**{"side": "buy", "symbol": "BTU", **change})


def test_the_reasons_stand_in_the_order_of_the_contract() -> None:
    """For all ways in; columns number them by their places."""
    assert REASONS == (
        "type", "length", "symbol", "side", "status", "order_id", "account", "transact_time", "number",
        "list", "too_many_symbols",
    )  # fmt: skip
