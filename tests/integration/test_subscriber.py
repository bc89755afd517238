"""The subscriber of the client against real servers: resume, gaps, restarts, sharing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, closing

import pytest
import redis.asyncio
from redis import Redis
from redis.exceptions import AuthenticationError

from market_spread import Alert, Gap, share, subscribe
from services.cli.local.embedded import Server
from shared.market import keys
from shared.redis.slots import slot_of
from tests.support.cluster import Cluster
from tests.support.market_state import alert_fields, put_alerts
from tests.support.processes import wait_until
from tests.support.servers import chosen_kinds, make_server, one_server

APPEND_ONLY = {"appendonly": "yes", "appendfsync": "always"}


@pytest.fixture(params=chosen_kinds())
def lasting_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that a test may kill, which keeps what it was told."""
    server = make_server(request.param, APPEND_ONLY)
    server.start()
    yield server
    server.close()


async def take(alerts: AsyncIterator[Alert], count: int) -> list[str]:
    """The IDs of the next alerts."""
    async with asyncio.timeout(15):
        return [(await anext(alerts)).id for _ in range(count)]


async def take_first(alerts: AsyncGenerator[Alert, None], count: int) -> list[str]:
    """The IDs of the first alerts; no more are read."""
    async with aclosing(alerts):
        return await take(alerts, count)


def is_waiting(client: Redis) -> bool:
    """Whether somebody waits for new alerts."""
    return any("xread" in each["cmd"] for each in client.client_list())


def test_all_then_new(redis_url: str, redis_client: Redis) -> None:
    """After `0` come all alerts, then each new one."""
    ids = put_alerts(redis_client, 2500)

    async def scenario() -> None:
        alerts = subscribe(redis_url, after="0")
        assert await take(alerts, 2500) == ids
        new = await asyncio.to_thread(put_alerts, redis_client, 1)
        assert await take(alerts, 1) == new
        await alerts.aclose()

    asyncio.run(scenario())


def test_only_new(redis_url: str, redis_client: Redis) -> None:
    """Without an ID come only the alerts from now on."""
    put_alerts(redis_client, 5)

    async def scenario() -> None:
        alerts = subscribe(redis_url)
        first = asyncio.create_task(take_first(alerts, 1))
        await asyncio.to_thread(wait_until, lambda: is_waiting(redis_client), "the subscriber waits")
        new = await asyncio.to_thread(put_alerts, redis_client, 1)
        assert await first == new

    asyncio.run(scenario())


def test_resume_over_a_kill_of_redis(lasting_server: Server) -> None:
    """Redis is killed and comes back with its append-only file: each alert once and in order."""

    async def scenario() -> None:
        with Redis.from_url(lasting_server.url) as client:
            ids = put_alerts(client, 500)
        alerts = subscribe(lasting_server.url, after="0")
        seen = await take(alerts, 300)
        await asyncio.to_thread(lasting_server.kill)
        seen += await take(alerts, 200)  # those it had read before
        waiting = asyncio.create_task(take(alerts, 100))
        await asyncio.sleep(0)
        await asyncio.to_thread(lasting_server.start)
        with Redis.from_url(lasting_server.url) as client:
            ids += await asyncio.to_thread(put_alerts, client, 100)
        assert seen + await waiting == ids
        await alerts.aclose()

    asyncio.run(scenario())


def test_gap_is_told(redis_url: str, redis_client: Redis) -> None:
    """Trimmed alerts are told to whoever asks, before the first one after them."""
    ids = put_alerts(redis_client, 20)
    redis_client.xtrim(keys.ALERTS, maxlen=5, approximate=False)
    gaps: list[Gap] = []

    async def scenario() -> None:
        alerts = subscribe(redis_url, after=ids[2], on_gap=gaps.append)
        assert await take_first(alerts, 5) == ids[15:]

    asyncio.run(scenario())
    assert [(str(gap.after), str(gap.to)) for gap in gaps] == [(ids[2], ids[15])]


@pytest.mark.parametrize("lose", ["flushall", "delete"])
def test_a_stream_begun_anew_is_a_gap(redis_url: str, redis_client: Redis, lose: str) -> None:
    """Though new alerts have come before anybody looked, nobody takes them for what followed the old ones."""
    for place in range(5):
        redis_client.xadd(keys.ALERTS, alert_fields(), id=f"100-{place}")
    gaps: list[Gap] = []
    if lose == "flushall":
        redis_client.flushall()
    else:
        redis_client.delete(keys.ALERTS)
    new = put_alerts(redis_client, 3)

    async def scenario() -> None:
        assert await take_first(subscribe(redis_url, after="100-1", on_gap=gaps.append), 3) == new
        assert await take_first(subscribe(redis_url, after="0", on_gap=gaps.append), 3) == new

    asyncio.run(scenario())
    assert [(str(gap.after), str(gap.to)) for gap in gaps] == [("100-1", new[0])]


def test_bad_id(redis_url: str) -> None:
    """An ID that is none is refused when the first alert is asked for."""
    with pytest.raises(ValueError, match="nonsense"):
        asyncio.run(take_first(subscribe(redis_url, after="nonsense"), 1))


