"""The JSON of a symbol's state, written by hand: what its model says, for every quote that there can be."""

import json
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.market_data.http.symbol_state import SymbolState, encode

NOTHING_MORE = [None] * 5
"""State, since when, status, limits and source, of a hash of the version before."""
finite = st.floats(allow_nan=False, allow_infinity=False)
prices = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=8).map(float)


@given(prices, prices, st.sampled_from(["", "spread", "spread_ratio", "spread,spread_ratio"]))
def test_mid_and_spread_are_exact(bid: float, offer: float, reason: str) -> None:
    """Mid and spread are those of the prices' decimal texts, and the whole fits the model."""
    quote = [repr(bid).encode(), repr(offer).encode(), b"1" if reason else b"0", reason.encode(), b"t", b"5"]
    text = encode("BTU", [*quote, *NOTHING_MORE], 2_000_005)
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
    text = encode("BTU", [*sides, b"1", b"no_quote", b"t", b"5", *NOTHING_MORE], 0)
    assert text is not None

    state = SymbolState.model_validate_json(text, strict=True)
    assert (state.bid, state.offer) == ((price, None) if side == "bid" else (None, price))
    assert (state.mid, state.spread) == (None, None)
    assert state.reason == ["no_quote"]


@given(finite, finite)
def test_any_number_is_json(bid: float, offer: float) -> None:
    """Whatever finite numbers a feed may send, the answer is valid JSON."""
    text = encode("BTU", [repr(bid).encode(), repr(offer).encode(), b"0", b"", b"t", b"5", *NOTHING_MORE], 0)
    assert text is not None
    assert math.isfinite(json.loads(text)["bid"])


@given(st.text(max_size=16), st.text(max_size=30))
def test_any_text_is_json(symbol: str, time: str) -> None:
    """Names and times of whatever characters come back as they are."""
    quote = [b"1.0", b"2.0", b"0", b"", time.encode(errors="surrogatepass"), b"5", *NOTHING_MORE]
    text = encode(symbol, quote, 0)
    if text is not None:  # what is no text has no answer
        assert json.loads(text)["symbol"] == symbol


@given(st.lists(st.none() | st.binary(max_size=6), max_size=12))
def test_what_is_no_quote(quote: list[bytes | None]) -> None:
    """Whatever else is in Redis has no answer, or a valid one, and never raises."""
    text = encode("BTU", quote, 0)
    assert text is None or SymbolState.model_validate_json(text)


def test_foreign_numbers() -> None:
    """Numbers that Python reads but JSON does not know are no quote."""
    for foreign in (b"nan", b"inf", b"-inf", b"1_0", b" 1", b"+1", b"01", b"1.", b".5", b"0x1"):
        for other in (b"1.0", b""):
            assert encode("BTU", [foreign, other, b"0", b"", b"t", b"5", *NOTHING_MORE], 0) is None
            assert encode("BTU", [other, foreign, b"0", b"", b"t", b"5", *NOTHING_MORE], 0) is None


QUOTE = [b"10.0", b"10.01", b"0", b"", b"t", b"5"]


def shown(*quote: bytes | None) -> dict[str, Any]:
    """What is said of a quote and what follows it in a hash."""
    text = encode("BTU", [*quote], 10)
    assert text is not None
    return SymbolState.model_validate_json(text, strict=True).model_dump()


def test_state_status_and_source_are_shown() -> None:
    """As the hash has them; the time also as text."""
    state = shown(*QUOTE, b"two_sided", b"3", b"1", b"", b"stream:quotes")
    assert {name: state[name] for name in ("state", "state_since", "status", "source")} == {
        "state": "two_sided", "state_since": 3, "status": 1, "source": "stream:quotes",
    }  # fmt: skip
    assert state["state_since_iso"] == "1970-01-01T00:00:00.000003Z"


@pytest.mark.parametrize("stored", [None, b"crossed"])
def test_the_state_is_what_the_prices_say(stored: bytes | None) -> None:
    """Whoever wrote them; since when is not known where the state beside them is none or another one."""
    state = shown(*QUOTE, stored, b"3", None, None, b"")
    assert (state["state"], state["state_since"], state["state_since_iso"]) == ("two_sided", None, None)
    assert (state["status"], state["source"]) == (None, None)


def test_published_limits_say_the_state() -> None:
    """For they may take a price for none; what is no state is none all the same."""
    quote = [b"10.0", b"0.0", b"0", b"", b"t", b"5"]
    state = shown(*quote, b"one_sided", b"3", None, b"7:day", b"")
    assert (state["state"], state["state_since"], state["limits"]) == ("one_sided", 3, "7:day")
    assert shown(*quote, b"sleepy", b"3", None, b"7:day", b"")["state"] == "crossed"
    assert shown(*quote, b"one_sided", b"3", None, b"", b"")["state"] == "crossed"


def test_a_symbol_that_only_has_a_status() -> None:
    """It has no quote, and so no time of one."""
    state = shown(b"", b"", b"1", b"no_quote", None, None, b"empty", b"3", b"2", None, None)
    absent = ("bid", "offer", "mid", "spread", "transact_time", "updated_at", "updated_at_iso", "age_ms")
    assert {state[name] for name in absent} == {None}
    assert (state["state"], state["status"], state["risky"], state["reason"]) == (
        "empty",
        2,
        True,
        ["no_quote"],
    )


def test_a_hash_that_is_not_there() -> None:
    """It is no symbol."""
    assert encode("BTU", [None] * 11, 0) is None
