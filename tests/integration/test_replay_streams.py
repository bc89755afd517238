"""`replay` into a Redis stream: each row once, whoever crashes or goes away."""

import random
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from market_spread.sending.pace import Pace
from services.cli.files.data_file import DataFile, Reading
from services.cli.files.rows import Rows
from services.cli.sending.counted_rows import CountedRows
from services.cli.sending.stream_writer import StreamError, StreamWriter
from services.cli.sending.to_stream import write_rows
from shared.market import keys
from shared.redis.link import Command, RedisLink, RedisUnavailable, Reply
from shared.redis.slots import slot_of
from shared.redis.url import open_link
from tests.support.commands import end_of, run, start
from tests.support.links import LinkDouble
from tests.support.processes import ROOT, Processes, wait_until
from tests.support.servers import chosen_kinds, make_server, one_server

HEADER = "order_id,account,side,symbol,quantity,price,transact_time\n"


def write_orders(path: Path, count: int) -> Path:
    """A file of orders whose IDs are their numbers; some of its rows are none."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(count):
            file.write(f"{number},DESK-7,buy,NONE,100,10.5,20260105-14:30:00.000\n")
            if number % 997 == 0:
                file.write("wrong,DESK-7,hold,NONE,100,10.5,20260105-14:30:00.000\n")
    return path


def added(client: Redis, stream: str = "orders") -> list[int]:
    """The orders in the stream, in order."""
    entries: Any = client.xrange(stream)
    return [int(fields[b"order_id"]) for _, fields in entries]


def length(client: Redis) -> int:
    """How many entries the stream has."""
    found: Any = client.xlen("orders")
    return int(found)


@one_server
def test_killed_at_any_moment(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """Killed five times, and once told to stop: started again each time, 0 missing, 0 doubled, in order."""
    count = 60_000
    path = write_orders(tmp_path / "orders.csv", count)
    words = (
        "replay",
        path,
        "--to-stream",
        "orders",
        "--redis",
        redis_url,
        "--source",
        "day",
        "--rate",
        40_000,
    )
    dice = random.Random(7)
    for turn in range(6):
        replay, before = start(processes, *words), length(redis_client)
        goal = before + dice.randrange(1, 8000)
        wait_for_length(redis_client, goal)
        if turn == 3:
            replay.popen.send_signal(signal.SIGINT)
            ended = end_of(replay)
            assert ended.code == 130
            assert "--source day goes on from there" in ended.lines[-1]
        else:
            replay.kill()
    ended = run(processes, *words[:-2])
    assert added(redis_client) == list(range(count))
    assert ended.code == 0
    assert ended.output.startswith("60,000 orders are in the stream orders, ")
    assert "; 61 were refused (side 61)" in ended.output
    assert redis_client.get("replay:{orders}:day") == b"60000"


def wait_for_length(client: Redis, goal: int) -> None:
    """Wait until the stream has so many entries."""
    wait_until(lambda: length(client) >= goal, "some more orders")


class BreakingLink(LinkDouble):
    """A link that breaks off again and again: before Redis has the commands, after it, or in between."""

    def __init__(self, link: RedisLink, seed: int) -> None:
        self._link = link
        self._dice = random.Random(seed)

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """The commands may be there at once, or never."""
        words = list(commands)
        if self._dice.random() < 0.3:
            raise RedisUnavailable("broken before")
        finish = self._link.start(words)

        def read() -> list[Reply]:
            replies = finish()
            if self._dice.random() < 0.3:
                raise RedisUnavailable("broken after")
            return replies

        return read

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """Any number of the commands may be taken."""
        words = list(commands)
        if self._dice.random() < 0.5:
            self._link.roundtrip(words[: self._dice.randrange(len(words) + 1)])
            raise RedisUnavailable("broken in between")
        return self._link.roundtrip(words)


def write(url: str, rows: Callable[[], Iterator[Rows]], link: RedisLink | None = None) -> StreamWriter:
    """Add rows to the stream under a name."""
    writer = StreamWriter(link or open_link(url), "orders", "day", lambda: False)
    assert write_rows(writer, rows, Pace(0), lambda: True)
    return writer


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_connections_that_break(redis_url: str, redis_client: Redis, tmp_path: Path, seed: int) -> None:
    """Replies that are lost, and commands of which only some arrived: 0 missing, 0 doubled."""
    file = DataFile(write_orders(tmp_path / "orders.csv", 20_000), Reading())
    link = BreakingLink(open_link(redis_url), seed)
    assert write(redis_url, CountedRows(file).rows, link).added == 20_000
    assert added(redis_client) == list(range(20_000))


def test_redis_loses_its_data(redis_url: str, redis_client: Redis, tmp_path: Path) -> None:
    """Where the count says that entries are gone, they are added again."""
    file = DataFile(write_orders(tmp_path / "orders.csv", 20_000), Reading())
    counted = CountedRows(file)
    losses = iter([5, 11])
    next_loss = next(losses)

    def rows() -> Iterator[Rows]:
        nonlocal next_loss
        for number, some in enumerate(counted.rows()):
            if number == next_loss:
                redis_client.flushall()
                next_loss = next(losses, -1)
            yield some

    write(redis_url, rows)
    assert added(redis_client) == list(range(20_000))


def test_somebody_else_under_the_same_name(redis_url: str, redis_client: Redis, tmp_path: Path) -> None:
    """A count that has moved on by somebody else's rows ends the replay: no row is added twice."""
    counted = CountedRows(DataFile(write_orders(tmp_path / "orders.csv", 20_000), Reading()))

    def rows() -> Iterator[Rows]:
        for number, some in enumerate(counted.rows()):
            if number == 12:
                redis_client.set("replay:{orders}:day", 1_000_000)
            yield some

    with pytest.raises(StreamError, match="somebody else adds to orders under the name day"):
        write(redis_url, rows)
    assert len(added(redis_client)) == len(set(added(redis_client)))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("orders", "Redis refuses to add to orders: "),
        ("replay:{orders}:day", "replay:{orders}:day is no count"),
    ],
)
@pytest.mark.slow
def test_keys_that_are_something_else(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path, key: str, said: str
) -> None:
    """A stream that is a list, or a count that is one: one line, exit code 1, and nothing is changed."""
    redis_client.rpush(key, "x")
    path = write_orders(tmp_path / "orders.csv", 10)
    words = ("--to-stream", "orders", "--redis", redis_url, "--source", "day")
    ended = run(processes, "replay", path, *words)
    assert ended.code == 1
    assert said in ended.lines[-1]
    assert redis_client.lrange(key, 0, -1) == [b"x"]


