"""`market-spread alerts` on a terminal."""

import pytest
from redis import Redis

from tests.support.market_state import put_alerts
from tests.support.servers import one_server
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

# ruff: noqa: E501 (as wide as it is shown)
TABLE = """
date        UTC           symbol  side     quantity        price          bid        offer  reason               order      account
2015-12-21  14:30:00.123  F       buy     1,337,900    1234.50        10.00        10.05    spread               a                0
2015-12-21  14:30:00.123  BTU     sell          100      10.05         -            -       no_quote             Zr6vXo           0
2015-12-21  14:30:00.123  BTU     buy           100      10.05         0.0125      10.05    spread,spread_ratio  Zr6vXo  4294967295
""".splitlines()[1:]


@one_server
def test_on_a_terminal_it_is_a_table(redis_client: Redis, redis_url: str) -> None:
    """A header once, and columns that stay where they are, whatever is in them."""
    put_alerts(redis_client, 1, symbol="F", price="1234.5", quantity="1337900.0", order_id="a")
    put_alerts(redis_client, 1, bid="", offer="", quote_time="", reason="no_quote", side="sell")
    with Terminal("alerts", "--follow", "--redis", redis_url, columns=132) as terminal:
        terminal.wait_for("no_quote")
        put_alerts(redis_client, 1, bid="0.0125", reason="spread,spread_ratio", account=4_294_967_295)
        terminal.wait_for("spread,spread_ratio")

        assert terminal.interrupt() == 0
        assert terminal.lines == TABLE
        assert b"\x1b[35mno_quote" in terminal.raw
        assert b"\x1b[33mspread" in terminal.raw
        assert not any(code in terminal.raw for code in (b"\x1b[2K", b"\x1b[A", b"\x1b[H", b"\x1b[2J"))


WIDE = """
date        UTC           symbol  side     quantity        price          bid        offer  reason               order      account
2015-12-21  14:30:00.123  BTU     buy           100      10.05        10.00        10.05    spread               Zr6vXo        4217
UTC           symbol                 side           quantity        price          bid        offer  reason               order                                       account
14:30:00.123  AAPL  251219C00200000  sell_short            1       -            -           10.05    no_quote             3f2504e0-4f89-11d3-9a0c-0305e82c3301  DESK-7/ALGO 2
14:30:00.123  BTU                    buy                   -      77.25        10.00        10.05    spread               -                                                 -
""".splitlines()[1:]


@one_server
def test_wide_alerts_have_room(redis_client: Redis, redis_url: str) -> None:
    """Columns become wider from the first alert on that needs it, below a new header; nothing is cut."""
    put_alerts(redis_client, 1, account="4217")
    with Terminal("alerts", "--follow", "--redis", redis_url, columns=175) as terminal:
        terminal.wait_for("spread")
        put_alerts(
            redis_client, 1, symbol="AAPL  251219C00200000", side="sell_short", quantity="1.0", price="",
            bid="", reason="no_quote", order_id="3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            account="DESK-7/ALGO 2",
        )  # fmt: skip
        terminal.wait_for("DESK-7")
        put_alerts(redis_client, 1, account="", order_id="", quantity="", price="77.25")
        terminal.wait_for("77.25")

        assert terminal.lines == WIDE


@one_server
def test_a_narrow_terminal_has_the_columns_that_matter(redis_client: Redis, redis_url: str) -> None:
    """No line is longer than the terminal is wide, and a new width brings a new header."""
    put_alerts(redis_client, 1, reason="spread,spread_ratio")
    with Terminal("alerts", "--follow", "--redis", redis_url, columns=80) as terminal:
        terminal.wait_for("spread_ratio")
        terminal.resize(60)
        put_alerts(redis_client, 1, reason="no_quote")
        terminal.wait_for("no_quote")

        assert terminal.lines[0].split() == ["UTC", "symbol", "price", "bid", "offer", "reason"]
        assert terminal.lines[2].split() == ["symbol", "bid", "offer", "reason"]
        assert max(map(len, terminal.lines[:2])) == 80
        assert max(map(len, terminal.lines[2:])) <= 60


@one_server
def test_no_colour_where_none_is_wanted(
    redis_client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR is heeded."""
    monkeypatch.setenv("NO_COLOR", "1")
    put_alerts(redis_client, 1)

    with Terminal("alerts", "--redis", redis_url) as terminal:
        assert terminal.wait() == 0
        assert b"\x1b[33m" not in terminal.raw
        assert "spread" in terminal.lines[1]
