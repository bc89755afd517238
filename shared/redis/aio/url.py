"""From the URL of a server, of a cluster or of sentinels to a link for asyncio."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from market_spread.redis_url import parse_redis_url
from shared.base.address import Address
from shared.redis.aio.cluster import AsyncClusterLink
from shared.redis.aio.link import AsyncLink, AsyncNodeLink
from shared.redis.link import Reply
from shared.redis.sentinels import Sentinels, read_master


def open_async_link(url: str, *, timeout_s: float = 0.5, name: str = "market-spread") -> AsyncLink:
    """A link to what a URL names; connects with the first round trip.

    Args:
        url: see `market_spread.redis_url`.
        timeout_s: for a whole round trip, connecting included.
        name: how the server lists the connections.

    Raises:
        ValueError: the URL is none of Redis.
    """
    kind, server, hosts, service = parse_redis_url(url)
    options: dict[str, Any] = {
        "socket_timeout": None,
        "client_name": name,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        **parse_url(server),
    }
    connection_class = options.pop("connection_class", Connection)

    sentinels = Sentinels(hosts, service)

    async def connect(address: Address | None = None) -> AbstractConnection:
        where = {} if address is None else {"host": address.host, "port": address.port}
        connection: AbstractConnection = connection_class(**{**options, **where})
        return connection

    async def connect_to_master() -> AbstractConnection:
        return await connect(await _find_master(sentinels))

    if kind == "cluster":
        return AsyncClusterLink(hosts, connect, timeout_s)
    return AsyncNodeLink(connect_to_master if kind == "sentinel" else connect, timeout_s)


async def _find_master(sentinels: Sentinels) -> Address:
    """Ask sentinels, one after the other, where the master is; one that says nothing is not given up here.

    Raises:
        RedisUnavailable: none of them knows.
    """
    for turn in sentinels.turns():
        with turn:
            master = read_master(await _ask(turn.address, sentinels.question))
    return master


async def _ask(sentinel: Address, question: Sequence[str]) -> Reply:
    connection = Connection(
        host=sentinel.host, port=sentinel.port, socket_timeout=None, protocol=2, retry=Retry(NoBackoff(), 0)
    )
    try:
        await connection.connect()
        await connection.send_command(*question)
        return await connection.read_response()
    finally:
        await connection.disconnect(nowait=True)
