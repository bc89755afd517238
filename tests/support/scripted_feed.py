"""A feed for testing senders: it does on each connection what the test's script says."""

import contextlib
import socket
import struct
from collections.abc import Callable
from threading import Thread
from types import TracebackType
from typing import Self

from market_spread.framing import HEADER
from market_spread.hello import Ack, Error, ErrorCode
from services.cli.local.embedded import free_port
from shared.base.address import Address

HELLO_TYPE = 16


def free_address() -> Address:
    """Where nobody listens (yet)."""
    return Address("127.0.0.1", free_port())


class Peer:
    """The feed's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._reader = sock.makefile("rb")

    def payload(self) -> bytes | None:
        """The next frame's payload; None when the sender has closed or its last frame is not whole."""
        header = self._reader.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        (size,) = HEADER.unpack(header)
        payload = self._reader.read(size)
        return payload if len(payload) == size else None

    def payloads(self, most: int) -> list[bytes]:
        """Up to so many of the next frames; fewer only when the sender has closed."""
        found: list[bytes] = []
        while len(found) < most and (payload := self.payload()) is not None:
            found.append(payload)
        return found

    def hello(self) -> str:
        """Take the HELLO; its source name."""
        payload = self.payload()
        assert payload is not None
        assert payload[0] == HELLO_TYPE
        return payload[1:].decode()

    def ack(self, count: int) -> None:
        """Acknowledge so many frames."""
        self.sock.sendall(Ack(count).encode())

    def error(self, code: ErrorCode, text: str) -> None:
        """Send the sender away."""
        self.sock.sendall(Error(code, text).encode())

    def drain(self) -> int:
        """Take everything until the sender closes; how many bytes that were."""
        total = 0
        while received := self._reader.read1(1 << 20):
            total += len(received)
        return total

    def reset(self) -> None:
        """Break the connection off, so that the sender sees a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
        self.sock.close()


Script = Callable[[Peer], None]


class ScriptedFeed:
    """Listens on a free port and runs one script a connection, one connection after the other.

    Args:
        scripts: what to do on the first connection, the second and so on; no more are accepted. A script
            ends by itself when the sender closes.
        address: where to listen instead.
    """

    def __init__(self, *scripts: Script, address: Address | None = None) -> None:
        self._listener = socket.create_server(address or ("127.0.0.1", 0))
        self._scripts = scripts
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run)
        self.address = Address("127.0.0.1", self._listener.getsockname()[1])
        self.connections = 0
        """How many there were."""

    def _run(self) -> None:
        try:
            for script in self._scripts:
                sock, _ = self._listener.accept()
                self.connections += 1
                peer = Peer(sock)
                try:
                    script(peer)
                finally:
                    peer.close()
        except OSError:  # the test has closed the listener, or the sender its end
            pass
        except BaseException as error:  # noqa: BLE001 - for the test's own thread to raise
            self._failure = error
        finally:
            self._listener.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # closed already: every script was run
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the script is still running"
        if self._failure is not None:
            raise self._failure
