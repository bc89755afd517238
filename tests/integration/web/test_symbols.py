"""`GET /symbols` and `GET /symbols/{symbol}`, through a real process."""

import httpx
import pytest
from redis import Redis

from services.market_data.http.symbol_state import SymbolPage, SymbolState
from shared.base.iso_time import iso_utc
from shared.market import keys
from shared.redis.server_clock import now_us
from tests.support.market_state import put_symbol


def test_one_symbol(http: httpx.Client, redis_client: Redis) -> None:
    """A symbol has its quote, its verdict, and mid and spread exact in decimal."""
    updated_at = now_us() - 2_000_000
    put_symbol(redis_client, "BTU", bid=10.0, offer=10.05, reason="spread", updated_at=updated_at)

    answer = http.get("/symbols/BTU")

    state = answer.json()
    assert 1900 <= state.pop("age_ms") < 60_000  # the API knows the clock to half a round trip
    assert state == {
        "symbol": "BTU",
        "bid": 10.0,
        "offer": 10.05,
        "mid": 10.025,
        "spread": 0.05,  # 0.050000000000000711 in doubles
        "risky": True,
        "reason": ["spread"],
        "transact_time": "20151221-14:30:00.123",
        "updated_at": updated_at,
        "updated_at_iso": iso_utc(updated_at),
        "state": "two_sided",
        "state_since": None,
        "state_since_iso": None,
        "status": None,
        "limits": None,
        "source": None,
    }
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ["A/B", "brk.b", "A%B", "^X?#", "//"])
def test_names_of_all_kinds(http: httpx.Client, redis_client: Redis, name: str) -> None:
    """Every symbol can be asked for, with its slash as it is or escaped, and case matters."""
    put_symbol(redis_client, name)
    escaped = "".join(f"%{byte:02X}" for byte in name.encode())

    assert http.get(f"/symbols/{escaped}").json()["symbol"] == name
    assert name != "A/B" or http.get("/symbols/A/B").json()["symbol"] == name
    assert http.get(f"/symbols/{escaped.swapcase()}x").status_code == 404


def test_unknown_symbol(http: httpx.Client, redis_client: Redis) -> None:
    """An unknown symbol is a 404 that names it; so is one in other case, or without a whole quote."""
    put_symbol(redis_client, "BTU")
    redis_client.hset(keys.symbol("HALF"), "bid", "10.0")

    for name in ("NONE", "btu", "HALF"):
        answer = http.get(f"/symbols/{name}")
        assert answer.status_code == 404
        assert repr(name) in answer.json()["detail"]


@pytest.mark.parametrize("name", ["", "x" * 65, "%C3%A9", "%00", "x" * 5000])
def test_what_can_be_no_symbol(http: httpx.Client, name: str) -> None:
    """A name that no symbol can have is a 404 that says what names look like and does not repeat it."""
    answer = http.get(f"/symbols/{name}")

    assert answer.status_code == 404
    assert "1 to 64 printable ASCII characters" in answer.json()["detail"]
    assert len(answer.content) < 200


def test_some_symbols(http: httpx.Client, redis_client: Redis) -> None:
    """`symbol`, repeated, gives those alone, sorted, in pages; what there is not is left out."""
    for name in ("A", "B", "C", "D"):
        put_symbol(redis_client, name, reason="spread" if name in "BD" else "")

    def names(query: str) -> list[str]:
        return [each["symbol"] for each in http.get(f"/symbols?{query}").json()["symbols"]]

    assert names("symbol=D&symbol=A&symbol=NONE") == ["A", "D"]
    assert names("symbol=D&symbol=A&symbol=B&risky=true") == ["B", "D"]
    first = http.get("/symbols?symbol=D&symbol=A&symbol=B&limit=2").json()
    assert [each["symbol"] for each in first["symbols"]] == ["A", "B"]
    assert names(f"symbol=D&symbol=A&symbol=B&limit=2&after={first['next']}") == ["D"]


def test_symbols_in_a_state(http: httpx.Client, redis_client: Redis) -> None:
    """`state`, repeated, gives those alone, also with the other filters; what is no state is refused."""
    for name, bid in (("A", 10.0), ("B", 10.01), ("C", 10.02), ("D", 10.01)):
        put_symbol(redis_client, name, bid=bid)

    def names(query: str) -> list[str]:
        return [each["symbol"] for each in http.get(f"/symbols?{query}").json()["symbols"]]

    assert names("state=locked") == ["B", "D"]
    assert names("state=locked&state=crossed&limit=2") == ["B", "C"]
    assert names("state=locked&risky=false&symbol=D") == ["D"]
    assert names("state=negative") == []
    refused = http.get("/symbols?state=wide")
    assert refused.status_code == 422
    assert "one_sided" in refused.text


