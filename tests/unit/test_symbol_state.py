"""The JSON of a symbol's state, written by hand: what its model says, for every quote that there can be."""

import json
import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.market_data.http.symbol_state import SymbolState, encode

finite = st.floats(allow_nan=False, allow_infinity=False)
prices = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=8).map(float)


@given(prices, prices, st.sampled_from(["", "spread", "spread_ratio", "spread,spread_ratio"]))
def test_mid_and_spread_are_exact(bid: float, offer: float, reason: str) -> None:
    """Mid and spread are those of the prices' decimal texts, and the whole fits the model."""
    quote = [repr(bid).encode(), repr(offer).encode(), b"1" if reason else b"0", reason.encode(), b"t", b"5"]
    text = encode("BTU", quote, 2_000_005)
    assert text is not None

    state = SymbolState.model_validate_json(text, strict=True)
    exact = json.loads(text, parse_float=Fraction, parse_int=Fraction)
    assert (state.bid, state.offer) == (bid, offer)
    assert exact["spread"] == Fraction(repr(offer)) - Fraction(repr(bid))
    assert exact["mid"] == (Fraction(repr(offer)) + Fraction(repr(bid))) / 2
    assert state.updated_at_iso == "1970-01-01T00:00:00.000005Z"
    assert state.reason == (reason.split(",") if reason else [])
    assert (state.risky, state.age_ms, state.updated_at) == (bool(reason), 2000, 5)


@given(prices | st.none(), st.sampled_from(["bid", "offer"]), st.sampled_from([b"", None]))
def test_an_absent_side_is_null(price: float | None, side: str, absent: bytes | None) -> None:
    """A side that is empty or not there is null, and so are mid and spread; the other side stays."""
    there = b"" if price is None else repr(price).encode()
    sides = [there, absent] if side == "bid" else [absent, there]
    text = encode("BTU", [*sides, b"1", b"no_quote", b"t", b"5"], 0)
    assert text is not None

    state = SymbolState.model_validate_json(text, strict=True)
    assert (state.bid, state.offer) == ((price, None) if side == "bid" else (None, price))
    assert (state.mid, state.spread) == (None, None)
    assert state.reason == ["no_quote"]


@given(finite, finite)
def test_any_number_is_json(bid: float, offer: float) -> None:
    """Whatever finite numbers a feed may send, the answer is valid JSON."""
    text = encode("BTU", [repr(bid).encode(), repr(offer).encode(), b"0", b"", b"t", b"5"], 0)
    assert text is not None
    assert math.isfinite(json.loads(text)["bid"])


@given(st.text(max_size=16), st.text(max_size=30))
def test_any_text_is_json(symbol: str, time: str) -> None:
    """Names and times of whatever characters come back as they are."""
    quote = [b"1.0", b"2.0", b"0", b"", time.encode(errors="surrogatepass"), b"5"]
    text = encode(symbol, quote, 0)
    if text is not None:  # what is no text has no answer
        assert json.loads(text)["symbol"] == symbol


@given(st.lists(st.none() | st.binary(max_size=6), max_size=8))
def test_what_is_no_quote(quote: list[bytes | None]) -> None:
    """Whatever else is in Redis has no answer, or a valid one, and never raises."""
    text = encode("BTU", quote, 0)
    assert text is None or SymbolState.model_validate_json(text)


def test_foreign_numbers() -> None:
    """Numbers that Python reads but JSON does not know are no quote."""
    for foreign in (b"nan", b"inf", b"-inf", b"1_0", b" 1", b"+1", b"01", b"1.", b".5", b"0x1"):
        for other in (b"1.0", b""):
            assert encode("BTU", [foreign, other, b"0", b"", b"t", b"5"], 0) is None
            assert encode("BTU", [other, foreign, b"0", b"", b"t", b"5"], 0) is None
