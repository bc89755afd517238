"""`market-spread simulate --fix`: a desk and a venue log on, and come back after each loss of the line."""

import re
from pathlib import Path

import pytest
from redis import Redis

from services.cli.counterparties.message_store import FILE_NAME
from services.cli.local.embedded import free_port
from shared.base.address import Address
from tests.support.commands import Ended, end_of, run, start
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import order_ids, quote_of, symbols
from tests.support.processes import Process, Processes, wait_until
from tests.support.scripted_feed import free_address

SUMMARY = re.compile(r"([0-9,]+) quotes and ([0-9,]+) orders have taken effect")
ORDER = re.compile(rb"\x0135=D\x0134=[0-9]+\x01.*?\x0111=([^\x01]+)\x01")


def counts(ended: Ended) -> tuple[int, int]:
    """How many quotes and orders have taken effect, as the simulation says."""
    found = SUMMARY.search(ended.output)
    assert found is not None, ended
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def ids_in(store: Path) -> list[str]:
    """The IDs of all orders that a desk has ever sent."""
    return [each.decode() for each in ORDER.findall((store / FILE_NAME).read_bytes())]


def wait_for_alerts(client: Redis, more: int) -> None:
    """Wait until there are so many more."""
    already = len(order_ids(client))
    wait_until(lambda: len(order_ids(client)) > already + more, f"{more} more alerts")


class DeskAlone:
    """A simulation whose venue finds nobody.

    Args:
        processes: starts it.
        port: of the checker.
        store: the desk's.
    """

    def __init__(self, processes: Processes, port: int, store: Path) -> None:
        self._processes = processes
        orders = Address("127.0.0.1", port)
        self.words: tuple[object, ...] = ("simulate", "--fix", "--fix-store", store, "--orders", orders)
        self.words += ("--market-data", free_address(), "--orders-per-second", 2000)

    def start(self, *words: object) -> Process:
        """Start it."""
        return start(self._processes, *self.words, *words)

    def run(self, *words: object) -> Ended:
        """Run it to its end."""
        return run(self._processes, *self.words, *words)


def test_each_order_once_whoever_is_killed(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """Checkers are killed, then the desk itself: what it has ever sent has alerted once, in order."""
    port, store = free_port(), tmp_path / "store"

    def checker() -> FixChecker:
        return start_checker(processes, redis_url, tmp_path, session_table("desk-a"), port=port)

    desk = DeskAlone(processes, port, store)
    running, serving = desk.start(), checker()
    for killed in (serving.process, running):
        wait_for_alerts(redis_client, 300)
        killed.kill()
        if killed is serving.process:
            serving = checker()
    ended = desk.run("--for", 0.3)

    assert ended.code == 0
    assert counts(ended)[1] > 100
    found = order_ids(redis_client)
    assert found == ids_in(store)
    assert len(set(found)) == len(found) > 700
    serving.process.terminate()
    assert serving.process.wait() == 0


def test_a_desk_that_stops_waits_for_its_orders(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """Ctrl-C ends it by a Logout, whose answer says that all has taken effect."""
    serving = start_checker(processes, redis_url, tmp_path, session_table("desk-a"))
    running = DeskAlone(processes, serving.address[1], tmp_path / "store").start()
    wait_for_alerts(redis_client, 100)
    running.terminate()
    ended = end_of(running)

    assert ended.code == 0
    assert not any("not known" in line for line in ended.lines)
    assert counts(ended) == (0, len(order_ids(redis_client)))
    serving.process.wait_for("ended, logged out")


def test_a_desk_whose_numbers_are_gone(processes: Processes, redis_url: str, tmp_path: Path) -> None:
    """Without its store it begins at 1, is told so, and says where to put that right."""
    serving = start_checker(processes, redis_url, tmp_path, session_table("desk-a"))
    port = serving.address[1]
    assert DeskAlone(processes, port, tmp_path / "store").run("--for", 0.2).code == 0
    ended = DeskAlone(processes, port, tmp_path / "another").run("--for", 0.2)

    assert ended.code == 1
    assert "the peer says: MsgSeqNum too low, expecting" in ended.lines[-1]


def test_a_stranger_is_told_what_the_file_lacks(processes: Processes, redis_url: str, tmp_path: Path) -> None:
    """A checker that does not know the desk closes without a word; the desk guesses why, and tries again."""
    serving = start_checker(processes, redis_url, tmp_path, session_table("desk-a", theirs="OTHER"))
    running = DeskAlone(processes, serving.address[1], tmp_path / "store").start()
    wanted = 'needs a session with begin = "FIX.4.4", ours = "SPREAD", theirs = "DESK"'
    wait_until(lambda: any(wanted in line for line in running.lines), "the hint")
    running.terminate()
    assert end_of(running).code == 0


VENUE = """
[[session]]
name = "venue"
role = "acceptor"
begin = "FIX.4.4"
ours = "SPREAD"
theirs = "VENUE"
carries = "quotes"
reset = "logon"
"""


@pytest.mark.slow
def test_a_venue_is_heard(processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path) -> None:
    """All symbols get quotes and statuses, none is refused, and after a kill of the ingestor they go on."""
    port, file = free_port(), tmp_path / "venues.toml"
    file.write_text(VENUE)

    def ingestor() -> Process:
        words = ("--fix", str(file), "--fix-listen", f"127.0.0.1:{port}")
        return processes.ingest(redis_url, *words)

    words: tuple[object, ...] = ("simulate", "--fix", "--fix-store", tmp_path / "store", "--symbols", 60)
    words += ("--limits", "demo")
    words += ("--market-data", Address("127.0.0.1", port), "--orders", free_address())
    serving, running = ingestor(), start(processes, *words)
    wait_until(lambda: len(symbols(redis_client)) == 60, "all symbols are quoted")
    serving.kill()
    before = {name: quote_of(redis_client, name)["written_at"] for name in symbols(redis_client)}
    serving = ingestor()
    wait_until(
        lambda: all(quote_of(redis_client, name)["written_at"] > at for name, at in before.items()),
        "all symbols are quoted anew",
    )
    running.terminate()
    ended = end_of(running)

    assert ended.code == 0
    quotes, _ = counts(ended)
    assert quotes > 60
    found = [quote_of(redis_client, name) for name in before]
    assert {each["source"] for each in found} == {"fix:venue"}
    assert {each["status"] for each in found} <= {"0", "1"}
    assert all(each["bid"] or each["offer"] for each in found)
    assert redis_client.xlen("rejected") == 0
    serving.terminate()
    assert serving.wait() == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--fix", "--plain"), "--plain is about frames, and --fix sends none"),
        (("--fix", "--write", "there", "--for", "1"), "--write is about frames, and --fix sends none"),
        (("--fix-store", "there"), "--fix-store is where a desk keeps its FIX messages; add --fix"),
        (("--fix", "--fix-store", "/dev/null/store"), "--fix-store: /dev/null/store: Not a directory"),
    ],
)
def test_what_does_not_go_together(processes: Processes, words: tuple[str, ...], text: str) -> None:
    """It is said in one line, with exit code 2."""
    ended = run(processes, "simulate", *words)
    assert ended.code == 2
    assert ended.lines == [f"market-spread simulate: {text} (see market-spread simulate --help)"]
