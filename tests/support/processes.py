"""Real service processes in tests: started, listened to, and ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Any, Self

from services.cli.local.die_with_parent import dying_with_parent
from tests.support.prepared import Prepared, can_be_prepared

TIMEOUT_S = 20.0
ROOT = Path(__file__).parents[2]


def wait_until(
    condition: Callable[[], object],
    what: str,
    timeout_s: float = TIMEOUT_S,
    state: Callable[[], object] | None = None,
) -> None:
    """Wait for a condition; fail with `what` did not happen, and with how things are instead."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            instead = "" if state is None else f"; instead: {state()}"
            raise AssertionError(f"not within {timeout_s} s: {what}{instead}")
        time.sleep(0.005)


class Process:
    """A command of ours as a child, with its JSON log.

    Args:
        words: after `python`, such as `-m`, `services.orders`, `--listen`, `127.0.0.1:0`.
        environment: variables besides the test's own.
    """

    def __init__(self, *words: str, environment: dict[str, str] | None = None) -> None:
        self.words = words
        self.log: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.printed: list[str] = []
        self._arrived: SimpleQueue[None] = SimpleQueue()
        self.popen = _start(words, environment or {})
        assert self.popen.stdout is not None
        assert self.popen.stderr is not None
        self._readers = [
            Thread(target=self._read, args=(self.popen.stdout, self.printed.append), daemon=True),
            Thread(target=self._read, args=(self.popen.stderr, self._logged), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Of the child."""
        return self.popen.pid

    def _read(self, pipe: IO[str], take: Callable[[str], None]) -> None:
        for line in pipe:
            take(line.rstrip("\n"))
            self._arrived.put(None)

    def _logged(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith("{"):
            self.log.append(json.loads(line))

    def events(self, text: str) -> list[dict[str, Any]]:
        """The log lines whose event contains a text."""
        return [line for line in self.log if text in line["event"]]

    def wait_for(self, text: str, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The first log line whose event contains a text."""
        self._wait_until(lambda: self.events(text), f"log {text!r}", timeout_s)
        return self.events(text)[0]

    def wait_for_print(self, text: str, timeout_s: float = TIMEOUT_S) -> str:
        """The first line on its standard output that contains a text."""
        self._wait_until(lambda: text in "\n".join(self.printed), f"print {text!r}", timeout_s)
        return next(line for line in self.printed if text in line)

    def _wait_until(self, is_there: Callable[[], object], what: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_there():
            if not any(reader.is_alive() for reader in self._readers) and not is_there():
                raise AssertionError(
                    f"{self.words} ended with {self.wait()} and did not {what}: {self.lines}"
                )
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.words} did not {what}: {self.lines}")
            with suppress(Empty):
                self._arrived.get(timeout=0.1)

    def address(self) -> tuple[str, int]:
        """Where its feed or its HTTP server listens."""
        return split_address(self.wait_for("listening")["address"])

    def metrics_address(self) -> tuple[str, int]:
        """Where its metrics are."""
        return split_address(self.wait_for("listening")["metrics"])

    def terminate(self) -> None:
        """Ask it to stop."""
        self.popen.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.popen.kill()
        self.wait()

    def wait(self, timeout_s: float = TIMEOUT_S) -> int:
        """Its exit code."""
        try:
            code = self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{self.words} did not end in {timeout_s} s: {self.lines}") from late
        for reader in self._readers:
            reader.join(timeout_s)
        return code

    def output(self) -> str:
        """What it printed on its standard output, up to now."""
        return "".join(f"{line}\n" for line in self.printed)

    def close(self) -> None:
        """End it whatever it does."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGCONT)
            self.popen.kill()
        self.wait()
        for pipe in (self.popen.stdout, self.popen.stderr):
            assert pipe is not None
            pipe.close()


def _start(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str] | Prepared:
    everything = {**os.environ, **environment}
    if can_be_prepared(words, environment):
        return Prepared(words, everything)
    return subprocess.Popen(
        dying_with_parent([sys.executable, *words]),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=everything,
    )


def split_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` as a pair."""
    host, _, port = text.rpartition(":")
    return host, int(port)


class Processes:
    """Starts processes and leaves none behind.

    Args:
        options: of Python, for all of them.
        environment: variables besides the test's own, for all of them.
    """

    def __init__(self, options: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> None:
        self._options = options
        self._environment = environment or {}
        self._all: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._all:
            each.close()

    def start(self, *words: str, environment: dict[str, str] | None = None) -> Process:
        """Start any command of ours."""
        process = Process(*self._options, *words, environment={**self._environment, **(environment or {})})
        self._all.append(process)
        return process

    def ingest(self, redis_url: str, *words: str) -> Process:
        """Start an ingestor on free ports."""
        return self._service("services.market_data", redis_url, words)

    def check(self, redis_url: str, *words: str) -> Process:
        """Start a checker on free ports."""
        return self._service("services.orders", redis_url, words)

    def api(self, redis_url: str, *words: str) -> Process:
        """Start the HTTP API on a free port."""
        common = ("--listen", "127.0.0.1:0", "--redis", redis_url, "--log-format", "json")
        return self.start("-m", "services.web", *common, *words)

    def _service(self, module: str, redis_url: str, words: tuple[str, ...]) -> Process:
        free = ("--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
        process = self.start("-m", module, *free, "--redis", redis_url, "--log-format", "json", *words)
        process.wait_for("listening")
        return process
