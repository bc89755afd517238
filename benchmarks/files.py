"""`make bench-files`: how fast files take effect, by feed and by stream, and which process bounds it."""

import gzip
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, Final, NamedTuple, TypedDict

import click

from benchmarks import results
from benchmarks.stage import Stage, our_service
from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender
from services.cli.files.data_file import DataFile, Reading
from services.cli.files.rows import Kind
from services.cli.made_market.tickers import tickers
from services.cli.sending.counted_rows import CountedRows
from services.cli.sending.frame_supply import FrameSupply
from services.cli.sending.stream_writer import StreamWriter
from services.cli.sending.to_stream import write_rows
from shared.redis.url import open_link
from shared.wire.fix.message import encode

_POSITIONS: Final[dict[Kind, str]] = {
    "quotes": "position:{alerts}:market_data_stream:quotes",
    "orders": "position:{alerts}:stream:orders",
}


class Case(NamedTuple):
    """What is sent, and where."""

    kind: Kind
    file: str
    to: str
    """`feed` or `stream`."""
    aim: int
    """Messages a second that it should reach."""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.kind}, {self.file}, by {self.to}"


_CASES: Final = (
    Case("quotes", "FIX", "feed", 150_000),
    Case("quotes", "FIX", "stream", 100_000),
    Case("orders", "FIX", "feed", 150_000),
    Case("orders", "FIX", "stream", 150_000),
    Case("quotes", "CSV", "feed", 200_000),
    Case("quotes", "CSV", "stream", 100_000),
    Case("orders", "CSV", "feed", 200_000),
    Case("orders", "CSV", "stream", 200_000),
    Case("quotes", "CSV.gz", "feed", 200_000),
)


SYMBOLS: Final = 350
_CALM: Final = Case("quotes", "calm", "feed", 0)
"""What is sent before anything is measured, so that only orders on a symbol without a quote alert."""


class Run(TypedDict):
    """What was measured."""

    case: str
    aim: int
    messages: int
    per_second: int
    """From the first byte of the file until all has taken effect."""
    per_cpu_second: dict[str, int]
    """Messages of each process for a second of its processor time."""
    bound_by: str
    """The process that has the most to do."""


def write_file(folder: Path, case: Case, messages: int) -> Path:
    """A file of a day: 350 symbols, 4 % of the orders on symbols that nobody quotes."""
    path = folder / f"{case.kind}.{case.file}"
    if path.exists():
        return path
    opening: Callable[[Path, str], Any] = gzip.open if case.file.endswith(".gz") else open
    with opening(path, "wb") as file:
        file.writelines(_fix(case.kind, messages) if case.file == "FIX" else _csv(case.kind, messages))
    return path


class _Message(NamedTuple):
    number: int
    symbol: bytes
    price: bytes
    time: bytes


