"""Every service under its own Redis user: it may do all that it does, and nothing else."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.exceptions import ResponseError

from services.cli.local.embedded import Server
from services.orders.subscriber import share
from services.web.app import AppSettings
from shared.market import keys
from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import activate, publish, set_shadow
from shared.published.impact import read_impact
from shared.published.watch import LimitsWatch
from shared.redis.link import RedisUnavailable, command
from shared.redis.url import open_link
from tests.support import commands, frames
from tests.support.app_client import AppClient
from tests.support.event_source import EventSource
from tests.support.fix_connection import sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import FixChecker, fix_address, session_table
from tests.support.fix_venues import prices, venue, venue_table
from tests.support.limits_files import one_class
from tests.support.market import entries_after, quote_of
from tests.support.processes import Process, Processes, wait_until
from tests.support.published import limits
from tests.support.quote_streams import add as add_quote
from tests.support.quote_streams import add_bids, bid
from tests.support.quote_streams import ingestor as quote_ingestor
from tests.support.raw_sender import RawSender, send_all
from tests.support.receiving import Receiving, start_forwarder
from tests.support.secured import client_of, documented_users, make_secured_server, url_of
from tests.support.servers import chosen_kinds

WIDE, TIGHT = frames.quote(b" BTU", 10.0, 11.0), frames.quote(b" GLD", 10.0, 10.01)


@pytest.fixture(scope="module", params=chosen_kinds())
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server under the project's users, and those of the docs."""
    made = make_secured_server(request.param, tmp_path_factory.mktemp("acl"), documented_users())
    made.start()
    yield made
    made.close()


@pytest.fixture
def admin(server: Server) -> Iterator[Redis]:
    """Its administrator; the server is empty at the start, and at the end it has refused nobody anything."""
    with client_of(server, "admin") as client:
        client.flushall()
        client.acl_log_reset()
        yield client
        refused: Any = client.acl_log()
        assert [(each["username"], each["object"], each["context"]) for each in refused] == []


@pytest.fixture
def ingestor(processes: Processes, server: Server, admin: Redis, tmp_path: Path) -> Process:
    """An ingestor under its user, of the feed and of a FIX session."""
    del admin
    (tmp_path / "venues.toml").write_text(venue_table("venue-a", more='reset = "logon"'))
    fix = ("--fix", str(tmp_path / "venues.toml"), "--fix-listen", "127.0.0.1:0")
    return processes.ingest(url_of(server, "ingestor"), *fix)


@pytest.fixture
def checker(processes: Processes, server: Server, admin: Redis, tmp_path: Path) -> Process:
    """A checker under its user, of the feed, of the stream of orders, and of a FIX session."""
    del admin
    (tmp_path / "sessions.toml").write_text(session_table("desk-a", more='reset = "logon"'))
    fix = ("--fix", str(tmp_path / "sessions.toml"), "--fix-listen", "127.0.0.1:0")
    return processes.check(url_of(server, "checker"), "--stream", "orders", *fix)


def accounts(client: Redis) -> list[str]:
    """Of the alerts: each test's orders have an account each."""
    return [alert["account"] for alert in entries_after(client)]


def add_order(client: Redis, number: int, **changes: str) -> None:
    """Add an order that alerts to the stream of orders."""
    order = {
        "order_id": "order1", "account": str(number), "side": "buy", "symbol": "NONE",
        "quantity": "100", "price": "10.5", "transact_time": "20260105-14:30:00.000",
    }  # fmt: skip
    client.execute_command("XADD", "orders", "*", *(w for pair in (order | changes).items() for w in pair))


def test_quotes_and_orders_of_the_feeds(admin: Redis, ingestor: Process, checker: Process) -> None:
    """Plain and resumable senders and FIX sessions, good frames and refused ones: all take effect."""
    send_all(ingestor.address(), WIDE, TIGHT, frames.quote(b"A B "))
    send_all(checker.address(), frames.order(b" BTU", account=1), b"?")
    for feed, payload in ((ingestor, TIGHT), (checker, frames.order(b" BTU", account=2))):
        with RawSender(feed.address(), b"desk") as sender:
            sender.send(payload, payload)
            sender.acks_until(2)
    desk = FixChecker(checker, fix_address(checker)).connect(Desk(sent=sent_now))
    desk.send_orders("by FIX")
    desk.log_out()
    desk.close()

    seller = venue()
    line = FixChecker(ingestor, fix_address(ingestor)).connect(seller)
    line.say(seller.send("W", "55=VIAFIX|268=1|269=0|270=1"))
    line.log_out()
    line.close()

    assert prices(admin, "VIAFIX") == ("1.0", "")
    assert accounts(admin) == ["1", "2", "2", ""]
    assert quote_of(admin, "BTU")["risky"] == "1"
    assert admin.xlen("rejected") == 2
    wait_until(lambda: admin.xlen("stats:ingest") and admin.xlen("stats:check"), "the services' figures")
    for service in (ingestor, checker):
        service.terminate()
        assert service.wait() == 0
    assert admin.keys("service:*") == []


