"""Market data by FIX sessions in a real ingestor: from the message to the symbol's hash."""

from contextlib import closing
from typing import Any

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.fix_sessions import FixChecker
from tests.support.fix_venues import prices, start_ingestor, venue, venue_table
from tests.support.market import entries_after, last_id, metrics, quote_of, wait_for_growth, wait_for_metric
from tests.support.processes import Processes, wait_until

SESSIONS = "".join(
    [
        venue_table("venue-a"),
        venue_table("venue-b", "IDS", 'books = "id"\nmap = "names.csv"'),
        venue_table("venue-c", "LEVELS", 'books = "level"\nactions = { 3 = "delete_thru" }'),
        venue_table("venue-d", "STATUSES", 'statuses = { 101 = "halted", 2 = "ignore" }'),
        venue_table("venue-e", "WRONG"),
        venue_table("venue-f", "SECURITY", 'symbol = "48"'),
        venue_table("venue-g", "BEATS"),
        venue_table("venue-h", "GAPS"),
    ]
)


@pytest.fixture(scope="module")
def ingestor(
    shared_processes: Processes,
    market_server: Server,
    client: Redis,
    tmp_path_factory: pytest.TempPathFactory,
) -> FixChecker:
    """An ingestor with all of these sessions."""
    del client
    folder = tmp_path_factory.mktemp("fix")
    (folder / "names.csv").write_text("theirs,ours\n17,EUR/USD\n")
    return start_ingestor(shared_processes, market_server.url, folder, SESSIONS)


def test_refreshes_quotes_and_what_is_no_quote(ingestor: FixChecker, client: Redis) -> None:
    """35=W, X, S and i; absent sides, empty books, a price of 0 with a size of 0, and a zero bid."""
    desk = venue()
    with closing(ingestor.connect(desk)) as line:
        line.say(
            desk.send("W", "55=BTU|268=2|269=0|270=10|271=5|269=1|270=10.5|271=5|272=20260105|273=14:30:00")
        )
        line.say(desk.send("X", "268=1|279=0|55=BTU|269=0|270=10.25|271=1"))
        line.say(desk.send("W", "48=US1|268=1|269=1|270=3"))
        line.say(desk.send("W", "55=GONE|268=2|269=0|270=1|269=1|270=2"))
        line.say(desk.send("X", "268=2|279=0|55=GONE|269=0|270=1.5|279=2|269=J"))
        line.say(desk.send("S", "55=ZERO|132=0|134=0|133=5|135=1"))
        line.say(desk.send("S", "55=FREE|132=0|134=9|133=5|135=1|60=20260105-14:30:01"))
        line.say(desk.send("i", "296=1|302=1|295=2|299=1|55=MASS|132=1|133=2|299=2|55=MORE|132=3|133=4"))
        line.log_out()

    assert prices(client, "BTU") == ("10.25", "10.5")
    assert prices(client, "US1") == ("", "3.0")
    assert quote_of(client, "US1")["state"] == "one_sided"
    assert prices(client, "GONE") == ("", "")
    assert quote_of(client, "GONE")["state"] == "empty"
    assert (prices(client, "ZERO"), prices(client, "FREE")) == (("", "5.0"), ("0.0", "5.0"))
    assert (prices(client, "MASS"), prices(client, "MORE")) == (("1.0", "2.0"), ("3.0", "4.0"))
    assert quote_of(client, "FREE")["transact_time"] == "20260105-14:30:01"
    assert quote_of(client, "BTU")["source"] == "fix:venue-a"
    assert client.get("feed:fix:venue-a")
    assert client.hget("position:{alerts}:market_data_fix:venue-a", "position") == b"0/11"


def test_books_by_id(ingestor: FixChecker, client: Redis) -> None:
    """Levels in any order, deletes without side and price, groups in another order; and names of ours."""
    desk = venue("IDS")
    with closing(ingestor.connect(desk)) as line:
        line.say(
            desk.send(
                "W",
                "55=17|268=4|278=a|269=0|270=1.1|278=b|270=1.3|269=0|278=c|269=1|270=1.9|278=d|269=1|270=1.5",
            )
        )
        wait_until(lambda: prices(client, "EUR/USD") == ("1.3", "1.5"), "the best of each side")
        line.say(desk.send("X", "268=2|279=2|278=b|55=17|279=2|278=d|55=17"))
        line.log_out()
    assert prices(client, "EUR/USD") == ("1.1", "1.9")


def test_books_by_level(ingestor: FixChecker, client: Redis) -> None:
    """A delete shifts the rest; an update waits for its last fragment; 279=3 means what its session says."""
    desk = venue("LEVELS")
    side = "269=0|270={}|1023={}"
    bids = "|".join(side.format(10 - level, level) for level in (1, 2, 3, 4))
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("W", f"55=LVL|268=5|{bids}|269=1|270=11|1023=1"))
        line.say(desk.send("X", "268=1|279=2|55=LVL|269=0|1023=1"))
        wait_until(lambda: prices(client, "LVL") == ("8.0", "11.0"), "level 2 is the best")
        line.say(desk.send("X", "893=N|268=1|279=3|55=LVL|269=0|1023=2"))
        line.say(desk.send("W", "55=NEXT|268=1|269=0|270=1|1023=1"))
        line.say(desk.send("X", "893=Y|268=1|279=1|55=LVL|269=1|270=12|1023=1"))
        line.log_out()
    assert prices(client, "LVL") == ("6.0", "12.0")


