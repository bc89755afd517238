"""The check by published limits: what a hash and a frame become is judged as the judge does it."""

import random
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from unittest.mock import Mock

import pytest

from services.orders.check.market import Market
from services.orders.check.shadow_log import ShadowLog
from services.orders.check.version_check import VersionCheck
from services.orders.feed.batch import Orders, decode_by_loop
from services.orders.feed.columns import decode_by_columns
from services.orders.model.alert import RaisedAlert
from shared.feed.batch import FrameBatch, Segment
from shared.feed.session import FrameSession
from shared.market.limits.file.read_file import read_limits
from shared.market.limits.judge import Judge
from shared.market.limits.judging import TESTS
from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.met_hash import FIELDS, parse_hash
from shared.wire.framing import Run
from shared.wire.symbol_table import SymbolTable
from tests.support import frames, oracle
from tests.support.limits_files import WHOLE, judge_of, one_class
from tests.support.servers import data_file

NOW = 1_795_618_800_000_000
DECODERS = [decode_by_loop, decode_by_columns]


def batch_of(payloads: list[bytes]) -> tuple[bytearray, list[Run]]:
    """Frames as they are received."""
    buffer, runs = bytearray(), list[Run]()
    for payload in payloads:
        runs.append(Run(len(buffer), len(payload), 1))
        buffer += frames.frame(payload)
    return buffer, runs


def market_of(orders: Orders, table: SymbolTable, hashes: dict[str, dict[str, str]]) -> Market:
    """What the symbols of orders meet, out of hashes as Redis has them."""
    numbers = orders.symbols()
    names = [table.names[number].decode() for number in numbers]
    rows = [hashes.get(name, {}) for name in names]
    met = [parse_hash([row[name].encode() if name in row else None for name in FIELDS]) for row in rows]
    quotes = QuoteTable()
    for number, each in zip(numbers, met, strict=True):
        quotes.put(number, each.quote)
    return Market(numbers, names, dict(zip(numbers, met, strict=True)).__getitem__, {}, quotes)


def check(
    judge: Judge, decode: object, payloads: list[bytes], hashes: dict[str, dict[str, str]]
) -> tuple[list[RaisedAlert], dict[str, MetQuote | None], list[list[int]]]:
    """The alerts of frames on a market, the quotes by their symbols, and how the tests ended."""
    table = SymbolTable(10_000)
    orders, rejects = decode(*batch_of(payloads), table)  # type: ignore[operator]
    assert not rejects.counts()
    market = market_of(orders, table, hashes)
    alerts, verdict = VersionCheck(judge).check(orders, market, NOW)
    met = {table.names[number].decode(): market.quote(number) for number in orders.symbols()}
    return alerts, met, [verdict.passed.tolist(), verdict.broken.tolist(), verdict.skipped.tolist()]


STATES = {
    "no hash": None,
    "status alone": {"bid": "", "offer": "", "status": "0", "band_low": "", "band_high": ""},
    "empty": {"bid": "", "offer": ""},
    "bid only": {"bid": "10.0", "offer": ""},
    "offer only": {"bid": "", "offer": "10.0"},
    "locked": {"bid": "10.0", "offer": "10.0"},
    "crossed": {"bid": "10.0", "offer": "9.0"},
    "crossed long ago": {"bid": "10.0", "offer": "9.0", "state_since": str(NOW - 600_000)},
    "negative": {"bid": "-2.0", "offer": "-1.0"},
    "two sides": {"bid": "10.0", "offer": "10.01"},
    "halted": {"bid": "10.0", "offer": "10.01", "status": "1"},
    "auction": {"bid": "10.0", "offer": "10.01", "status": "3"},
    "absent bid": {"bid": "0.0001", "offer": "10.01"},
}
POLICIES = [
    f'{name} = "{kind}"'
    for name in ("no_quote", "one_sided", "locked", "crossed", "negative", "halted", "auction")
    for kind in ("alert", "pass")
] + ['one_sided = "needed"', "crossed = { after_ms = 500 }", "locked = { after_ms = 500 }"]


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_state_policy_and_side(policy: str, decode: object) -> None:
    """Of each state as its hash has it, both sides get just what the judge says, under every policy."""
    judge = judge_of(one_class(f"[class.states]\n{policy}", keys='absent = ["0.0001"]'))
    hashes = {
        f"S{place}": {"transact_time": "t", "updated_at": str(NOW), "state_since": str(NOW), **values}
        for place, values in enumerate(STATES.values())
        if values is not None
    }
    payloads = [
        frames.order(f"S{place}".rjust(4).encode(), side=side, price=10.0)
        for place, side in product(range(len(STATES)), (1, 2))
    ]
    alerts, met, _ = check(judge, decode, payloads * 2, hashes)

    right = []
    for frame, (place, side) in enumerate([*product(range(len(STATES)), (1, 2))] * 2):
        quote = met[f"S{place}"]
        verdict = judge.judge(JudgedOrder(f"S{place}", "7", side, 100.0, 10.0), quote, NOW)
        if verdict.reasons:
            state = "" if verdict.state == "two_sided" else verdict.state
            right.append((frame, ",".join(verdict.reasons), verdict.broken, state))
    found = [
        (
            each.frame,
            *(text.decode() for text in (each.finding.reason, each.finding.broken, each.finding.state)),
        )
        for each in alerts
    ]
    assert found == right


