"""Why Redis does not answer, said in plain words."""

import asyncio
import errno
import socket
import ssl

import pytest
from redis import exceptions

from services.cli.local.embedded import free_port
from shared.redis.aio.url import open_async_link
from shared.redis.failure import why_away
from shared.redis.link import RedisAway, command

PLACE = "redis.desk:6379"


def caused(error: Exception, cause: Exception) -> Exception:
    """An error as redis-py raises it while it handles another one."""
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no answer in time"),
        (exceptions.TimeoutError("Timeout connecting to server"), "no answer in time"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 6379)"),
         "no connection to redis.desk:6379: connection refused"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1, 0, 0), [Errno 111] Conn"),
         "no connection to redis.desk:6379: connection refused"),
        (OSError(errno.EHOSTUNREACH, "Connect call failed"),
         "no connection to redis.desk:6379: no route to host"),
        (socket.gaierror(-2, "Name or service not known"), "there is no host named redis.desk"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
         "redis.desk:6379 closed the connection"),
        (BrokenPipeError(), "redis.desk:6379 closed the connection"),
        (exceptions.ConnectionError("Connection closed by server."), "redis.desk:6379 closed the connection"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)"),
         "redis.desk:6379 does not speak TLS as it should"),
        (exceptions.ConnectionError("max number of clients reached"),
         "redis.desk:6379: max number of clients reached"),
    ],
)  # fmt: skip
def test_words(error: Exception, text: str) -> None:
    """Each kind of failure has its words, also where redis-py has wrapped it."""
    assert why_away(error, PLACE) == text
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        assert why_away(caused(exceptions.ConnectionError("Error connecting"), error), PLACE) == text


def said_of(url: str) -> str:
    """What a link says of a server that does not answer."""

    async def scenario() -> str:
        link = open_async_link(url)
        try:
            with pytest.raises(RedisAway) as error:
                await link.roundtrip([command("", "PING")])
        finally:
            await link.close()
        return str(error.value)

    return asyncio.run(scenario())


def test_what_links_say() -> None:
    """A link that finds nobody says where it looked, and shows nothing of Python."""
    port = free_port()
    refused = f"no connection to 127.0.0.1:{port}: connection refused"
    assert said_of(f"redis://127.0.0.1:{port}/0") == refused
    assert said_of("unix:///nonexistent/socket") == (
        "no connection to /nonexistent/socket: no such file or directory"
    )
    assert said_of("redis://no.such.host.invalid:6379/0") == "there is no host named no.such.host.invalid"
    assert refused in said_of(f"redis+cluster://127.0.0.1:{port}")
