"""`replay` of FIX logs, CSV and frames: the right alerts, and what is refused is said."""

import gzip
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.support import fix, frames
from tests.support.commands import end_of, run, start
from tests.support.files import gzipped
from tests.support.market import Alert, entries_after, quote_of
from tests.support.processes import ROOT, Processes, wait_until
from tests.support.servers import data_file

pytestmark = pytest.mark.slow


UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
OPTION = "AAPL  251219C00200000"
ACCOUNT = "DESK-7/ALGO 2"
TIME = "2026-01-05T14:30:00.123456789+01:00"
_OWN = {"checked_at", "quote_at", "source", "sequence"}
"""What two alerts of the same order differ in."""


class Market:
    """An ingestor and a checker, each with a feed and a stream."""

    def __init__(self, processes: Processes, url: str, client: Redis) -> None:
        self.client, self.url, self._processes = client, url, processes
        self._services = {
            "quotes": processes.ingest(url, "--stream", "quotes"),
            "orders": processes.check(url, "--stream", "orders"),
        }

    def replay(self, file: Path, *words: object) -> tuple[int, str]:
        """Replay a file; exit code and all that was said."""
        ended = run(self._processes, "replay", file, *words, "--redis", self.url)
        return ended.code, "\n".join([ended.output, *ended.lines])

    def to(self, kind: str) -> str:
        """Where a feed is."""
        return "{}:{}".format(*self._services[kind].address())

    def wait_for(self, kind: str) -> None:
        """Wait until all of the stream has taken effect."""
        feed = {"quotes": "market_data_stream", "orders": "stream"}[kind]
        key = f"position:{{alerts}}:{feed}:{kind}"

        def is_done() -> bool:
            info: Any = self.client.xinfo_stream(kind)
            position: Any = self.client.hget(key, "position")
            return position is not None and position.partition(b"/")[0] == info["last-generated-id"]

        wait_until(is_done, f"all {kind} have taken effect")

    def alerts(self) -> list[Alert]:
        """All alerts, without what two of the same order differ in; forgets them."""
        found = [
            {name: value for name, value in each.items() if name not in _OWN}
            for each in entries_after(self.client)
        ]
        self.client.delete("alerts")
        return found


@pytest.fixture
def market(processes: Processes, redis_url: str, redis_client: Redis) -> Market:
    """Both services, on an empty server."""
    return Market(processes, redis_url, redis_client)


def test_fix_logs_give_the_alerts_of_the_frames(market: Market) -> None:
    """The same quotes and orders as FIX and as frames: the same alerts, but for what frames have no room for.

    In the frames an account is the number of the client that FIX names in full.
    """
    steps: list[tuple[str, str]] = [
        ("nbbo-1000-long-symbols.msg", "orders-1000-long-symbols.msg"),
        ("fix42-quotes-1000.txt", "fix42-orders-1000.txt"),
    ]
    found = []
    for quotes, orders in steps:
        market.client.flushall()
        assert market.replay(data_file(quotes), "--to", market.to("quotes"))[0] == 0
        code, said = market.replay(data_file(orders), "--to-stream", "orders")
        assert code == 0, said
        assert "1,000 orders are in the stream orders" in said
        market.wait_for("orders")
        found.append(market.alerts())
    frames, messages = found
    assert len(frames) == len(messages) == 120
    for alert in messages:
        alert["account"] = alert["account"].removeprefix("CLIENT")
    assert messages == frames


def test_wrong_checksums(market: Market) -> None:
    """Of the small files with wrong sums what is garbled is counted, and the rest takes effect."""
    code, said = market.replay(data_file("fix42-orders-small.txt"), "--to-stream", "orders")
    assert (code, "3 orders are in the stream" in said) == (0, True)
    market.wait_for("orders")
    assert len(market.alerts()) == 3
    code, said = market.replay(data_file("fix42-quotes-small.txt"), "--dry-run")
    assert code == 1
    assert "3 refused (checksum 2, body_length 1), of which the first:" in said
    assert re.findall(r"line (\d): a garbled message: its (.*) is wrong", said) == [
        ("1", "body length"), ("2", "checksum"), ("3", "checksum"),
    ]  # fmt: skip
    code, said = market.replay(data_file("fix42-quotes-small.txt"), "--to-stream", "quotes")
    assert (code, "there are no orders and no quotes in it" in said) == (1, True)