CALM = {"bid": "10.0", "offer": "10.01", "transact_time": "t", "updated_at": str(NOW), "status": "0"}


def random_hash(chance: random.Random) -> dict[str, str]:
    """A hash of any prices, ages, statuses and bands."""
    bid = chance.choice(["", "0.0001", "4.5", "9.99", "10.0", "24.99", "25.0"])
    width = chance.choice([-0.01, 0.0, 0.01, 0.01, 0.02, 0.1, 1.0])
    pick = chance.choice
    return {
        "bid": bid,
        "offer": pick(["", *[repr(round(float(bid or 10) + width, 4))] * 8]),
        "transact_time": "t",
        "updated_at": str(NOW - pick([0, 60_000_000, 60_000_001])),
        "state_since": str(NOW - pick([0, 499_999, 500_000])),
        **pick(
            [{}, {"status": pick("0012345"), "band_low": pick(["", "9.5"]), "band_high": pick(["", "11.0"])}]
        ),
    }


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_of_decoding_agree_with_the_judge(seed: int) -> None:
    """Symbols of two widths, accounts of all profiles, every test: alerts and counts are the judge's."""
    chance, judge = random.Random(seed), judge_of(WHOLE)
    symbols = ["IBM", "AA", "X.N", "AIG", "Z", *(f"OTHER{n}" for n in range(20))]
    hashes = {name: random_hash(chance) for name in symbols if chance.random() < 0.95}
    payloads = [
        frames.order(
            chance.choice(symbols).rjust(4).encode(), b"%6d" % number, side=chance.choice((1, 2)),
            account=chance.choice((7, 57, 4000, 9, 91)),
            quantity=chance.choice((1.0, 100.0, -500.0, 1e5, 25_000.0)),
            price=chance.choice((10.0, 10.005, 9.5, 10.5, 24.99, 25.25, 40.0)),
        )
        for number in range(600)
    ]  # fmt: skip
    (by_loop, met, counts), by_columns = (check(judge, each, payloads, hashes) for each in DECODERS)

    assert by_loop == by_columns[0]
    assert counts == by_columns[2]
    right, ended = [], [[0] * len(TESTS) for _ in range(3)]
    for frame, payload in enumerate(payloads):
        sent = frames.read(payload, frames.ORDER)
        order = JudgedOrder(sent.symbol.decode(), str(sent.account), sent.side, sent.first, sent.second)
        verdict = judge.judge(order, met[order.symbol], NOW)
        for row, names in zip(ended, (verdict.passed, verdict.reasons, verdict.skipped), strict=True):
            for place, (name, _) in enumerate(TESTS):
                row[place] += name in names
        if verdict.reasons:
            severity = "" if verdict.severity == "normal" else verdict.severity
            right.append((frame, ",".join(verdict.reasons), verdict.scope.text(), verdict.broken, severity))
    assert [
        (
            each.frame,
            *(getattr(each.finding, name).decode() for name in ("reason", "limits", "broken", "severity")),
        )
        for each in by_loop
    ] == right
    assert counts == ended
    assert len(right) > 50


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    ("quotes_file", "orders_file", "count"),
    [
        ("nbbo-350-symbols.msg", "orders-1000.msg", 106),
        ("nbbo-1000.msg", "orders-1000.msg", 120),
        ("nbbo-1000-long-symbols.msg", "orders-1000-long-symbols.msg", 120),
        ("nbbo-350-symbols.msg", "orders-1000-long-symbols.msg", 106),
    ],
)
def test_the_limits_of_version_0_as_a_file_give_the_known_alerts(
    decode: object, quotes_file: str, orders_file: str, count: int
) -> None:
    """docs/limits/version-0.toml as version 1: the same alerts on the real data, reasons included."""
    text = (Path(__file__).parents[2] / "docs/limits/version-0.toml").read_bytes()
    quotes = frames.split(data_file(quotes_file).read_bytes())
    orders = frames.split(data_file(orders_file).read_bytes())
    hashes = {name: {**row, "updated_at": "1"} for name, row in oracle.hashes(quotes).items()}

    alerts, *_ = check(Judge(replace(read_limits(text), number=1)), decode, orders, hashes)

    right = oracle.alerts(quotes, orders)
    assert len(alerts) == count
    assert [
        (each.order.order_id.decode(), each.order.symbol.decode(), each.finding.reason.decode())
        for each in alerts
    ] == [(each["order_id"], each["symbol"], each["reason"]) for each in right]
    assert {each.finding.limits for each in alerts} == {b"1:all"}


