"""Hostile FIX peers hold up nobody: garbage, floods, the silent, the deaf, those who claim to be others."""

import random
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from redis import Redis

from tests.support import frames
from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_flood import Flood, message, row
from tests.support.fix_sessions import session_table, start_checker
from tests.support.fix_venues import start_ingestor, venue_table
from tests.support.market import order_ids, quote_of
from tests.support.memory import resident_kb
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender

SILENT = 300
LONGEST_WAIT_S = 1.0
MOST_GROWTH_KB = 64 << 10


def wait_for_alerts(client: Redis, wanted: int) -> None:
    """Wait until so many orders of the desk have alerted."""
    wait_until(lambda: len(order_ids(client)) >= wanted, "the order alerts")


@pytest.mark.slow
def test_a_desk_is_served_among_hostile_peers(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path
) -> None:
    """Each of its orders alerts within a second, once and in order; the memory of the checker is bounded."""
    names = ("BEATS", "TESTS", "NOISE", "ORDERS")
    file = session_table("desk-a", more='logon = { 554 = "open" }')
    file += "".join(session_table(each.lower(), theirs=each, more='reset = "logon"') for each in names)
    checker = start_checker(processes, any_url, tmp_path, file)
    flood = Flood(checker.address)
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


@pytest.mark.slow
def test_frames_take_effect_beside_hostile_venues(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path
) -> None:
    """Each quote of a frame is there within a second, among floods of books, gaps, garbage and strangers."""
    names = ("BOOKS", "GAPS", "WRONG", "NOISE")
    file = "".join(venue_table(each.lower(), each, 'reset = "logon"') for each in names)
    listen = ("--listen", "127.0.0.1:0", "--max-symbols", "1000")
    ingestor = start_ingestor(processes, any_url, tmp_path, file, *listen)
    frame_feed = ingestor.process.address()
    flood = Flood(ingestor.address)
    logon = {each: message(each, "A", 1, "98=0|108=1") for each in names}
    dice = random.Random(1)
    book = "|".join(f"269={side}|270={price}|271=1" for side in (0, 1) for price in range(50))
    before = resident_kb(ingestor.process.pid)
    flood.begin(logon["BOOKS"], lambda number: row("BOOKS", "W", number, f"55=S{number}|268=100|{book}"))
    flood.begin(
        logon["GAPS"], lambda number: message("GAPS", "X", 7 * number + 9, "268=1|279=0|55=G|269=0|270=1")
    )
    flood.begin(logon["WRONG"], lambda number: row("WRONG", "W", number, "55=A|268=1|269=0|270=x"))
    flood.begin(logon["NOISE"], lambda _: dice.randbytes(60_000))
    flood.begin(b"", lambda _: message("NOBODY", "A", 1, "98=0|108=30"))
    wait_until(lambda: flood.sent > 3_000_000, "they send", state=lambda: flood.sent)
    with RawSender(frame_feed, b"mine") as sender:
        for number in range(20):
            began = time.monotonic()
            sender.send(frames.quote(b"MINE", 1.0 + number, 100.0))
            sender.acks_until(number + 1)
            assert quote_of(any_client, "MINE")["bid"] == repr(1.0 + number)
            assert time.monotonic() - began < LONGEST_WAIT_S
    assert resident_kb(ingestor.process.pid) - before < MOST_GROWTH_KB
    flood.end()
