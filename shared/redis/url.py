"""From the URL of a server, of a cluster or of sentinels to a link."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, Connection, UnixDomainSocketConnection, parse_url
from redis.retry import Retry

from market_spread.redis_url import parse_redis_url
from shared.base.address import Address
from shared.redis.cluster import ClusterLink
from shared.redis.link import RedisLink, Reply
from shared.redis.node import NodeLink, ignore
from shared.redis.sentinels import Sentinels, read_master
from shared.redis.server_facts import ServerFacts

TIMEOUT_S: Final = 2.0
"""For connecting, for each write and each reply."""


def check_url(url: str) -> str:
    """The URL, if it is one that `open_link` takes.

    Raises:
        ValueError: it is not.
    """
    connect = _connector(parse_redis_url(url).server, timeout_s=1.0, name="")
    try:
        connect()  # makes a connection, which is not connected yet, so that all its settings are looked at
    except (TypeError, exceptions.RedisError) as error:
        raise ValueError(f"a setting behind the ? of the URL is wrong: {error}") from None
    return url


def open_link(
    url: str,
    *,
    timeout_s: float = TIMEOUT_S,
    name: str = "market-spread",
    on_connect: Callable[[ServerFacts], None] = ignore,
) -> RedisLink:
    """A link to what a URL names; connects with the first round trip.

    Args:
        url: see `market_spread.redis_url`.
        timeout_s: for connecting, for each write and each reply.
        name: how the server lists the connection.
        on_connect: told what a server says of itself, after each new connection.

    Raises:
        ValueError: the URL is none of Redis.
    """
    kind, server, hosts, service = parse_redis_url(url)
    connect = _connector(server, timeout_s, name)
    if kind == "cluster":
        return ClusterLink(hosts, connect, on_connect)
    if kind == "sentinel":
        sentinels = Sentinels(hosts, service)
        return NodeLink(lambda: connect(_find_master(sentinels, timeout_s)), on_connect)
    return NodeLink(connect, on_connect)


class _Connect(Protocol):
    def __call__(self, address: Address | None = None) -> AbstractConnection: ...


def _connector(server: str, timeout_s: float, name: str) -> _Connect:
    """Makes connections to the server of a URL, or to another address with its settings."""
    options = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "client_name": name,
        "protocol": 2,
        **parse_url(server),
    }
    connection_class = options.pop("connection_class", Connection)
    if connection_class is not UnixDomainSocketConnection:
        options["socket_keepalive"] = True

    def connect(address: Address | None = None) -> AbstractConnection:
        where = {} if address is None else {"host": address.host, "port": address.port}
        connection: AbstractConnection = connection_class(**{**options, **where})
        return connection

    return connect


def _find_master(sentinels: Sentinels, timeout_s: float) -> Address:
    """Ask sentinels, one after the other, where the master is.

    Raises:
        RedisUnavailable: none of them knows, or one says nothing: the next attempt begins with another.
    """
    for turn in sentinels.turns():
        with turn:
            master = read_master(_ask(turn.address, sentinels.question, timeout_s))
    return master


def _ask(sentinel: Address, question: Sequence[str], timeout_s: float) -> Reply:
    connection = Connection(
        host=sentinel.host,
        port=sentinel.port,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        connection.connect()
        connection.send_command(*question)
        return connection.read_response()
    finally:
        connection.disconnect()
