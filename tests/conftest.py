"""Servers for the tests, and the rule that what is required may not be skipped."""

import gc
import logging
import os
from collections.abc import Generator, Iterator

import fakeredis
import pytest
from hypothesis import HealthCheck, settings
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.processes import Processes
from tests.support.servers import chosen_kinds, make_server

for size in ("COLUMNS", "LINES"):  # the size of whose terminal tests run in is not for the commands tested
    os.environ.pop(size, None)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
settings.register_profile("steady", PATIENT, derandomize=True)
settings.register_profile("explore", PATIENT)  # other examples each time; `make test-all` asks for it
settings.load_profile("steady")

REQUIRED = [word for word in os.environ.get("REQUIRE", "").split(",") if word]
"""What the machine must have: a test that skips for want of it (`<word>: why`) fails."""


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was collected, which is there to the end."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip for want of something required into a failure."""
    report = yield
    if report.skipped and call.excinfo is not None:
        reason = str(call.excinfo.value)
        if any(reason.startswith(f"{word}:") for word in REQUIRED):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, but it is required: {reason}"
    return report


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """What a command that runs within a test sets up for its log ends with the test."""
    root = logging.getLogger()
    level, before = root.level, {*root.handlers}
    yield
    root.setLevel(level)
    for handler in {*root.handlers} - before:
        if handler.filters:  # those of pytest have none
            root.removeHandler(handler)


@pytest.fixture(scope="session", params=chosen_kinds())
def redis_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real server, shared by the tests; those that stop it or kill it make their own."""
    server = make_server(request.param)
    server.start()
    yield server
    server.close()


@pytest.fixture
def redis_client(redis_server: Server) -> Iterator[Redis]:
    """A client of the shared server, which is empty at the start."""
    with Redis.from_url(redis_server.url, protocol=2) as client:
        client.flushall()
        yield client


@pytest.fixture
def redis_url(redis_server: Server, redis_client: Redis) -> str:
    """The URL of the shared server, which is empty at the start."""
    del redis_client
    return redis_server.url


@pytest.fixture
def fake_redis() -> fakeredis.FakeRedis:
    """A client of a server that is none, for unit tests."""
    return fakeredis.FakeRedis(version=(7,))


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Starts service processes and ends them after the test."""
    with Processes() as started:
        yield started