def _messages(count: int) -> Iterator[_Message]:
    symbols = [ticker.symbol.strip().encode() for ticker in tickers(SYMBOLS)]
    for number in range(count):
        time_of_day = b"14:%02d:%02d.%03d" % (number // 60_000 % 60, number // 1000 % 60, number % 1000)
        symbol = b"NONE" if number % 25 == 0 else symbols[number * 7919 % SYMBOLS]
        yield _Message(
            number, symbol, b"%d.%02d" % (10 + number % 90, number % 100), b"20260105-" + time_of_day
        )


def _csv(kind: Kind, count: int) -> Iterator[bytes]:
    if kind == "quotes":
        yield b"transact_time,symbol,bid,offer\n"
        yield from (b"%b,%b,%b,%b\n" % (m.time, m.symbol, m.price, m.price) for m in _quotes(count))
    else:
        yield b"transact_time,order_id,account,side,symbol,quantity,price\n"
        yield from (
            b"%b,%06d,%d,buy,%b,100,%b\n" % (m.time, m.number % 10**6, m.number % 90, m.symbol, m.price)
            for m in _messages(count)
        )


def _quotes(count: int) -> Iterator[_Message]:
    return (message for message in _messages(2 * count) if message.symbol != b"NONE")


def _fix(kind: Kind, count: int) -> Iterator[bytes]:
    head = [(b"34", b"7"), (b"49", b"DESK"), (b"52", b"20260105-14:00:00.000"), (b"56", b"SPREAD")]
    for m in _messages(count) if kind == "orders" else _quotes(count):
        time_, symbol = (b"60", m.time), (b"55", m.symbol)
        if kind == "quotes":
            body = [(b"35", b"S"), *head, symbol, (b"132", m.price), (b"133", m.price), time_]
        else:
            identity = (b"11", b"%06d" % (m.number % 10**6)), (b"1", b"%d" % (m.number % 90))
            terms = (b"54", b"1"), (b"38", b"100"), (b"40", b"2"), (b"44", m.price)
            body = [(b"35", b"D"), *head, *identity, symbol, *terms, time_]
        yield encode(b"FIX.4.4", body) + b"\n"


def streaming_service(feed: str, port: int, url: str) -> list[str]:
    """The command of a service that reads a stream, too."""
    return [*our_service(feed, port, url), "--stream", feed]


def measure(case: Case, folder: Path, messages: int) -> Run:
    """Send a file through fresh services."""
    path = write_file(folder, case, messages)
    calm = write_file(folder, _CALM, 2 * SYMBOLS)
    with Stage(streaming_service, append_only="off") as stage:
        _to_feed(stage, _CALM, calm)
        before, own = stage.cpu_s(), time.process_time()
        began = time.monotonic()
        sent = _to_feed(stage, case, path) if case.to == "feed" else _to_stream(stage, case, path)
        took_s = time.monotonic() - began
        used = {name: cpu - before[name] for name, cpu in stage.cpu_s().items()}
        used["replay"] = time.process_time() - own
    del used["quotes" if case.kind == "orders" else "orders"]
    rates = {name: round(sent / cpu) for name, cpu in used.items() if cpu > 0.01 * took_s}
    return {
        "case": case.name,
        "aim": case.aim,
        "messages": sent,
        "per_second": round(sent / took_s),
        "per_cpu_second": rates,
        "bound_by": min(rates, key=lambda name: rates[name]),
    }


def _to_feed(stage: Stage, case: Case, path: Path) -> int:
    supply = FrameSupply(CountedRows(DataFile(path, Reading())).frames)
    Sender(stage.addresses[case.kind], supply, source="bench", pace=Pace(0)).run(Event())
    assert supply.end is not None
    return supply.end


def _to_stream(stage: Stage, case: Case, path: Path) -> int:
    writer = StreamWriter(open_link(stage.server.url), case.kind, "bench", lambda: False)
    write_rows(writer, CountedRows(DataFile(path, Reading())).rows, Pace(0), lambda: True)
    last = stage.redis.xinfo_stream(case.kind)["last-generated-id"]
    while True:
        position: Any = stage.redis.hget(_POSITIONS[case.kind], "position")
        if position is not None and position.partition(b"/")[0] == last:
            return writer.added
        time.sleep(0.002)


@click.command()
@click.option("--messages", default=500_000, show_default=True, help="Of each file.")
def main(messages: int) -> None:
    """Measure how fast files take effect."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [measure(case, Path(folder), messages) for case in _CASES]
    results.show(
        "Messages a second, from the file until all has taken effect",
        ("case", "aim", "a second", "by a second of each process's processor time", "bound by"),
        [
            (
                run["case"],
                f"{run['aim']:,}",
                f"{run['per_second']:,}",
                ", ".join(f"{name} {rate:,}" for name, rate in run["per_cpu_second"].items()),
                run["bound_by"],
            )
            for run in runs
        ],
    )
    results.write("files", {"runs": runs})


if __name__ == "__main__":
    main()
