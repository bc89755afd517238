"""What is measured: a server of its own, two services, senders; each pinned to where it disturbs least."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self

from redis import Redis

from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender
from services.cli.local.child_process import ChildProcess
from services.cli.local.embedded import Server, find_server, free_port
from services.cli.sending.frame_file import FrameFile
from shared.base.address import Address

AppendOnly = Literal["everysec", "always", "off"]
Words = Callable[[str, int, str], Sequence[str]]
"""The command of a service after `python -m`, by feed (`quotes` or `orders`), port and Redis URL."""

_START_S: Final = 20.0
_GO_S: Final = 0.05


def our_service(feed: str, port: int, url: str) -> list[str]:
    """The command of one of our services."""
    module = {"quotes": "services.market_data", "orders": "services.orders"}[feed]
    return [module, "--listen", f"127.0.0.1:{port}", "--metrics", "127.0.0.1:0", "--redis", url]


class Span(NamedTuple):
    """When something began and ended, seconds of the monotonic clock."""

    began: float
    ended: float


class Stage:
    """A server and two services; with `with`.

    Args:
        words: the services' commands.
        append_only: how the server syncs its append-only file, or `off` for no file.
        cores: which cores each process may use, by name (`server`, `quotes`, `orders`); all by default.
        server: `valkey`, `redis` or a path; or a server that runs already, which is emptied and left running
            (what it does with its append-only file was said at its start).
        environment: variables of the services besides this process's own.
    """

    def __init__(
        self,
        words: Words = our_service,
        append_only: AppendOnly = "everysec",
        cores: Mapping[str, set[int]] | None = None,
        server: str | Server = "valkey",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._words, self._cores, self._environment = words, cores or {}, environment
        self._open = ExitStack()
        self._is_lent = isinstance(server, Server)
        self.server = server if isinstance(server, Server) else new_server(server, append_only)
        self.addresses: dict[str, Address] = {}
        """Where the feeds are, by `quotes` and `orders`."""
        self.pids: dict[str, int] = {}
        """The processes, by name."""

    def __enter__(self) -> Self:
        with self._open:
            if not self._is_lent:
                self._open.callback(self.server.close)
                with pinned(self._cores.get("server")):
                    self.server.start()
            self.redis = self._open.enter_context(Redis(port=self.server.port, socket_timeout=60))
            if self._is_lent:
                empty(self.redis)
            self.pids["server"] = self.server.pid
            for feed in ("quotes", "orders"):
                self._start(feed)
            self._open = self._open.pop_all()
        return self

    def _start(self, feed: str) -> None:
        port = free_port()
        with pinned(self._cores.get(feed)):
            words = self._words(feed, port, self.server.url)
            part = ChildProcess(feed, words, self.server.folder, self._environment)
        self._open.callback(end_part, part)
        self.addresses[feed] = Address("127.0.0.1", port)
        self.pids[feed] = part.pid
        wait_until_listening(part)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def alerts(self) -> int:
        """How many alerts have been raised."""
        count: int = self.redis.xinfo_stream("alerts")["entries-added"] if self.redis.exists("alerts") else 0
        return count

    def cpu_s(self) -> dict[str, float]:
        """Processor time that each process has used, seconds."""
        return {name: cpu_s(pid) for name, pid in self.pids.items()}


class Senders:
    """Two processes that send files, ready before they are needed; with `with`.

    Args:
        cores: which cores they may use; all by default.
    """

    def __init__(self, cores: set[int] | None = None) -> None:
        with pinned(cores):
            self._pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
            for ready in [self._pool.submit(time.sleep, 0.1) for _ in range(2)]:
                ready.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()

    def send(self, files: Mapping[Path, Address], source: str | None, repeat: int = 1) -> Span:
        """Send files at the same time; from the first frame until everything has taken effect.

        Args:
            files: where each goes.
            source: the name to send under; None without HELLO.
            repeat: how many times each is sent, one time after the other.
        """
        at = time.monotonic() + _GO_S
        sent = [self._pool.submit(_send, file, to, source, at, repeat) for file, to in files.items()]
        spans = [each.result() for each in sent]
        return Span(min(each.began for each in spans), max(each.ended for each in spans))


def _send(file: Path, to: Address, source: str | None, at: float, repeat: int) -> Span:
    """What `market-spread replay` does, from a moment on."""
    sender = Sender(to, FrameFile(file, repeat), source=source, pace=Pace(0))
    time.sleep(max(0.0, at - time.monotonic()))
    began = time.monotonic()
    sender.run(Event())
    return Span(began, time.monotonic())


def new_server(program: str = "valkey", append_only: AppendOnly = "everysec") -> Server:
    """A server that is still to be started.

    Args:
        program: `valkey`, `redis` or a path.
        append_only: how it syncs its append-only file, or `off` for no file.
    """
    options = {} if append_only == "off" else {"appendonly": "yes", "appendfsync": append_only}
    return Server(find_server(program), options)


def empty(redis: Redis) -> None:
    """Remove all data of a server, and what its append-only file tells of them.

    Otherwise the file grows from run to run, until the server rewrites it in the middle of one.
    """
    redis.flushall()
    if redis.info("persistence")["aof_enabled"]:
        redis.bgrewriteaof()
        while redis.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.01)


@contextmanager
def pinned(cores: set[int] | None) -> Iterator[None]:
    """What is started meanwhile may use these cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def wait_until_listening(part: ChildProcess) -> None:
    """Wait until a part logs it: asking its port might reach somebody else.

    Raises:
        RuntimeError: it ended, or took too long.
    """
    deadline = time.monotonic() + _START_S
    while "listening" not in part.last_words():
        if part.exit_code is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{part.name} does not listen: {part.last_words()}")
        time.sleep(0.01)


def found_alerts(redis: Redis) -> list[dict[bytes, bytes]]:
    """All alerts in the stream, without the time of the check."""
    entries: list[tuple[bytes, dict[bytes, bytes]]] = redis.execute_command("XRANGE", "alerts", "-", "+")
    return [{name: value for name, value in fields.items() if name != b"checked_at"} for _, fields in entries]


def cpu_s(pid: int) -> float:
    """Processor time that a process has used, all its threads together, seconds."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def end_part(part: ChildProcess) -> None:
    """End it, the hard way after 5 s."""
    part.ask_to_end()
    part.end_by(time.monotonic() + 5)