def test_frames_by_stream(market: Market) -> None:
    """Frames go into a stream, too, and give the alerts that they give by the feed."""
    found = []
    ways: list[tuple[str, str]] = [("--to", market.to("orders")), ("--to-stream", "orders")]
    for to in ways:
        code, said = market.replay(data_file("orders-1000-long-symbols.msg"), *to)
        assert code == 0, said
        if to[0] == "--to-stream":
            market.wait_for("orders")
        found.append(market.alerts())
    assert found[0] == found[1]
    assert len(found[0]) == 1000


def test_several_times(market: Market, tmp_path: Path) -> None:
    """--repeat: all rows again and again; under a name the count goes over all of them."""
    (tmp_path / "orders.csv").write_text("symbol,side,id\nNONE,buy,1\nNONE,hold,2\nNONE,buy,3\n")
    words = ("--to-stream", "orders", "--repeat", 3, "--source", "day")
    code, said = market.replay(tmp_path / "orders.csv", *words)
    assert (code, "6 orders are in the stream orders (6 added" in said) == (0, True)
    assert "1 were refused (side 1)" in said
    code, said = market.replay(tmp_path / "orders.csv", *words)
    assert (code, "6 orders are in the stream orders, 6 of them from before (0 added" in said) == (0, True)
    market.wait_for("orders")
    assert [alert["order_id"] for alert in market.alerts()] == ["1", "3"] * 3


def wide_csv(folder: Path) -> tuple[Path, Path]:
    """Orders as desks have them, and a quote of one side, as CSV."""
    quotes, orders = folder / "quotes.csv", folder / "orders.csv"
    quotes.write_text(f"time,symbol,bid,ask\n{TIME},{OPTION},12.5,\n")
    orders.write_text(f"Time,ClOrdID,Account,Side,Ticker,Qty,Price\n{TIME},{UUID},{ACCOUNT},SS,{OPTION},3,\n")
    return quotes, orders


def wide_fix(folder: Path) -> tuple[Path, Path]:
    """The same as a FIX log, a compressed one, with both in one file."""
    quote = fix.market_data(f"55={OPTION}|132=12.5|60={TIME}", kind="S")
    order = fix.order(f"11={UUID}|1={ACCOUNT}|55={OPTION}|54=5|38=3|40=1|44=0|60={TIME}")
    log = b"".join(b"14:30:00 IN " + each.replace(b"\x01", b"|") + b"\n" for each in (quote, order))
    path = gzipped(folder / "day.log", log)
    return path, path


@pytest.mark.parametrize("write", [wide_csv, wide_fix], ids=["CSV", "FIX"])
def test_what_desks_have(market: Market, tmp_path: Path, write: Any) -> None:
    """A UUID, an account in text, an option, a market order, a short sale, a one-sided quote: unchanged."""
    quotes, orders = write(tmp_path)
    assert market.replay(quotes, "--to-stream", "quotes", "--what", "quotes")[0] == 0
    market.wait_for("quotes")
    assert market.replay(orders, "--to-stream", "orders", "--what", "orders")[0] == 0
    market.wait_for("orders")
    hash_ = quote_of(market.client, OPTION)
    assert (hash_["bid"], hash_["offer"], hash_["transact_time"]) == ("12.5", "", TIME)
    (alert,) = market.alerts()
    assert alert == {
        "order_id": UUID, "account": ACCOUNT, "side": "sell_short", "symbol": OPTION, "quantity": "3.0",
        "price": "", "transact_time": TIME, "bid": "12.5", "offer": "", "quote_time": TIME,
        "reason": "no_quote",
    }  # fmt: skip


