"""QuickFIX in a process of its own, which is killed and started again; its file store outlives it."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

from faults.fix.file_store import stored_orders
from services.cli.local.die_with_parent import dying_with_parent

PYTHON: Final = Path(__file__).parents[2] / ".venv/fix-peer/bin/python"
"""Where `make fix-peer` installs QuickFIX."""
_SCRIPT: Final = Path(__file__).with_name("quickfix_desk.py")
_END_S: Final = 60.0


class Engine:
    """Sends orders that are named 0, 1, 2 and so on.

    Args:
        role: `initiator` or `acceptor`.
        begin: BeginString.
        port: to dial, or to be dialled at.
        folder: for its store.
        schedule: lines of its settings that say when it begins again at 1.
    """

    def __init__(self, role: str, begin: str, port: int, folder: Path, schedule: str) -> None:
        self._role, self._begin, self._port = role, begin, port
        self._folder, self._schedule = folder, schedule
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._allowed = 0
        self.sent = 0
        """How many orders have a number."""
        self.said: Counter[str] = Counter()
        """How often there was a `logon`, a `logout` or a `heartbeat` of the other side."""

    async def start(self) -> None:
        """Go on behind what is stored."""
        self._folder.mkdir(exist_ok=True)
        self.sent = stored_orders(self._folder)
        words = (str(PYTHON), str(_SCRIPT), self._role, str(self._port), str(self._folder))
        with (self._folder / "engine.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *dying_with_parent([*words, str(self.sent), self._begin, self._schedule]),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process))
        self.allow(self._allowed)

    def allow(self, orders: int) -> None:
        """Send all orders before this one."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._allowed = orders
        self._process.stdin.write(f"{orders}\n".encode())

    async def kill(self) -> None:
        """SIGKILL, and start it again."""
        assert self._process is not None
        self._process.kill()
        await self._gone()
        await self.start()

    async def end(self) -> str:
        """Let it log out; what is wrong if it does not end so."""
        if self._process is None or self._process.stdin is None:
            return ""
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_END_S):
                await self._gone()
        except TimeoutError:
            self._process.kill()
            await self._gone()
            return f"the engine has not ended within {_END_S:.0f} s"
        code = self._process.returncode
        return f"the engine has ended with exit code {code}" if code else ""

    async def _gone(self) -> None:
        assert self._process is not None
        assert self._reading is not None
        await self._process.wait()
        await self._reading

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            word, *number = line.decode().split()
            if number:
                self.sent = int(number[0])
            else:
                self.said[word] += 1