@pytest.mark.slow
def test_orders_of_the_stream_with_a_standby(
    admin: Redis, server: Server, checker: Process, processes: Processes
) -> None:
    """Entries are checked, refused and trimmed, and the standby takes over when the owner is killed."""
    standby = processes.check(url_of(server, "checker"), "--stream", "orders", "--listen", "none")
    standby.wait_for("standing by")
    add_order(admin, 1)
    add_order(admin, 2, side="hold")
    wait_until(lambda: accounts(admin) == ["1"], "the owner checks")
    wait_until(lambda: admin.xlen("orders") <= 1, "what was checked is trimmed")

    checker.kill()
    add_order(admin, 3)

    wait_until(lambda: accounts(admin) == ["1", "3"], "the standby checks")
    assert admin.xlen("rejected") == 1


@pytest.mark.slow
def test_quotes_of_the_stream_with_a_standby(admin: Redis, server: Server, processes: Processes) -> None:
    """Entries take effect, are refused and trimmed, and the standby takes over when the owner is killed."""
    url = url_of(server, "ingestor")
    owner = quote_ingestor(processes, url, "quotes")
    standby = quote_ingestor(processes, url, "quotes")
    standby.wait_for("standing by")
    add_bids(admin, range(1, 10))
    add_quote(admin, bid="1")
    wait_until(lambda: bid(admin) == "9.0", "the owner writes")
    wait_until(lambda: admin.xlen("quotes") <= 1, "what has taken effect is trimmed")

    owner.kill()
    add_bids(admin, range(10, 20))

    wait_until(lambda: bid(admin) == "19.0", "the standby writes")
    assert admin.xlen("rejected") == 1


@pytest.mark.slow
def test_every_route_of_the_api(
    admin: Redis, server: Server, ingestor: Process, checker: Process, processes: Processes
) -> None:
    """The API answers and streams, and so does `market-spread alerts`, by a user that writes nothing."""
    url = url_of(server, "api")
    api = processes.api(url)
    send_all(ingestor.address(), WIDE)
    send_all(checker.address(), frames.order(b" BTU"))
    wait_until(lambda: admin.xlen("stats:ingest") and admin.xlen("stats:check"), "the services' figures")

    with httpx.Client(base_url="http://{}:{}".format(*api.address()), timeout=5) as http:
        answers = {
            path: http.get(path).status_code
            for path in (
                "/health/live", "/health/ready", "/metrics", "/symbols", "/symbols/BTU", "/alerts",
                "/alerts?after=0-0", "/alerts?symbol=BTU", "/status", "/stats/ingest", "/stats/check",
            )
        }  # fmt: skip
        services = {each["role"] for each in http.get("/status").json()["services"]}
    assert set(answers.values()) == {200}, answers
    assert services == {"ingest", "check"}
    for path, name in (("alerts?after=0", "alert"), ("symbols", "snapshot"), ("live", "status")):
        with EventSource(api.address(), f"/stream/{path}") as stream:
            assert stream.until(name)
    listed = commands.run(processes, "alerts", "--json", "--redis", url)
    assert (listed.code, listed.output.count("order1")) == (0, 1)


@pytest.mark.slow
def test_the_forwarder(
    admin: Redis, server: Server, checker: Process, processes: Processes, receiving: Receiving
) -> None:
    """Alerts arrive, also at the next forwarder of the name, which takes the position over."""
    url = url_of(server, "forwarder")
    send_all(checker.address(), frames.order(account=1))
    first = start_forwarder(processes, url, receiving.address)
    receiving.wait_for(1)
    second = start_forwarder(processes, url, receiving.address)
    assert first.wait() == 1
    send_all(checker.address(), frames.order(account=2))
    receiving.wait_for(2)

    wait_until(lambda: admin.xlen("stats:forward"), "the forwarder's figures")
    second.terminate()
    assert second.wait() == 0


