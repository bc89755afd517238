"""`market-spread replay` against the real services, and against feeds that misbehave."""

import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest
from redis import Redis

from market_spread.hello import ErrorCode
from services.cli.made_market.market import Market
from services.cli.made_market.market_files import ORDERS_NAME, QUOTES_NAME, write_market
from shared.base.address import Address
from tests.support import frames
from tests.support.commands import end_of, run, start
from tests.support.market import entries_after, metrics, order_ids
from tests.support.processes import TIMEOUT_S, Process, Processes, wait_until
from tests.support.scripted_feed import Peer, ScriptedFeed
from tests.support.servers import chosen_kinds, data_file, make_server
from tests.support.terminal import Terminal


def feed(process: Process) -> Address:
    """Where a service takes its feed."""
    return Address(*process.address())


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with quotes and orders of 40 symbols, many of them risky."""
    folder = tmp_path_factory.mktemp("market")
    write_market(
        folder, Market(11, symbols=40, risky=0.4), quotes_per_second=4000, orders_per_second=8000, seconds=2
    )
    return folder


@pytest.fixture(scope="module")
def feeds() -> Iterator[dict[str, Address]]:
    """The feeds of an ingestor and a checker, for what takes no effect there, by the names of their files."""
    with closing(make_server(chosen_kinds()[0]).start()) as server, Processes() as started:
        services = {QUOTES_NAME: started.ingest(server.url), ORDERS_NAME: started.check(server.url)}
        yield {name: feed(service) for name, service in services.items()}


def has_more_alerts(redis_client: Redis, than: float) -> bool:
    """Whether there are more alerts than that."""
    found: Any = redis_client.xlen("alerts")
    return bool(found > than)


@pytest.mark.parametrize("plain", [(), pytest.param(("--plain",), marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("quotes", "orders", "alerts", "no_quote"),
    [
        ("nbbo-350-symbols.msg", "orders-1000.msg", 106, 99),
        pytest.param(
            "nbbo-1000-long-symbols.msg", "orders-1000-long-symbols.msg", 120, 120, marks=pytest.mark.slow
        ),
    ],
)
@pytest.mark.slow
def test_all_has_taken_effect_when_it_ends(
    processes: Processes, redis_url: str, redis_client: Redis, plain: tuple[str, ...],
    quotes: str, orders: str, alerts: int, no_quote: int,
) -> None:  # fmt: skip
    """Real quotes, then real orders: the right alerts are there the moment the second command has ended."""
    ingest, check = processes.ingest(redis_url), processes.check(redis_url)
    first = run(processes, "replay", data_file(quotes), "--to", feed(ingest), *plain)
    assert (first.code, first.lines) == (0, [])
    second = run(processes, "replay", data_file(orders), "--to", feed(check), *plain)
    found = Counter(alert["reason"] for alert in entries_after(redis_client))
    assert (second.code, second.lines) == (0, [])
    assert second.output.startswith("1,000 frames in ")
    assert ("if 127.0.0.1:" in second.output) == bool(plain)
    assert (found.total(), found["no_quote"]) == (alerts, no_quote)


def test_the_same_source_goes_on_where_it_stood(
    processes: Processes, redis_url: str, redis_client: Redis, market: Path
) -> None:
    """Under a name that has sent everything nothing is sent again; frames beyond are sent once."""
    check = processes.check(redis_url)
    words = ("replay", market / ORDERS_NAME, "--to", feed(check), "--source", "desk-7")
    assert run(processes, *words).code == 0
    assert redis_client.xlen("alerts") == 16_000, "no quotes: every order alerts"
    assert run(processes, *words).code == 0
    assert redis_client.xlen("alerts") == 16_000
    assert run(processes, *words, "--repeat", 2).code == 0
    assert redis_client.xlen("alerts") == 32_000
    shorter = run(processes, *words)
    assert shorter.code == 1
    assert "cannot go on from frame 32000: there are only 16000 frames to send" in shorter.lines[0]


@pytest.mark.parametrize("name", [QUOTES_NAME, ORDERS_NAME])
@pytest.mark.parametrize("words", [(), ("--source", "desk-7"), ("--repeat", "3")])
@pytest.mark.slow
def test_the_wrong_port_is_an_error(
    processes: Processes, feeds: dict[str, Address], market: Path, name: str, words: tuple[str, ...]
) -> None:
    """A file for one feed that is sent to the other's port ends with 1 and a line that says so."""
    wrong = feeds[ORDERS_NAME if name == QUOTES_NAME else QUOTES_NAME]

    ended = run(processes, "replay", market / name, "--to", wrong, *words)

    assert (ended.code, ended.output) == (1, "")
    (line,) = ended.lines
    own, others = ("market_data", "orders") if name == QUOTES_NAME else ("orders", "market_data")
    frames = (8000 if name == QUOTES_NAME else 16_000) * (3 if "--repeat" in words else 1)
    assert line.endswith(
        f"{wrong}: refused: all {frames:,} frames: they belong to the {own} feed, "
        f"and this is the port of the {others} feed"
    )


