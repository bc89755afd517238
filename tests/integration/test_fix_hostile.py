"""Hostile FIX peers hold up nobody: garbage, floods, the silent, the deaf, those who claim to be others."""

import random
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from redis import Redis

from tests.support import fix
from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import order_ids
from tests.support.memory import resident_kb
from tests.support.processes import Processes, wait_until

SILENT = 300
ROW = 100
LONGEST_WAIT_S = 1.0
MOST_GROWTH_KB = 64 << 10


class Flood:
    """Threads that send without end, and never read; those whose connections are closed come back."""

    def __init__(self, checker: FixChecker) -> None:
        self._checker = checker
        self._is_over = Event()
        self._threads: list[Thread] = []
        self.sent = 0

    def begin(self, first: bytes, again: Callable[[int], bytes]) -> None:
        """Send something once a connection, and then one thing after the other, by their numbers from 0."""
        self._threads.append(Thread(target=self._run, args=(first, again), daemon=True))
        self._threads[-1].start()

    def end(self) -> None:
        """No more."""
        self._is_over.set()
        for each in self._threads:
            each.join(10)

    def _run(self, first: bytes, again: Callable[[int], bytes]) -> None:
        while not self._is_over.is_set():
            with suppress(OSError), socket.create_connection(self._checker.address, timeout=2) as sock:
                sock.sendall(first)
                for number in count():
                    if self._is_over.wait(0.001):
                        return
                    data = again(number)
                    sock.sendall(data)
                    self.sent += len(data)


def message(comp_id: str, kind: str, number: int, body: str = "") -> bytes:
    """A message of a peer."""
    header = f"35={kind}|34={number}|49={comp_id}|52={sent_now()}|56=SPREAD"
    return fix.message(f"{header}|{body}" if body else header)


def wait_for_alerts(client: Redis, wanted: int) -> None:
    """Wait until so many orders of the desk have alerted."""
    wait_until(lambda: len(order_ids(client)) >= wanted, "the order alerts")


def row(comp_id: str, kind: str, number: int, body: str) -> bytes:
    """Many messages of a peer, whose numbers follow those of the row before."""
    first = 2 + ROW * number
    return b"".join(message(comp_id, kind, each, body) for each in range(first, first + ROW))


@pytest.mark.slow
def test_a_desk_is_served_among_hostile_peers(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path
) -> None:
    """Each of its orders alerts within a second, once and in order; the memory of the checker is bounded."""
    names = ("BEATS", "TESTS", "NOISE", "ORDERS")
    file = session_table("desk-a", more='logon = { 554 = "open" }')
    file += "".join(session_table(each.lower(), theirs=each, more='reset = "logon"') for each in names)
    checker = start_checker(processes, any_url, tmp_path, file)
    flood = Flood(checker)
    logon = {each: message(each, "A", 1, "98=0|108=1") for each in names}
    dice = random.Random(1)
    with ExitStack() as stack:
        for _ in range(SILENT):
            stack.enter_context(socket.create_connection(checker.address, timeout=5))
        desk = Desk(sent=sent_now)
        line = stack.enter_context(closing(DeskConnection(desk, checker.address)))
        line.log_on("554=open")
        before = resident_kb(checker.process.pid)
        flood.begin(logon["BEATS"], lambda number: row("BEATS", "0", number, ""))
        flood.begin(logon["TESTS"], lambda number: row("TESTS", "1", number, "112=" + "x" * 900))
        flood.begin(logon["NOISE"], lambda _: b"8=FIX.4.4\x019=99999999\x01" + dice.randbytes(60_000))
        flood.begin(logon["ORDERS"], lambda _: message("ORDERS", "D", 999, "11=x|55=BTU|54=1"))
        flood.begin(b"", lambda _: dice.randbytes(60_000))
        stranger = message("DESK", "A", 2, "98=0|108=30|554=wrong")
        flood.begin(stranger, lambda _: stranger)
        wait_until(lambda: flood.sent > 5_000_000, "they send", state=lambda: flood.sent)

        for number in range(20):
            began = time.monotonic()
            line.send_orders(str(number))
            wait_for_alerts(any_client, number + 1)
            assert time.monotonic() - began < LONGEST_WAIT_S
            line.hear(0.02)
        assert resident_kb(checker.process.pid) - before < MOST_GROWTH_KB
        flood.end()
        line.log_out()
    assert order_ids(any_client) == [str(number) for number in range(20)]
