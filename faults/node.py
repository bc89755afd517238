"""A server of a cluster that is killed, stopped, and started again."""

import asyncio
from collections.abc import Callable
from typing import Final

from faults.process import until
from services.cli.local.embedded import Server

_RETURNS_WITHIN_S: Final = 30.0


class Node:
    """See `faults.target.Target`.

    Args:
        server: running.
        may_return: asked while it is dead: whether it is started again.
    """

    def __init__(self, server: Server, may_return: Callable[[], bool]) -> None:
        self._server = server
        self._may_return = may_return
        self._is_stopped = False

    @property
    def is_running(self) -> bool:
        """See `faults.target.Target`."""
        return self._server.is_running and not self._is_stopped

    def kill(self) -> None:
        """See `faults.target.Target`."""
        self._server.kill()
        self._returning = asyncio.create_task(self._return())

    async def _return(self) -> None:
        await until(self._may_return, "the killed server may return", _RETURNS_WITHIN_S)
        self._server.launch()

    def stop(self) -> None:
        """See `faults.target.Target`."""
        self._is_stopped = True
        self._server.pause()

    def resume(self) -> None:
        """See `faults.target.Target`."""
        self._is_stopped = False
        self._server.resume()
