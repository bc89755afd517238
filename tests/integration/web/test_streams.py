"""The live streams, through a real process: what they send, and how they are resumed."""

import httpx
import pytest
from redis import Redis

from services.market_data.http.symbol_state import SymbolState
from shared.market import keys
from tests.support.event_source import EventSource
from tests.support.market_state import alert_fields, put_alerts, put_symbol
from tests.support.processes import Process, Processes, wait_until


def collect(stream: EventSource, count: int) -> list[str]:
    """The IDs of the next alerts."""
    ids = []
    for event in stream.events():
        assert event.name == "alert"
        ids.append(event.data["id"])
        if len(ids) == count:
            break
    return ids


def first_position(stream: EventSource) -> str:
    """The ID that a stream begins with."""
    stream._until(b"id: ")
    return stream._until(b"\n\n").decode()


def test_alerts_arrive_as_they_come(api_process: Process, redis_client: Redis) -> None:
    """A new client gets the alerts from now on, each the same JSON as `GET /alerts`, its ID the event's."""
    (before,) = put_alerts(redis_client, 1)
    with EventSource(api_process.address(), "/stream/alerts") as stream:
        assert stream.status == 200
        assert first_position(stream) == before
        events = []
        for _ in range(3):
            (entry_id,) = put_alerts(redis_client, 1)
            events.append(stream.until("alert"))
            assert events[-1].last_id == events[-1].data["id"] == entry_id
    with httpx.Client(base_url="http://{}:{}".format(*api_process.address())) as http:
        history = http.get("/alerts?limit=3").json()["alerts"]
    assert [event.data for event in events] == history[::-1]


def test_resume_by_id(api_process: Process, redis_client: Redis) -> None:
    """`?after=` and `Last-Event-ID` go on after an alert; the header counts more; `0` gives all."""
    ids = put_alerts(redis_client, 2500)
    address = api_process.address()

    with EventSource(address, f"/stream/alerts?after={ids[9]}") as stream:
        assert collect(stream, 2490) == ids[10:]
        ids += put_alerts(redis_client, 10)
        assert collect(stream, 10) == ids[2500:]
    with EventSource(address, "/stream/alerts?after=0") as stream:
        assert collect(stream, len(ids)) == ids
    with EventSource(address, "/stream/alerts?after=0", last_id=ids[-2]) as stream:
        assert collect(stream, 1) == ids[-1:]


def test_connection_without_alerts_still_has_a_position(api_process: Process, redis_client: Redis) -> None:
    """A client that lost its connection before its first alert misses nothing: it began with an ID."""
    (seen,) = put_alerts(redis_client, 1)
    with EventSource(api_process.address(), "/stream/alerts") as stream:
        position = first_position(stream)
    missed = put_alerts(redis_client, 2)

    assert position == seen
    with EventSource(api_process.address(), "/stream/alerts", last_id=position) as stream:
        assert collect(stream, 2) == missed


def test_trimmed_history_is_a_gap(api_process: Process, redis_client: Redis) -> None:
    """Where entries after the given ID are gone, a gap without ID comes first, from where to where."""
    ids = put_alerts(redis_client, 100)
    redis_client.xtrim(keys.ALERTS, maxlen=10, approximate=False)

    with EventSource(api_process.address(), "/stream/alerts", last_id=ids[5]) as stream:
        gap = stream.until("gap")
        assert gap.data == {"from": ids[5], "to": ids[90]}
        assert gap.last_id == ids[5]
        assert collect(stream, 10) == ids[90:]
    with EventSource(api_process.address(), "/stream/alerts", last_id=ids[90]) as stream:
        assert collect(stream, 9) == ids[91:]  # nothing is missing here


def test_everything_trimmed_is_a_gap(api_process: Process, redis_client: Redis) -> None:
    """A stream that was emptied tells those who had not read it all."""
    ids = put_alerts(redis_client, 3)
    redis_client.xtrim(keys.ALERTS, maxlen=0, approximate=False)

    with EventSource(api_process.address(), "/stream/alerts", last_id=ids[1]) as stream:
        assert stream.until("gap").data == {"from": ids[1], "to": ids[2]}


def test_id_beyond_the_stream_is_a_gap(api_process: Process, redis_client: Redis) -> None:
    """An ID that Redis never gave, for it lost data, is a gap back to the last one; then alerts go on."""
    redis_client.xadd(keys.ALERTS, alert_fields(), id="100-0")

    with EventSource(api_process.address(), "/stream/alerts", last_id="200-5") as stream:
        assert stream.until("gap").data == {"from": "200-5", "to": "100-0"}
        redis_client.xadd(keys.ALERTS, alert_fields(), id="150-0")
        assert collect(stream, 1) == ["150-0"]


