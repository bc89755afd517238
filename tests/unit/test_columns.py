"""Whole batches: decoding by columns and frame by frame give the same, and what the contract says."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.market_data.feed.batch import latest, latest_by_columns, latest_by_loop
from services.market_data.feed.latest import Latest
from services.orders.feed.batch import Orders, decode_by_loop, decode_orders
from services.orders.feed.columns import decode_by_columns
from services.orders.model.finding import Finding
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

DecodeQuotes = Callable[[Buffer, Sequence[Run], SymbolTable], tuple[Latest, Rejects]]
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


def quotes_of(changes: Latest, table: SymbolTable) -> dict[bytes, Row]:
    """Quotes by symbol; NaN and -0.0 told apart by their text."""
    found: dict[bytes, Row] = {
        table.names[symbol]: (transact_time, repr(bid), repr(offer))
        for symbol, transact_time, bid, offer, _ in zip(*changes.quotes, strict=True)
    }
    assert len(found) == len(changes.quotes.symbols), "a symbol was written twice"
    return found


def statuses_of(changes: Latest, table: SymbolTable) -> dict[bytes, Row]:
    """Statuses by symbol, with whether both prices are gone of one without a quote."""
    found: dict[bytes, Row] = {
        table.names[symbol]: (status and (status.status, repr(status.band_low), status.band_high), is_gone)
        for symbol, status, is_gone in changes.statuses
    }
    assert len(found) == len(changes.statuses), "a symbol was written twice"
    return found


def one_by_one(messages: list[frames.Message]) -> tuple[dict[bytes, Row], dict[bytes, Row]]:
    """What quotes and statuses come to that are applied one after the other."""
    quotes: dict[bytes, Row] = {}
    statuses: dict[bytes, Row] = {}
    for each in messages:
        if each.status is None:
            quotes[each.symbol] = each.time, repr(each.first), repr(each.second)
            before, is_gone = statuses.pop(each.symbol, (None, False))
            if before is not None:
                statuses[each.symbol] = before, False
        elif each.status == 6 and each.symbol in quotes:
            quotes[each.symbol] = quotes[each.symbol][0], "None", "None"
        else:
            before, is_gone = statuses.get(each.symbol, (None, False))
            bands = repr(each.first or None), each.second or None
            statuses[each.symbol] = (before, True) if each.status == 6 else ((each.status, *bands), is_gone)
    return quotes, statuses


def orders_of(orders: Orders, table: SymbolTable, symbols: set[int]) -> list[Row]:
    """The orders on some symbols, by frame."""
    alerts = orders.on({symbol: Finding(None, None, b"", None, table.names[symbol], 0) for symbol in symbols})
    assert [each.finding.reason for each in alerts] == [each.order.symbol for each in alerts]
    return [(each.frame, each.order) for each in alerts]


@pytest.mark.parametrize("decode", [latest_by_loop, latest_by_columns])
@settings(max_examples=50)
@given(seed=SEEDS, count=COUNTS, damaged=DAMAGE, statuses=st.sampled_from((0.0, 0.1, 1.0)))
def test_quotes_and_statuses_take_effect_as_if_one_by_one(
    decode: DecodeQuotes, seed: int, count: int, damaged: float, statuses: float
) -> None:
    """Of any mix the last valid ones of each symbol are kept, and every bad one is told apart."""
    payloads = frames.Mixture(frames.QUOTE, seed, damaged, statuses=statuses).payloads(count)
    buffer, runs = joined(payloads)
    table = SymbolTable(MANY)

    changes, rejects = decode(buffer, runs, table)

    good = [
        frames.read(each, frames.QUOTE) for each in payloads if frames.refusal(each, frames.QUOTE) is None
    ]
    assert (quotes_of(changes, table), statuses_of(changes, table)) == one_by_one(good)
    assert listed(rejects) == refused(payloads, frames.QUOTE)
    assert rejects.counts() == Counter(reason for _, reason, _ in refused(payloads, frames.QUOTE))


@pytest.mark.parametrize("decode", [decode_by_loop, decode_by_columns])
@settings(max_examples=50)
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


@settings(max_examples=50)
@given(seed=SEEDS, limit=st.integers(1, 30), damaged=DAMAGE)
def test_both_ways_agree_when_there_is_no_room_for_more_symbols(
    seed: int, limit: int, damaged: float
) -> None:
    """Whatever the lengths, the symbols that come first are taken up to the limit, and the others refused."""
    mixture = frames.Mixture(frames.QUOTE, seed, damaged, symbols=60, statuses=0.2)
    buffer, runs = joined(mixture.payloads(500))
    by_loop, by_columns = SymbolTable(limit), SymbolTable(limit)

    loop_updates, loop_rejects = latest_by_loop(buffer, runs, by_loop)
    column_updates, column_rejects = latest_by_columns(buffer, runs, by_columns)

    assert len(by_loop) <= limit
    assert set(by_columns.names) == set(by_loop.names)
    assert quotes_of(column_updates, by_columns) == quotes_of(loop_updates, by_loop)
    assert statuses_of(column_updates, by_columns) == statuses_of(loop_updates, by_loop)
    assert listed(column_rejects) == listed(loop_rejects)


@pytest.mark.parametrize("decode", [latest_by_loop, latest_by_columns])
@settings(max_examples=50)
@given(seed=SEEDS, limit=st.integers(1, 30))
def test_a_symbol_beyond_the_limit_is_refused_and_known_ones_go_on(
    decode: DecodeQuotes, seed: int, limit: int
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

    changes, rejects = latest(buffer, runs, table)

    columns = [*map(list, changes.quotes)]
    assert columns == [[0], [frames.TIME], [(frames_sent - 2) / 100], [1.0], [frames_sent - 2]]
    assert listed(rejects) == [(frames_sent - 1, "transact_time", bad)]
    assert decode_orders(buffer, runs, table)[1].counts() == {"type": frames_sent}


@given(seed=SEEDS, most=st.integers(0, 50))
@example(seed=0, most=0)
def test_only_as_many_rejects_as_wanted_are_made(seed: int, most: int) -> None:
    """The first so many refused frames are given out, with the numbers and bytes that they have."""
    payloads = frames.Mixture(frames.QUOTE, seed, damaged=0.5).payloads(200)
    _, rejects = latest(*joined(payloads), SymbolTable(MANY))

    assert [tuple(each) for each in rejects.first(most)] == refused(payloads, frames.QUOTE)[:most]


GOOD = [
    (frames.QUOTE, frames.quote()),
    (frames.QUOTE, frames.status()),
    (frames.QUOTE, frames.status(b"A" * 16)),
    (frames.ORDER, frames.order()),
]


@pytest.mark.parametrize(("feed", "good"), GOOD)
@pytest.mark.parametrize("at", range(55))
def test_every_byte_of_a_frame_is_looked_at(feed: int, good: bytes, at: int) -> None:
    """Any single byte set to any value, among good frames, is judged by columns as by the contract."""
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
    assert len({*updates.quotes.symbols}) == 99
