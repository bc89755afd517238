"""The API as a real process, shared by the tests of a server; those that stop it start their own."""

from collections.abc import Iterator

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.processes import Process, Processes


def base_url(api: Process) -> str:
    """Where an API process answers."""
    host, port = api.address()
    return f"http://{host}:{port}"


@pytest.fixture(scope="session")
def api_process(redis_server: Server) -> Iterator[Process]:
    """An API on the shared server."""
    with Processes() as started:
        yield started.api(redis_server.url)


@pytest.fixture
def http(api_process: Process, redis_client: Redis) -> Iterator[httpx.Client]:
    """A client of the shared API; its server is empty at the start."""
    del redis_client
    with httpx.Client(base_url=base_url(api_process), timeout=5) as client:
        yield client