def test_statuses_halt_symbols(ingestor: FixChecker, client: Redis) -> None:
    """35=f by the session's own table, and conditions (276) of quotes; they come without a quote, too."""
    desk = venue("STATUSES")
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("f", "55=HALT|326=101|60=20260105-14:30:00"))
        line.say(desk.send("f", "55=SAME|326=3"))
        line.say(desk.send("f", "55=SAME|326=2"))
        line.say(desk.send("W", "55=SOFT|268=2|269=0|270=1|276=A I|269=1|270=2|276=A I"))
        wait_until(lambda: quote_of(client, "SOFT").get("status") == "5", "its quotes bind nobody")
        line.say(desk.send("W", "55=SOFT|268=2|269=0|270=1|276=A|269=1|270=2"))
        line.log_out()
    halted = quote_of(client, "HALT")
    assert (halted["status"], halted["bid"], halted["state"]) == ("1", "", "empty")
    assert quote_of(client, "SAME")["status"] == "0"
    assert (quote_of(client, "SOFT")["status"], prices(client, "SOFT")) == ("0", ("1.0", "2.0"))


def test_what_cannot_be_read_is_refused(ingestor: FixChecker, client: Redis) -> None:
    """It is set aside under its reason and said with its place, and what is around it takes effect."""
    rejected, before = last_id(client, "rejected"), metrics(ingestor.process)
    desk = venue("WRONG")
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("W", "55=FINE|268=2|269=0|270=much|269=1|270=2"))
        line.say(desk.send("W", "268=1|269=0|270=1"))
        line.say(desk.send("X", "268=3|279=0|55=FINE|269=0|270=1"))
        line.say(desk.send("D", "11=a|55=FINE|54=1"))
        line.log_out()
    assert prices(client, "FINE") == ("", "2.0")
    found = entries_after(client, rejected, "rejected")
    assert [(each["feed"], each["reason"]) for each in found] == [
        ("market_data", "number"), ("market_data", "symbol"), ("market_data", "list"),
    ]  # fmt: skip
    ingestor.process.wait_for("MsgSeqNum 2, entry 1 of its group refused: number")
    grown = {f"quotes_rejected_total{{{reason}}}": 1.0 for reason in ("number", "symbol", "list")}
    wait_for_growth(ingestor.process, before, {"quotes_received_total": 4.0, **grown})


def test_symbols_only_in_48(ingestor: FixChecker, client: Redis) -> None:
    """A session that says so goes by SecurityID, whatever 55 is."""
    desk = venue("SECURITY")
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("W", "55=[N/A]|48=4001|22=8|268=2|269=0|270=1|269=1|270=2"))
        line.log_out()
    assert prices(client, "4001") == ("1.0", "2.0")


def test_heartbeats_keep_the_feed_fresh(ingestor: FixChecker, client: Redis) -> None:
    """Without a quote; what is garbled does not, and metrics show the session."""
    desk = venue("BEATS")

    def heard() -> int:
        found: Any = client.get("feed:fix:venue-g")
        return int(found or 0)

    with closing(ingestor.connect(desk)) as line:
        for _ in range(2):
            last = heard()
            line.say(desk.heartbeat())
            wait_until(lambda last=last: heard() > last, "a heartbeat is heard")  # type: ignore[misc]
        wait_for_metric(ingestor.process, "fix_session_up{venue-g}", 1)
        last = heard()
        line.say(b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01")
        ingestor.process.wait_for("FIX session venue-g: garbled, ignored")
        assert heard() == last
        line.log_out()


def test_a_gap_drops_the_books(ingestor: FixChecker, client: Redis) -> None:
    """Nothing is asked for again; what was known of the other side is gone until it is said again."""
    desk = venue("GAPS")
    desk.number = 500
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("W", "55=DROP|268=2|269=0|270=1|269=1|270=2"))
        wait_until(lambda: prices(client, "DROP") == ("1.0", "2.0"), "both sides are there")
        desk.number += 3
        line.say(desk.send("X", "268=1|279=0|55=DROP|269=0|270=1.5"))
        line.log_out()
    assert prices(client, "DROP") == ("1.5", "")
    assert not any("|35=2|" in each for each in line.heard)
    ingestor.process.wait_for("FIX session venue-h: messages were missed: its books are dropped")
    again = venue("GAPS")
    again.number, again.expected = desk.number, desk.expected
    with closing(ingestor.connect(again)) as line:
        line.say(again.send("X", "268=1|279=0|55=DROP|269=1|270=3"))
        line.log_out()
    assert prices(client, "DROP") == ("", "3.0")
