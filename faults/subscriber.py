"""A subscriber to the live alerts, over HTTP, that resumes from the last one it has seen."""

import asyncio
import json
from typing import Final

from faults.seen import Seen

_RETRY_S: Final = 0.1


class Subscriber:
    """Reads the server-sent events of the API for ever, and notes what it sees.

    Args:
        port: where the API listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.seen = Seen()
        self.connections = 0
        self._last = "0"
        """Where to go on from."""

    async def run(self) -> None:
        """Subscribe, and again whenever the connection is lost or refused."""
        while True:
            try:
                await self._subscribe()
            except (OSError, EOFError):
                await asyncio.sleep(_RETRY_S)

    async def _subscribe(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.connections += 1
        try:
            writer.write(f"GET /stream/alerts?after={self._last} HTTP/1.0\r\nHost: api\r\n\r\n".encode())
            if b" 200 " in await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                await self._read_events(reader)
        finally:
            writer.close()
        raise EOFError

    async def _read_events(self, reader: asyncio.StreamReader) -> None:
        while True:
            block = await reader.readuntil(b"\n\n")
            fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line)
            self._last = fields.get("id", self._last)
            if fields.get("event") == "alert":
                self.seen.alerts.append(fields["id"])
            elif fields.get("event") == "gap":
                gap = json.loads(fields["data"])
                self.seen.gaps.append((gap["from"], gap["to"]))
            elif "event" in fields:
                self.seen.others.append(fields["event"])