@pytest.mark.slow
def test_redis_away(processes: Processes, tmp_path: Path) -> None:
    """While Redis is away the replay waits, says so, and goes on when it is back."""
    options = {"appendonly": "yes", "appendfsync": "always"}
    path = write_orders(tmp_path / "orders.csv", 30_000)
    with (
        closing(make_server(chosen_kinds()[0], options).start()) as server,
        Redis.from_url(server.url) as client,
    ):
        words = ("--to-stream", "orders", "--redis", server.url, "--rate", 20_000)
        replay = start(processes, "replay", path, *words)
        wait_until(lambda: length(client) > 2000, "some orders")
        server.kill()
        wait_until(lambda: any("Redis is away" in line for line in replay.lines), "it says that it waits")
        server.start()
        ended = end_of(replay)
        assert ended.code == 0, ended.lines
        assert any("Redis is back" in line for line in ended.lines)
        assert added(client) == list(range(30_000))
        assert client.keys("replay:*") == []  # nobody can go on under a name that was made up


@pytest.mark.slow
def test_the_rights_of_its_user(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """The user that docs/security.md proposes may do all that a replay does; without it there is one line."""
    (line,) = re.findall(r"^user replay on (.*)$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
    rules = re.findall(r"\([^)]*\)|\S+", line)
    redis_client.execute_command("ACL", "SETUSER", "replay", "on", ">secret", *rules)
    path = write_orders(tmp_path / "orders.csv", 10)
    try:
        for stream, code in (("orders", 0), ("others", 2)):
            url = redis_url.replace("redis://", "redis://replay:secret@")
            ended = run(processes, "replay", path, "--to-stream", stream, "--redis", url)
            assert ended.code == code, ended.lines
    finally:
        redis_client.execute_command("ACL", "DELUSER", "replay")
    assert "Redis refuses this command" in ended.lines[-1]
    assert added(redis_client) == list(range(10))


@pytest.mark.slow
def test_more_was_sent_than_there_is(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """A name under which another, longer file was sent is no name for this one."""
    redis_client.set("replay:{orders}:day", 100)
    path = write_orders(tmp_path / "orders.csv", 10)
    ended = run(processes, "replay", path, "--to-stream", "orders", "--redis", redis_url, "--source", "day")
    assert ended.code == 1
    assert "there are only 10 rows to send, and 100 were sent before" in ended.lines[-1]


@pytest.mark.parametrize("stream", ["orders", "desk {7} orders", "{a}{b}", "x{y", "}{a}"])
def test_both_keys_are_in_one_slot(stream: str) -> None:
    """The count lies where the stream lies, so that both change in one step on a cluster, too."""
    assert keys.has_slot_mates(stream)
    assert slot_of(keys.replay(stream, "day")) == slot_of(stream)
