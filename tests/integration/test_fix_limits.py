"""Orders by FIX sessions under published limits, on a real server."""

import time
from contextlib import closing
from pathlib import Path
from typing import Any

from redis import Redis

from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import activate, publish
from shared.redis.url import open_link
from tests.support.fix_connection import sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import session_table, start_checker
from tests.support.limits_files import one_class
from tests.support.market import entries_after, metrics, order_ids
from tests.support.processes import Processes, wait_until
from tests.support.servers import one_server

POSITION = "position:{alerts}:fix:desk-a"
LIMITS = one_class('[class.order]\nmarket = { spread = "0.01" }\nmax_notional = "500"')
QUOTE: dict[Any, Any] = {
    "bid": "10.0",
    "offer": "10.02",
    "risky": "0",
    "reason": "",
    "transact_time": "t",
    "updated_at": "7",
}


def put_limits(url: str) -> None:
    """Publish these limits, and make them the active ones."""
    with closing(open_link(url)) as link:
        number = ask(link, publish(read_limits(LIMITS.encode()), "ann", "a test")).number
        ask(link, activate(number, b"", "ann", "a test"))


@one_server
def test_orders_by_fix_are_judged_by_all_that_their_messages_say(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """What says that it is a market order, what is to cost so much, and what is late, by one version.

    A lower version than one that has judged orders of the session before commits nothing, also after the
    session has come back; when it has waited in vain for the higher one, each order alerts once.
    """
    redis_client.hset("symbol:BTU", mapping=QUOTE)
    put_limits(redis_url)
    file = session_table("desk-a", more="late_ms = 5000")
    checker = start_checker(processes, redis_url, tmp_path, file, "--rebuild-wait", "0.3")
    desk = Desk(sent=sent_now)
    old = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(time.time() - 60))
    with closing(checker.connect(desk)) as line:
        line.say(desk.send("D", "11=calm|55=BTU|54=1|40=2|44=10|38=1"))
        line.say(desk.send("D", "11=market|55=BTU|54=1|40=1|44=10|38=1"))
        line.say(desk.send("D", "11=stop|55=BTU|54=1|40=3|99=11|38=1"))
        line.say(desk.send("D", "11=cash|55=BTU|54=1|40=2|44=10|152=500"))
        line.say(desk.send("D", f"122={old}|11=late|55=BTU|54=1|40=1|38=1"))
        wait_until(lambda: len(entries_after(redis_client)) == 3, "three alerts")
        assert redis_client.hget(POSITION, "limits") == b"1"

        redis_client.hset(POSITION, "limits", 9)
        line.send_orders("held")
        line.hear_until(lambda: line.is_closed, "the session is ended")
    assert order_ids(redis_client) == ["market", "cash", "late"]
    checker.process.wait_for("version 9 of the limits has judged messages")

    with closing(checker.connect(desk)) as line:
        line.log_out()
    checker.process.wait_for("version 9 of the limits did not come back in 0 s")
    alerts = entries_after(redis_client)
    limits, by_fix = ("order_id", "limits", "reason", "price"), ("order_type", "stop_price", "cash_quantity")
    assert [tuple(each[name] for name in limits + by_fix) for each in alerts] == [
        ("market", "1:all", "market_order", "", "1", "", ""),
        ("cash", "1:all", "notional", "10.0", "2", "", "500.0"),
        ("late", "1:all", "late", "", "1", "", ""),
        ("held", "1:all", "market_order", "", "", "", ""),
    ]
    broken = [each["broken"] for each in alerts]
    assert broken[2].startswith("late>5000:6")
    assert broken[:2] == ["market_order>=0.01:0.02", "notional>=500:500"]
    assert alerts[2]["sending_time"] == old
    assert redis_client.hget(POSITION, "limits") == b"9"
    assert metrics(checker.process)["orders_judged_by_lower_limits_total"] == 1
