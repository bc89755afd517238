"""Bad weather: what can be wrong with a Redis that loses nothing, brought about on a real server."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import cycle
from threading import Event, Thread

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from services.cli.local.embedded import Server
from tests.support.processes import wait_until

Weather = Callable[[Server], AbstractContextManager[None]]

SYNCED = {"appendonly": "yes", "appendfsync": "always"}
"""Redis has on disk whatever it has answered."""

_NOBODY_LISTENS = 1


@contextlib.contextmanager
def refused(server: Server) -> Iterator[None]:
    """Killed, so that connections are refused, and started again with its append-only file."""
    server.kill()
    yield
    server.start()


@contextlib.contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Standing still: connections are taken, and nothing is answered."""
    server.pause()
    yield
    server.resume()


@contextlib.contextmanager
def pausing_its_clients(server: Server) -> Iterator[None]:
    """Answering nobody, until it does again by itself: every command times out."""
    with Redis(port=server.port) as client:
        client.client_pause(6000)
    yield


@contextlib.contextmanager
def read_only(server: Server) -> Iterator[None]:
    """A replica, as after a failover: READONLY."""
    with Redis(port=server.port) as client:
        client.replicaof("127.0.0.1", _NOBODY_LISTENS)
        yield
        client.replicaof("NO", "ONE")


@contextlib.contextmanager
def out_of_memory(server: Server) -> Iterator[None]:
    """Beyond its memory under `noeviction`: OOM."""
    with Redis(port=server.port) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        yield
        client.config_set("maxmemory", 0)


@contextlib.contextmanager
def loading(server: Server) -> Iterator[None]:
    """Started again and loading its data for some seconds: LOADING."""
    with Redis(port=server.port) as client, client.pipeline(transaction=False) as pipeline:
        for number in range(20_000):
            pipeline.set(f"ballast:{number}", number)
        pipeline.execute()
    server.kill()
    server._options["key-load-delay"] = "200"
    server.launch()
    wait_until(lambda: _is_loading(server.port), "the server loads its data")
    yield
    wait_until(server.answers, "the server has loaded its data")


def _is_loading(port: int) -> bool:
    try:
        with Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
            client.get("ballast:0")
    except RedisError as error:
        return "loading" in str(error).lower()
    return False


@contextlib.contextmanager
def resetting_connections(server: Server) -> Iterator[None]:
    """Breaking all connections off, every few milliseconds, with a pause now and then for slow machines."""
    is_over = Event()
    pauses_s = cycle([*[0.005] * 19, 0.2])

    def reset() -> None:
        with Redis(port=server.port) as client:
            while not is_over.wait(next(pauses_s)):
                client.client_kill_filter(_type="normal", skipme=True)

    resetting = Thread(target=reset)
    resetting.start()
    try:
        yield
    finally:
        is_over.set()
        resetting.join()


@contextlib.contextmanager
def forgetting_scripts(server: Server) -> Iterator[None]:
    """SCRIPT FLUSH."""
    with Redis(port=server.port) as client:
        client.script_flush()
        yield
