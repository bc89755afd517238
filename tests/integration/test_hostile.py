"""Too many connections, too little room, senders that dawdle: the service goes on for the others."""

import resource
import socket
import time
from contextlib import ExitStack
from typing import cast

import pytest
from redis import Redis

from shared.feed.connection import Connection, Owner
from tests.support import frames
from tests.support.market import metrics, order_ids, wait_for_metric
from tests.support.processes import Process, Processes, wait_until
from tests.support.raw_sender import REFUSED, RawSender


@pytest.fixture
def checker(processes: Processes, any_url: str, any_client: Redis) -> Process:
    """A checker that takes 4 connections at a time, on an empty server."""
    del any_client
    return processes.check(any_url, "--max-connections", "4", "--buffer-bytes", "65536")


def test_one_connection_too_many_is_refused_with_a_reason(checker: Process, any_client: Redis) -> None:
    """The fifth of four is told why and closed; the four go on, and a place that is free is taken."""
    with ExitStack() as stack:
        four = [stack.enter_context(RawSender(checker.address(), b"source-%d" % n)) for n in range(4)]
        for sender in four:
            assert sender.ack() == 0
        for source in (None, b"one-more"):
            with RawSender(checker.address(), source) as sender:
                code, text = sender.error()
                assert code == REFUSED
                assert "4 connections" in text
        for sender in four:
            sender.send(*frames.alerting(1))
            sender.acks_until(1)

        four[0].finish()
        wait_for_metric(checker, "connections", 3)
        with RawSender(checker.address(), b"one-more") as sender:
            assert sender.ack() == 0
    assert len(order_ids(any_client)) == 4


def test_a_dismissed_sender_that_does_not_leave_is_cut_off(checker: Process) -> None:
    """A sender that goes on sending after it was dismissed is reset after a second."""
    began = time.monotonic()
    with RawSender(checker.address(), b"no name") as sender:
        assert sender.error()[0] == REFUSED

        def is_cut_off() -> bool:
            try:
                sender.send(b"more")
            except OSError:
                return True
            return False

        wait_until(is_cut_off, "the sender is cut off")
        assert time.monotonic() - began > 0.9
    wait_for_metric(checker, "connections", 0)


def test_senders_of_single_bytes_delay_nobody(checker: Process, any_client: Redis) -> None:
    """While others send byte by byte an order takes effect at once, and in the end so do theirs."""
    with ExitStack() as stack:
        slow = [stack.enter_context(RawSender(checker.address(), b"slow-%d" % n)) for n in range(3)]
        quick = stack.enter_context(RawSender(checker.address(), b"quick"))
        data = frames.frame(frames.order(b"NONE", b"slowly"))
        for at in range(len(data)):
            for sender in slow:
                sender.send_bytes(data[at : at + 1])
            if at % 10 == 0:
                quick.send(*frames.alerting(1, at))
                quick.acks_until(at // 10 + 1)
        for sender in slow:
            sender.acks_until(1)
    assert order_ids(any_client).count("slowly") == 3


def test_the_smallest_buffer_takes_all(checker: Process, any_client: Redis) -> None:
    """With the smallest buffer more than it holds is taken from all connections, in turns, nothing lost."""
    with ExitStack() as stack:
        senders = [stack.enter_context(RawSender(checker.address())) for _ in range(4)]
        for start in range(0, 4000, 500):
            for number, sender in enumerate(senders):
                sender.send(*frames.alerting(500, 10_000 * number + start))
        for sender in senders:
            sender.finish()

    found = [int(order_id) for order_id in order_ids(any_client)]
    for number in range(4):
        mine = [each for each in found if each // 10_000 == number]
        assert mine == list(range(10_000 * number, 10_000 * number + 4000))


def test_running_out_of_files_is_survived(processes: Processes, any_url: str, any_client: Redis) -> None:
    """When no more connections can be opened those that are there go on, and new ones are taken later."""
    checker = processes.check(any_url)
    with RawSender(checker.address(), b"first") as first:
        assert first.ack() == 0
        before = resource.prlimit(checker.pid, resource.RLIMIT_NOFILE)
        metrics(checker)
        resource.prlimit(checker.pid, resource.RLIMIT_NOFILE, (20, before[1]))
        with ExitStack() as stack:
            for _ in range(40):
                stack.enter_context(socket.create_connection(checker.address()))
            checker.wait_for("cannot accept a connection")
            for number in range(20):
                first.send(*frames.alerting(1, number))
                first.acks_until(number + 1)
        with RawSender(checker.address(), b"second") as second:
            assert second.ack() == 0
    assert len(order_ids(any_client)) == 20


def test_a_sender_that_vanished_is_looked_for() -> None:
    """A connection has keep-alive on, so that one whose sender is gone without a word is noticed in 90 s."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        Connection(accepted, "peer", cast(Owner, None))
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle_s, between_s, times = (
            accepted.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle_s + between_s * times <= 90
