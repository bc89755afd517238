"""From the URL of a server, of a cluster or of sentinels to a link for asyncio."""

import asyncio
from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from shared.address import Address
from shared.async_cluster import AsyncClusterLink
from shared.async_link import AsyncLink, AsyncNodeLink
from shared.redis_url import find_master, parse_redis_url


def open_async_link(url: str, *, timeout_s: float = 0.5, name: str = "market-spread") -> AsyncLink:
    """A link to what a URL names; connects with the first round trip.

    Args:
        url: see `shared.redis_url`.
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

    async def connect(address: Address | None = None) -> AbstractConnection:
        where = {} if address is None else {"host": address.host, "port": address.port}
        connection: AbstractConnection = connection_class(**{**options, **where})
        return connection

    async def connect_to_master() -> AbstractConnection:
        return await connect(await asyncio.to_thread(find_master, hosts, service, timeout_s))

    if kind == "cluster":
        return AsyncClusterLink(hosts, connect, timeout_s)
    return AsyncNodeLink(connect_to_master if kind == "sentinel" else connect, timeout_s)
