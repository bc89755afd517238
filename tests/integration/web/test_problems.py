"""Errors, health, metrics and the documents of the API, through a real process."""

import asyncio
import re

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from services.web.app import AppSettings, create_app
from shared.base.version import VERSION
from shared.market import keys
from tests.support.market_state import put_symbol


def assert_problem(answer: httpx.Response, status: int, title: str) -> None:
    """An answer is a problem as RFC 9457 has it."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["title"], body["status"]) == ("about:blank", title, status)


def test_unknown_route(http: httpx.Client) -> None:
    """A path that is nowhere is a 404 problem, a missing file too."""
    assert_problem(http.get("/nowhere"), 404, "Not Found")
    assert_problem(http.get("/static/nowhere.js"), 404, "Not Found")


def test_wrong_method(http: httpx.Client) -> None:
    """A method that a route does not have is a 405 problem that says which it has."""
    for path in ("/symbols", "/symbols/A", "/alerts", "/", "/static/icon.svg"):
        answer = http.post(path)
        assert_problem(answer, 405, "Method Not Allowed")
        assert answer.headers["allow"] == "GET, HEAD"
    assert http.post("/stream/alerts").headers["allow"] == "GET"


def test_own_failure() -> None:
    """What nobody thought of is a 500 problem without details; the application goes on."""
    app = create_app(AppSettings("redis://127.0.0.1:1"))

    @app.get("/fails")
    def fail() -> None:
        raise RuntimeError("a secret")

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return await client.get("/fails"), await client.get("/health/live")

    failed, other = asyncio.run(ask())
    assert_problem(failed, 500, "Internal Server Error")
    assert "detail" not in failed.json()
    assert other.status_code == 200


def test_a_refusal_of_redis(http: httpx.Client, redis_client: Redis) -> None:
    """A key of another type is a 503 problem that says what Redis says; other routes go on."""
    redis_client.set(keys.ALERTS, "not a stream")

    answer = http.get("/alerts")

    assert_problem(answer, 503, "Service Unavailable")
    assert "WRONGTYPE" in answer.json()["detail"]
    assert http.get("/symbols").status_code == 200


def test_head_is_get_without_the_body(http: httpx.Client, redis_client: Redis) -> None:
    """Every route but the endless streams answers HEAD with the status and the headers of its GET."""
    put_symbol(redis_client, "BTU")
    for path in ("/", "/symbols", "/symbols/BTU", "/symbols/NONE", "/alerts", "/health/ready", "/docs"):
        head, got = http.head(path), http.get(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
    assert http.head("/stream/alerts").status_code == 405


def test_health(http: httpx.Client) -> None:
    """With Redis there both probes are fine."""
    assert http.get("/health/live").json() == {"status": "ok"}
    assert http.get("/health/ready").json() == {"status": "ok"}


def test_metrics_count_requests(http: httpx.Client, redis_client: Redis) -> None:
    """Requests are counted by route and status, failures too."""

    def counted() -> dict[tuple[str, str], float]:
        families = text_string_to_metric_families(http.get("/metrics").text)
        return {
            (sample.labels["route"], sample.labels["status"]): sample.value
            for family in families
            for sample in family.samples
            if sample.name == "market_spread_http_requests_total"
        }

    before = counted()
    put_symbol(redis_client, "A/B")
    redis_client.set(keys.ALERTS, "not a stream")
    for path in ("/symbols/A/B", "/symbols/A/B", "/symbols/NONE", "/alerts", "/nowhere"):
        http.get(path)
    http.get("/static/icon.svg")
    http.get("/static/nowhere.js")
    after = counted()

    grown = {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)}
    assert grown == {
        ("/metrics", "200"): 1,
        ("/symbols/{symbol:path}", "200"): 2,
        ("/symbols/{symbol:path}", "404"): 1,
        ("/alerts", "503"): 1,
        ("/static/{path}", "200"): 1,
        ("/static/{path}", "404"): 1,
        ("none", "404"): 1,
    }


def test_metrics_of_the_process(http: httpx.Client, redis_client: Redis) -> None:
    """The version, how long requests took by route, and what waits for clients."""
    put_symbol(redis_client, "A")

    def samples() -> dict[str, float]:
        families = text_string_to_metric_families(http.get("/metrics").text)
        return {
            f"{sample.name} {sample.labels.get('route', '')} {sample.labels.get('le', '')}": sample.value
            for family in families
            for sample in family.samples
        }

    before = samples()
    for _ in range(3):
        http.get("/symbols/A")
    after = samples()

    assert f'market_spread_build_info{{version="{VERSION}"}} 1.0' in http.get("/metrics").text
    name, route = "market_spread_http_request_seconds", "/symbols/{symbol:path}"
    grown = {key: after[key] - before.get(key, 0.0) for key in after}
    assert grown[f"{name}_count {route} "] == grown[f"{name}_bucket {route} +Inf"] == 3
    assert grown[f"{name}_bucket {route} 16.777216"] == 3
    assert 0.0 < grown[f"{name}_sum {route} "] < 30.0
    assert after["market_spread_waiting_bytes  "] == 0
    assert after["market_spread_stalled_clients_total  "] == 0


def test_openapi_document_is_complete(http: httpx.Client) -> None:
    """Routes have a summary and a description, fields a description; errors are problems."""
    document = http.get("/openapi.json").json()

    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            for status, response in operation["responses"].items():
                kinds = list(response.get("content", {}))
                assert status.startswith("2") or kinds == ["application/problem+json"], (path, status)
    for name in ("SymbolState", "Alert", "Problem"):
        schema = document["components"]["schemas"][name]
        undescribed = [key for key, each in schema["properties"].items() if "description" not in each]
        assert undescribed == [], name
    assert document["components"]["schemas"]["Alert"]["examples"]
    assert document["components"]["schemas"]["SymbolState"]["examples"]


def test_docs_page_is_offline(http: httpx.Client) -> None:
    """`/docs` refers to nothing but this server's own files, which are there."""
    page = http.get("/docs").text

    links = re.findall(r"""(?:src|href)="([^"]+)""", page)
    assert len(links) == 3
    for link in links:
        assert not link.startswith("http"), link
        assert http.get(f"/{link}").status_code == 200, link


def test_factory_connects_to_nothing() -> None:
    """An application can be made where there is no Redis."""
    assert isinstance(create_app(AppSettings("redis://127.0.0.1:1/0")), FastAPI)
