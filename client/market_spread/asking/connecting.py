"""From a URL to a client of redis-py, for asyncio."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from market_spread.redis_url import parse_redis_url

Client = Redis | RedisCluster
"""What redis-py has for a server, for what sentinels watch, and for a cluster."""

BLOCK_S: Final = 1.0
"""For how long a read waits in Redis for what is to come."""
_ANSWER_S: Final = 1.0
"""For how long an answer may take besides."""
_NAME: Final = "market-spread-subscriber"
"""How the server lists the connections."""
_OF_THE_SERVER: Final = ("host", "port", "db", "path", "connection_class")
"""Settings that cluster and sentinel clients take in other ways."""


@asynccontextmanager
async def client_of(redis: str | Client) -> AsyncIterator[Client]:
    """A client of what a URL names, closed at the end; or the one that is given, which stays open.

    It connects with its first command, and does not try again by itself.

    Args:
        redis: a URL, see `market_spread.redis_url`, or a client of redis-py.

    Raises:
        ValueError: the URL is none of Redis.
    """
    if not isinstance(redis, str):
        yield redis
        return
    clients = _open(redis)
    try:
        yield clients[0]
    finally:
        for each in clients:
            await each.aclose()


def _open(url: str) -> list[Client]:
    """The client of what a URL names, and those that it uses in turn."""
    kind, server, hosts, service = parse_redis_url(url)
    own: dict[str, Any] = {
        "client_name": _NAME,
        "socket_timeout": BLOCK_S + _ANSWER_S,
        "socket_connect_timeout": _ANSWER_S,
        "retry": Retry(NoBackoff(), 0),
    }
    settings: dict[str, Any] = {**own, **parse_url(server)}
    if kind == "one":
        return [Redis.from_url(url, **own)]
    has_tls = settings.get("connection_class") is SSLConnection
    common = {key: value for key, value in settings.items() if key not in _OF_THE_SERVER}
    if kind == "cluster":
        nodes = [ClusterNode(*address) for address in hosts]
        return [RedisCluster(startup_nodes=nodes, ssl=has_tls, **common)]
    timeouts = {key: common[key] for key in ("socket_timeout", "socket_connect_timeout")}
    sentinels = Sentinel(list(hosts), sentinel_kwargs=timeouts)
    master = sentinels.master_for(service, db=settings.get("db", 0), ssl=has_tls, **common)
    return [master, *sentinels.sentinels]
