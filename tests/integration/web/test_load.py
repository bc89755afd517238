"""Many requests at once: they queue, and what the API has to do is never reported as Redis being away."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.integration.web.conftest import base_url
from tests.support.market_state import put_alerts, put_symbol
from tests.support.processes import Processes
from tests.support.servers import chosen_kinds, make_server


@pytest.fixture(params=chosen_kinds())
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that a test may stop."""
    server = make_server(request.param)
    server.start()
    yield server
    server.close()


async def ask(url: str, paths: list[str]) -> list[httpx.Response]:
    """The answers to requests that are made at once."""
    limits = httpx.Limits(max_connections=len(paths))
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
        return await asyncio.gather(*(http.get(path) for path in paths))


def statuses(url: str, paths: list[str]) -> Counter[int]:
    """How often each status answers."""
    return Counter(answer.status_code for answer in asyncio.run(ask(url, paths)))


@pytest.mark.slow
def test_a_hundred_large_pages_at_once(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """A hundred requests for a thousand alerts each are all answered."""
    put_alerts(redis_client, 3000)
    url = base_url(processes.api(redis_url))

    assert statuses(url, ["/alerts?limit=1000"] * 100) == {200: 100}


@pytest.mark.slow
def test_beyond_the_bound(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """More than may queue are told to come again: 429 with `Retry-After`, and nothing is said of Redis."""
    put_alerts(redis_client, 3000, symbol="A")
    api = processes.api(redis_url)

    answers = asyncio.run(ask(base_url(api), ["/alerts?symbol=NONE"] * 500))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert Counter(answer.status_code for answer in answers).keys() == {200, 429}
    assert 100 <= len(refused) <= 500 - 256
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert refused[0].json()["title"] == "Too Many Requests"
    assert api.events("out of reach") == []


@pytest.mark.slow
def test_scans_do_not_hold_up_others(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """While sixty searches through 10,000 alerts queue, other requests are answered in between."""
    put_alerts(redis_client, 10_000, symbol="A")
    put_symbol(redis_client, "A")
    url = base_url(processes.api(redis_url))
    took_s: list[float] = []

    async def scenario() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            scans = asyncio.gather(*(http.get(f"/alerts?account=n{number}") for number in range(60)))
            while not scans.done():
                for path in ("/symbols/A", "/alerts?limit=5", "/health/ready"):
                    began = time.monotonic()
                    answer = await http.get(path)
                    assert answer.status_code == 200, answer.text
                    took_s.append(time.monotonic() - began)
            assert [answer.status_code for answer in await scans] == [200] * 60

    asyncio.run(scenario())
    assert len(took_s) > 30
    assert sorted(took_s)[len(took_s) // 2] < 0.1
    assert sorted(took_s)[len(took_s) * 9 // 10] < 0.3


@pytest.mark.slow
def test_redis_goes_while_requests_queue(processes: Processes, own_server: Server) -> None:
    """Those who queue when Redis stands still are refused together, and not one by one."""
    url = base_url(processes.api(own_server.url))
    own_server.pause()

    async def one(http: httpx.AsyncClient, path: str) -> float:
        began = time.monotonic()
        assert (await http.get(path)).status_code == 503
        return time.monotonic() - began

    async def scenario() -> list[float]:
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            paths = ("/alerts?limit=1000", "/alerts?symbol=A", "/symbols", "/stats/check")
            return await asyncio.gather(*(one(http, path) for path in paths * 25))

    assert any(max(asyncio.run(scenario())) < 2.0 for _ in range(4)), "one by one it would be 6 s"
