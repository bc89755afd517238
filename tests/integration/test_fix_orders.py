"""Orders by FIX sessions in a real checker: judged once, told apart by session, refused with a reason."""

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis

from services.cli.commands.fix import main
from services.cli.local.embedded import Server
from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import entries_after, growth, last_id, metrics, order_ids, wait_for_growth
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server


def far_from_now() -> str:
    """A time of day that does not come while the tests run."""
    return time.strftime("%H:%M", time.gmtime(time.time() + 12 * 3600))


SESSIONS = "".join(
    [
        session_table("desk-a", theirs="DESK", more="answer = true"),
        session_table("desk-b", theirs="LATE", more='late_ms = 5000\nmap = "names.csv"'),
        session_table("desk-c", theirs="COPY", more="resends = false"),
        session_table("desk-d", theirs="SECRET", more='logon = { 554 = "open" }'),
        session_table("desk-e", theirs="TWICE"),
        session_table("desk-f", theirs="WRONG", more="answer = true"),
        session_table("desk-g", theirs="MANY"),
        session_table("desk-h", theirs="DAILY", more=f'reset = "{far_from_now()} UTC"'),
    ]
)
QUOTE: dict[Any, Any] = {
    "bid": "10.0",
    "offer": "10.01",
    "risky": "0",
    "reason": "",
    "transact_time": "t",
    "updated_at": "7",
}


@pytest.fixture(scope="module")
def checker(
    shared_processes: Processes,
    market_server: Server,
    client: Redis,
    tmp_path_factory: pytest.TempPathFactory,
) -> FixChecker:
    """A checker with all of these sessions."""
    client.hset("symbol:GOOD", mapping=QUOTE)
    folder = tmp_path_factory.mktemp("fix")
    (folder / "names.csv").write_text("theirs,ours\nFINE,GOOD\n")
    return start_checker(shared_processes, market_server.url, folder, SESSIONS)


def test_an_order_alerts_with_all_that_its_message_says(checker: FixChecker, client: Redis) -> None:
    """All fields of FIX, empty where a message has none; a list's orders are named by their places."""
    after = last_id(client)
    desk = Desk(sent=sent_now)
    with closing(checker.connect(desk)) as line:
        full = (
            "11=F-1|1=DESK 7|55=XAU/USD|54=5|38=100|40=4|44=10.5|60=20260105-14:29:59.5|41=F-0|37=B-9|17=E-1"
            "|150=0|99=9.5|152=1000|48=US1|207=XNYS|15=USD|97=Y"
        )
        line.say(desk.send("G", full))
        line.say(desk.send("E", "66=L|73=2|11=L-1|55=NONE|54=1|38=5|44=1|11=L-2|55=NONE|54=2|38=6|40=1|44=2"))
        line.say(desk.send("F", "11=C-1|41=F-1|55=NONE|54=1"))
        line.log_out()
    alerts = entries_after(client, after)

    for alert in alerts:
        assert float(alert.pop("checked_at")) > 0
        assert alert.pop("sending_time").startswith("20")
    assert alerts[0] == {
        "order_id": "F-1", "account": "DESK 7", "side": "sell_short", "symbol": "XAU/USD",
        "quantity": "100.0", "price": "10.5", "transact_time": "20260105-14:29:59.5",
        "bid": "", "offer": "", "quote_time": "",
        "reason": "no_quote", "quote_at": "", "source": "fix:desk-a", "sequence": "0/2",
        "orig_order_id": "F-0", "broker_order_id": "B-9", "exec_id": "E-1", "msg_type": "G", "exec_type": "0",
        "order_type": "4", "stop_price": "9.5", "cash_quantity": "1000.0", "security_id": "US1",
        "venue": "XNYS", "currency": "USD", "poss_resend": "Y",
    }  # fmt: skip
    assert [(each["order_id"], each["sequence"], each["price"], each["exec_id"]) for each in alerts[1:]] == [
        ("L-1", "0/3/1", "1.0", ""),
        ("L-2", "0/3/2", "", ""),
    ]
    assert client.hget("position:{alerts}:fix:desk-a", "position") == b"0/6"
    refused = next(each for each in line.heard if "|35=j|" in each)
    assert "|45=4|" in refused
    assert "|372=F|380=3|" in refused


