"""From the URL of a server, of a cluster or of sentinels to a link.

`redis://`, `rediss://` and `unix://` are as redis-py has them. `redis+cluster://` and `rediss+cluster://`
name one or more nodes of a cluster: `redis+cluster://user:password@node1:7000,node2:7000`.
`redis+sentinel://` names sentinels and the service that they watch:
`redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/mymaster/0`.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, Connection, UnixDomainSocketConnection, parse_url
from redis.retry import Retry

from shared.base.address import Address, is_possible_host, parse_address
from shared.base.integers import natural
from shared.redis.cluster import ClusterLink
from shared.redis.link import Link, RedisAway, Reply
from shared.redis.node import NodeLink, ignore
from shared.redis.sentinels import GET_MASTER, Sentinels
from shared.redis.server_facts import ServerFacts

_ONE: Final = {"redis", "rediss", "unix"}
_MANY: Final = {"redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"}


class RedisUrl(NamedTuple):
    """What a URL says."""

    kind: str
    """`one`, `cluster` or `sentinel`."""
    server: str
    """The URL of one server, in redis-py's form: the one named, or the first node or sentinel."""
    hosts: Sequence[Address] = ()
    """The nodes or the sentinels."""
    service: str = ""
    """What the sentinels watch."""


def parse_redis_url(url: str) -> RedisUrl:
    """Read a URL of Redis.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme in _ONE:
        host = parse_url(url).get("host", "")
        if not is_possible_host(host):
            raise ValueError(f"{host!r} cannot be the name of a host")
        if parts.scheme != "unix":
            _check_database(parts.path.removeprefix("/"))
        return RedisUrl("one", url)
    if parts.scheme not in _MANY:
        schemes = ", ".join(f"{scheme}://" for scheme in sorted(_ONE | _MANY))
        raise ValueError(f"{parts.scheme or 'no scheme'!r}: a Redis URL starts with one of {schemes}")
    scheme, _, kind = parts.scheme.partition("+")
    credentials, at, hosts = parts.netloc.rpartition("@")
    addresses = [parse_address(host) for host in hosts.split(",")]
    service, _, database = parts.path.strip("/").partition("/") if kind == "sentinel" else ("", "", "")
    if kind == "sentinel" and not service:
        raise ValueError("name the service behind the sentinels, as in HOST:PORT/mymaster")
    if kind == "cluster" and parts.path.strip("/") not in {"", "0"}:
        raise ValueError(f"{parts.path!r}: a cluster has database 0 alone")
    _check_database(database)
    server = f"{scheme}://{credentials}{at}{addresses[0]}/{database}?{parts.query}"
    parse_url(server)
    return RedisUrl(kind, server, addresses, service)


def _check_database(text: str) -> None:
    """See that a database is a number; redis-py would take 0 instead of what it does not understand."""
    if text and natural(text.encode()) is None:
        raise ValueError(f"{text!r} is not the number of a database")


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
    timeout_s: float = 2.0,
    name: str = "market-spread",
    on_connect: Callable[[ServerFacts], None] = ignore,
) -> Link:
    """A link to what a URL names; connects with the first round trip.

    Args:
        url: see above.
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
        RedisAway: none of them knows, or one says nothing at all: the next attempt begins with another one.
    """
    for address in sentinels.turns():
        try:
            found = sentinels.master(_ask(address, sentinels.service, timeout_s))
        except exceptions.TimeoutError as error:
            raise RedisAway(f"the sentinel {address} does not answer") from error
        except exceptions.RedisError:
            continue
        if found is not None:
            return found
    raise sentinels.unknown()


def _ask(sentinel: Address, service: str, timeout_s: float) -> Reply:
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
        connection.send_command(*GET_MASTER, service)
        return connection.read_response()
    finally:
        connection.disconnect()
