"""Redis loses data while services of both versions run side by side."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.desk import Desk
from tests.support.market import entries_after, order_ids, quote_of
from tests.support.order_streams import add, checked, checker
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import send_all
from tests.support.servers import chosen_kinds, make_server
from tests.support.version_before import Versions

pytestmark = pytest.mark.slow

WIDE, TIGHT = frames.quote(b" BTU", 10.0, 11.0), frames.quote(b" BTU", 10.0, 10.01)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that keeps what it is told to save, and nothing else."""
    made = make_server(chosen_kinds()[0]).start()
    yield made
    made.close()


@pytest.fixture
def client(server: Server) -> Iterator[Redis]:
    """A client of this server."""
    with Redis.from_url(server.url, protocol=2) as found:
        yield found


class Mixed(NamedTuple):
    """Addresses of an ingestor and a checker of different versions."""

    quotes: tuple[str, int]
    orders: tuple[str, int]


@pytest.fixture
def mixed(versions: Versions, server: Server) -> Mixed:
    """An ingestor of one version beside a checker of the other, in both ways."""
    ingestor, checking = versions.first.ingest(server.url), versions.then.check(server.url)
    return Mixed(ingestor.address(), checking.address())


def test_a_flush_leaves_no_order_without_its_quote(mixed: Mixed, client: Redis) -> None:
    """Orders wait until the quotes are back; the sender sends again what was lost, and each alerts once."""
    send_all(mixed.quotes, TIGHT)
    desk = Desk(mixed.orders)
    desk.send(3)
    desk.sender.acks_until(3)

    client.flushall()

    send_all(mixed.orders, *[frames.order(b" BTU")] * 5)
    assert order_ids(client) == []
    assert quote_of(client, "BTU")["offer"] == "10.01"
    desk.send(3)
    assert desk.come_back() == 0
    desk.finish()
    assert order_ids(client) == [f"{number}" for number in range(6)]


def test_old_data_are_replaced_and_nobody_is_sent_away(mixed: Mixed, client: Redis, server: Server) -> None:
    """The ingestor writes the newer quote again; the sender goes on from the older count, unfenced."""
    send_all(mixed.quotes, WIDE)
    desk = Desk(mixed.orders)
    desk.send(3)
    desk.sender.acks_until(3)
    client.save()
    send_all(mixed.quotes, TIGHT)
    desk.send(3)
    desk.sender.acks_until(6)

    server.kill()
    server.start()

    wait_until(lambda: quote_of(client, "BTU")["offer"] == "10.01", "the newer quote is written again")
    send_all(mixed.orders, *[frames.order(b" BTU")] * 5)
    desk.send(3)
    assert desk.come_back() == 3
    desk.finish()
    assert order_ids(client) == [f"{number}" for number in range(9)]


def test_the_owner_of_a_stream_checks_again_what_was_lost_though_the_other_version_stands_by(
    versions: Versions, client: Redis, server: Server
) -> None:
    """Redis goes back to an owner of before both: who has the stream goes on; each order alerts once."""
    add(client, 0)
    first = checker(versions.then, server.url, "orders", words=("--keep-orders",))
    wait_until(lambda: checked(client) == [0], "the first owner checks")
    first.kill()
    for number in range(1, 10):
        add(client, number)
    client.save()
    checker(versions.first, server.url, "orders", words=("--keep-orders",))
    wait_until(lambda: len(checked(client)) == 10, "the second owner checks")
    standby = checker(versions.then, server.url, "orders", words=("--keep-orders",))
    standby.wait_for("standing by")

    server.kill()
    server.start()

    add(client, 10)
    wait_until(lambda: len(checked(client)) >= 11, "what was lost and what comes are checked")
    assert checked(client) == list(range(11))


def test_a_new_checker_holds_orders_for_an_ingestor_that_went_back(
    before: Processes, processes: Processes, client: Redis, server: Server
) -> None:
    """The ingestor of before never renews an epoch that names a process: deleting it ends the wait."""
    newer = processes.ingest(server.url)
    send_all(newer.address(), TIGHT)
    newer.terminate()
    assert newer.wait() == 0
    before.ingest(server.url)
    checking = processes.check(server.url)
    client.save()

    server.kill()
    server.start()

    desk = Desk(checking.address())
    desk.send(1)
    checking.wait_for("the ingestor has not yet looked for lost quotes")
    assert entries_after(client) == []
    client.delete("epoch")
    desk.finish()
    assert order_ids(client) == ["0"]
    epoch = client.get("epoch")
    assert isinstance(epoch, bytes)
    assert b":" not in epoch