def test_what_cannot_be_read_is_refused_and_counts_as_taken(checker: FixChecker, client: Redis) -> None:
    """It is set aside under its reason and answered, and the orders around it are judged."""
    after, rejected = last_id(client), last_id(client, "rejected")
    before = metrics(checker.process)
    desk = Desk(comp_id="WRONG", sent=sent_now)
    with closing(checker.connect(desk)) as line:
        line.send_orders("one")
        line.say(desk.send("D", "11=bad|55=NONE|54=1|44=much"))
        line.say(desk.send("D", "11=bad|54=1"))
        line.say(desk.send("E", "66=L|73=2|11=ok|55=NONE|54=1|11=bad|55=NONE"))
        line.send_orders("two")
        line.log_out()

    assert order_ids(client, after) == ["one", "ok", "two"]
    reasons = [each["reason"] for each in entries_after(client, rejected, "rejected")]
    assert reasons == ["number", "symbol", "side"]
    checker.process.wait_for("MsgSeqNum 5, entry 2 of its group refused: side")
    assert sum("|35=j|" in each and "|380=0|" in each for each in line.heard) == 3
    wait_for_growth(
        checker.process,
        before,
        {
            "orders_received_total": 6,
            "orders_rejected_total{number}": 1,
            "orders_rejected_total{symbol}": 1,
            "orders_rejected_total{side}": 1,
            "alerts_total{no_quote}": 3,
        },
    )


def test_an_order_that_was_long_on_its_way_is_late(checker: FixChecker, client: Redis) -> None:
    """Whatever the market is; one that is fresh meets the market under our name of its symbol."""
    after = last_id(client)
    desk = Desk(comp_id="LATE", sent=sent_now)
    with closing(checker.connect(desk)) as line:
        line.say(desk.send("D", "11=fresh|55=FINE|54=1"))
        old = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(time.time() - 60))
        desk.sent = lambda: old
        line.say(desk.send("D", "11=old|55=FINE|54=1"))
        desk.sent = sent_now
        line.say(desk.send("D", f"122={old}|11=older|55=GOOD|54=1"))
        line.log_out()

    alerts = entries_after(client, after)
    assert [(each["order_id"], each["symbol"], each["reason"], each["bid"]) for each in alerts] == [
        ("old", "GOOD", "late", "10.0"),
        ("older", "GOOD", "late", "10.0"),
    ]
    assert [each["sending_time"] for each in alerts] == [old, old]


def test_what_a_peer_does_not_send_again_is_counted_as_unchecked(checker: FixChecker, client: Redis) -> None:
    """With resends = false a gap is passed over, and said, and all that does arrive is judged once."""
    after = last_id(client)
    before = metrics(checker.process)
    desk = Desk(comp_id="COPY", sent=sent_now)
    with closing(checker.connect(desk)) as line:
        line.send_orders("a")
        desk.send_order("lost")
        desk.send_order("lost, too")
        line.send_orders("b")
        line.log_out()

    assert order_ids(client, after) == ["a", "b"]
    assert not any("|35=2|" in each for each in line.heard)
    checker.process.wait_for("MsgSeqNum 3 to 4 are unchecked: not resent")
    assert growth(before, metrics(checker.process))["fix_unchecked_total{desk-c}"] == 2


def shown_as(checker: FixChecker, client: Redis, name: str, **wanted: object) -> None:
    """Wait until the checker's row says this of a session."""

    def is_shown() -> bool:
        rows: Any = [client.hgetall(key) for key in client.scan_iter("service:check:*")]
        (row,) = (each for each in rows if each[b"pid"] == b"%d" % checker.process.pid)
        (session,) = (each for each in json.loads(row[b"sessions"]) if each["name"] == name)
        return "since" in session and all(session.get(key) == value for key, value in wanted.items())

    wait_until(is_shown, f"{name} is shown as {wanted}")