def test_symbols_of_a_class(http: httpx.Client, redis_client: Redis) -> None:
    """`class`, repeated, gives those that published limits have in it, also with the other filters."""
    for name, limits in (("A", "7:us/open"), ("B", "7:us"), ("C", "7:fx+override"), ("D", "")):
        put_symbol(redis_client, name, limits=limits, state="locked")

    def names(query: str) -> list[str]:
        return [each["symbol"] for each in http.get(f"/symbols?{query}").json()["symbols"]]

    assert names("class=us") == ["A", "B"]
    assert names("class=us&class=fx&limit=2&after=A") == ["B", "C"]
    assert names("class=us&symbol=B&state=locked") == ["B"]
    assert names("class=open") == []
    assert http.get("/symbols/A").json()["limits"] == "7:us/open"
    assert http.get("/symbols/D").json()["limits"] is None
    assert http.get("/symbols?class=a%20b").status_code == 422


def test_pages_are_stable(http: httpx.Client, redis_client: Redis) -> None:
    """Following `next` gives every symbol once, sorted, whatever comes meanwhile, until it is null."""
    names = sorted(f"S{number}" for number in range(100))
    for name in names:
        put_symbol(redis_client, name)

    found: list[str] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = http.get("/symbols", params={"limit": 7, **({"after": after} if after else {})}).json()
        found += [each["symbol"] for each in page["symbols"]]
        after, pages = page["next"], pages + 1
        put_symbol(redis_client, f"A{pages}")  # sorts before all that were there

    assert found == names
    assert pages == 15


def test_exactly_full_page_is_the_last(http: httpx.Client, redis_client: Redis) -> None:
    """A page that ends with the last symbol has no next."""
    for name in ("A", "B"):
        put_symbol(redis_client, name)

    assert http.get("/symbols?limit=2").json()["next"] is None
    assert http.get("/symbols?limit=1").json()["next"] == "A"


def test_risky_filter(http: httpx.Client, redis_client: Redis) -> None:
    """`risky` keeps those that are, or are not, and pages through them."""
    for number in range(30):
        put_symbol(redis_client, f"S{number:02}", reason="spread" if number % 3 == 0 else "")

    risky = http.get("/symbols?risky=true").json()["symbols"]
    calm = http.get("/symbols?risky=false").json()["symbols"]
    first = http.get("/symbols?risky=true&limit=4").json()

    assert [each["symbol"] for each in risky] == [f"S{number:02}" for number in range(0, 30, 3)]
    assert len(calm) == 20
    assert not any(each["risky"] for each in calm)
    assert [each["symbol"] for each in first["symbols"]] == ["S00", "S03", "S06", "S09"]
    after = http.get("/symbols", params={"risky": True, "after": first["next"]}).json()
    assert [each["symbol"] for each in after["symbols"]] == [each["symbol"] for each in risky[4:]]


def test_what_is_no_quote_is_left_out(http: httpx.Client, redis_client: Redis) -> None:
    """A symbol without a whole quote, and a key of another type, do not spoil the list."""
    put_symbol(redis_client, "GOOD")
    redis_client.sadd(keys.SYMBOLS, "GONE", "WRONG")
    redis_client.set(keys.symbol("WRONG"), "a string")

    assert [each["symbol"] for each in http.get("/symbols").json()["symbols"]] == ["GOOD"]


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "limit=x", "risky=maybe", "symbol=", "after="])
def test_bad_parameters(http: httpx.Client, query: str) -> None:
    """A bad parameter is a 422 that names it."""
    answer = http.get(f"/symbols?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["loc"][:2] == ["query", query.partition("=")[0]]


def test_answers_match_their_models(http: httpx.Client, redis_client: Redis) -> None:
    """The JSON written by hand is what the OpenAPI document promises, for 3,000 symbols at once."""
    with redis_client.pipeline(transaction=False) as pipe:
        for number in range(3000):
            put_symbol(
                pipe, f"S{number:04}", bid=number / 7, reason="spread,spread_ratio",
                state="two_sided", state_since=number, status=1, limits="7:us/open", source="desk",
            )  # fmt: skip
        pipe.execute()

    answer = http.get("/symbols?limit=3000")

    page = SymbolPage.model_validate_json(answer.content, strict=True)
    assert len(page.symbols) == 3000
    assert page.symbols[7] == SymbolState(
        symbol="S0007", bid=1.0, offer=10.01, mid=5.505, spread=9.01, risky=True,
        reason=["spread", "spread_ratio"], transact_time="20151221-14:30:00.123", updated_at=1,
        updated_at_iso="1970-01-01T00:00:00.000001Z",
        age_ms=page.symbols[7].age_ms, state="two_sided", state_since=7, status=1, source="desk",
        state_since_iso="1970-01-01T00:00:00.000007Z", limits="7:us/open",
    )  # fmt: skip
