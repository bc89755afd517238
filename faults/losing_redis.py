"""One Redis that comes back with old data, or without the last second."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from redis import Redis

from faults.append_file import AppendFile
from faults.loss import Loss, Meanwhile, State, read_state
from faults.one_redis import REDIS, OneRedis
from faults.process import until
from faults.target import OLD_DATA, POWER_CUT
from services.cli.local.embedded import Server

_OLD_S: Final = (2.0, 8.0)
_CUT_S: Final = (0.3, 1.2)
_LONGEST_TORN: Final = 40
_BACK_WITHIN_S: Final = 30.0


class LosingRedis(OneRedis):
    """See `faults.target.Redises`.

    What is not in its append-only file any more it has lost: an older file is an older snapshot.

    Args:
        checkers: whose lines can break.
        seed: decides how, and how much is lost.
    """

    may_go_back = True
    loses_data = True
    server_words: Sequence[str] = ("--auto-aof-rewrite-percentage", "0")

    def __init__(self, checkers: Sequence[str], seed: str) -> None:
        super().__init__(checkers, seed)
        self.deck = [*self.deck, *((REDIS, kind) for kind in (OLD_DATA, POWER_CUT) * 3)]
        self._random = random.Random(seed)
        self._watching: asyncio.Task[None] | None = None

    async def start(self, directory: Path, program: str) -> None:
        """See `faults.target.Redises`."""
        await super().start(directory, program)
        self._directory, self._program = directory, program
        self._file = AppendFile(directory)
        self._watching = asyncio.create_task(self._file.watch())

    async def end(self) -> list[str]:
        """See `faults.target.Redises`."""
        if self._watching is not None:
            self._watching.cancel()
        return await super().end()

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """See `faults.target.Redises`."""
        assert self._process is not None
        del name
        ago_s = self._random.uniform(*(_OLD_S if kind == OLD_DATA else _CUT_S))
        torn = self._random.choice((0, self._random.randint(1, _LONGEST_TORN))) if kind == POWER_CUT else 0
        found: list[Loss] = []

        async def between() -> None:
            self._file.cut(ago_s, torn)
            loss = Loss(before, await asyncio.to_thread(self._state_of_file))
            meanwhile(loss)
            found.append(loss)

        with self.client() as client:
            before = await asyncio.to_thread(read_state, client)
        self._process.kill(between)
        await until(lambda: bool(found), "Redis has lost data", _BACK_WITHIN_S)
        await until(self.answers, "Redis is back", _BACK_WITHIN_S)
        return found[0]

    def _state_of_file(self) -> State:
        """What the file has now, by a server that nobody knows."""
        server = Server(self._program, {"appendonly": "yes", "dir": str(self._directory)})
        try:
            server.start()
            with Redis(port=server.port, decode_responses=True) as client:
                return read_state(client)
        finally:
            server.close()