@pytest.mark.slow
def test_a_checker_by_limits(admin: Redis, server: Server, checker: Process) -> None:
    """It follows the limits, asks when sources were heard of, writes the shadow's sample, restores limits."""
    with closing(open_link(url_of(server, "admin"))) as link:
        silence = read_limits(one_class("[class.stale]\nfeed_ms = 500").encode())
        pointer = ask(link, publish(silence, "ann", "a test"))
        ask(link, activate(pointer.number, b"", "ann", "a test"))
        passing = read_limits(one_class('[class.states]\nno_quote = "pass"').encode())
        ask(link, set_shadow(ask(link, publish(passing, "ann", "a test")).number, b"", "ann", "a test"))
    admin.hset("symbol:BTU", mapping={"bid": "1.0", "offer": "1.1", "source": "nobody"})
    send_all(checker.address(), frames.order(b" BTU", account=1), frames.order(account=2))
    assert accounts(admin) == ["1", "2"]
    wait_until(lambda: admin.xlen("shadow:{alerts}") == 2, "a sample of what the shadow says")
    admin.delete(*admin.keys("limits:*"))
    wait_until(lambda: admin.exists("limits:{limits}:active"), "the limits are written again")


@pytest.mark.slow
def test_after_redis_has_lost_what_it_had(
    admin: Redis,
    server: Server,
    ingestor: Process,
    checker: Process,
    processes: Processes,
    receiving: Receiving,
) -> None:
    """Scripts, connections and then all data gone: every service sets itself up again under its user."""
    send_all(ingestor.address(), WIDE)
    send_all(checker.address(), frames.order(b" BTU", account=1))
    forwarder = start_forwarder(processes, url_of(server, "forwarder"), receiving.address)
    receiving.wait_for(1)

    admin.script_flush()
    admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    send_all(ingestor.address(), TIGHT)
    send_all(checker.address(), frames.order(b" BTU", account=2))
    receiving.wait_for(2)
    assert accounts(admin) == ["1", "2"]

    admin.flushall()
    wait_until(lambda: admin.exists("epoch"), "a new epoch")
    send_all(checker.address(), frames.order(b" BTU", account=3))
    receiving.wait_for(3)
    assert accounts(admin) == ["3"]
    assert quote_of(admin, "BTU")["risky"] == "1"
    forwarder.wait_for("Redis has lost data")


@pytest.mark.usefixtures("checker")
def test_the_documented_users_of_ones_own_programs(admin: Redis, server: Server) -> None:
    """A producer puts an order into the stream, and members of a group get its alert."""
    add_order(admin, 1)
    wait_until(lambda: accounts(admin) == ["1"], "the stream is read")

    async def scenario() -> None:
        alerts = share(url_of(server, "subscriber"), group="desk", consumer="ada")
        alert = asyncio.create_task(anext(alerts))
        await asyncio.to_thread(wait_until, lambda: admin.xinfo_groups("alerts"), "the group")
        with client_of(server, "producer") as producer:
            add_order(producer, 2)
        assert (await asyncio.wait_for(alert, 15)).account == "2"
        await alerts.aclose()

    asyncio.run(scenario())


REFUSED = {
    "ingestor": (
        "XADD alerts * a b", "DEL alerts", "XRANGE alerts - +", "DEL symbol:BTU", "DEL symbols",
        "SREM symbols BTU", "HSET position:{alerts}:orders:desk owner me", "XREAD STREAMS rejected 0",
        "DEL position:{alerts}:market_data:desk", "HSET service:check:x state running", "XADD orders * a b",
    ),
    "checker": (
        "HSET symbol:BTU risky 0", "SET epoch x", "SADD symbols X", "SMEMBERS symbols", "DEL alerts",
        "XTRIM alerts MAXLEN 0", "XRANGE alerts - +", "XADD orders * a b",
        "HSET position:{alerts}:market_data:desk owner me", "HSET position:{alerts}:forward:x owner me",
        "DEL position:{alerts}:orders:desk", "DEL position:{alerts}:stream:orders",
    ),
    "api": (
        "HSET symbol:BTU risky 0", "SADD symbols X", "SET epoch x", "XADD alerts * a b", "DEL alerts",
        "XTRIM alerts MAXLEN 0", "HGETALL position:{alerts}:orders:desk", "XRANGE rejected - +",
        "XRANGE orders - +", "HSET service:check:x state running", "XADD stats:check * a b",
        "EVAL return 0", "SCRIPT LOAD return", "CLIENT KILL ID 1", "GET epoch",
    ),
    "forwarder": (
        "XADD alerts * a b", "DEL alerts", "XTRIM alerts MAXLEN 0", "HMGET symbol:BTU bid", "GET epoch",
        "HSET position:{alerts}:orders:desk owner me", "DEL position:{alerts}:forward:x",
    ),
    "producer": (
        "XREAD STREAMS orders 0", "XADD alerts * a b", "XTRIM orders MAXLEN 0", "DEL orders", "INFO",
    ),
    "subscriber": (
        "XADD alerts * a b", "XTRIM alerts MAXLEN 0", "DEL alerts", "HGETALL symbol:BTU", "INFO",
    ),
}  # fmt: skip
REFUSED_TO_ALL = (
    "FLUSHALL", "FLUSHDB", "KEYS *", "SCAN 0", "CONFIG GET *", "CONFIG SET maxmemory 1", "ACL LIST",
    "ACL SETUSER me on", "SHUTDOWN", "DEBUG SLEEP 1", "MONITOR", "CLIENT LIST", "CLIENT PAUSE 1",
    "SCRIPT FLUSH", "REPLICAOF localhost 1", "BGREWRITEAOF", "SAVE", "PUBLISH a b", "SUBSCRIBE a",
)  # fmt: skip


