"""Redis comes back with an older owner of a source: who has it goes on, and who was taken over does not."""

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.desk import Desk
from tests.support.losses import Loss
from tests.support.market import Market, entries_after, order_ids
from tests.support.order_streams import add, checked, checker
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import FENCED, RawSender
from tests.support.receiving import Receiving, add_alerts, start_forwarder


@pytest.mark.parametrize("is_sending", [True, False], ids=["sending", "silent"])
def test_a_sender_whose_owner_redis_has_lost_goes_on(
    losing_server: Server, loss: Loss, processes: Processes, *, is_sending: bool
) -> None:
    """The stored owner is from before its connection: it is asked to go on from the count, not sent away.

    Whether it sends something or not: its alerts of before are lost, and come again.
    """
    market = Market(processes, losing_server.url)
    desk = Desk(market.orders)
    desk.send(5)
    desk.sender.acks_until(5)
    desk.sender.close()
    make_old = loss.remember(losing_server)
    desk.connect()
    desk.send(5)
    desk.sender.acks_until(10)

    losing_server.kill()
    make_old()
    losing_server.start()
    if is_sending:
        desk.send(5)
    assert desk.come_back() == 5
    desk.send(5)
    desk.finish()

    with Redis(port=losing_server.port) as client:
        assert order_ids(client) == [f"{n}" for n in range(len(desk.sent))]


def test_a_takeover_after_a_loss_fences(losing_server: Server, loss: Loss, processes: Processes) -> None:
    """A sender that has gone on after the loss is sent away when a newer connection takes its source."""
    market = Market(processes, losing_server.url)
    other = processes.check(losing_server.url)
    make_old = loss.remember(losing_server)
    older = Desk(market.orders)
    older.send(3)
    older.sender.acks_until(3)
    losing_server.kill()
    make_old()
    losing_server.start()
    assert older.come_back() == 0
    older.sender.acks_until(3)
    with RawSender(other.address(), b"desk") as newer:
        assert newer.ack() == 3
        older.send(1)
        assert older.sender.error()[0] == FENCED
        older.sender.close()
        newer.send(*frames.alerting(1, start=3))
        newer.acks_until(4)
    with Redis(port=losing_server.port) as client:
        assert order_ids(client) == ["0", "1", "2", "3"]


def test_the_owner_of_a_stream_checks_again_what_redis_has_lost(
    losing_server: Server, loss: Loss, processes: Processes
) -> None:
    """Entries that are older than the loss alert again, as their alerts are lost; a standby looks on."""
    with Redis(port=losing_server.port) as client:
        add(client, 0)
        owner = checker(processes, losing_server.url, "orders", words=("--keep-orders",))
        wait_until(lambda: checked(client) == [0], "the owner checks")
        owner.kill()
        for number in range(1, 10):
            add(client, number)
        make_old = loss.remember(losing_server)
        checker(processes, losing_server.url, "orders", words=("--keep-orders",))
        standby = checker(processes, losing_server.url, "orders", words=("--keep-orders",))
        standby.wait_for("standing by")
        wait_until(lambda: checked(client) == list(range(10)), "all is checked")
        losing_server.kill()
        make_old()
        losing_server.start()
        wait_until(lambda: len(checked(client)) == 10, "what was lost is checked again")
        add(client, 10)
        wait_until(lambda: len(checked(client)) == 11, "what comes is checked")
        assert checked(client) == list(range(11))


def test_a_forwarder_whose_owner_redis_has_lost_goes_on(
    losing_server: Server, loss: Loss, processes: Processes, receiving: Receiving
) -> None:
    """It goes on from what Redis has, and a newer one of its name still takes over."""
    with Redis(port=losing_server.port) as client:
        add_alerts(client, 0, 5)
        make_old = loss.remember(losing_server)
        forwarder = start_forwarder(processes, losing_server.url, receiving.address)
        receiving.wait_for(4)
        losing_server.kill()
        make_old()
        losing_server.start()
        add_alerts(client, 5, 5)
        receiving.wait_for(9)
        assert len(entries_after(client)) == 10
        assert forwarder.popen.poll() is None
        start_forwarder(processes, losing_server.url, receiving.address)
        assert forwarder.wait() == 1
