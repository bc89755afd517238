"""The market of `simulate --limits demo`: what goes wrong in it, and that the demo's limits notice it."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from market_spread.framing import HEADER
from market_spread.order import decode as decode_order
from market_spread.status import STATUS_TYPE, Status
from services.cli.commands.simulate import main
from services.cli.local.demo_limits import FILE
from services.cli.made_market.market import START_MS, STEP_MS, Frames, Market
from services.cli.made_market.market_files import write_market
from services.cli.made_market.unruly_market import UnrulyMarket
from services.market_data.feed.batch import decode
from shared.market.limits.judge import Judge
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.quote_state import state_of
from tests.support.limits_files import judge_of

STEPS = 300


class Told(NamedTuple):
    """What became of a market's orders."""

    reasons: Counter[str]
    orders: int
    statuses: list[Status]
    states: Counter[str]


def payloads(arrays: list[Frames]) -> list[bytes]:
    """Of all frames."""
    return [raw.tobytes()[HEADER.size :] for frames in arrays for raw in frames]


def run(market: Market, judge: Judge) -> Told:
    """Let a market run for some time, and judge its orders by the quotes before."""
    told = Told(Counter(), 0, [], Counter())
    known: dict[bytes, MetQuote] = {}
    orders = 0
    for step in range(1, STEPS):
        now_us = 1000 * (START_MS + step * STEP_MS)
        market.advance(START_MS + step * STEP_MS)
        for payload in payloads(market.quotes(60)):
            message = decode(payload)
            met = known.get(message.symbol, MetQuote(None, None))
            if isinstance(message, Status):
                told.statuses.append(message)
                met = met._replace(
                    status=message.status, band_low=message.band_low, band_high=message.band_high
                )
            else:
                bid, offer = message.bid or None, message.offer or None
                state = state_of(bid, offer)
                told.states[state] += 1
                since = met.state_since_us if state == state_of(met.bid, met.offer) else now_us
                met = met._replace(bid=bid, offer=offer, state_since_us=since, updated_at_us=now_us)
            known[message.symbol] = met
        for payload in payloads(market.orders(12)):
            order = decode_order(payload)
            judged = JudgedOrder(
                order.symbol.decode(), order.account.decode(), order.side, order.quantity, order.price
            )
            verdict = judge.judge(judged, known.get(order.symbol), now_us)
            told.reasons.update(verdict.reasons)
            orders += 1
    return told._replace(orders=orders)


@pytest.fixture(scope="module")
def judge() -> Judge:
    """By the limits of the demo."""
    return judge_of(FILE.read_text())


def test_the_limits_notice_everything(judge: Judge) -> None:
    """Each trouble raises alerts, and together they are few beside those for wide spreads."""
    told = run(UnrulyMarket(seed=3), judge)

    assert {"halted", "crossed", "one_sided", "through", "away", "quantity", "bands"} <= told.reasons.keys()
    assert 0 < told.states["crossed"] < 0.05 * told.states["two_sided"]
    assert 0 < told.states["one_sided"] < 0.05 * told.states["two_sided"]
    assert {each.status for each in told.statuses} == {0, 1}
    assert told.reasons.total() < 0.15 * told.orders


def test_a_market_without_troubles_breaks_only_spreads(judge: Judge) -> None:
    """So all other alerts of the demo are of its troubles."""
    told = run(Market(seed=3), judge)
    assert told.reasons.keys() <= {"spread", "spread_ratio", "no_quote"}
    assert told.reasons["spread"] > 0


def test_each_halt_ends() -> None:
    """A symbol opens, and then its statuses alternate; each takes the place of a quote: the rate stays."""
    market = UnrulyMarket(seed=5, symbols=20)
    last: dict[bytes, int] = {}
    halts = 0
    for step in range(1, STEPS):
        market.advance(START_MS + step * STEP_MS)
        found = payloads(market.quotes(10))
        assert len(found) == 10
        for payload in found:
            if payload[0] == STATUS_TYPE:
                message = decode(payload)
                assert isinstance(message, Status)
                assert message.status == 1 - last.get(message.symbol, 1)
                assert message.band_low is not None
                assert message.band_high is not None
                assert message.band_low < message.band_high
                last[message.symbol] = message.status
                halts += message.status
    assert len(last) == 20
    assert halts > 2
    assert market.quotes(0) == []


def test_the_command_makes_it(tmp_path: Path) -> None:
    """With `--limits demo` it writes this market, and knows no other limits."""
    words = ["--seed", "9", "--for", "1", "--write"]
    ended = CliRunner().invoke(main, [*words, str(tmp_path / "found"), "--limits", "demo"])
    assert ended.exit_code == 0, ended.output
    write_market(
        tmp_path / "right", UnrulyMarket(seed=9), quotes_per_second=2000, orders_per_second=200, seconds=1
    )
    for name in ("quotes.msg", "orders.msg"):
        assert (tmp_path / "found" / name).read_bytes() == (tmp_path / "right" / name).read_bytes()
    refused = CliRunner().invoke(main, [*words, str(tmp_path), "--limits", "none"])
    assert (refused.exit_code, "'demo'" in refused.output) == (2, True)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """And another market than without troubles, with as many messages."""
    written = {}
    for name, market in (
        ("one", UnrulyMarket(seed=9)), ("same", UnrulyMarket(seed=9)), ("calm", Market(seed=9)),
    ):  # fmt: skip
        counts = write_market(
            tmp_path / name, market, quotes_per_second=2000, orders_per_second=200, seconds=3
        )
        assert counts == (6_000, 600)
        written[name] = [(tmp_path / name / file).read_bytes() for file in ("quotes.msg", "orders.msg")]
    assert written["one"] == written["same"]
    assert written["one"] != written["calm"]
