"""The made market: valid frames, a believable market, the same for the same seed."""

import hashlib
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from market_spread import order as order_messages
from market_spread import quote as quote_messages
from market_spread.framing import HEADER
from services.cli.made_market.market import START_MS, STEP_MS, Frames, Market
from services.cli.made_market.market_files import write_market
from services.market_data.feed.messages import quote_dtype
from shared.wire.framing import split

pytestmark = pytest.mark.slow


def last_quotes(arrays: list[Frames]) -> dict[bytes, tuple[float, float]]:
    """Each symbol's last bid and offer."""
    return {quote["symbol"].strip(): (quote["bid"], quote["offer"]) for frames in arrays for quote in frames}


def run(market: Market, seconds: float, quotes_a_step: int) -> list[list[Frames]]:
    """Let the market run, a step at a time; its quotes of each step."""
    clocks = range(START_MS + STEP_MS, START_MS + round(seconds * 1000) + 1, STEP_MS)
    quoted = []
    for clock in clocks:
        market.advance(clock)
        quoted.append(market.quotes(quotes_a_step))
    return quoted


def transact_times_in(path: Path) -> list[bytes]:
    """Of all quotes of a file."""
    wire = path.read_bytes()
    found = split(wire, 0, len(wire))
    assert len(found.runs) > 2, "symbols of both lengths, in many slices"
    return [
        time_
        for each in found.runs
        for time_ in np.frombuffer(
            wire, quote_dtype(each.size - quote_messages.FIXED_SIZE), each.frames, each.offset
        )["transact_time"].tolist()
    ]


def test_quotes_are_frames_of_the_feed() -> None:
    """Every quote decodes with the feed's own decoder, on a symbol of the market, right-justified to 4."""
    market = Market(symbols=500)
    wire = b"".join(frames.tobytes() for frames in market.quotes(3000))
    found = split(wire, 0, len(wire))
    assert found.end == len(wire)
    symbols = {name.encode() for name in market.symbols}
    seen = set()
    for each in found.runs:
        for at in range(each.offset, each.end, HEADER.size + each.size):
            payload = wire[at + HEADER.size : at + HEADER.size + each.size]
            quote = quote_messages.decode(payload)
            assert quote.encode() == wire[at : at + HEADER.size + each.size]
            seen.add(quote.symbol)
    assert seen == symbols


def test_orders_are_frames_of_the_feed() -> None:
    """Every order decodes with the feed's own decoder: sides, accounts, round lots, ids of 6 characters."""
    market = Market(symbols=500)
    market.quotes(500)
    arrays = market.orders(3000)
    orders = []
    for frames in arrays:
        for raw in frames:
            order = order_messages.decode(raw.tobytes()[HEADER.size :])
            assert order.encode() == raw.tobytes()
            orders.append(order)
    assert {order.side for order in orders} == {1, 2}
    assert len({order.account for order in orders}) > 50
    assert len({order.order_id for order in orders}) == 3000
    assert all(len(order.order_id) == 6 for order in orders)
    assert all(order.quantity and order.quantity % 100 == 0 and order.quantity > 0 for order in orders)


def test_runs_of_equal_frames_are_long() -> None:
    """Of any number of quotes those of the long symbols come together, so there are two runs at most."""
    market = Market(symbols=400)
    assert max(len(name) for name in market.symbols) == 5
    wire = b"".join(frames.tobytes() for frames in market.quotes(5000))
    assert [each.size for each in split(wire, 0, len(wire)).runs] == [42, 43]


def test_prices_are_positive_whole_cents_and_the_market_is_never_crossed() -> None:
    """However long it runs, bids are above 0 and below the offers, and everything is in whole cents."""
    market = Market(seed=3, symbols=432, risky=0.3)
    for arrays in run(market, seconds=60, quotes_a_step=500):
        for frames in arrays:
            assert (frames["bid"] > 0).all()
            assert (frames["bid"] < frames["offer"]).all()
            for price in ("bid", "offer"):
                cents = np.rint(frames[price] * 100)
                assert (cents / 100 == frames[price]).all()