@pytest.mark.parametrize("user", REFUSED)
def test_what_nobody_needs_is_refused(admin: Redis, user: str) -> None:
    """Others' keys, commands that destroy, and those that only administrators need are refused."""
    taken = [
        text
        for text in (*REFUSED[user], *REFUSED_TO_ALL)
        if admin.execute_command("ACL", "DRYRUN", user, *text.split()) == b"OK"
    ]
    assert taken == []


def test_a_script_may_do_no_more_than_its_user(server: Server, admin: Redis) -> None:
    """The checker's right to run scripts lets it write no quote."""
    script = "return redis.call('HSET', 'symbol:BTU', 'risky', '0')"
    refused = pytest.raises(ResponseError, match=r"(?i)permissions|access")
    with client_of(server, "checker") as client, refused:
        client.eval(script, 1, "position:{alerts}:orders:desk")
    assert not admin.exists("symbol:BTU")
    admin.acl_log_reset()


@pytest.mark.parametrize("kind", chosen_kinds())
def test_a_commit_outlives_redis_under_its_users(processes: Processes, tmp_path: Path, kind: str) -> None:
    """Killed and started again, Redis has the alert and the position of before.

    Several versions replay a script's writes with the rights of the user `default`, and leave them out in
    silence if it has none: so it is off, but has rights.
    """
    server = make_secured_server(kind, tmp_path, options={"appendonly": "yes", "appendfsync": "always"})
    server.start()
    try:
        checker = processes.check(url_of(server, "checker"))
        with RawSender(checker.address(), b"desk") as sender, client_of(server, "admin") as client:
            sender.send(frames.order(account=1))
            sender.acks_until(1)
            server.kill()
            server.start()
            sender.send(frames.order(account=2))
            sender.acks_until(2)
            assert accounts(client) == ["1", "2"]
        assert not checker.events("lost the position")
    finally:
        server.close()


def test_nobody_gets_in_without_a_password(server: Server) -> None:
    """The default user is off."""
    link = open_link(server.url)
    with pytest.raises(RedisUnavailable, match="Authentication required"):
        link.roundtrip([command("", "PING")])


def test_limits_under_their_users(admin: Redis, server: Server) -> None:
    """One publishes and activates; the services follow, and write again what Redis has lost."""
    with closing(open_link(url_of(server, "limits"))) as link:
        pointer = ask(link, publish(limits("0.1"), "ann", "why"))
        ask(link, read_impact(pointer.number, 0))
        ask(link, activate(pointer.number, b"", "ann", "why"))
        ask(link, set_shadow(pointer.number, b"", "ann", "why"))
        ask(link, set_shadow(None, str(pointer).encode(), "ann", "why"))
    for user in ("ingestor", "checker"):
        with closing(open_link(url_of(server, user))) as link:
            watch = LimitsWatch(link, user)
            watch.read()
            assert watch.active_number == 1
            admin.delete(keys.LIMITS_ACTIVE, keys.LIMITS_LOG, keys.limits_version(1))
            watch.read()
            assert watch.troubles == ()
            assert admin.get(keys.LIMITS_ACTIVE) == str(pointer).encode()
    with AppClient(AppSettings(url_of(server, "api"))) as client:
        paths = (
            "/limits",
            "/limits/1",
            "/limits/log",
            "/limits/explain?symbol=A",
            "/shadow",
            "/shadow/counts",
        )
        assert [client.get(path).status_code for path in paths] == [200] * len(paths)
        assert client.post("/check", json={"symbol": "A", "side": "buy"}).status_code == 200