@pytest.mark.slow
def test_the_shadow_counts_right_of_a_million_orders() -> None:
    """By outcome, what it counts are the differences between the alerts of two checks, order by order."""
    chance = random.Random(9)
    symbols = [f"S{number}" for number in range(300)]
    other = WHOLE.replace('spread = "0.05", ratio = "0.05"', 'spread = "0.03"').replace('"250000"', '"30000"')
    checks = [VersionCheck(judge_of(WHOLE, 1)), VersionCheck(judge_of(other, 2))]
    log, right = ShadowLog("alerts"), Counter[str]()
    payloads = [
        frames.order(
            chance.choice(symbols).rjust(4).encode(), side=chance.choice((1, 2)), price=10.0,
            account=chance.choice((7, 57, 9)), quantity=chance.choice((*[1.0] * 500, 4000.0, 30_000.0)),
        )
        for _ in range(20_000)
    ]  # fmt: skip
    table = SymbolTable(10_000)
    orders, _ = decode_by_columns(*batch_of(payloads), table)
    for _ in range(50):
        hashes = {name: random_hash(chance) if chance.random() < 0.05 else CALM for name in symbols[1:]}
        market = market_of(orders, table, hashes)
        active, shadow = (each.check(orders, market, NOW)[0] for each in checks)
        batch = FrameBatch(bytearray())
        batch.add(Segment(FrameSession("desk", Mock()), [], 0, 20_000, 0, 0))
        log.compare((checks[0], active), (checks[1], shadow), batch, NOW)
        ours, others = ({each.frame: each.finding.reason for each in found} for found in (active, shadow))
        for frame in range(20_000):
            reasons = ours.get(frame), others.get(frame)
            if reasons[0] != reasons[1]:
                right["added" if reasons[0] is None else "changed" if reasons[1] else "removed"] += 1
    assert log.totals == right
    assert min(right["added"], right["changed"]) > 100


def test_a_quote_of_which_nothing_is_known() -> None:
    """An order on a symbol without a hash alerts with an empty market."""
    alerts, *_ = check(judge_of(one_class("")), decode_by_loop, [frames.order(b"NONE")], {})

    assert [each.finding[:5] for each in alerts] == [(None, None, b"", None, b"no_quote")]
    assert alerts[0].finding.state == b"empty"
    assert parse_hash([None] * len(FIELDS)).quote is None
    assert parse_hash([b"", b"", *[None] * 10]).quote == MetQuote(None, None)