@pytest.mark.slow
def test_data_lost_under_an_open_stream(api_process: Process, redis_client: Redis) -> None:
    """When Redis is emptied, open streams say so, and go on with what comes after."""
    (seen,) = put_alerts(redis_client, 1)
    with EventSource(api_process.address(), "/stream/alerts?after=0") as stream:
        assert collect(stream, 1) == [seen]
        redis_client.flushall()
        assert stream.until("gap").data == {"from": seen, "to": "0-0"}
        new = put_alerts(redis_client, 1)
        assert collect(stream, 1) == new


def test_symbols_snapshot_then_changes(api_process: Process, redis_client: Redis) -> None:
    """First all symbols, then only those that changed, each with its last state; no change, no event."""
    for name in ("A", "B", "C"):
        put_symbol(redis_client, name)
    with EventSource(api_process.address(), "/stream/symbols") as stream:
        snapshot = stream.until("snapshot").data["symbols"]
        assert [SymbolState.model_validate(each).symbol for each in snapshot] == ["A", "B", "C"]

        for cents in range(1, 51):
            put_symbol(redis_client, "B", offer=10 + cents / 100)
        put_symbol(redis_client, "D")
        changes: dict[str, float] = {}
        while changes.get("B") != 10.5 or "D" not in changes:
            changes |= {each["symbol"]: each["offer"] for each in stream.until("symbols").data["symbols"]}

        assert changes.keys() == {"B", "D"}


def test_symbols_after_a_loss(api_process: Process, redis_client: Redis) -> None:
    """When symbols are gone, a new snapshot says so."""
    put_symbol(redis_client, "A")
    put_symbol(redis_client, "B")
    with EventSource(api_process.address(), "/stream/symbols") as stream:
        stream.until("snapshot")
        redis_client.delete(keys.symbol("A"))
        redis_client.srem(keys.SYMBOLS, "A")
        assert [each["symbol"] for each in stream.until("snapshot").data["symbols"]] == ["B"]


def test_live_stream_has_everything(api_process: Process, redis_client: Redis) -> None:
    """One connection for the page: status every second, symbols, alerts with their IDs."""
    put_symbol(redis_client, "A")
    ids = put_alerts(redis_client, 2)
    with EventSource(api_process.address(), "/stream/live?after=0") as stream:
        events = [event for event, _ in zip(stream.events(), range(5), strict=False)]
    names = [event.name for event in events]

    assert names[:4] == ["status", "snapshot", "alert", "alert"]
    assert [event.data["id"] for event in events[2:4]] == ids
    assert events[0].data["redis"]["state"] == "ok"
    assert names[4] == "status"


@pytest.mark.parametrize("path", ["/stream/alerts?after=x", "/stream/alerts?after=1-99999999999999999999"])
def test_bad_position(api_process: Process, redis_client: Redis, path: str) -> None:
    """A position that is none is a 422 and no stream; so is a bad `Last-Event-ID`."""
    del redis_client
    with EventSource(api_process.address(), path) as stream:
        assert stream.status == 422
    with EventSource(api_process.address(), "/stream/alerts", last_id="nonsense") as stream:
        assert stream.status == 422


def test_stop_with_open_streams(processes: Processes, redis_url: str) -> None:
    """SIGTERM ends open streams in an orderly way, and the process with 0, within 5 s."""
    api = processes.api(redis_url)
    with (
        EventSource(api.address(), "/stream/alerts") as alerts,
        EventSource(api.address(), "/stream/symbols") as symbols,
    ):
        symbols.until("snapshot")
        api.terminate()
        assert list(alerts.events()) == []
        assert api.wait(timeout_s=5) == 0


def test_slow_client_is_dropped(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """A client that does not read is dropped with a log line and counted; another one gets everything."""
    api = processes.api(redis_url)
    address = api.address()
    with (
        EventSource(address, "/stream/alerts", receive_buffer=4096) as slow,
        EventSource(address, "/stream/alerts") as quick,
    ):
        first_position(slow)
        first_position(quick)
        ids: list[str] = []
        while not api.events("reads too slowly") and len(ids) < 20_000:
            ids += put_alerts(redis_client, 500, order_id="x" * 4000)
            assert collect(quick, 500) == ids[-500:]

        assert slow.bytes_read < 100_000
        assert api.wait_for("reads too slowly")["client"].endswith("/stream/alerts")
        with httpx.Client(base_url="http://{}:{}".format(*address)) as http:
            wait_until(lambda: "market_spread_streams 1.0" in http.get("/metrics").text, "it has left")
            assert 'market_spread_slow_clients_total{channel="alerts"} 1.0' in http.get("/metrics").text
        seen = [event.data["id"] for event in slow.events()]
        assert seen == ids[: len(seen)] != ids  # so it can go on from there