@pytest.mark.slow
def test_a_peer_with_lower_numbers_stays_out_until_it_is_put_right(
    checker: FixChecker, client: Redis, market_server: Server
) -> None:
    """With a daily reset the first Logon begins anew; one that does so again that day is told why not."""
    after = last_id(client)
    with closing(checker.connect(Desk(comp_id="DAILY", sent=sent_now))) as line:
        line.send_orders("a")
        line.log_out()
    for _ in range(2):
        with closing(DeskConnection(Desk(comp_id="DAILY", sent=sent_now), checker.address)) as line:
            with pytest.raises(ConnectionError):
                line.log_on()
            assert "|58=MsgSeqNum too low, expecting 4 but received 1|" in line.heard[-1]
    checker.process.wait_for("ended, too low: MsgSeqNum too low, expecting 4 but received 1")
    shown_as(
        checker,
        client,
        "desk-h",
        up=False,
        next_in=4,
        last_error="MsgSeqNum too low, expecting 4 but received 1",
    )

    words = ["set-sequence", "desk-h", "--in", "1", "--out", "1", "--redis", market_server.url]
    assert CliRunner().invoke(main, words).exit_code == 0
    with closing(checker.connect(Desk(comp_id="DAILY", sent=sent_now))) as line:
        line.send_orders("b")
        shown_as(checker, client, "desk-h", up=True, next_in=3, lag=0)
        line.log_out()
        assert "|34=1|" in line.heard[0]
    assert [each["sequence"] for each in entries_after(client, after)] == ["1/2", "2/2"]


def test_our_numbers_do_not_end(checker: FixChecker) -> None:
    """More answers than one block of numbers has: each has the next one, and the block is reserved."""
    desk = Desk(comp_id="MANY", sent=sent_now)
    with closing(checker.connect(desk)) as line:
        line.say(b"".join([desk.send("1", f"112={number}") for number in range(2500)]))
        line.hear_until(lambda: len(line.heard) > 2500, "all are answered")
        line.log_out()
    assert [int(each.split("|34=")[1].split("|")[0]) for each in line.heard] == list(range(1, 2503))


def test_who_may_log_on(checker: FixChecker) -> None:
    """Neither a stranger nor one without the password nor a second connection gets in, and each is logged."""
    known = Desk(comp_id="TWICE", sent=sent_now)
    with closing(checker.connect(known)) as first:
        for desk, why in (
            (Desk(comp_id="NOBODY", sent=sent_now), "there is no session for 8=FIX.4.4 49=NOBODY 56=SPREAD"),
            (Desk(comp_id="SECRET", sent=sent_now), "lacks a field that was agreed"),
            (Desk(comp_id="TWICE", sent=sent_now, number=2), "is connected and was heard of just now"),
        ):
            with closing(DeskConnection(desk, checker.address)) as line, pytest.raises(ConnectionError):
                line.log_on()
            assert line.heard == []
            checker.process.wait_for(why)
        first.say(known.send("1", "112=there?"))
        first.hear_until(lambda: any("|112=there?|" in each for each in first.heard), "the first is served")
        first.log_out()
    desk = Desk(comp_id="SECRET", sent=sent_now)
    with closing(DeskConnection(desk, checker.address)) as line:
        line.log_on("554=open")
        line.log_out()
    assert not any("open" in each for each in checker.process.lines)