@pytest.mark.parametrize("risky", [0.0, 0.04, 0.25, 1.0])
@pytest.mark.slow
def test_the_share_of_risky_symbols_is_near_the_asked_one(risky: float) -> None:
    """Over two minutes that share of 2,000 symbols has a spread of 5 cents or more, at every moment."""
    market = Market(seed=7, symbols=2000, risky=risky)
    for ten_seconds in range(12):
        start = START_MS + ten_seconds * 10_000
        for clock in range(start + STEP_MS, start + 10_000 + 1, STEP_MS):
            market.advance(clock)
        quoted = [frames for _ in range(20) for frames in market.quotes(2000)]
        spreads = np.array([round((offer - bid) * 100) for bid, offer in last_quotes(quoted).values()])
        assert (spreads >= 5).mean() == pytest.approx(risky, abs=0.02)
        assert spreads.min() >= 1


def test_symbols_come_into_risk_and_leave_it() -> None:
    """Within a minute many more symbols are at risk than at any one moment, and few all the time."""
    market = Market(seed=1, symbols=350)
    risky_at = []
    for arrays in run(market, seconds=60, quotes_a_step=3500)[9::10]:
        last = last_quotes(arrays)
        risky_at.append({symbol for symbol, (bid, offer) in last.items() if round((offer - bid) * 100) >= 5})
    assert len(set.union(*risky_at)) > 40
    assert all(len(risky) < 40 for risky in risky_at)
    assert not set.intersection(*risky_at)
    stayed = [len(before & after) for before, after in pairwise(risky_at)]
    assert sum(stayed) > 0.7 * sum(len(risky) for risky in risky_at[:-1])


def test_mids_move_but_do_not_eachaway() -> None:
    """In ten minutes most mids have moved by cents, none by a fifth."""
    market = Market(seed=2, symbols=350)
    before = last_quotes(market.quotes(350))
    steps = run(market, seconds=600, quotes_a_step=10)
    assert len(steps) == 6000
    after = last_quotes(market.quotes(10_000))
    ratios = np.array([after[symbol][0] / before[symbol][0] for symbol in before if symbol in after])
    assert len(ratios) > 340
    assert (np.abs(ratios - 1) < 0.2).all()
    assert np.std(ratios) > 0.002


def test_orders_are_limited_near_the_mid_of_quoted_symbols() -> None:
    """Orders come on symbols that have a quote, a few cents from its mid."""
    market = Market(seed=5, symbols=350)
    last = last_quotes(market.quotes(100))
    for frames in market.orders(2000):
        for order in frames:
            bid, offer = last[order["symbol"].strip()]
            assert abs(order["price"] - (bid + offer) / 2) < 0.07


def test_without_quotes_orders_come_on_all_symbols() -> None:
    """A market that only the order feed asks has orders all the same."""
    symbols = {order["symbol"] for frames in Market(symbols=50).orders(2000) for order in frames}
    assert len(symbols) == 50


def test_the_same_seed_gives_the_same_bytes_everywhere() -> None:
    """These digests hold for every version of Python and NumPy; another seed gives another market."""

    def digest(seed: int) -> str:
        market = Market(seed)
        wire = hashlib.sha256()
        for step in range(1, 51):
            market.advance(START_MS + step * 37)
            for frames in market.quotes(200) + market.orders(40):
                wire.update(frames.tobytes())
        return wire.hexdigest()[:16]

    assert digest(1) == "7f9f2a7d663b6353"
    assert digest(2) == "2ba87b280d911d46"


def test_written_files_are_the_same_for_the_same_arguments(tmp_path: Path) -> None:
    """Byte for byte; the counts are the rates times the seconds, and the times ascend evenly."""
    for name in ("one", "other"):
        written = write_market(
            tmp_path / name, Market(4, 100), quotes_per_second=1000, orders_per_second=77, seconds=2.5
        )
        assert written == (2500, 192)
    for name in ("quotes.msg", "orders.msg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    times = transact_times_in(tmp_path / "one" / "quotes.msg")
    assert times == sorted(times)
    assert times[0] == b"20260105-14:30:00.000"
    assert times[1000] == b"20260105-14:30:01.000"
    assert times[-1] == b"20260105-14:30:02.499"


@pytest.mark.parametrize("arguments", [{"risky": 1.5}, {"risky": -0.1}, {"symbols": 0}, {"seed": -1}])
def test_impossible_markets(arguments: dict[str, int]) -> None:
    """Arguments out of range are refused."""
    with pytest.raises(ValueError, match=r"."):
        Market(**arguments)


def test_is_made_at_millions_of_frames_a_second() -> None:
    """Making frames is no bottleneck: above a million in a second of processor time."""
    market = Market()
    started = time.process_time()
    for _ in range(50):
        market.quotes(8192)
        market.orders(8192)
    assert 100 * 8192 / (time.process_time() - started) > 1e6
