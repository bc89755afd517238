"""Stopping: what was received takes effect, or the exit code and the log say that it did not."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import Market, health, metrics, order_ids, quote_of, wait_for_metric
from tests.support.processes import Process, Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.servers import chosen_kinds, make_server

ORDERS = [frames.order(b"NONE", b"%6d" % n) for n in range(500)]
QUOTES = [frames.quote(b"STOP", 1.0, 1.0 + n) for n in range(500)]


@contextmanager
def connected(process: Process, payload: bytes, source: bytes | None = None) -> Iterator[RawSender]:
    """A sender whose first frame has taken effect."""
    name = next(name for name in metrics(process) if name.endswith("_latency_seconds_count"))
    before = metrics(process)[name]
    with RawSender(process.address(), source) as sender:
        sender.send(payload)
        wait_for_metric(process, name, before + 1)
        if source is not None:
            sender.acks_until(1)
        yield sender


def stop(process: Process, number: int = signal.SIGTERM) -> tuple[int, float]:
    """Send a signal; the exit code, and the seconds that it took."""
    began = time.monotonic()
    process.popen.send_signal(number)
    return process.wait(), time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_received_takes_effect(
    processes: Processes, any_url: str, any_client: Redis, number: int
) -> None:
    """Frames that are there when the signal comes take effect, and the exit code is 0 within 5 s."""
    ingestor, checker = processes.ingest(any_url), processes.check(any_url)
    with (
        connected(checker, ORDERS[0]) as plain,
        connected(checker, ORDERS[0], b"stopped") as resumable,
        connected(ingestor, QUOTES[0]) as quotes,
    ):
        for process in (ingestor, checker):
            process.popen.send_signal(signal.SIGSTOP)  # so that nothing is read before the signal is there
        plain.send(*ORDERS[1:])
        resumable.send(*ORDERS[1:])
        quotes.send(*QUOTES[1:])
        for process in (ingestor, checker):
            process.popen.send_signal(number)
            process.popen.send_signal(signal.SIGCONT)
        began = time.monotonic()

        assert (ingestor.wait(), checker.wait()) == (0, 0)
        assert time.monotonic() - began < 5
        resumable.acks_until(500)
    assert any_client.xlen("alerts") == 1000
    assert quote_of(any_client, "STOP")["offer"] == "500.0"
    assert len(checker.events("stopped: everything received has taken effect")) == 1
    assert not any_client.keys("service:*")


@pytest.mark.slow
def test_a_stop_under_load_ends_in_time(processes: Processes, any_url: str, any_client: Redis) -> None:
    """While a sender sends without end, the stop comes within 5 s, and alerts and position agree."""
    market = Market(processes, any_url)
    market.send_quotes(frames.quote(b"FINE"))
    checker = market.checker
    block = [frames.order(b"FINE" if number % 10 else b"NONE") for number in range(500)]
    with connected(checker, block[0], b"endless") as sender:
        sender.sock.settimeout(0.2)
        checker.terminate()
        began = time.monotonic()
        with suppress(OSError):
            while checker.popen.poll() is None:
                sender.send(*block)
        assert checker.wait() == 0
        assert time.monotonic() - began < 5

    position = int(any_client.hget("position:{alerts}:orders:endless", "position") or 0)
    assert any_client.xlen("alerts") == 1 + -(-(position - 1) // 10)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that may be stopped and killed."""
    server = make_server(chosen_kinds()[0])
    server.start()
    yield server
    server.resume()
    server.close()


@pytest.mark.slow
def test_a_stop_while_redis_is_away_tells_the_loss(processes: Processes, own_server: Server) -> None:
    """If something received cannot take effect, the exit code is 1 within 5 s and the log says how much."""
    ingestor, checker = processes.ingest(own_server.url), processes.check(own_server.url)
    late, idle = processes.check(own_server.url), processes.check(own_server.url)
    everybody = (ingestor, checker, late, idle)
    with (
        connected(ingestor, QUOTES[0], b"lost-quotes") as quotes,
        connected(checker, ORDERS[0]) as half_closed,
        connected(late, ORDERS[0]) as waiting,
    ):
        own_server.pause()
        quotes.send(*QUOTES[:200])
        half_closed.send(*ORDERS[:300])
        half_closed.half_close()
        for process in everybody:
            process.wait_for("Redis is away", timeout_s=10)
            assert health(process)[0] == 503
            assert health(process, "live")[0] == 200
        waiting.send(*ORDERS[:100])  # only now: that Redis is away was noticed without them
        began = time.monotonic()
        for process in everybody:
            process.terminate()

        assert [process.wait() for process in everybody] == [1, 1, 1, 0]
        assert time.monotonic() - began < 5
        for process, said in (
            (ingestor, "200 received frames may not have taken effect"),
            (checker, "300 received frames may not have taken effect"),
            (late, "100 received frames may not have taken effect"),
            (idle, "nothing received was waiting"),
        ):
            assert process.events(said), process.lines
        for sender in (half_closed, waiting):
            with pytest.raises(ConnectionResetError):  # an orderly close would say that all is well
                sender.wait_closed()


def test_redis_coming_back_in_time_saves_the_stop(processes: Processes, own_server: Server) -> None:
    """If Redis comes back shortly after the signal, what was received takes effect and the exit code is 0."""
    checker = processes.check(own_server.url)
    with connected(checker, frames.order(b"NONE", b"before")) as sender:
        own_server.pause()
        sender.send(*ORDERS)
        checker.wait_for("Redis is away")
        checker.terminate()
        own_server.resume()

        assert checker.wait() == 0
    with Redis.from_url(own_server.url, protocol=2) as client:
        assert [each for each in order_ids(client) if each != "before"] == [str(n) for n in range(500)]


@pytest.mark.slow
def test_a_second_signal_ends_at_once(processes: Processes, own_server: Server) -> None:
    """A second Ctrl-C does not wait for anything."""
    checker = processes.check(own_server.url)
    own_server.pause()
    with RawSender(checker.address()) as sender:
        sender.send(*ORDERS)
        checker.wait_for("Redis is away")
        checker.popen.send_signal(signal.SIGINT)
        wait_until(lambda: "stopping" in health(checker)[1], "the first signal is noticed")
        code, lasted_s = stop(checker, signal.SIGINT)
    assert code == 1
    assert lasted_s < 3
    assert not checker.events("stopped"), "it has waited for Redis after all"
