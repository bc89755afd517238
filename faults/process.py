"""A real process that is killed, stopped, and started again with the same command."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.cli.local.die_with_parent import dying_with_parent

_END_S: Final = 15.0


class Process:
    """Keeps one process running: whenever it dies it is started again at once.

    Args:
        name: what the report calls it.
        command: its words.
        directory: where it runs; its output goes to `<name>.log` there.
        source: where Python finds the services, if it is one.
        variables: its environment besides this process's.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        directory: Path,
        source: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._command = command
        self._directory = directory
        found = {} if source is None else {"PYTHONPATH": str(source)}
        self._environment = {**os.environ, **found, **(variables or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._is_wanted = True
        self._kills = 0
        self._meanwhile: Callable[[], Awaitable[None]] | None = None
        self.is_stopped = False
        self.exits: list[str] = []
        """How it ended by itself: it should not."""

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, and start it again whenever it dies."""
        await self._start()
        self._keeping = asyncio.create_task(self._keep())

    async def _start(self) -> None:
        with (self._directory / f"{self.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *dying_with_parent(self._command),
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env=self._environment,
            )
        self.is_stopped = False

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            code = await self._process.wait()
            if not self._is_wanted:
                return
            if self._kills:
                self._kills -= 1
            else:
                self.exits.append(f"{self.name} ended by itself with exit code {code}")
            meanwhile, self._meanwhile = self._meanwhile, None
            try:
                if meanwhile is not None:
                    await meanwhile()
                await self._start()
            except OSError as error:
                self.exits.append(f"{self.name} cannot be started again: {error}")
                return

    @property
    def is_running(self) -> bool:
        """Whether it is there and not stopped."""
        return self._process is not None and self._process.returncode is None and not self.is_stopped

    def kill(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """SIGKILL.

        Args:
            meanwhile: done when it is dead and before it is started again.
        """
        self._kills += 1
        self._meanwhile = meanwhile
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """SIGSTOP."""
        self.is_stopped = True
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.is_stopped = False
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def end(self) -> str:
        """End it for good with SIGTERM; says what is wrong if it does not go well."""
        self._is_wanted = False
        if self._process is None or self._keeping is None:
            return ""
        self.resume()
        self._signal(signal.SIGTERM)
        began = time.monotonic()
        try:
            async with asyncio.timeout(_END_S):
                await asyncio.shield(self._keeping)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._keeping
            return f"{self.name} did not end within {time.monotonic() - began:.0f} s of SIGTERM"
        code = self._process.returncode
        return f"{self.name} ended with exit code {code}" if code else ""


async def until(is_so: Callable[[], bool], what: str, within_s: float) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not come true.
    """
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s:.0f} s")
        await asyncio.sleep(0.002)
