"""Ways in which a server loses data without being empty, brought about on a real one."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.servers import chosen_kinds, make_server


class Loss(NamedTuple):
    """A way to lose what was written after a moment."""

    options: dict[str, str]
    """Of the server."""
    remember: Callable[[Server], Callable[[], None]]
    """Called at that moment; what it returns makes the data on disk, of the ended server, those of then."""


def _snapshot(server: Server) -> Callable[[], None]:
    with Redis(port=server.port) as client:
        client.save()
    return lambda: None


def _append_only_file(server: Server) -> Callable[[], None]:
    (file,) = (server.folder / "appendonlydir").glob("*.incr.aof")
    size = file.stat().st_size

    def cut() -> None:
        with file.open("r+b") as opened:
            # A record that is begun and not whole, if there is one: a busy disk may have put off all of them.
            opened.truncate(min(size + 5, file.stat().st_size))

    return cut


OLD_SNAPSHOT = Loss({}, _snapshot)
"""It comes back with what it saved before."""
POWER_CUT = Loss({"appendonly": "yes", "appendfsync": "everysec"}, _append_only_file)
"""What was not on disk yet is gone, in the middle of a record."""


@pytest.fixture(params=[OLD_SNAPSHOT, pytest.param(POWER_CUT, marks=pytest.mark.slow)], ids=["old", "cut"])
def loss(request: pytest.FixtureRequest) -> Loss:
    """Each way to lose data."""
    chosen: Loss = request.param
    return chosen


@pytest.fixture(params=chosen_kinds())
def losing_server(request: pytest.FixtureRequest, loss: Loss) -> Iterator[Server]:
    """A server that loses data in that way."""
    made = make_server(request.param, loss.options).start()
    yield made
    made.close()
