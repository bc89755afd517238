"""Nothing that a client asks for is ignored in silence."""

import httpx
import pytest
from redis import Redis

from tests.support.event_source import EventSource
from tests.support.market_state import put_alerts
from tests.support.processes import Process

KNOWN_OF_ALERTS = (
    "limit", "after", "before", "since", "until", "symbol", "account", "reason", "side", "order_id", "source",
    "class", "format",
)  # fmt: skip
ROUTES = {
    "/symbols": ("risky", "limit", "after", "symbol", "state", "class"),
    "/symbols/A": (),
    "/alerts": KNOWN_OF_ALERTS,
    "/alerts/1-0": (),
    "/status": (),
    "/stats/check": ("after", "limit"),
    "/stream/alerts": ("after", "symbol", "account", "reason", "side", "source", "class"),
    "/stream/symbols": (),
    "/stream/live": ("after",),
}


@pytest.mark.parametrize("path", ROUTES)
def test_unknown_parameters(http: httpx.Client, path: str) -> None:
    """An unknown query parameter is a 422 that names it and those that there are, on every data route."""
    for query in ("symbols=A,B", "symbols=", "symbols"):
        answer = http.get(f"{path}?{query}")

        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        (error,) = answer.json()["errors"]
        assert error["loc"] == ["query", "symbols"]
        known = sorted(error["msg"].removeprefix("unknown parameter; known are: ").split(", "))
        assert known == sorted(ROUTES[path] or ("none",))
        assert "symbols" in answer.json()["detail"]


def test_a_long_unknown_name(http: httpx.Client) -> None:
    """What is unknown is not repeated at length, however much of it there is."""
    query = "&".join(f"{'x' * 500}{number}=1" for number in range(100))
    answer = http.get(f"/alerts?{query}")

    assert answer.status_code == 422
    assert len(answer.content) < 10_000


def test_given_twice(http: httpx.Client) -> None:
    """A parameter that takes one value is not given two of which one is ignored."""
    answer = http.get("/alerts?limit=1&limit=2&symbol=A&symbol=B")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"loc": ["query", "limit"], "msg": "given more than once", "type": "repeated"}
    ]


@pytest.mark.parametrize("position", ["0", "5", "05", "5-3", "18446744073709551615-18446744073709551615"])
def test_last_event_id_is_as_after(api_process: Process, redis_client: Redis, position: str) -> None:
    """`Last-Event-ID` takes every ID that `?after=` takes, and the answer is the same."""
    put_alerts(redis_client, 3)
    firsts = []
    for path, last_id in ((f"/stream/alerts?after={position}", ""), ("/stream/alerts", position)):
        with EventSource(api_process.address(), path, last_id) as stream:
            assert stream.status == 200
            firsts.append(next(stream.events()))
    assert firsts[0].data == firsts[1].data


@pytest.mark.parametrize(
    "position", ["x", "1-", "-1", "1-x", "$", "18446744073709551616", "9" * 5000, "1-2-3", "1 2"]
)
def test_a_malformed_position(http: httpx.Client, position: str) -> None:
    """What is no ID is refused the same way, wherever it comes from."""
    query = http.get("/stream/alerts", params={"after": position})
    header = http.get("/stream/alerts", headers={"Last-Event-ID": position})

    assert (query.status_code, header.status_code) == (422, 422)
    (of_query,), (of_header,) = query.json()["errors"], header.json()["errors"]
    assert of_query["msg"] == of_header["msg"]
    assert (of_query["loc"], of_header["loc"]) == (["query", "after"], ["header", "last-event-id"])
    assert len(query.content) < 500
