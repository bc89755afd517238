"""`python -m faults.fuzz`: mutated frames over sockets; both services stay alive and every count adds up."""

import random
import struct
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import click
from redis import Redis

from faults.program import find_program
from services.cli.local.embedded import Server
from tests.support.frames import ORDER, QUOTE, Mixture, frame, order, pieces, quote, refusal
from tests.support.market import metrics
from tests.support.processes import Process, Processes
from tests.support.raw_sender import RawSender

_FRAMES_A_CONNECTION: Final = 1000
_LONGEST: Final = 4096
_FEEDS: Final = {QUOTE: "quotes", ORDER: "orders"}
_ENOUGH: Final = 10_000_000


@dataclass
class Tally:
    """What the frames of a feed have to come to."""

    received: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def taken(self) -> int:
        """Valid messages."""
        return self.received - self.rejected.total()

    def add(self, data: bytes, feed: int) -> None:
        """Count a connection's frames: up to an impossible length, or to the last whole one."""
        at = 0
        while at + 4 <= len(data):
            (size,) = struct.unpack_from(">I", data, at)
            if not 0 < size <= _LONGEST or at + 4 + size > len(data):
                return
            self.received += 1
            reason = refusal(data[at + 4 : at + 4 + size], feed)
            if reason is not None:
                self.rejected[reason] += 1
            at += 4 + size


def mutate(data: bytearray, chance: random.Random) -> None:
    """Flip, insert, remove and repeat bytes anywhere, lengths included."""
    for _ in range(chance.choice((0, 0, 1, 1, 3, 10))):
        at = chance.randrange(len(data))
        some = chance.randrange(1, 9)
        what = chance.randrange(4)
        if what == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            data[at:at] = chance.randbytes(some)
        elif what == 2 and len(data) > some:
            del data[at : at + some]
        else:
            data[at:at] = data[at : at + 60]


class Fuzz:
    """Sends one feed's mutated frames.

    Args:
        service: that takes the feed.
        feed: its type byte.
        seed: decides everything.
    """

    def __init__(self, service: Process, feed: int, seed: int) -> None:
        self._service = service
        self._feed = feed
        self._random = random.Random(seed)
        self._mixture = Mixture(feed, seed, damaged=0.5)
        self.tally = Tally()

    def send(self, frames: int) -> None:
        """Send so many frames on one connection; the first one is good, so that none says HELLO."""
        good = frame(quote() if self._feed == QUOTE else order())
        rest = bytearray(b"".join(map(frame, self._mixture.payloads(frames - 1))))
        mutate(rest, self._random)
        data = good + bytes(rest)
        self.tally.add(data, self._feed)
        with RawSender(self._service.address()) as sender:
            try:
                for piece in pieces(data, self._random.randrange(1 << 30)):
                    sender.send_bytes(piece)
                sender.finish()
            except OSError:  # the service has closed because the framing is lost
                return

    def differences(self) -> list[str]:
        """Where the service's counts are not what they have to be."""
        found = metrics(self._service)
        name = _FEEDS[self._feed]
        counts = {f"{name}_received_total": self.tally.received}
        counts |= {f"{name}_rejected_total{{{why}}}": n for why, n in self.tally.rejected.items()}
        if self._feed == ORDER:
            counts["alerts_total{no_quote}"] = self.tally.taken
        return [
            f"{key}: {found.get(key)} and not {count}"
            for key, count in counts.items()
            if found.get(key) != count
        ]


@click.command()
@click.option(
    "--frames",
    type=click.IntRange(2),
    default=1_000_000,
    show_default=True,
    help="That the services have to take, on both feeds together.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what is sent.")
@click.option("--server", help="redis, valkey, or a program.  [default: redis, or else valkey]")
def main(frames: int, seed: int, server: str | None) -> None:
    """Send mutated frames to both services; exit code 1 unless they live and every count adds up."""
    redis = Server(find_program(server)).start()
    try:
        with Processes() as processes:
            wrong = _fuzz(processes, redis, frames, seed)
    finally:
        redis.close()
    for text in wrong:
        click.echo(f"wrong: {text}")
    sys.exit(1 if wrong else 0)


def _fuzz(processes: Processes, redis: Server, frames: int, seed: int) -> list[str]:
    """Run both feeds, each in a database of its own, so that no order meets a quote; what is wrong."""
    ingestor = processes.ingest(redis.url, "--max-symbols", str(_ENOUGH))
    checker = processes.check(redis.url.removesuffix("0") + "1", "--max-alerts", str(_ENOUGH))
    feeds = {QUOTE: Fuzz(ingestor, QUOTE, seed), ORDER: Fuzz(checker, ORDER, seed + 1)}
    for fuzz in feeds.values():
        while fuzz.tally.received < frames // 2:
            fuzz.send(_FRAMES_A_CONNECTION)
    wrong = [text for fuzz in feeds.values() for text in fuzz.differences()]
    with Redis(port=redis.port, db=1) as client:
        alerts = client.xlen("alerts")
    if alerts != feeds[ORDER].tally.taken:
        wrong.append(f"{alerts} alerts for {feeds[ORDER].tally.taken} orders")
    for feed, fuzz in feeds.items():
        received, taken = fuzz.tally.received, fuzz.tally.taken
        click.echo(f"{_FEEDS[feed]}: {received:,} frames, {taken:,} valid, {dict(fuzz.tally.rejected)}")
    return wrong


if __name__ == "__main__":
    main()