def test_what_no_frame_holds(market: Market, tmp_path: Path) -> None:
    """To a feed: what fits is sent, the rest is refused with field and way out; exit code 1 if all is."""
    text = "order_id,account,side,symbol,quantity,price,time\n"
    good = "A-1,7,buy,NONE,1,10,20260105-14:30:00.000\n"
    (tmp_path / "some.csv").write_text(f"{text}{good}{UUID},7,buy,NONE,1,10,20260105-14:30:00.000\n{good}")
    code, said = market.replay(tmp_path / "some.csv", "--to", market.to("orders"))
    assert code == 0
    assert f"some.csv, line 3: refused: order_id '{UUID}': a frame has room for up to 6 characters; " in said
    assert "a Redis stream takes it (--to-stream)" in said
    assert re.search(r"2 orders in .* have taken effect; 1 rows were refused \(order_id 1\)", said)
    assert len(market.alerts()) == 2
    (tmp_path / "none.csv").write_text(f"{text}{good.replace(',10,', ',,')}")
    code, said = market.replay(tmp_path / "none.csv", "--to", market.to("orders"))
    assert (code, "all 1 rows were refused (price 1)" in said) == (1, True)


def test_a_name_goes_on_at_the_feed(market: Market, tmp_path: Path) -> None:
    """Under the same name a file of rows is sent once, and rows that were added to it since are sent then."""
    path = tmp_path / "orders.csv"
    row = "{},7,buy,NONE,1,10,20260105-14:30:00.000\n"
    path.write_text("order_id,account,side,symbol,qty,price,time\n" + "".join(map(row.format, range(3000))))
    words = ("--to", market.to("orders"), "--source", "day")
    assert market.replay(path, *words)[0] == 0
    with path.open("a") as file:
        file.writelines(map(row.format, range(3000, 5000)))
    assert market.replay(path, *words)[0] == 0
    assert [int(alert["order_id"]) for alert in market.alerts()] == list(range(5000))


def test_compressed_frames(market: Market, tmp_path: Path) -> None:
    """Compressed frames go out as they are, whatever the file's name says."""
    path = gzipped(tmp_path / "orders.txt", data_file("orders-1000.msg").read_bytes())
    code, said = market.replay(path, "--to", market.to("orders"))
    assert (code, "1,000 frames in " in said) == (0, True)


def test_our_names_for_symbols(market: Market, tmp_path: Path) -> None:
    """--symbol-map: an alert has our name for the symbol, and meets the quote under it."""
    (tmp_path / "symbols.csv").write_text("theirs,ours\nAAPL.O,AAPL\n")
    (tmp_path / "orders.csv").write_text("symbol,side\nAAPL.O,buy\nGE,buy\n")
    words = ("--to-stream", "orders", "--symbol-map", tmp_path / "symbols.csv")
    assert market.replay(tmp_path / "orders.csv", *words)[0] == 0
    market.wait_for("orders")
    assert [alert["symbol"] for alert in market.alerts()] == ["AAPL", "GE"]


def test_a_dry_run_says_what_there_is(market: Market, tmp_path: Path) -> None:
    """Orders and quotes by type, what is neither, and the first ten that are refused, with their lines."""
    wrong = fix.order(fix.ORDER.replace("44=10.25", "44=x"))
    quote = fix.market_data("55=BTU|132=9|133=10", kind="S")
    messages = [fix.order()] * 3 + [quote] * 2 + [wrong] * 12 + [fix.message("35=0|112=x")]
    (tmp_path / "day.log").write_bytes(b"\n".join(messages))
    code, said = market.replay(tmp_path / "day.log", "--dry-run")
    assert code == 0
    assert said.splitlines()[:4] == [
        "day.log: 3 orders (35=D 3)",
        "day.log: 2 quotes (35=S 2)",
        "day.log: 1 others (35=0 1)",
        "day.log: 12 refused (number 12), of which the first:",
    ]
    assert said.splitlines()[4:14] == [
        f"  line {line}: 35=D: price 'x' is not a finite number in decimal" for line in range(6, 16)
    ]


