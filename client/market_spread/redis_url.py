"""URLs of Redis: of a server, of a cluster or of sentinels.

`redis://`, `rediss://` and `unix://` are as redis-py has them. `redis+cluster://` and `rediss+cluster://`
name one or more nodes of a cluster: `redis+cluster://user:password@node1:7000,node2:7000`.
`redis+sentinel://` names sentinels and the service that they watch:
`redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/mymaster/0`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from redis.connection import parse_url

from market_spread.address import Address, is_possible_host, parse_address

_ONE: Final = {"redis", "rediss", "unix"}
_MOST_DIGITS: Final = 20
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
    if text and not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"{text!r} is not the number of a database")
