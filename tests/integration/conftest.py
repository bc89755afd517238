"""Services that the tests of a module share, on a server of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.losses import losing_server, loss
from tests.support.market import Market
from tests.support.processes import Processes
from tests.support.receiving import Receiving
from tests.support.servers import chosen_kinds, make_server
from tests.support.version_before import Versions, install, processes_of

__all__ = ["losing_server", "loss"]


@pytest.fixture(scope="session", params=chosen_kinds())
def market_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real server for shared markets; tests that empty a server use `redis_server`."""
    server = make_server(request.param)
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def any_server() -> Iterator[Server]:
    """A real server of one kind, for what has nothing to do with the kind."""
    server = make_server(chosen_kinds()[0])
    server.start()
    yield server
    server.close()


@pytest.fixture
def any_client(any_server: Server) -> Iterator[Redis]:
    """A client of this server, which is empty at the start."""
    with Redis.from_url(any_server.url, protocol=2) as found:
        found.flushall()
        yield found


@pytest.fixture
def any_url(any_server: Server, any_client: Redis) -> str:
    """The URL of this server, which is empty at the start."""
    del any_client
    return any_server.url


@pytest.fixture(scope="module")
def shared_processes() -> Iterator[Processes]:
    """Starts service processes and ends them after the module."""
    with Processes() as started:
        yield started


@pytest.fixture(scope="module")
def client(market_server: Server) -> Iterator[Redis]:
    """A client of the shared market's server, which was empty at the start of the module."""
    with Redis.from_url(market_server.url, protocol=2) as found:
        found.flushall()
        yield found


@pytest.fixture(scope="module")
def market(shared_processes: Processes, market_server: Server, client: Redis) -> Market:
    """An ingestor and a checker, started on an empty server and shared by the tests of a module."""
    del client
    return Market(shared_processes, market_server.url)


@pytest.fixture
def receiving(processes: Processes, tmp_path: Path) -> Receiving:
    """A receiver of forwarded alerts, started, that a test may kill and start again."""
    made = Receiving(processes, tmp_path)
    made.start()
    return made


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packages of the version before are."""
    return install(tmp_path_factory.mktemp("before"))


@pytest.fixture
def before(installed: Path) -> Iterator[Processes]:
    """Starts services of the version before."""
    with processes_of(installed) as started:
        yield started


@pytest.fixture(params=["upgrade", "downgrade"])
def versions(request: pytest.FixtureRequest, before: Processes, processes: Processes) -> Versions:
    """The version before and this one, in both orders."""
    return Versions(before, processes) if request.param == "upgrade" else Versions(processes, before)
