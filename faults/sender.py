"""A resumable source that never holds still: it hops between replicas and leaves frames behind unread."""

import asyncio
import random
from collections.abc import Mapping
from typing import Final

from faults.frames import FENCED, SentAway, pack_hello, read_ack
from faults.market import Item
from faults.told import Told

_WINDOW: Final = 400
_LONGEST_CHUNK: Final = 48
_LONGEST_PAUSE_S: Final = 0.03
_AGAIN_AT_ONCE: Final = 10
"""By how much faster frames are sent that were acknowledged before."""
_HELLO_ANSWERED_S: Final = 20.0
_RETRY_S: Final = 0.1
_LIES_S: Final = 10.0


class AcknowledgedTooFew(Exception):
    """An ACK is lower than an earlier one, although Redis keeps what is acknowledged."""


class Sender:
    """Sends one source's frames, and goes on from the ACK as often as a connection is lost or left.

    Args:
        name: of the source.
        ports: where the replicas of its feed listen, by the process's name.
        seed: decides the sizes of what is sent at once, and when and how it hops.
        told: what becomes of the frames.
        may_go_back: whether Redis may lose what was acknowledged; it is sent again then.
    """

    def __init__(
        self, name: str, ports: Mapping[str, int], seed: str, told: Told, *, may_go_back: bool
    ) -> None:
        self.name = name
        self._ports = ports
        self._random = random.Random(seed)
        self._told = told
        self._may_go_back = may_go_back
        self._items: list[Item] = []
        self._first = 0
        """Number of the first of `_items`."""
        self._changed = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._left: set[asyncio.Task[None]] = set()
        self._asks = False
        self._furthest = 0
        self.connected_to = ""
        """The process that has the frames that are in flight."""
        self.sent = 0
        self.acknowledged = 0
        self.connections = 0
        self.left_behind = 0
        """Connections that were given up with frames in flight."""
        self.fenced = 0
        """Connections that were told that a newer one has taken the source over, after they were left."""
        self.taken_back = 0
        """Frames that had been acknowledged and were asked for again."""

    @property
    def in_flight(self) -> int:
        """Frames sent but not acknowledged."""
        return self.sent - self.acknowledged

    @property
    def end(self) -> int:
        """How many frames there are."""
        return self._first + len(self._items)

    async def deliver(self, items: list[Item]) -> None:
        """Send these next, and wait until all of them have taken effect."""
        if self._may_go_back:
            self._items = self._items + items
        else:
            self._first, self._items = self.end, items
        self._changed.set()
        while self.acknowledged < self.end:
            await asyncio.sleep(0.01)

    def ask_again(self) -> None:
        """Connect anew to hear where the source stands: nobody says of himself what Redis has lost."""
        self._asks = True
        self._changed.set()

    async def run(self) -> None:
        """Send for ever.

        Raises:
            SentAway: a service answered ERROR.
            AcknowledgedTooFew: a service forgot what it had acknowledged.
        """
        try:
            while True:
                process = self._random.choice(list(self._ports))
                try:
                    await self._converse(process)
                except (OSError, EOFError):
                    await asyncio.sleep(_RETRY_S * self._random.random())
        finally:
            for task in self._left:
                task.cancel()

    async def _converse(self, process: str) -> None:
        """Use one connection until it is lost, stands still too long, or it is time to hop."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[process])
        self.connections += 1
        try:
            writer.write(pack_hello(self.name))
            async with asyncio.timeout(_HELLO_ANSWERED_S):
                self._acknowledge(await read_ack(reader))
        except BaseException:
            writer.close()
            raise
        self.connected_to, self.sent, self._asks = process, self.acknowledged, False
        listening = self._listening = asyncio.create_task(self._listen(reader))
        try:
            await self._send(writer, listening)
            if listening.done():
                listening.result()
        finally:
            self._leave(writer, listening)

    def _leave(self, writer: asyncio.StreamWriter, listening: asyncio.Task[None]) -> None:
        """Close, or say nothing more and let the connection lie for a while: it must do no harm."""
        self._listening = None
        if self.in_flight:
            self.left_behind += 1
        self._left.add(listening)
        listening.add_done_callback(self._left.discard)
        if self._random.random() < 0.5:
            asyncio.get_running_loop().call_later(_LIES_S, writer.close)
        else:
            writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Hear what is acknowledged, and of a connection that was left only how it ends."""
        this = asyncio.current_task()
        try:
            while True:
                count = await read_ack(reader)
                if self._listening is not this:
                    continue
                if count < self.acknowledged and self._may_go_back:
                    self.ask_again()
                else:
                    self._acknowledge(count)
        except (SentAway, OSError, EOFError) as error:
            if self._listening is this:
                raise
            self.fenced += isinstance(error, SentAway) and error.code == FENCED
        finally:
            self._changed.set()

    def _acknowledge(self, count: int) -> None:
        if count < self.acknowledged:
            if not self._may_go_back:
                raise AcknowledgedTooFew(f"{self.name}: {count} after {self.acknowledged}")
            self.taken_back += self.acknowledged - count
            self._told.taken_back(self._items[count - self._first : self.acknowledged - self._first])
        else:
            self._told.acknowledged(self._items[self.acknowledged - self._first : count - self._first])
        self.acknowledged = count
        self._furthest = max(self._furthest, count)
        self.sent = max(self.sent, count)
        self._changed.set()

    async def _send(self, writer: asyncio.StreamWriter, listening: asyncio.Task[None]) -> None:
        hop_at = self.sent + self._random.randint(200, 6000)
        while not listening.done() and not self._asks and (self.sent < hop_at or self._sends_again):
            self._changed.clear()
            if self.sent < self.end and self.in_flight < _WINDOW * self._speed:
                self._send_some(writer)
                await asyncio.sleep(_LONGEST_PAUSE_S * self._random.random())
            elif not await self._has_changed():
                return

    @property
    def _sends_again(self) -> bool:
        return self.sent < self._furthest

    @property
    def _speed(self) -> int:
        return _AGAIN_AT_ONCE if self._sends_again else 1

    def _send_some(self, writer: asyncio.StreamWriter) -> None:
        start = self.sent - self._first
        items = self._items[start : start + self._random.randint(1, _LONGEST_CHUNK * self._speed)]
        self._told.sent(items)
        writer.write(b"".join(item.frame for item in items))
        self.sent += len(items)

    async def _has_changed(self) -> bool:
        """Wait for an ACK or for more to send; false when frames in flight wait for too long."""
        patience_s = self._random.uniform(0.5, 3) if self.in_flight else None
        try:
            async with asyncio.timeout(patience_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
