"""Framing, and one message at a time: both ways, and from bytes of any kind."""

import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from market_spread import order as orders
from market_spread import quote as quotes
from market_spread.framing import HEADER, MAX_PAYLOAD, DecodeError
from market_spread.framing import frame as framed
from shared.wire.framing import Run, Split, split
from tests.support import frames

DECODERS: dict[int, Callable[[bytes], quotes.Quote | orders.Order]] = {
    frames.QUOTE: quotes.decode,
    frames.ORDER: orders.decode,
}
FEEDS = st.sampled_from(sorted(DECODERS))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SYMBOLS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=16).map(
    str.encode
)
TIMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=21, max_size=21).map(
    str.encode
)
ORDER_IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=6).map(str.encode)


def payloads_of(buffer: bytes, found: Split) -> list[bytes]:
    """The payloads that the runs of a split are about."""
    return [
        buffer[at + 4 : at + 4 + run.size]
        for run in found.runs
        for at in range(run.offset, run.end, 4 + run.size)
    ]


def judge(feed: int, payload: bytes) -> None:
    """Decode a payload; what comes of it must be what the contract says."""
    reason = frames.refusal(payload, feed)
    if reason is None:
        assert DECODERS[feed](payload).symbol == frames.read(payload, feed).symbol
        return
    with pytest.raises(DecodeError) as caught:
        DECODERS[feed](payload)
    assert (caught.value.reason, caught.value.raw) == (reason, payload)


@given(st.builds(quotes.Quote, SYMBOLS, TIMES, NUMBERS, NUMBERS), st.integers(1, 16))
def test_a_quote_comes_back_as_it_was_encoded(quote: quotes.Quote, width: int) -> None:
    """Encoding and decoding a quote gives the same quote, at every width of its symbol from 1 to 16."""
    encoded = quote.encode(width)

    assert quotes.decode(encoded[4:]) == quote
    assert quote.bid is not None
    assert quote.offer is not None
    assert encoded == frames.frame(
        frames.quote(quote.symbol.rjust(width), quote.bid, quote.offer, time=quote.transact_time)
    )


@given(
    st.builds(
        orders.Order,
        st.sampled_from((1, 2)),
        st.integers(0, 2**32 - 1).map(lambda number: b"%d" % number),
        ORDER_IDS,
        SYMBOLS,
        NUMBERS,
        NUMBERS,
        TIMES,
    ),
    st.integers(1, 16),
)
def test_an_order_comes_back_as_it_was_encoded(order: orders.Order, width: int) -> None:
    """Encoding and decoding an order gives the same order, at every width of its symbol from 1 to 16."""
    encoded = order.encode(width)

    assert orders.decode(encoded[4:]) == order
    assert order.quantity is not None
    assert order.price is not None
    assert encoded == frames.frame(
        frames.order(
            order.symbol.rjust(width), order.order_id.rjust(6), side=order.side, account=int(order.account),
            quantity=order.quantity, price=order.price, time=order.transact_time,
        )
    )  # fmt: skip


def test_frames_are_those_of_the_original() -> None:
    """A quote and an order are encoded byte for byte as the contract lays them out."""
    quote = quotes.Quote(b"BTU", b"20151204-14:30:00.000", 0.0, 0.01)
    order = orders.Order(1, b"16909060", b"000001", b"BRK.B", 4000.0, 0.0, b"20151204-14:31:28.000")

    assert quote.encode() == bytes.fromhex("0000002a 02") + b" BTU20151204-14:30:00.000" + struct.pack(
        ">dd", 0.0, 0.01
    )
    assert order.encode() == (
        bytes.fromhex("00000036 01 01 01020304") + b"000001BRK.B" + struct.pack(">dd", 4000.0, 0.0)
        + b"20151204-14:31:28.000"
    )  # fmt: skip


@given(FEEDS, st.integers(0, 2**32), st.integers(0, 400))
def test_damaged_payloads_are_refused_for_the_right_reason(feed: int, seed: int, count: int) -> None:
    """A mutated or random payload gives the first reason that applies and the raw bytes, or a message."""
    for payload in frames.Mixture(feed, seed, damaged=0.7).payloads(count):
        judge(feed, payload)


@given(FEEDS, st.binary(min_size=1, max_size=100))
def test_random_bytes_give_nothing_but_decode_errors(feed: int, payload: bytes) -> None:
    """Whatever the bytes are, decoding them ends in a message or in a `DecodeError`."""
    typed = bytes([feed]) + payload[1:]
    for raw in (payload, typed):
        judge(feed, raw)