@pytest.mark.parametrize("streams", ["feeds", "streams", "both"])
def test_together(market: Market, tmp_path: Path, streams: str) -> None:
    """Each order meets the last quote of its symbol before it in time, though all quotes are in one file."""
    quotes, orders = tmp_path / "quotes.csv", tmp_path / "orders.csv"
    with quotes.open("w") as q, orders.open("w") as o:
        q.write("time,symbol,bid,offer\n")
        o.write("time,symbol,side,order_id,account,quantity,price\n")
        for number in range(1000):
            time = f"20260105-14:{number // 60:02}:{number % 60:02}"
            offer = 10.5 if number % 3 == 0 else 10.01  # every third is wide
            q.write(f"{time}.000,S{number % 7},10,{offer}\n")
            o.write(f"{time}.500,S{number % 7},buy,{number},1,1,10\n")
    to_feeds = ("--market-data", market.to("quotes"), "--orders", market.to("orders"))
    to_streams = ("--quote-stream", "quotes", "--order-stream", "orders")
    words = {"feeds": to_feeds, "streams": to_streams, "both": (*to_feeds[:2], *to_streams[2:])}[streams]
    code, said = market.replay(orders, quotes, "--together", "--source", "day", *words)
    assert code == 0, said
    assert "1,000 quotes and 1,000 orders have taken effect, in the order of their times" in said
    assert [int(alert["order_id"]) for alert in market.alerts()] == list(range(0, 1000, 3))
    assert market.replay(orders, quotes, "--together", "--source", "day", *words)[0] == 0
    assert market.alerts() == []


@pytest.mark.parametrize("where", ["feed", "stream", "together", "frames"])
def test_statuses_go_with_quotes(market: Market, tmp_path: Path, where: str) -> None:
    """Of a log or of a file of frames: to the feed, into a stream, and between orders by their times."""
    file = tmp_path / "day.log"
    header = "34=7|49=VENUE|56=SPREAD|52=20260105-14:30:{}.000"
    first = fix.market_data("55=HALT|132=9|133=9.01", kind="S", header=header.format("01"))
    halt = fix.market_data("55=HALT|326=2", kind="f", header=header.format("02"))
    file.write_bytes(first + b"\n" + halt + b"\n")
    words: tuple[object, ...] = ("--to-stream", "quotes")
    if where == "feed":
        words = ("--to", market.to("quotes"))
    elif where == "together":
        words = ("--together", "--market-data", market.to("quotes"), "--orders", market.to("orders"))
    elif where == "frames":
        payloads = frames.quote(b"HALT", 9.0, 9.01), frames.status(b"HALT", 1, 8.5)
        file.write_bytes(b"".join(map(frames.frame, payloads)))
    code, said = market.replay(file, *words)
    assert code == 0, said
    if "--to-stream" in words:
        market.wait_for("quotes")
    found = quote_of(market.client, "HALT")
    low = "8.5" if where == "frames" else ""
    assert (found["bid"], found["status"], found["band_low"]) == ("9.0", "1", low)


def test_together_at_the_days_own_pace(market: Market, tmp_path: Path) -> None:
    """--pace 600: two hundred seconds of the day take a third of one, and more than nothing."""
    (tmp_path / "quotes.csv").write_text("time,symbol,bid,ask\n20260105-14:30:00.000,BTU,10,10.01\n")
    (tmp_path / "orders.csv").write_text(
        "time,symbol,side,order_id,account,qty,price\n20260105-14:33:20.000,GE,buy,1,1,1,1\n"
    )
    words = (
        "--together",
        "--pace",
        600,
        "--market-data",
        market.to("quotes"),
        "--orders",
        market.to("orders"),
    )
    code, said = market.replay(tmp_path / "quotes.csv", tmp_path / "orders.csv", *words)
    assert code == 0, said
    (elapsed,) = re.findall(r"in (\d+\.\d+) s", said)
    assert float(elapsed) >= 0.33
    assert len(market.alerts()) == 1


