"""Statuses: what one says, as a frame, as a stream entry, and what is refused."""

import math
import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market_spread import Status
from market_spread.framing import HEADER, DecodeError
from market_spread.quote import decode as decode_quote
from market_spread.status import FIXED_SIZE, STATUS_NAMES, decode
from tests.support import frames

SYMBOLS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16)
BANDS = st.none() | st.floats(allow_nan=False, allow_infinity=False).filter(bool)


@given(symbol=SYMBOLS, status=st.sampled_from(STATUS_NAMES), low=BANDS, high=BANDS)
@example(symbol="GOOGL", status="halted", low=None, high=None)
@example(symbol="A" * 16, status="wiped_out", low=-1.5, high=1e300)
def test_a_status_comes_back_out_of_its_frame_and_of_its_entry(
    symbol: str, status: str, low: float | None, high: float | None
) -> None:
    """All that it can say, with 0.0 on the wire for a band that there is not; 39 bytes and the symbol."""
    made = Status.of(
        symbol=symbol, status=status, band_low=low, band_high=high, transact_time=frames.TIME.decode()
    )
    whole = made.encode(width=1)
    assert len(whole) == HEADER.size + 39 + len(symbol)
    assert whole == frames.frame(
        frames.status(symbol.encode(), STATUS_NAMES.index(status), low or 0.0, high or 0.0)
    )
    assert decode(whole[HEADER.size :]) == made
    texts = {name: _text(value) for name, value in made.entry().items()}
    assert Status.parse(**texts) == made


def _text(value: object) -> bytes:
    return value if isinstance(value, bytes) else repr(value).encode()


BAD_PAYLOADS = [
    ("type", frames.quote()),
    ("length", frames.status(b"")),
    ("length", frames.status(b"A" * 17)),
    ("symbol", frames.status(b"A B ")),
    ("status", frames.status(code=7, time=b"\n" * 21)),
    ("transact_time", frames.status(time=b"\n" * 21, low=math.nan)),
    ("number", frames.status(low=math.nan)),
    ("number", frames.status(high=math.inf)),
]


@pytest.mark.parametrize(("reason", "payload"), BAD_PAYLOADS)
def test_what_is_no_status_is_refused_with_the_first_reason(reason: str, payload: bytes) -> None:
    """The order is type, length, symbol, status, transact_time, number."""
    with pytest.raises(DecodeError) as refused:
        decode(payload)
    assert refused.value.reason == reason


def test_the_type_tells_a_status_from_a_quote_of_the_same_length() -> None:
    """A status of a symbol of 4 is as long as a quote of one of 5."""
    status, quote = frames.status(b" BTU"), frames.quote(b"GOOGL")
    assert len(status) == len(quote) == FIXED_SIZE + 4
    assert decode(status).symbol == b"BTU"
    assert decode_quote(quote).symbol == b"GOOGL"
    with pytest.raises(DecodeError, match="type"):
        decode_quote(status)


BAD_TEXTS: list[tuple[str, dict[str, Any]]] = [
    ("symbol", {"symbol": b" "}),
    ("status", {"status": b"7"}),
    ("status", {"status": b"halted"}),
    ("status", {"status": b""}),
    ("status", {"status": b"01", "transact_time": b"2" * 36}),
    ("transact_time", {"transact_time": b"2" * 36, "band_low": b"nan"}),
    ("number", {"band_low": b"nan"}),
    ("number", {"band_high": b"much"}),
]


@pytest.mark.parametrize(("reason", "changes"), BAD_TEXTS)
def test_texts_that_are_no_status_are_refused(reason: str, changes: dict[str, Any]) -> None:
    """With the first reason in the same order; a status is a number from 0 to 6."""
    with pytest.raises(DecodeError) as refused:
        Status.parse(**{"symbol": b"BTU", "status": b"1", **changes})
    assert refused.value.reason == reason


def test_a_name_that_is_no_status_is_refused_with_those_that_are() -> None:
    """In the words of whoever called."""
    with pytest.raises(ValueError, match=r"status 'stopped' is not one of trading, halted, .*wiped_out"):
        Status.of(symbol="BTU", status="stopped")


@pytest.mark.parametrize(
    ("field", "made"),
    [
        ("symbol", Status.of(symbol="AAPL  251219C00200000", status="halted")),
        ("transact_time", Status.of(symbol="BTU", status="halted", transact_time="soon")),
    ],
)
def test_what_a_frame_has_no_room_for_is_refused(field: str, made: Status) -> None:
    """By its name; a stream takes it."""
    with pytest.raises(ValueError, match=rf"^{field} .* a Redis stream takes it"):
        made.encode()


def test_zero_is_no_band_on_every_way_in() -> None:
    """As a number, as text, and on the wire."""
    bands = (None, None)
    assert Status.parse(symbol=b"BTU", status=b"0", band_low=b"0", band_high=b"0.00")[3:] == bands
    assert Status.of(symbol="BTU", status="trading", band_low=0.0)[3:] == bands
    assert decode(struct.pack(">B4s21sBdd", 3, b" BTU", frames.TIME, 0, 0.0, -0.0))[3:] == bands