async def ends_when_cancelled(alerts: AsyncGenerator[Alert, None], turns: int) -> bool:
    """Whether one cancellation ends a reader, so many turns of the event loop after its first alert."""
    first = asyncio.Event()

    async def read() -> None:
        async for _ in alerts:
            first.set()

    reading = asyncio.create_task(read())
    await first.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    reading.cancel()
    ended, _ = await asyncio.wait({reading}, timeout=5)
    reading.cancel()
    return bool(ended)


@one_server
@pytest.mark.parametrize("turns", range(8))
def test_one_cancellation_ends_it_at_any_moment(redis_url: str, redis_client: Redis, turns: int) -> None:
    """Also while redis-py sends the next command, where a cancellation can be swallowed."""
    put_alerts(redis_client, 3)
    redis_client.xgroup_create(keys.ALERTS, "desk", "0")

    async def scenario() -> None:
        assert await ends_when_cancelled(subscribe(redis_url, after="0"), turns)
        assert await ends_when_cancelled(share(redis_url, group="desk", consumer="ada"), turns)

    asyncio.run(scenario())


def test_share(redis_url: str, redis_client: Redis) -> None:
    """Two readers of a group get each alert once between them; one that died gets its last one again."""
    redis_client.xgroup_create(keys.ALERTS, "desk", mkstream=True)
    ids = put_alerts(redis_client, 400)

    async def scenario() -> None:
        ada = share(redis_url, group="desk", consumer="ada")
        bob = share(redis_url, group="desk", consumer="bob")
        by_ada = await take(ada, 100)
        by_bob = await take(bob, 300)
        assert sorted(by_ada + by_bob) == sorted(ids)
        await ada.aclose()  # dies with its last alert not done
        again = share(redis_url, group="desk", consumer="ada")
        assert await take_first(again, 1) == by_ada[-1:]
        await bob.aclose()

    asyncio.run(scenario())


def test_share_makes_its_group(redis_url: str, redis_client: Redis) -> None:
    """A group that is not there is made, and begins with the alerts to come."""
    put_alerts(redis_client, 3)

    async def scenario() -> None:
        first = asyncio.create_task(take_first(share(redis_url, group="new", consumer="ada"), 1))
        await asyncio.to_thread(wait_until, lambda: redis_client.xinfo_groups(keys.ALERTS), "the group")
        new = await asyncio.to_thread(put_alerts, redis_client, 1)
        assert await first == new

    asyncio.run(scenario())


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("decode", [False, True])
def test_a_client_of_ones_own(redis_url: str, redis_client: Redis, protocol: int, *, decode: bool) -> None:
    """Whatever it makes of replies, it is used, and stays open."""
    ids = put_alerts(redis_client, 3)
    redis_client.xgroup_create(keys.ALERTS, "desk", "0")

    async def scenario() -> None:
        url = f"{redis_url}?protocol={protocol}&decode_responses={decode}"
        async with redis.asyncio.Redis.from_url(url) as own:
            assert await take_first(subscribe(own, after="0"), 3) == ids
            assert await take_first(share(own, group="desk", consumer="ada"), 3) == ids
            new = asyncio.create_task(take_first(subscribe(own), 1))
            await asyncio.to_thread(wait_until, lambda: is_waiting(redis_client), "the subscriber waits")
            put = await asyncio.to_thread(put_alerts, redis_client, 1)
            assert await new == put
            assert await own.ping()

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_cluster() -> None:
    """All alerts of a cluster, and shared out, by its URL."""
    with closing(Cluster(chosen_kinds()[0], replicas=0)) as cluster:
        with cluster.client(cluster.primary_of(slot_of(keys.ALERTS))) as client:
            ids = put_alerts(client, 3)
            client.xgroup_create(keys.ALERTS, "desk", "0")
        assert asyncio.run(take_first(subscribe(cluster.url, after="0"), 3)) == ids
        assert asyncio.run(take_first(share(cluster.url, group="desk", consumer="ada"), 3)) == ids


def test_a_password_that_is_wrong(lasting_server: Server) -> None:
    """From the start it is an error, not something to wait for; later it is waited for."""
    with Redis.from_url(lasting_server.url) as client:
        client.execute_command("ACL SETUSER desk on >right ~* +@all")
        ids = put_alerts(client, 2)
        port = lasting_server.port

        async def scenario() -> None:
            with pytest.raises(AuthenticationError):
                await take_first(subscribe(f"redis://desk:wrong@127.0.0.1:{port}", after="0"), 1)
            async with aclosing(subscribe(f"redis://desk:right@127.0.0.1:{port}", after="0")) as alerts:
                assert await take(alerts, 2) == ids
                client.execute_command("ACL SETUSER desk resetpass >other")
                client.execute_command("CLIENT KILL USER desk")
                new = put_alerts(client, 1)
                reading = asyncio.create_task(take(alerts, 1))
                await asyncio.to_thread(wait_until, client.acl_log, "it was refused")
                client.execute_command("ACL SETUSER desk resetpass >right")
                assert await reading == new

        asyncio.run(scenario())
