"""The HTTP server's life: bind, reach Redis, serve, stop."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from services.web.app import AppSettings, create_app
from services.web.http.problems import malformed
from services.web.live.event_stream import Streams
from shared.base.address import Address
from shared.process.lifecycle import Stop, bound, reach
from shared.process.options import CommonSettings
from shared.process.stop_budget import LAST_ANSWERS_S, LAST_CHUNKS_S
from shared.redis.url import open_link

logger = logging.getLogger(__name__)

_BACKLOG: Final = 2048
_UNSENT_BYTES: Final = 16 << 10
"""What the server may hold of an answer that the connection has not taken; the rest waits in the backlog."""
_UNSENT_IN_KERNEL: Final = 128 << 10
"""Bytes that the kernel may hold of it beyond what is on its way; otherwise it takes megabytes of each."""
_LONGEST_HEAD: Final = 128 << 10
"""Bytes of a request before its body: more is answered with 400 however it is cut on its way."""


@dataclass(frozen=True)
class ApiSettings(CommonSettings):
    """What the API can be told."""

    listen: Address
    token: str | None
    limits_token: str | None
    allow_origin: tuple[str, ...]


def run(settings: ApiSettings) -> int:
    """Serve until told to stop; the exit code.

    Raises:
        CannotStart: the address is taken, or Redis is out of reach.
    """
    stop = _Stop()
    with _bound(settings.listen) as listener:
        _reach_redis(settings, stop)
        app = create_app(
            AppSettings(
                settings.redis_url,
                settings.alerts,
                settings.token,
                settings.limits_token,
                settings.allow_origin,
            )
        )
        address = Address(*listener.getsockname()[:2])
        logger.info("listening", extra={"address": str(address), "page": f"http://{address}/"})
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            http=_Protocol,
            backlog=_BACKLOG,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            timeout_graceful_shutdown=LAST_ANSWERS_S,
        )
        _Server(config, stop, app.state.streams).run(sockets=[listener])
    logger.info("stopped")
    return 0


class _Stop(Stop):
    """A second signal ends the process there and then.

    An exception would come up in the middle of the event loop, which would print it, and the end of every
    task with it.
    """

    def _end(self) -> NoReturn:
        os._exit(1)


class _Server(uvicorn.Server):
    """uvicorn, but it leaves the signals to us: it would end by the signal and not with 0."""

    def __init__(self, config: uvicorn.Config, stop: Stop, streams: Streams) -> None:
        super().__init__(config)
        self._stop, self._streams = stop, streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._streams.close(LAST_CHUNKS_S)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.at is not None


class _Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # chosen at import
    """uvicorn's, but it lets a request cut its connection off, for which ASGI has no way.

    It also keeps less for a client that does not read, and answers what is no HTTP with a problem.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=_UNSENT_BYTES)
        self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}

    def send_400_response(self, _msg: str) -> None:
        answer = malformed()
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%b\r\n%b" % (head.encode(), bytes(answer.body)))
        self.transport.close()


def _bound(address: Address) -> socket.socket:
    listener = bound(
        f"HTTP on {address}",
        "--listen",
        lambda: socket.create_server(address, family=address.family, backlog=_BACKLOG),
    )
    # asyncio does this for the sockets that it makes itself; without it an answer can wait 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_IN_KERNEL)
    return listener


def _reach_redis(settings: ApiSettings, stop: Stop) -> None:
    link = open_link(settings.redis_url, name="market-spread-api")
    try:
        reach(link, settings.redis_attempts, stop)
    finally:
        link.close()