@pytest.mark.parametrize("where", ["feeds", "streams"])
def test_together_killed(market: Market, processes: Processes, tmp_path: Path, where: str) -> None:
    """Killed three times, and started again each time: each order once, and each met its quote."""
    count = 12_000
    quotes, orders = tmp_path / "quotes.csv", tmp_path / "orders.csv"
    with quotes.open("w") as q, orders.open("w") as o:
        q.write("time,symbol,bid,offer\n")
        o.write("time,symbol,side,order_id,account,quantity,price\n")
        for number in range(count):
            time = f"20260105-14:{number // 60 % 60:02}:{number % 60:02}"
            day = f"2026010{1 + number // 3600}"
            q.write(f"{day}{time[8:]}.000,S{number % 50},10,{10.5 if number % 3 == 0 else 10.01}\n")
            o.write(f"{day}{time[8:]}.500,S{number % 50},buy,{number},1,1,10\n")
    to = ["--market-data", market.to("quotes"), "--orders", market.to("orders")]
    if where == "streams":
        to = ["--quote-stream", "quotes", "--order-stream", "orders"]
    words = ("replay", orders, quotes, "--together", "--source", "day", *to, "--redis", market.url)
    for turn in range(1, 4):
        replay = start(processes, *words)
        wait_for_alerts(market.client, turn * 800)
        replay.kill()
    ended = run(processes, *words)
    assert ended.code == 0, ended.lines
    assert [int(alert["order_id"]) for alert in market.alerts()] == list(range(0, count, 3))


def wait_for_alerts(client: Redis, count: int) -> None:
    """Wait until there are so many."""

    def are_there() -> bool:
        found: Any = client.xlen("alerts")
        return bool(found >= count)

    wait_until(are_there, f"{count} alerts")


def test_a_feed_that_cannot_answer_yet(processes: Processes, tmp_path: Path) -> None:
    """While a feed holds its answer back, as it does while Redis is away, Ctrl-C still ends the command."""
    (tmp_path / "quotes.csv").write_text("time,symbol,bid,ask\n20260105-14:30:00.000,BTU,10,10.01\n")
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = "{}:{}".format(*silent.getsockname())
        words = ("--together", "--market-data", address, "--orders", address)
        replay = start(processes, "replay", tmp_path / "quotes.csv", *words)
        silent.settimeout(20)
        with closing(silent.accept()[0]):
            replay.popen.send_signal(signal.SIGINT)
            ended = end_of(replay)
    assert ended.code == 130
    assert "interrupted; the same files with --together --source replay-" in ended.lines[-1]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_a_pipe(market: Market, pack: Any) -> None:
    """What comes through a pipe is sent as a file is: frames to a feed, too."""
    frames = pack(data_file("orders-1000-long-symbols.msg").read_bytes())
    words = [sys.executable, "-m", "services.cli", "replay", "/dev/stdin", "--to", market.to("orders")]
    said = subprocess.run(words, input=frames, capture_output=True, check=True, cwd=ROOT)
    assert said.stdout.startswith(b"1,000 frames in ")
    assert len(market.alerts()) == 1000


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A file of a hundred megabytes, compressed: a look at all of it takes what a small one takes."""
    row = b"20260105-14:30:00.000,A-1,DESK-7,B,GE,100,10.02\n"
    with gzip.open(tmp_path / "orders.csv.gz", "wb") as file:
        file.write(b"time,order_id,account,side,symbol,qty,price\n")
        for _ in range(100):
            file.write(row * 20_000)
    program = (
        "import re; from services.cli.main import main\n"
        "try: main()\n"  # what getrusage gives is at least what the process that has started this one takes
        "finally: print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)\n"
    )
    words = [sys.executable, "-c", program, "replay", str(tmp_path / "orders.csv.gz"), "--dry-run"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()
    assert said[0] == "orders.csv.gz: 2,000,000 orders (CSV rows 2,000,000)"
    assert int(said[-1]) < 120