@pytest.mark.slow
def test_a_plain_sender_is_told_what_is_not_known(
    processes: Processes, feeds: dict[str, Address], market: Path
) -> None:
    """Without HELLO a feed says nothing, and the command does not say that all has taken effect."""
    ended = run(processes, "replay", market / ORDERS_NAME, "--to", feeds[QUOTES_NAME], "--plain")

    assert ended.output.rstrip().endswith(
        f"all have taken effect, if {feeds[QUOTES_NAME]} is the orders feed: without HELLO it does not say"
    )


def mixed(good: int, *bad: bytes) -> bytes:
    """A file of so many good orders, with others among them."""
    orders = [frames.order(b"NONE", b"%6d" % n) for n in range(good)]
    payloads = [*orders[: good // 2], *bad, *orders[good // 2 :]]
    return b"".join(map(frames.frame, payloads))


@pytest.mark.parametrize("copies", [1, 100])
@pytest.mark.slow
def test_what_was_refused_is_said(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path, copies: int
) -> None:
    """Frames that the feed refuses are counted by reason at the end, as many as the feed itself counts."""
    check = processes.check(redis_url)
    bad = [frames.order(side=9), frames.order(b"A B "), frames.order(b"C D "), frames.quote()]
    (tmp_path / "orders.msg").write_bytes(mixed(10 * copies, *bad * copies))

    ended = run(processes, "replay", tmp_path / "orders.msg", "--to", feed(check), "--repeat", 2)

    assert (ended.code, ended.lines) == (0, [])
    assert ended.output.startswith(f"{28 * copies:,} frames in ")
    assert ended.output.endswith(
        f": {8 * copies:,} were refused (type {2 * copies:,}, symbol {4 * copies:,}, side {2 * copies:,}), "
        "all others have taken effect\n"
    )
    assert redis_client.xlen("alerts") == 20 * copies
    refused = {name: count for name, count in metrics(check).items() if "rejected" in name}
    assert refused == {
        "orders_rejected_total{symbol}": 4 * copies,
        "orders_rejected_total{side}": 2 * copies,
        "orders_rejected_total{type}": 2 * copies,
    }


def test_it_is_an_error_if_all_were_refused(
    processes: Processes, feeds: dict[str, Address], tmp_path: Path
) -> None:
    """A file of which the right feed takes nothing ends with exit code 1 and a line with the reasons."""
    (tmp_path / "orders.msg").write_bytes(mixed(0, frames.order(side=9), frames.order(b"A B ")))

    ended = run(processes, "replay", tmp_path / "orders.msg", "--to", feeds[ORDERS_NAME])

    assert (ended.code, ended.output) == (1, "")
    (line,) = ended.lines
    assert line.endswith(f"{feeds[ORDERS_NAME]}: all 2 frames were refused (symbol 1, side 1)")


def test_an_empty_file_is_an_error(processes: Processes, tmp_path: Path) -> None:
    """A file without frames is no success: one line that names it, exit code 1, and nobody is called."""
    (tmp_path / "orders.msg").touch()

    ended = run(processes, "replay", tmp_path / "orders.msg", "--to", "127.0.0.1:1")

    assert (ended.code, ended.output) == (1, "")
    assert ended.lines == [
        f"market-spread replay: {tmp_path / 'orders.msg'}: there is nothing in it, the file is empty"
    ]


@pytest.mark.slow
def test_every_order_is_judged_once_though_the_checker_is_killed(
    processes: Processes, redis_url: str, redis_client: Redis, market: Path
) -> None:
    """Killed three times while a replay is under way, the checker leaves the alerts of an undisturbed run."""
    ingest, check = processes.ingest(redis_url), processes.check(redis_url)
    assert run(processes, "replay", market / QUOTES_NAME, "--to", feed(ingest)).code == 0
    address = feed(check)
    words = ("replay", market / ORDERS_NAME, "--to", address)
    assert run(processes, *words).code == 0
    expected = order_ids(redis_client)
    assert len(expected) == len(set(expected)) > 2000
    redis_client.delete("alerts")

    replay = start(processes, *words, "--rate", 8000)
    for share in (0.1, 0.3, 0.5):
        enough = partial(has_more_alerts, redis_client, share * len(expected))
        wait_until(enough, "more alerts")
        assert replay.popen.poll() is None, "the replay is still under way"
        check.kill()
        check = processes.check(redis_url, "--listen", str(address))
    ended = end_of(replay)
    assert ended.code == 0
    assert any("connected again" in line for line in ended.lines)
    assert order_ids(redis_client) == expected


@pytest.mark.slow
def test_an_error_of_the_feed_is_its_own(processes: Processes, market: Path) -> None:
    """Sent away with ERROR, the command says why in one line and exits with 1."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.error(ErrorCode.REFUSED, "no more than 1 connections are taken")
        peer.drain()

    with ScriptedFeed(script) as refusing:
        ended = run(processes, "replay", market / QUOTES_NAME, "--to", refusing.address)
    assert ended.code == 1
    assert len(ended.lines) == 1
    assert "refused: no more than 1 connections are taken" in ended.lines[0]


@pytest.mark.slow
def test_gives_up_on_a_feed_that_takes_nothing(processes: Processes, market: Path) -> None:
    """Ten connections that come to nothing, within some 15 s: an error, and exit code 1."""
    with ScriptedFeed(*[lambda _: None] * 20) as useless:
        ended = run(processes, "replay", market / QUOTES_NAME, "--to", useless.address)
    assert ended.code == 1
    assert useless.connections == 10
    assert "gave up after 10 connections without progress" in ended.lines[-1]


def swallow(peer: Peer) -> None:
    """Take everything a plain sender has."""
    peer.drain()


@pytest.mark.slow
def test_every_flag_is_an_environment_variable(processes: Processes, market: Path) -> None:
    """`MARKET_SPREAD_TO` and the others do what the flags do, and the flags win."""
    with ScriptedFeed(swallow, swallow) as plain:
        environment = {
            "MARKET_SPREAD_TO": str(plain.address),
            "MARKET_SPREAD_REPEAT": "3",
            "MARKET_SPREAD_RATE": "0",
            "MARKET_SPREAD_PLAIN": "1",
        }
        three = run(processes, "replay", market / QUOTES_NAME, environment=environment)
        two = run(processes, "replay", market / QUOTES_NAME, "--repeat", 2, environment=environment)
    assert three.output.startswith("24,000 frames")
    assert two.output.startswith("16,000 frames")


@pytest.mark.slow
def test_holds_the_rate(processes: Processes, market: Path) -> None:
    """8,000 frames at 10,000 a second take 0.8 s."""
    with ScriptedFeed(swallow) as plain:
        ended = run(
            processes, "replay", market / QUOTES_NAME, "--to", plain.address, "--plain", "--rate", 10_000
        )
    match = re.match(r"8,000 frames in ([0-9.]+) s", ended.output)
    assert match is not None
    assert 0.75 < float(match[1]) < 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_an_interruption_says_where_it_stands(processes: Processes, market: Path, number: int) -> None:
    """Ctrl-C ends it with what has taken effect and how to go on from there."""
    has_come_back = Event()

    def first(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(2000)
        peer.ack(1234)

    def second(peer: Peer) -> None:
        peer.hello()
        has_come_back.set()
        peer.drain()

    with ScriptedFeed(first, second) as feed_:
        words = ("replay", market / QUOTES_NAME, "--to", feed_.address, "--source", "desk-7")
        replay = start(processes, *words)
        assert has_come_back.wait(TIMEOUT_S)
        replay.popen.send_signal(number)
        ended = end_of(replay)
    assert ended.code == 130
    assert "1234 of 8000 frames had taken effect; --source desk-7 goes on from there" in ended.lines[-1]


@pytest.mark.slow
def test_a_bar_on_a_terminal_shows_what_is_acknowledged(market: Path) -> None:
    """On a terminal a bar moves with the ACKs, not with what was sent."""
    acks: SimpleQueue[int] = SimpleQueue()

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(8000)
        while count := acks.get():
            peer.ack(count)

    with (
        ScriptedFeed(script) as slow,
        Terminal("replay", market / QUOTES_NAME, "--to", slow.address) as terminal,
    ):
        for count in (2000, 4000, 8000):
            acks.put(count)
            terminal.wait_for(f"{count:,} of 8,000 frames")
        acks.put(0)
        terminal.wait_for("8,000 frames in")
