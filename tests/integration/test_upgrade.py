"""The version before and this one: each resumes what the other left, and both run side by side."""

import os
import signal
from functools import partial

import pytest
from redis import Redis

from tests.support import frames
from tests.support.desk import Desk
from tests.support.market import order_ids, quote_of
from tests.support.order_streams import add, checked, checker
from tests.support.processes import Process, wait_until
from tests.support.raw_sender import FENCED
from tests.support.receiving import OVERLAP, Receiving, assert_complete
from tests.support.servers import one_server
from tests.support.site import STREAM_ORDERS, SYMBOLS, Site
from tests.support.version_before import Versions

pytestmark = one_server


@pytest.mark.slow
def test_a_source_that_goes_to_the_other_version_and_back_is_fenced_where_it_was(
    versions: Versions, redis_url: str, redis_client: Redis
) -> None:
    """Checkers of both versions side by side: the newest connection has the source; each order once."""
    checkers = [each.check(redis_url).address() for each in (*versions, *versions)]
    desk = Desk(checkers[0])
    desk.send(3)
    desk.sender.acks_until(3)
    for address in checkers[1:]:
        older, sent = desk.sender, desk.sent
        desk = Desk(address)
        assert desk.sender.acked == len(sent)
        older.send(*frames.alerting(1, start=len(sent)))
        assert older.error()[0] == FENCED
        older.close()
        desk.sent = sent
        desk.send(3)
        desk.sender.acks_until(len(desk.sent))
    desk.finish()

    assert order_ids(redis_client) == [f"{number}" for number in range(12)]


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_services_are_replaced_by_the_other_version_under_load(
    versions: Versions, end: signal.Signals, redis_url: str, redis_client: Redis, receiving: Receiving
) -> None:
    """Every order alerts once, quotes end at the last, and the forwarder goes on from the stored position.

    It repeats its overlap, as after every new connection.
    """
    site = Site(redis_url, redis_client, receiving, versions.first)
    site.replace_all(versions.then, end)
    quotes, orders = site.finish()

    accounts = checked(redis_client)
    by_tcp = [account for account in accounts if account < STREAM_ORDERS]
    by_stream = [account for account in accounts if account >= STREAM_ORDERS]
    assert by_tcp == list(range(orders))
    assert by_stream == list(range(STREAM_ORDERS, STREAM_ORDERS + site.from_stream))
    for number in range(quotes - SYMBOLS, quotes):
        assert quote_of(redis_client, f"S{number % SYMBOLS:03}")["bid"] == repr(float(number))
    assert min(site.orders.connections, site.quotes.connections) >= 2
    place = {account: at for at, account in enumerate(accounts)}
    received = [[place[account] for account in each] for each in receiving.connections() if each]
    assert_complete(received, len(accounts))
    assert [each[0] for each in received] == [0, max(0, site.forwarded - OVERLAP)]


@pytest.mark.slow
def test_checkers_of_both_versions_stand_by_for_each_other(
    versions: Versions, redis_url: str, redis_client: Redis
) -> None:
    """On one stream: whoever stands still is replaced by the other and finds that out; each order once."""
    owner, standby = (checker(each, redis_url, "orders") for each in versions)
    standby.wait_for("standing by")
    added = 0
    for turn in range(4):
        os.kill(owner.pid, signal.SIGSTOP)
        added = check_some_more(redis_client, added)
        os.kill(owner.pid, signal.SIGCONT)
        added = check_some_more(redis_client, added)
        wait_until(partial(has_found_out, owner, turn // 2 + 1), "the owner of before stands by")
        owner, standby = standby, owner
    owner.kill()
    added = check_some_more(redis_client, added)

    assert checked(redis_client) == list(range(added))


def check_some_more(client: Redis, first: int) -> int:
    """Add orders to the stream, numbered from `first` on, and wait for their alerts; the next number."""
    end = first + 200
    for number in range(first, end):
        add(client, number)
    wait_until(lambda: client.xlen("alerts") >= end, "somebody checks the orders")
    return end


def has_found_out(owner: Process, times: int) -> bool:
    """Whether a checker has noticed so often that the stream has another owner."""
    return len(owner.events("has another owner")) >= times
