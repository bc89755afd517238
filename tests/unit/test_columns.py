"""Whole batches: decoding by columns and frame by frame give the same, and what the contract says."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.market_data.feed.batch import Update, latest, latest_by_columns, latest_by_loop
from services.orders.feed.batch import Orders, decode_by_columns, decode_by_loop, decode_orders
from shared.market.verdict import Verdict
from shared.wire.columns import VECTOR_FRAMES
from shared.wire.framing import Buffer, Run, split
from shared.wire.groups import count_frames
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable
from tests.support import frames

SEEDS = st.integers(0, 2**32)
COUNTS = st.sampled_from((0, 1, 2, 39, 40, 41, 300, 800))
DAMAGE = st.sampled_from((0.0, 0.05, 0.5, 1.0))
MANY = 10_000
"""A limit of symbols that is never reached."""

Latest = Callable[[Buffer, Sequence[Run], SymbolTable], tuple[list[Update], Rejects]]
Decode = Callable[[Buffer, Sequence[Run], SymbolTable], tuple[Orders, Rejects]]
Row = tuple[object, ...]


def joined(payloads: list[bytes]) -> tuple[bytearray, list[Run]]:
    """A buffer that holds the payloads as frames, not from its start on, and where they are."""
    buffer = bytearray(b"\xff" * 7 + b"".join(map(frames.frame, payloads)))
    return buffer, split(buffer, 7, len(buffer)).runs


def listed(rejects: Rejects) -> list[tuple[int, str, bytes]]:
    """All that was refused: frame number, reason, raw bytes."""
    return [(each.frame, each.reason, each.raw) for each in rejects.first(10**6)]


def refused(payloads: list[bytes], feed: int) -> list[tuple[int, str, bytes]]:
    """What the contract refuses of these payloads."""
    reasons = ((frame, frames.refusal(payload, feed), payload) for frame, payload in enumerate(payloads))
    return [(frame, reason, payload) for frame, reason, payload in reasons if reason is not None]


def quotes_of(updates: list[Update], table: SymbolTable) -> dict[bytes, Row]:
    """Updates by symbol; NaN and -0.0 told apart by their text."""
    found: dict[bytes, Row] = {
        table.names[each.symbol]: (each.transact_time, repr(each.bid), repr(each.offer)) for each in updates
    }
    assert len(found) == len(updates), "a symbol was written twice"
    return found


def orders_of(orders: Orders, table: SymbolTable, symbols: set[int]) -> list[Row]:
    """The orders on some symbols, by frame."""
    alerts = orders.on({symbol: Verdict(None, table.names[symbol], 0) for symbol in symbols})
    assert [each.market.reason for each in alerts] == [each.order.symbol for each in alerts]
    return [(each.frame, each.order) for each in alerts]


@pytest.mark.parametrize("decode", [latest_by_loop, latest_by_columns])
@given(seed=SEEDS, count=COUNTS, damaged=DAMAGE)
def test_the_last_good_quote_of_each_symbol_is_kept(
    decode: Latest, seed: int, count: int, damaged: float
) -> None:
    """Of any mix of quotes the last valid one of each symbol is kept, and every bad one is told apart."""
    payloads = frames.Mixture(frames.QUOTE, seed, damaged).payloads(count)
    buffer, runs = joined(payloads)
    table = SymbolTable(MANY)

    updates, rejects = decode(buffer, runs, table)

    good = [
        frames.read(each, frames.QUOTE) for each in payloads if frames.refusal(each, frames.QUOTE) is None
    ]
    assert quotes_of(updates, table) == {
        each.symbol: (each.time, repr(each.first), repr(each.second)) for each in good
    }
    assert listed(rejects) == refused(payloads, frames.QUOTE)
    assert rejects.counts() == Counter(reason for _, reason, _ in refused(payloads, frames.QUOTE))


@pytest.mark.parametrize("decode", [decode_by_loop, decode_by_columns])
@given(seed=SEEDS, count=COUNTS, damaged=DAMAGE)
def test_every_good_order_is_found(decode: Decode, seed: int, count: int, damaged: float) -> None:
    """Of any mix of orders each valid one is found by its symbol, in order, and every bad one told apart."""
    payloads = frames.Mixture(frames.ORDER, seed, damaged).payloads(count)
    buffer, runs = joined(payloads)
    table = SymbolTable(MANY)

    orders, rejects = decode(buffer, runs, table)

    good = [
        (frame, frames.read(payload, frames.ORDER))
        for frame, payload in enumerate(payloads)
        if frames.refusal(payload, frames.ORDER) is None
    ]
    assert {table.names[number] for number in orders.symbols()} == {each.symbol for _, each in good}
    chosen = set(random.Random(seed).sample(orders.symbols(), len(orders.symbols()) // 2))
    names = {table.names[number] for number in chosen}
    assert orders_of(orders, table, chosen) == [
        (frame, (m.side, b"%d" % m.account, m.order_id, m.symbol, m.first, m.second, m.time))
        for frame, m in good
        if m.symbol in names
    ]
    assert listed(rejects) == refused(payloads, frames.ORDER)
    assert rejects.counts() == Counter(reason for _, reason, _ in refused(payloads, frames.ORDER))


@given(seed=SEEDS, limit=st.integers(1, 30), damaged=DAMAGE)
def test_both_ways_agree_when_there_is_no_room_for_more_symbols(
    seed: int, limit: int, damaged: float
) -> None:
    """Whatever the lengths, the symbols that come first are taken up to the limit, and the others refused."""
    buffer, runs = joined(frames.Mixture(frames.QUOTE, seed, damaged, symbols=60).payloads(500))
    by_loop, by_columns = SymbolTable(limit), SymbolTable(limit)

    loop_updates, loop_rejects = latest_by_loop(buffer, runs, by_loop)
    column_updates, column_rejects = latest_by_columns(buffer, runs, by_columns)

    assert len(by_loop) <= limit
    assert set(by_columns.names) == set(by_loop.names)
    assert quotes_of(column_updates, by_columns) == quotes_of(loop_updates, by_loop)
    assert listed(column_rejects) == listed(loop_rejects)


@pytest.mark.parametrize("decode", [latest_by_loop, latest_by_columns])
@given(seed=SEEDS, limit=st.integers(1, 30))
def test_a_symbol_beyond_the_limit_is_refused_and_known_ones_go_on(
    decode: Latest, seed: int, limit: int
) -> None:
    """Whatever the widths, just so many symbols are taken, and a good quote is refused only for one more."""
    payloads = frames.Mixture(frames.QUOTE, seed, damaged=0.0, symbols=60).payloads(600)
    buffer, runs = joined(payloads)
    table = SymbolTable(limit)

    updates, rejects = decode(buffer, runs, table)

    sent = {frames.read(payload, frames.QUOTE).symbol for payload in payloads}
    assert len(table) == min(limit, len(sent))
    assert {reason for _, reason, _ in listed(rejects)} <= {"too_many_symbols"}
    out = {frames.read(raw, frames.QUOTE).symbol for _, _, raw in listed(rejects)}
    assert out == sent - set(table.names)
    assert set(quotes_of(updates, table)) == set(table.names)


@pytest.mark.parametrize("frames_sent", [VECTOR_FRAMES - 1, VECTOR_FRAMES, 5 * VECTOR_FRAMES])
def test_small_and_large_batches_give_the_same(frames_sent: int) -> None:
    """On both sides of the size from which on columns are used, a batch's result is the same."""
    bad = frames.quote(time=b"\0" * 21)
    buffer, runs = joined([frames.quote(bid=n / 100, offer=1.0) for n in range(frames_sent - 1)] + [bad])
    table = SymbolTable(MANY)

    updates, rejects = latest(buffer, runs, table)

    assert updates == [Update(0, frames.TIME, (frames_sent - 2) / 100, 1.0)]
    assert listed(rejects) == [(frames_sent - 1, "transact_time", bad)]
    assert decode_orders(buffer, runs, table)[1].counts() == {"type": frames_sent}


