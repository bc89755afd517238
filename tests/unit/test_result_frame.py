"""The order-result frame of an alert."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.forward.result_frame import NoAlertError, ResultFrame, encode_result
from tests.support.receiver import Result, unpack

ALERT = {
    b"order_id": b"abc1",
    b"account": b"4294967295",
    b"side": b"sell",
    b"symbol": b"BTU",
    b"quantity": b"-100.0",
    b"price": b"19.6505",
    b"transact_time": b"20260105-14:30:00.000",
    b"bid": b"10.0",
    b"offer": b"10.05",
    b"quote_time": b"20260105-14:29:59.000",
    b"reason": b"spread",
    b"checked_at": b"1767623400123456",
}


def test_every_byte_is_where_the_contract_has_it() -> None:
    """An alert becomes these 59 bytes, IDs and symbols padded on the left, its time in units of 10 us."""
    right = (
        b"\x00\x00\x00\x37"  # 55 bytes follow
        b"\x02"
        b"\xff\xff\xff\xff"
        b"  abc1"
        b" BTU"
        + struct.pack(">d", -100.0)
        + struct.pack(">d", 19.6505)
        + struct.pack(">d", 10.0)
        + struct.pack(">d", 10.05)
        + struct.pack(">Q", 176762340012345)
    )
    assert len(right) == 59

    assert encode_result(ALERT) == ResultFrame(right, ())


def test_without_a_quote_bid_and_offer_are_zero() -> None:
    """The alert of an order on a symbol without a quote has 0.0 for both prices of the quote."""
    (result,) = unpack(encode_result({**ALERT, b"bid": b"", b"offer": b"", b"quote_time": b""}).packed)

    assert (result.bid, result.offer) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("symbol", "on_the_wire"),
    [(b"F", b"   F"), (b"BRK.B", b"BRK.B"), (b"ABCDEFGHIJKLMNOP", b"ABCDEFGHIJKLMNOP")],
)
def test_a_symbol_is_padded_to_four_bytes_and_never_cut(symbol: bytes, on_the_wire: bytes) -> None:
    """The symbol's field is as wide as the symbol, and at least four bytes."""
    (result,) = unpack(encode_result({**ALERT, b"symbol": symbol}).packed)

    assert result.symbol == on_the_wire


@given(
    side=st.sampled_from([(b"buy", 1), (b"sell", 2)]),
    account=st.integers(0, 2**32 - 1),
    numbers=st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 4),
    at_us=st.integers(0, 2**63),
)
def test_all_numbers_arrive_as_they_are(
    side: tuple[bytes, int], account: int, numbers: tuple[float, float, float, float], at_us: int
) -> None:
    """What an independent reader unpacks is what the alert said."""
    quantity, price, bid, offer = (repr(number).encode() for number in numbers)
    alert = {
        **ALERT, b"side": side[0], b"account": b"%d" % account, b"quantity": quantity, b"price": price,
        b"bid": bid, b"offer": offer, b"checked_at": b"%d" % at_us,
    }  # fmt: skip

    assert unpack(encode_result(alert).packed) == [
        Result(side[1], account, b"  abc1", b" BTU", *numbers, at_us // 10)
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"side", b"hold"),
        (b"symbol", b""),
        (b"symbol", b"A" * 65),
        (b"symbol", b"A\n"),
        (b"price", b"cheap"),
        (b"bid", b"?"),
        (b"checked_at", b""),
    ],
)
def test_what_is_no_alert_is_refused(field: bytes, value: bytes) -> None:
    """An entry with an impossible value is refused, and not cut or guessed at."""
    with pytest.raises(NoAlertError):
        encode_result({**ALERT, field: value})


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("side", b"sell_short", {"side": 2}),
        ("side", b"sell_short_exempt", {"side": 2}),
        ("account", b"DESK-7/ALGO 2", {"account": 0}),
        ("account", b"4294967296", {"account": 0}),
        ("account", b"9" * 64, {"account": 0}),
        ("account", b"-1", {"account": 0}),
        ("account", b"", {"account": 0}),
        ("account", b"007", {"account": 7}),
        ("order_id", b"3f2504e0-4f89-11d3-9a0c-0305e82c3301", {"order_id": b"2c3301"}),
        ("symbol", b"AAPL  251219C00200000", {"symbol": b" 251219C00200000"}),
        ("quantity", b"", {"quantity": 0.0}),
        ("price", b"", {"price": 0.0}),
    ],
)
def test_what_has_no_room_is_cut_and_named(field: str, value: bytes, shown: dict[str, Any]) -> None:
    """The frame says what it can of that field, all of the others, and the field is named."""
    (whole,) = unpack(encode_result(ALERT).packed)

    found = encode_result({**ALERT, field.encode(): value})

    assert unpack(found.packed) == [whole._replace(**shown)]
    assert found.cut == (field,)


def test_all_that_is_cut_is_named() -> None:
    """An alert that is too wide everywhere names each field; an inner space has room."""
    wide = {b"side": b"sell_short", b"account": b"", b"order_id": b"1234567", b"quantity": b"", b"price": b""}

    found = encode_result({**ALERT, **wide, b"symbol": b"BRK B"})

    assert found.cut == ("side", "account", "order_id", "quantity", "price")
    assert unpack(found.packed)[0].symbol == b"BRK B"


@pytest.mark.parametrize("field", sorted(set(ALERT) - {b"transact_time", b"quote_time", b"reason"}))
def test_a_missing_field_is_named(field: bytes) -> None:
    """An entry that lacks a field of the frame is refused by the field's name."""
    with pytest.raises(NoAlertError, match=field.decode()):
        encode_result({name: value for name, value in ALERT.items() if name != field})