def test_a_stopping_checker_logs_out(processes: Processes, any_url: str, tmp_path: Path) -> None:
    """Its desk is told, what it had sent has taken effect, and the next checker goes on behind it.

    One that does not answer is not waited for, and no session counts as connected afterwards.
    """
    file = session_table("desk-a") + session_table("desk-b", theirs="MUTE")
    desk = Desk(sent=sent_now)
    checker = start_checker(processes, any_url, tmp_path, file)
    with (
        closing(checker.connect(desk)) as line,
        closing(checker.connect(Desk(comp_id="MUTE", sent=sent_now))),
    ):
        line.send_orders("a", "b")
        checker.process.terminate()
        line.hear_until(lambda: desk.is_over, "the checker logs out")
        line.say(desk.log_out())
        assert checker.process.wait() == 0
    assert "|58=this service is stopping|" in line.heard[-1]
    with Redis.from_url(any_url, protocol=2) as client:
        assert order_ids(client) == ["a", "b"]
        for name in ("desk-a", "desk-b"):
            assert client.hget(f"position:{{alerts}}:fix:{name}", "connected_at") == b""
        again = start_checker(processes, any_url, tmp_path, file)
        with closing(again.connect(desk)) as line:
            line.send_orders("c")
            wait_until(lambda: order_ids(client) == ["a", "b", "c"], "the next one is judged")
            line.log_out()
        assert client.hget("position:{alerts}:fix:desk-a", "position") == b"0/9"


@pytest.mark.slow
def test_while_redis_is_away_sessions_stay_up(processes: Processes, tmp_path: Path) -> None:
    """Heartbeats go on, nothing is acknowledged, a Logon waits; afterwards each order has alerted once."""
    server = make_server(chosen_kinds()[0]).start()
    desk, other = (Desk(comp_id=name, sent=sent_now) for name in ("DESK", "COPY"))
    file = session_table("desk-a") + session_table("desk-c", theirs="COPY")
    with closing(server):
        checker = start_checker(processes, server.url, tmp_path, file)
        line = checker.connect(desk, heartbeat_s=1)
        server.pause()
        line.send_orders("a", "b")
        line.say(desk.log_out())
        second = DeskConnection(other, checker.address)
        second.say(other.connect())
        line.hear_until(lambda: sum("|35=0|" in each for each in line.heard) >= 3, "heartbeats go on")
        second.hear(0.1)
        assert (desk.is_over, other.is_up, second.heard) == (False, False, [])

        server.resume()
        line.hear_until(lambda: desk.is_over, "the Logout is answered")
        second.hear_until(lambda: other.is_up, "the Logon is answered")
        with Redis.from_url(server.url, protocol=2) as client:
            assert order_ids(client) == ["a", "b"]
        for each in (line, second):
            each.close()


@pytest.mark.slow
def test_the_later_logon_has_the_session(processes: Processes, any_url: str, tmp_path: Path) -> None:
    """Of two checkers; the earlier connection ends with its next heartbeat, and commits nothing more."""
    desk = Desk(sent=sent_now)
    one, other = (start_checker(processes, any_url, tmp_path, session_table("desk-a")) for _ in range(2))
    with closing(one.connect(desk)) as before:
        before.send_orders("a")
        late = desk.heartbeat()
        with closing(other.connect(desk)) as after:
            before.say(late)
            one.process.wait_for("another connection has taken over the session")
            after.send_orders("b")
            after.log_out()
        before.hear_until(lambda: before.is_closed, "the earlier connection is closed")
    with Redis.from_url(any_url, protocol=2) as client:
        assert order_ids(client) == ["a", "b"]


@pytest.mark.slow
def test_what_redis_has_lost_is_asked_for_again(processes: Processes, any_url: str, tmp_path: Path) -> None:
    """The session is closed, the next Logon goes on from what Redis has, and our numbers go on as before."""
    desk = Desk(sent=sent_now)
    checker = start_checker(processes, any_url, tmp_path, session_table("desk-a"))
    with Redis.from_url(any_url, protocol=2) as client:
        with closing(checker.connect(desk)) as line:
            line.send_orders("a", "b")
            wait_until(lambda: order_ids(client) == ["a", "b"], "they alert")
            client.flushall()
            line.send_orders("c")
            line.hear_until(lambda: line.is_closed, "the session is closed")
        checker.process.wait_for("Redis has lost the position")
        assert order_ids(client) == []
        with closing(checker.connect(desk)) as line:
            line.send_orders("d")
            line.log_out()
        assert order_ids(client) == ["a", "b", "c", "d"]