@given(seed=SEEDS, most=st.integers(0, 50))
@example(seed=0, most=0)
def test_only_as_many_rejects_as_wanted_are_made(seed: int, most: int) -> None:
    """The first so many refused frames are given out, with the numbers and bytes that they have."""
    payloads = frames.Mixture(frames.QUOTE, seed, damaged=0.5).payloads(200)
    _, rejects = latest(*joined(payloads), SymbolTable(MANY))

    assert [tuple(each) for each in rejects.first(most)] == refused(payloads, frames.QUOTE)[:most]


@pytest.mark.parametrize("feed", [frames.QUOTE, frames.ORDER])
@pytest.mark.parametrize("at", range(54))
def test_every_byte_of_a_frame_is_looked_at(feed: int, at: int) -> None:
    """Any single byte set to any value, among good frames, is judged by columns as by the contract."""
    good = frames.quote() if feed == frames.QUOTE else frames.order()
    payloads = [good[:at] + bytes([value]) + good[at + 1 :] for value in range(256) if at < len(good)]
    buffer, runs = joined(payloads)

    decode = latest_by_columns if feed == frames.QUOTE else decode_by_columns
    _, rejects = decode(buffer, runs, SymbolTable(MANY))

    assert listed(rejects) == refused(payloads, feed)


@given(st.lists(st.binary(min_size=1, max_size=80), max_size=120))
def test_random_payloads_end_in_a_result(payloads: list[bytes]) -> None:
    """Batches of random bytes are judged by columns as frame by frame, on both feeds, and never fail."""
    buffer, runs = joined(payloads)

    for by_loop, by_columns, feed in (
        (latest_by_loop, latest_by_columns, frames.QUOTE),
        (decode_by_loop, decode_by_columns, frames.ORDER),
    ):
        rejects = [listed(decode(buffer, runs, SymbolTable(MANY))[1]) for decode in (by_loop, by_columns)]
        assert rejects[0] == rejects[1] == refused(payloads, feed)


def test_lengths_in_turn_are_all_found() -> None:
    """A batch of two lengths in turn, a run for each frame, has all of its symbols found."""
    payloads = [frames.quote(b" A%02d" % n) if n % 3 else frames.quote(b"  B%02d" % n) for n in range(99)]
    buffer, runs = joined(payloads)
    assert count_frames(runs) == 99

    updates, rejects = latest_by_columns(buffer, runs, table := SymbolTable(MANY))

    assert rejects.counts() == {}
    assert set(quotes_of(updates, table)) == {frames.read(each, frames.QUOTE).symbol for each in payloads}
    assert np.unique([each.symbol for each in updates]).size == 99
