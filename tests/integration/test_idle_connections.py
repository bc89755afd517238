"""Connections that a server closes because nobody used them are made anew, and nobody hears of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from shared.redis.link import IdleConnectionClosed, RedisUnavailable, command
from shared.redis.url import open_link
from tests.support import frames
from tests.support.market import Market, entries_after, metrics
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.receiving import Receiving, start_forwarder
from tests.support.servers import chosen_kinds, make_server


@pytest.fixture(params=chosen_kinds())
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that closes connections after a second without a command."""
    made = make_server(request.param, {"timeout": "1"}).start()
    yield made
    made.close()


def names(client: Redis) -> list[str]:
    """What the connections call themselves."""
    return [each["name"] for each in client.client_list()]


@pytest.mark.slow
def test_a_service_goes_on_as_if_nothing_had_happened(
    server: Server, processes: Processes, tmp_path: Path
) -> None:
    """Links that were closed meanwhile: no error is counted, and no outage is said."""
    receiving = Receiving(processes, tmp_path)
    receiving.start()
    market = Market(processes, server.url)
    forwarder = start_forwarder(processes, server.url, receiving.address)
    with Redis(port=server.port, decode_responses=True) as client, RawSender(market.orders, b"desk") as desk:
        for number in range(2):
            market.send_quotes(frames.quote())
            desk.send(*frames.alerting(1, start=number))
            desk.acks_until(number + 1)
            wait_until(lambda: not any("commit" in name for name in names(client)), "idle links are closed")
        assert len(entries_after(Redis(port=server.port))) == 2
    for process in (market.ingestor, market.checker, forwarder):
        assert metrics(process)["redis_errors_total"] == 0
        assert not process.events("Redis is away")


@pytest.mark.parametrize(("idle_s", "error"), [(0.0, IdleConnectionClosed), (3600.0, RedisUnavailable)])
def test_a_close_that_crosses_a_command_is_told_apart(
    server: Server, monkeypatch: pytest.MonkeyPatch, idle_s: float, error: type[RedisUnavailable]
) -> None:
    """The connection was found good and is closed before the answer: only an idle one was closed for that."""
    monkeypatch.setattr("shared.redis.node._can_read", lambda _: False)
    monkeypatch.setattr("shared.redis.node._IDLE_S", idle_s)
    link = open_link(server.url)
    link.roundtrip([command("", "PING")])
    with Redis(port=server.port) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(RedisUnavailable) as raised:
        link.roundtrip([command("", "PING")])
    assert type(raised.value) is error
    assert link.roundtrip([command("", "PING")]) == [b"PONG"]
    link.close()


def test_many_commands_on_an_idle_connection_are_one_round_trip(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sent in pieces; that replies to the first can be read is not the end of the connection."""
    link = open_link(server.url)
    client_id = command("", "CLIENT", "ID")
    (before,) = link.roundtrip([client_id])
    monkeypatch.setattr("shared.redis.node._IDLE_S", 0.0)
    for _ in range(20):
        assert link.roundtrip([command("k", "SET", "k", "x" * 1000)] * 1000) == [b"OK"] * 1000
    assert link.roundtrip([client_id]) == [before]
    link.close()
