"""Limits over HTTP: what is in force, what would be said to an order, and changing it with the token."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from services.web.app import AppSettings
from services.web.http.body_bound import MOST
from shared.market import keys
from shared.market.limits.file.read_file import LARGEST_FILE
from shared.redis.server_clock import now_us
from tests.support.app_client import AppClient
from tests.support.limits_files import WHOLE, one_class
from tests.support.servers import one_server

pytestmark = one_server

TOKEN = {"Authorization": "Bearer secret"}
NOTE = {"who": "ann", "why": "test"}


@pytest.fixture(scope="module")
def shared_app(redis_server: Server) -> Iterator[AppClient]:
    """An application that takes changes."""
    with AppClient(AppSettings(redis_server.url, limits_token="secret")) as found:
        yield found


@pytest.fixture
def client(shared_app: AppClient, redis_client: Redis) -> AppClient:
    """A client of it, on a server that is empty at the start."""
    del redis_client
    return shared_app


def put_quote(client: Redis, symbol: str, bid: float, offer: float, **fields: str) -> None:
    """A quote as an ingestor writes it."""
    quote: dict[Any, Any] = {
        "bid": repr(bid), "offer": repr(offer), "risky": "0", "reason": "", "transact_time": "",
        "updated_at": str(now_us()), "status": "0",
    } | fields  # fmt: skip
    client.hset(keys.symbol(symbol), mapping=quote)
    client.sadd(keys.SYMBOLS, symbol)


def publish(client: AppClient, text: str) -> httpx.Response:
    """Publish a file."""
    return client.post("/limits", params=NOTE, headers=TOKEN, content=text)


def activate(client: AppClient, version: int, expect: int, **more: object) -> httpx.Response:
    """Activate a version."""
    return client.put(
        "/limits/active", headers=TOKEN, json={"version": version, "expect": expect, **NOTE, **more}
    )


def spread(number: str) -> str:
    """A file with one spread for all."""
    return one_class("", keys=f'tiers = [{{ from = "0", spread = "{number}" }}]')


def test_from_publishing_to_going_back(client: AppClient) -> None:
    """What each route answers, and what the log says afterwards."""
    assert client.get("/limits").json() == {
        "active": None, "shadow": None, "highest": 0, "damage": [],
    }  # fmt: skip
    first, second = [publish(client, spread(each)) for each in ("0.10", "0.20")]
    assert (first.status_code, first.json()["version"], second.json()["version"]) == (201, 1, 2)
    assert activate(client, 1, 0).json()["version"] == 1
    assert activate(client, 2, 1).json() == {
        "version": 2,
        "as": None,
        "changes": [{"when": "now", "symbols": 0, "alert": [], "pass": []}],
        "warnings": [],
    }
    back = activate(client, 1, 2).json()
    assert (back["version"], back["as"]) == (3, 1)
    shadow = {"version": 2, "expect": 0, **NOTE}
    assert client.put("/limits/shadow", headers=TOKEN, json=shadow).json()["version"] == 2
    found = client.get("/limits").json()
    assert (found["active"]["version"], found["shadow"]["version"], found["highest"]) == (3, 2, 3)
    assert found["active"]["sha256"] == first.json()["sha256"]
    stored = client.get("/limits/3").json()
    assert stored["limits"]["class"][0]["tiers"] == [{"from": "0", "spread": "0.10"}]
    page = client.get("/limits/log", params={"limit": 2}).json()
    rest = client.get("/limits/log", params={"before": page["next"]}).json()
    assert rest["next"] is None
    log = [(each["action"], each["version"], each["as"], each["before"]) for each in page["log"]]
    log += [(each["action"], each["version"], each["as"], each["before"]) for each in rest["log"]]
    assert log == [
        ("shadow", 2, None, None),
        ("activate", 3, 1, 2),
        ("activate", 2, None, 1),
        ("activate", 1, None, None),
        ("publish", 2, None, None),
        ("publish", 1, None, None),
    ]
    assert page["log"][0]["who"] == "ann"


def test_what_was_expected_is_compared(client: AppClient, redis_client: Redis) -> None:
    """Something else is a 409, for the shadow too, and changes nothing; the same again is no error."""
    for each in ("0.10", "0.20"):
        publish(client, spread(each))
    activate(client, 1, 0)
    for expect in (0, 2):
        answer = activate(client, 2, expect)
        assert answer.status_code == 409
        assert "version 1 by now" in answer.json()["detail"]
    shadow = {"version": 2, "expect": 1, **NOTE}
    assert client.put("/limits/shadow", headers=TOKEN, json=shadow).status_code == 409
    assert activate(client, 1, 1).json()["version"] == 1
    assert activate(client, 9, 1).status_code == 404
    assert redis_client.xlen(keys.LIMITS_LOG) == 3


def test_what_changes_much_needs_force(client: AppClient, redis_client: Redis) -> None:
    """More than a fifth of the symbols is a 409; with `force` the answer names them."""
    for number in range(5):
        put_quote(redis_client, f"S{number}", 10.0, 10.3 if number < 2 else 10.01)
    publish(client, spread("0.20"))
    refused = activate(client, 1, 0)
    assert refused.status_code == 409
    assert "40% of the symbols" in refused.json()["detail"]
    changes = activate(client, 1, 0, force=True).json()["changes"]
    assert changes == [{"when": "now", "symbols": 5, "alert": ["S0", "S1"], "pass": []}]


def test_without_the_token_nothing_changes(client: AppClient, redis_client: Redis) -> None:
    """A wrong token is a 401; a server without one has no such routes."""
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        posted = client.post("/limits", params=NOTE, headers=headers, content=spread("0.1"))
        put = client.put("/limits/active", headers=headers, json={})
        assert (posted.status_code, put.status_code) == (401, 401)
    assert redis_client.keys("limits:*") == []


def test_without_a_token_for_it_there_are_no_such_routes(redis_url: str) -> None:
    """Reading and asking go on."""
    with AppClient(AppSettings(redis_url)) as client:
        assert publish(client, spread("0.1")).status_code == 405
        assert activate(client, 1, 0).status_code == 404
        assert client.get("/limits").status_code == 200


def test_all_mistakes_of_a_file_are_named(client: AppClient) -> None:
    """By their paths; so is what is wrong with the other words, and too large a file is refused."""
    wrong = publish(client, WHOLE.replace('"0.02"', '"2%"').replace("feed_ms = 2000", "feed_ms = 1"))
    assert wrong.status_code == 422
    assert [each["loc"] for each in wrong.json()["errors"]] == [
        ["class[1].tiers[1].spread"],
        ["class[1].stale.feed_ms"],
    ]
    for params in ({"who": "ann"}, {"who": "ann", "why": " "}, {**NOTE, "more": "x"}):
        answer = client.post("/limits", params=params, headers=TOKEN, content=spread("0.1"))
        assert answer.status_code == 422
    assert publish(client, "#" * (LARGEST_FILE + 1)).status_code == 413


def test_an_order_is_checked(client: AppClient, redis_client: Redis) -> None:
    """By the flags under version 0; by the active version, its tests told apart, and nothing is stored."""
    order = {"symbol": "IBM", "side": "buy", "account": "57", "quantity": 1e6, "price": 100.004}
    none = client.post("/check", json=order).json()
    assert (none["verdict"], none["reason"], none["quote"]) == ("alert", ["no_quote"], None)
    put_quote(redis_client, "IBM", 100.0, 100.01, source="desk")
    redis_client.set(keys.feed("desk"), now_us())
    passed = client.post("/check", json=order).json()
    assert (passed["verdict"], passed["limits"]["version"], passed["not_made"]) == (
        "pass",
        0,
        ["stale_quote"],
    )
    assert passed["quote"]["source"] == "desk"
    file = WHOLE.replace('session = "us"\n', "").replace("[class.during.pre]", "[class.x]")
    file = file.replace("feed_ms = 2000", "feed_ms = 600000")  # the machine may be busy
    file = file[: file.index("[class.x]")] + file[file.index('[[class]]\nname = "options"') :]
    assert publish(client, file).status_code == 201
    activate(client, 1, 0, force=True)
    before = redis_client.dbsize()
    found = client.post("/check", json=order).json()
    assert found["reason"] == ["off_tick", "quantity", "notional"]
    assert found["broken"] == ["off_tick", "quantity>=100000:1000000", found["broken"][2]]
    assert found["limits"] == {
        "version": 1, "class": "us-equity", "window": None, "profile": "retail", "override": False,
    }  # fmt: skip
    assert found["severity"] == "high"
    assert "spread" in found["passed"]
    assert "bands" in found["not_made"]
    assert redis_client.dbsize() == before


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"side": "buy"}, "symbol"),
        ({"symbol": " ", "side": "buy"}, "more than spaces"),
        ({"symbol": "IBM", "side": "hold"}, "side"),
        ({"symbol": "IBM", "side": "buy", "price": "NaN"}, "price"),
        ({"symbol": "IBM", "side": "buy", "colour": "red"}, "colour"),
        ({"symbol": "IBM", "side": "buy", "is_market": 0}, "is_market"),
        ({"symbol": "IBM", "side": "buy", "price": "1"}, "price"),
    ],
)
def test_what_is_no_order_is_refused(order: dict[str, object], said: str, client: AppClient) -> None:
    """With what is wrong; nothing is ignored."""
    answer = client.post("/check", json=order)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_whole_number_may_be_written_as_a_float(client: AppClient) -> None:
    """JSON does not tell them apart; a text or a truth is none."""
    publish(client, spread("0.10"))
    assert activate(client, 1.0, 0.0).status_code == 200  # type: ignore[arg-type]
    for wrong in ("1", True, 1.5):
        assert activate(client, wrong, 1).status_code == 422  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/limits", "GET, HEAD, POST"),
        ("/limits/active", "PUT"),
        ("/limits/7", "GET, HEAD"),
        ("/check", "POST"),
    ],
)
def test_the_methods_of_each_path(path: str, methods: str, client: AppClient) -> None:
    """Another one is a 405 that says which there are."""
    answer = client.request("DELETE", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


def test_a_body_has_a_bound(client: AppClient) -> None:
    """It is refused before all of it is there, whoever sends it."""
    for method, path in (("POST", "/check"), ("PUT", "/limits/active"), ("POST", "/nowhere")):
        answer = client.request(method, path, content=b" " * (MOST + 1))
        assert answer.status_code == 413
    just = json.dumps({"symbol": "IBM", "side": "buy"}).ljust(MOST)
    assert client.post("/check", content=just).status_code in {200, 422}


def test_explaining(client: AppClient, redis_client: Redis) -> None:
    """The rules that hold after tightening, the override, and the verdict on the market that is given."""
    ask = {"symbol": "AIG", "account": "4217", "bid": "30", "offer": "30.2", "at": "2026-11-24T15:00:00Z"}
    assert client.get("/limits/explain", params=ask).status_code == 409
    put_quote(redis_client, "AIG", 30.0, 30.01)
    now = client.get("/limits/explain", params={"symbol": "AIG"}).json()
    assert (now["rules"], now["answer"]["verdict"]) == (None, "pass")
    publish(client, WHOLE)
    activate(client, 1, 0, force=True)
    found = client.get("/limits/explain", params=ask).json()
    assert found["override_why"] == "earnings"
    assert found["rules"]["tiers"] == [{"from": "0", "spread": "0.25", "ratio": None}]
    assert found["rules"]["order"]["max_notional"] == "250000"
    assert found["limits"]["override"] is True
    assert found["answer"]["verdict"] == "pass"
    ask |= {"offer": "30.25"}
    found = client.get("/limits/explain", params=ask).json()
    assert found["answer"]["broken"] == ["spread>=0.25:0.25"]
    live = client.get("/limits/explain", params={"symbol": "AIG"}).json()
    assert live["answer"]["quote"]["offer"] == 30.01


def test_damage_is_shown(client: AppClient, redis_client: Redis) -> None:
    """Where the pointer or the version is damaged it is said, and questions about it are a 503."""
    publish(client, spread("0.10"))
    activate(client, 1, 0)
    redis_client.append(keys.limits_version(1), " ")
    assert "SHA-256" in client.get("/limits").json()["active"]["damage"]
    assert client.get("/limits/1").status_code == 503
    assert client.get("/limits/2").status_code == 404
    redis_client.set(keys.LIMITS_ACTIVE, "nonsense")
    found = client.get("/limits").json()
    assert found["active"] is None
    assert "active is damaged" in found["damage"][0]
    order = {"symbol": "IBM", "side": "buy"}
    assert client.post("/check", json=order).status_code == 503


def test_the_shadow(client: AppClient, redis_client: Redis) -> None:
    """The sample by pages, newest first, and the counts of all checkers."""
    assert client.get("/shadow").json() == {"samples": [], "next": None}
    for number in range(3):
        entry: dict[Any, Any] = {
            "order_id": str(number), "account": "", "side": "buy", "symbol": "IBM", "quantity": "1.0",
            "price": "", "bid": "1.0", "offer": "", "reason": "", "checked_at": "1764000001000000",
            "limits": "1:all", "shadow_limits": "2:all", "shadow_reason": "spread,off_tick",
            "shadow_broken": "spread>=0.1:0.2;off_tick",
        }  # fmt: skip
        redis_client.xadd(keys.shadow("alerts"), entry)
    page = client.get("/shadow", params={"limit": 2}).json()
    assert [each["order_id"] for each in page["samples"]] == ["2", "1"]
    rest = client.get("/shadow", params={"before": page["next"]}).json()
    (oldest,) = rest["samples"]
    assert (oldest["reason"], oldest["shadow_reason"], oldest["price"], oldest["bid"]) == (
        [], ["spread", "off_tick"], None, 1.0,
    )  # fmt: skip
    assert oldest["checked_at_iso"] == "2025-11-24T16:00:01.000000Z"
    for instance in ("a", "b"):
        redis_client.xadd(keys.stats("check"), {"instance": instance})
        counts: dict[Any, Any] = {
            "role": "check", "instance": instance, "shadow_added_total": "3", "shadow_changed_total": "1",
        }  # fmt: skip
        redis_client.hset(keys.service("check", instance), mapping=counts)
    assert client.get("/shadow", params={"before": "0-0"}).json() == {"samples": [], "next": None}
    assert client.get("/limits/log", params={"before": "0-0"}).json() == {"log": [], "next": None}
    counts = client.get("/shadow/counts").json()
    assert counts["total"] == {"instance": None, "added": 6, "removed": 0, "changed": 2}
    assert [each["instance"] for each in counts["checkers"]] == ["a", "b"]
