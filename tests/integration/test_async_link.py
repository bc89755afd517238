"""A link for asyncio whose connections the server closed while nobody used them: nobody notices."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from shared.redis.aio import link as async_link
from shared.redis.aio.link import AsyncLink
from shared.redis.aio.url import open_async_link
from shared.redis.link import RedisUnavailable, command
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server, one_server

PING = command("", "PING")
NAME = "market-spread-test"


@pytest.fixture(params=chosen_kinds())
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of its own, for its settings change."""
    made = make_server(request.param)
    made.start()
    yield made
    made.close()


@pytest.fixture
def admin(server: Server) -> Iterator[Redis]:
    """Its administrator."""
    with Redis.from_url(server.url, protocol=2) as client:
        yield client


def own_clients(admin: Redis, name: str) -> list[Any]:
    """The connections with a name."""
    return [each for each in admin.client_list() if each["name"] == name]


def run(server: Server, scenario: Callable[[AsyncLink], Awaitable[None]]) -> None:
    """Run something with a link to the server."""

    async def with_link() -> None:
        link = open_async_link(server.url, name=NAME)
        try:
            await scenario(link)
        finally:
            await link.close()

    asyncio.run(with_link())


def kill_all(admin: Redis) -> None:
    """Close all connections of the link."""
    for each in own_clients(admin, NAME):
        admin.client_kill_filter(_id=each["id"])
    wait_until(lambda: not own_clients(admin, NAME), "they are closed")


def test_killed_while_idle(server: Server, admin: Redis) -> None:
    """Ten idle connections are killed; ten round trips at once work all the same."""

    async def scenario(link: AsyncLink) -> None:
        for _ in range(3):
            assert await asyncio.gather(*(link.roundtrip([PING]) for _ in range(10))) == [[b"PONG"]] * 10
            assert len(own_clients(admin, NAME)) == 10
            await asyncio.to_thread(kill_all, admin)

    run(server, scenario)


def test_killed_between_the_look_and_the_use(server: Server, admin: Redis) -> None:
    """A connection that is closed just before it is used, unseen by the loop, is replaced in silence."""

    async def scenario(link: AsyncLink) -> None:
        for _ in range(5):
            assert await link.roundtrip([PING, PING]) == [b"PONG", b"PONG"]
            kill_all(admin)  # blocks the loop, which so does not hear of it

    run(server, scenario)


def test_killed_while_it_waits_for_the_answer(server: Server, admin: Redis) -> None:
    """A connection that was idle and is killed before the first reply is replaced too; a new one is not."""

    async def scenario(link: AsyncLink) -> None:
        reading = command("alerts", "XREAD", "BLOCK", 2000, "STREAMS", "alerts", "$")

        async def killed_in_the_middle() -> asyncio.Task[list[Any]]:
            asking = asyncio.create_task(link.roundtrip([reading], 2.0))
            await asyncio.to_thread(wait_until, lambda: admin.info("clients")["blocked_clients"], "it waits")
            kill_all(admin)
            return asking

        with pytest.raises(RedisUnavailable, match=r"127\.0\.0\.1:\d+ closed the connection"):
            await (await killed_in_the_middle())
        await link.roundtrip([PING])
        asking = await killed_in_the_middle()
        await asyncio.to_thread(
            wait_until, lambda: admin.info("clients")["blocked_clients"], "it waits again"
        )
        admin.xadd("alerts", {"a": 1})
        assert (await asking)[0][0][0] == b"alerts"

    run(server, scenario)


def test_old_connections_are_not_used(server: Server, admin: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that lay idle for long may be forgotten on the way, unseen: a new one takes its place."""
    monkeypatch.setattr(async_link, "_LONGEST_IDLE_S", 0.05)

    async def scenario(link: AsyncLink) -> None:
        await link.roundtrip([PING])
        (before,) = own_clients(admin, NAME)
        await asyncio.sleep(0.1)
        await link.roundtrip([PING])
        await asyncio.to_thread(
            wait_until, lambda: len(own_clients(admin, NAME)) == 1, "the old one is closed"
        )
        assert own_clients(admin, NAME)[0]["id"] != before["id"]

    run(server, scenario)


def test_an_api_whose_idle_connections_are_closed(processes: Processes, server: Server, admin: Redis) -> None:
    """Requests are answered as if nothing had happened, and nothing is logged."""
    api = processes.api(server.url)
    host, port = api.address()
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=5) as http:
        for _ in range(3):
            for path in ("/symbols", "/alerts", "/status", "/health/ready"):
                assert http.get(path).status_code == 200
            for each in own_clients(admin, "market-spread-api"):
                admin.client_kill_filter(_id=each["id"])
    assert [line for line in api.log if line["level"] != "info"] == []


@one_server
@pytest.mark.parametrize("turns", range(8))
def test_one_cancellation_ends_a_round_trip_at_any_moment(redis_url: str, turns: int) -> None:
    """Also with a time-out of redis-py's own in the URL, whose way of sending can swallow a cancellation."""

    async def ask_for_ever(link: AsyncLink, is_asking: asyncio.Event) -> None:
        while True:
            await link.roundtrip([PING])
            is_asking.set()

    async def scenario() -> None:
        link, is_asking = open_async_link(f"{redis_url}?socket_timeout=5"), asyncio.Event()
        asking = asyncio.create_task(ask_for_ever(link, is_asking))
        await is_asking.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        ended, _ = await asyncio.wait({asking}, timeout=5)
        asking.cancel()
        await link.close()
        assert ended

    asyncio.run(scenario())