BAD_QUOTE = {"symbol": b"\x01   ", "time": b"\xff" * 21, "bid": float("nan")}
BAD_ORDER = {"symbol": b"A B ", "side": 3, "order_id": b"\0" * 6, "time": b"\n" * 21, "price": float("inf")}
REASON_OF = {"time": "transact_time", "bid": "number", "price": "number"}


@pytest.mark.parametrize("first", range(4))
def test_the_first_reason_of_a_bad_quote_counts(first: int) -> None:
    """A quote with everything wrong is refused for its type, then its symbol, its time, its numbers."""
    wrong = dict(list(BAD_QUOTE.items())[max(first - 1, 0) :])
    reason = "type" if not first else REASON_OF.get(next(iter(wrong)), next(iter(wrong)))

    with pytest.raises(DecodeError) as caught:
        quotes.decode(frames.quote(kind=2 if first else 9, **wrong))  # type: ignore[arg-type]

    assert caught.value.reason == reason


@pytest.mark.parametrize("first", range(6))
def test_the_first_reason_of_a_bad_order_counts(first: int) -> None:
    """An order with everything wrong is refused in the contract's order of reasons."""
    wrong = dict(list(BAD_ORDER.items())[max(first - 1, 0) :])
    reason = "type" if not first else REASON_OF.get(next(iter(wrong)), next(iter(wrong)))

    with pytest.raises(DecodeError) as caught:
        orders.decode(frames.order(kind=1 if first else 9, **wrong))  # type: ignore[arg-type]

    assert caught.value.reason == reason


@given(FEEDS, st.integers(0, 2**32), st.integers(0, 300))
def test_any_cuts_give_the_same_messages(feed: int, seed: int, count: int) -> None:
    """A stream of frames read in pieces of any size gives the payloads that were sent, once each."""
    sent = frames.Mixture(feed, seed).payloads(count)
    got, rest = [], b""

    for piece in frames.pieces(b"".join(map(frames.frame, sent)), seed):
        buffer = rest + piece
        found = split(buffer, 0, len(buffer))
        got += payloads_of(buffer, found)
        assert found.lost is None
        rest = buffer[found.end :]

    assert got == sent
    assert rest == b""


@given(st.integers(0, 2**32), st.sampled_from((0, MAX_PAYLOAD + 1, 2**31, 2**32 - 1)), st.binary(max_size=50))
def test_an_impossible_length_ends_the_framing(seed: int, size: int, rubbish: bytes) -> None:
    """Frames before an impossible length are found; where it stands and what it is, is told."""
    sent = frames.Mixture(frames.QUOTE, seed).payloads(seed % 100)
    before = b"".join(map(frames.frame, sent))
    buffer = before + HEADER.pack(size) + rubbish

    found = split(buffer, 0, len(buffer))

    assert payloads_of(buffer, found) == sent
    assert (found.end, found.lost) == (len(before), size)


@given(st.binary(max_size=300))
@example(b"\0\0\0\x01")
@example(b"\0\0\x10\0" + bytes(4096))
def test_splitting_random_bytes_ends(data: bytes) -> None:
    """Whatever the bytes are, the split accounts for each of them: in a run, before or behind its end."""
    found = split(data, 0, len(data))

    assert sum(run.frames * (4 + run.size) for run in found.runs) == found.end <= len(data)
    left = data[found.end :]
    size = int.from_bytes(left[:4]) if len(left) >= 4 else None
    assert found.lost == (size if size is not None and not 0 < size <= MAX_PAYLOAD else None)
    assert size is None or found.lost is not None or len(left) < 4 + size


def test_a_split_looks_only_at_its_part_of_the_buffer() -> None:
    """Frames before the start and behind the end of a buffer's part are left alone."""
    one = frames.frame(frames.quote())
    buffer = bytearray(one * 10)

    assert split(buffer, 2 * len(one), 7 * len(one) - 1) == Split(
        [Run(2 * len(one), 42, 4)], 4, 6 * len(one), None
    )


@settings(max_examples=20)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_mixed_lengths_cost_no_more_than_their_bytes(sizes: list[int]) -> None:
    """A megabyte of the smallest frames in any pattern of lengths takes well under a second of processor."""
    pattern = b"".join(framed(b"\x02" * size) for size in [*sizes, *([sizes[0]] * 70)])
    buffer = pattern * ((1 << 20) // len(pattern))

    began = time.process_time()
    found = split(buffer, 0, len(buffer))

    assert found.end == len(buffer)
    assert time.process_time() - began < 1.0
