"""A receiver that is killed and started again, the alerts for it, and the forwarder between the two."""

import signal
import struct
from pathlib import Path
from typing import Final

from redis import Redis
from redis.typing import EncodableT, FieldT

from services.cli.local.embedded import free_port
from tests.support import receiver
from tests.support.processes import Process, Processes, wait_until

ALERT: Final[dict[FieldT, EncodableT]] = {
    "order_id": "order1", "side": "buy", "symbol": "BTU", "quantity": "100.0", "price": "10.0",
    "transact_time": "20260105-14:30:00.000", "bid": "10.0", "offer": "10.05",
    "quote_time": "20260105-14:29:59.000", "reason": "spread", "checked_at": "1767623400123456",
}  # fmt: skip
OVERLAP = 600
"""More frames than a receiver can lose: 32 kB in its buffer, and 2 kB read and not written down."""


def add_alerts(client: Redis, first: int, count: int) -> None:
    """Add alerts to the stream, whose accounts count on from `first`."""
    with client.pipeline(transaction=False) as pipeline:
        for number in range(first, first + count):
            pipeline.xadd("alerts", {**ALERT, "account": number})
        pipeline.execute()


_TAIL_BYTES: Final = 1 << 16
_REST_BYTES: Final = 44
"""Of the frame of such an alert, behind its order_id."""


class Receiving:
    """A receiver on one port that may be killed and started again, and all that it ever read."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._folder = folder
        self._process: Process | None = None
        self._port = free_port()
        self._before = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._port}"

    def start(self, *words: str) -> Process:
        """Start it; with `deaf` it will read nothing."""
        self._before = len(list(self._folder.glob("*.frames")))
        self._process = self._processes.start(
            "-m", "tests.support.receiver", str(self._port), str(self._folder), *words
        )
        self._process.wait_for("listening")
        return self._process

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()

    def pause(self) -> None:
        """Let it stand still."""
        assert self._process is not None
        self._process.popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.popen.send_signal(signal.SIGCONT)

    def has_read(self) -> bool:
        """Whether the one that was started last has read anything."""
        return any(path.stat().st_size for path in sorted(self._folder.glob("*.frames"))[self._before :])

    def connections(self) -> list[list[int]]:
        """The accounts of what was read, connection by connection."""
        found = receiver.connections(self._folder)
        return [[result.account for result in results] for results in found]

    def received(self) -> list[int]:
        """The accounts of everything that was read."""
        return [account for connection in self.connections() for account in connection]

    def wait_for(self, account: int) -> None:
        """Wait until an alert has been read, to the last byte of its frame."""
        begins = b"\x01" + struct.pack(">I", account) + b"order1"

        def is_there() -> bool:
            files = self._folder.glob("*.frames")
            return any(begins in path.read_bytes()[-_TAIL_BYTES:-_REST_BYTES] for path in files)

        wait_until(is_there, f"alert {account} at the receiver")


def start_forwarder(processes: Processes, url: str, to: str, *words: str) -> Process:
    """Start a forwarder of the name `test`."""
    free = ("--metrics", "127.0.0.1:0", "--log-format", "json")
    common = ("--to", to, "--redis", url, "--name", "test", "--overlap", str(OVERLAP))
    process = processes.start("-m", "services.cli", "forward", *common, *free, *words)
    process.wait_for("forwarding")
    return process


def position(client: Redis) -> int:
    """How many alerts the forwarder knows to be acknowledged."""
    stored = client.hget("position:{alerts}:forward:test", "position")
    assert isinstance(stored, bytes)
    return int(stored.partition(b"/")[2])


def assert_complete(connections: list[list[int]], alerts: int) -> None:
    """Every connection has a run of alerts in order that leaves no gap after those before, up to the last."""
    reached = 0
    for accounts in filter(None, connections):
        assert accounts == list(range(accounts[0], accounts[0] + len(accounts)))
        assert accounts[0] <= reached, f"{accounts[0] - reached} alerts are missing before {accounts[0]}"
        reached = max(reached, accounts[-1] + 1)
    assert reached == alerts
