"""Venues that the ingestor dials: what it subscribes to, again after a gap, and by another process."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from tests.support.certificates import make_certificates
from tests.support.fix_venues import (
    DialledVenue,
    Request,
    dialled_table,
    prices,
    requests,
    start_ingestor,
    venue,
    venue_table,
)
from tests.support.market import quote_of
from tests.support.processes import Processes, wait_until

SUBSCRIBED = 'subscribe = ["EUR/USD", "BAD"]\nheartbeat_s = 1'


@pytest.fixture
def dialled() -> Iterator[DialledVenue]:
    """A venue that waits to be dialled."""
    with closing(DialledVenue()) as made:
        yield made


def test_what_is_subscribed_to_is_asked_for_again_after_a_gap(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path, dialled: DialledVenue
) -> None:
    """What still comes for the former request is ignored; a refusal is said with the venue's reason."""
    more = f'{SUBSCRIBED}\nrequest = {{ 264 = "0" }}'
    ingestor = start_ingestor(processes, any_url, tmp_path, dialled_table("venue-a", dialled.port, more=more))
    desk = dialled.desk
    with closing(dialled.accept()) as line:
        line.hear_until(lambda: len(requests(line)) == 2, "both symbols are asked for")
        first, bad = requests(line)
        assert (first[1:], bad[1:]) == (("1", "EUR/USD"), ("1", "BAD"))
        assert "|264=0|265=1|267=2|269=0|269=1|146=1|55=EUR/USD|" in line.heard[1]
        line.say(desk.send("Y", f"262={bad.id}|281=0|58=never heard of it"))
        ingestor.process.wait_for("the peer refuses market data of BAD: unknown symbol: never heard of it")
        line.say(desk.send("W", f"262={first.id}|55=EUR/USD|268=2|269=0|270=1|269=1|270=2"))
        wait_until(lambda: prices(any_client, "EUR/USD") == ("1.0", "2.0"), "it is quoted")

        desk.number += 1
        line.say(desk.send("0", ""))
        line.hear_until(lambda: len(requests(line)) == 6, "both are given up and asked for again")
        assert requests(line)[2:4] == [Request(first.id, "2", "EUR/USD"), Request(bad.id, "2", "BAD")]
        again = requests(line)[4]
        assert again[1:] == ("1", "EUR/USD")
        assert again.id != first.id
        line.say(desk.send("X", f"262={first.id}|268=1|279=0|55=EUR/USD|269=0|270=9"))
        line.say(desk.send("W", f"262={again.id}|55=EUR/USD|268=1|269=1|270=3"))
        wait_until(lambda: prices(any_client, "EUR/USD") == ("", "3.0"), "it is quoted again")
        ingestor.process.terminate()
        line.hear_until(lambda: desk.is_over, "the ingestor logs out")
        line.say(desk.log_out())
        assert ingestor.process.wait() == 0


@pytest.mark.slow
def test_the_standby_dials_and_subscribes(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path
) -> None:
    """Over TLS; the owner is killed, and what it knew of the market is no part of what comes then."""
    files = make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    with closing(DialledVenue(context)) as dialled:
        more = f'{SUBSCRIBED}\ntls = {{ authority = "authority.pem" }}'
        file = dialled_table("venue-a", dialled.port, more=more)
        owner = start_ingestor(processes, any_url, tmp_path, file)
        with closing(dialled.accept()) as line:
            start_ingestor(processes, any_url, tmp_path, file)
            line.hear_until(lambda: len(requests(line)) == 2, "it subscribes")
            line.say(dialled.desk.send("W", "55=EUR/USD|268=2|269=0|270=1|269=1|270=2"))
            wait_until(lambda: prices(any_client, "EUR/USD") == ("1.0", "2.0"), "it is quoted")
            owner.process.kill()
        with closing(dialled.accept()) as line:
            line.hear_until(lambda: len(requests(line)) == 2, "the standby subscribes")
            line.say(dialled.desk.send("X", "268=1|279=0|55=EUR/USD|269=1|270=3"))
            wait_until(lambda: prices(any_client, "EUR/USD") == ("", "3.0"), "it is quoted again")


def test_after_a_kill_hashes_come_right_again(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path
) -> None:
    """The venue comes back with numbers far beyond; what was missed is not asked for, what comes is right."""
    desk = venue()
    ingestor = start_ingestor(processes, any_url, tmp_path, venue_table("venue-a"))
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("W", "55=BTU|268=2|269=0|270=1|269=1|270=2"))
        line.say(desk.send("f", "55=BTU|326=2"))
        wait_until(lambda: quote_of(any_client, "BTU").get("status") == "1", "it is halted")
        ingestor.process.kill()
        line.say(desk.send("W", "55=BTU|268=2|269=0|270=7|269=1|270=8"))
    again = start_ingestor(processes, any_url, tmp_path, venue_table("venue-a"))
    desk.number += 100
    with closing(again.connect(desk)) as line:
        again.process.wait_for("are missed: not resent")
        line.say(desk.send("W", "55=BTU|268=2|269=0|270=3|269=1|270=4"))
        line.log_out()
        assert not any("|35=2|" in each for each in line.heard)
    assert prices(any_client, "BTU") == ("3.0", "4.0")
    assert quote_of(any_client, "BTU")["status"] == "1"


def test_what_redis_has_lost_is_written_again(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path
) -> None:
    """Redis is emptied: the session is closed and goes on where the venue is; hashes have all they had."""
    desk = venue()
    ingestor = start_ingestor(processes, any_url, tmp_path, venue_table("venue-a"))
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("W", "55=BTU|268=2|269=0|270=1|269=1|270=2"))
        line.say(desk.send("f", "55=BTU|326=2"))
        wait_until(lambda: quote_of(any_client, "BTU").get("status") == "1", "it is halted")
        any_client.flushall()
        line.say(desk.heartbeat())
        line.hear_until(lambda: line.is_closed, "the session is closed")
    ingestor.process.wait_for("Redis has lost the position")
    wait_until(lambda: prices(any_client, "BTU") == ("1.0", "2.0"), "it is written again")
    assert quote_of(any_client, "BTU")["status"] == "1"
    with closing(ingestor.connect(desk)) as line:
        line.say(desk.send("X", "268=1|279=0|55=BTU|269=0|270=1.5"))
        line.log_out()
        assert not any("|35=2|" in each for each in line.heard)
    assert prices(any_client, "BTU") == ("1.5", "")
