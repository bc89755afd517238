"""docs/fix.md: its session file is read as it stands, and its tables name all that there is."""

import re
from pathlib import Path

from prometheus_client.core import Metric

from shared.telemetry.fix_metrics import FixMetrics
from shared.telemetry.session_figures import SessionFigures
from shared.wire.fix.counterparty.read_session import _KEYS
from shared.wire.fix.counterparty.session_file import read_sessions
from shared.wire.fix.counterparty.settings import Carries
from shared.wire.fix.orders import FixDetails

PAGE = (Path(__file__).parents[2] / "docs/fix.md").read_text()
CARRIES: tuple[Carries, ...] = ("quotes",)
OF_QUOTES = {"subscribe", "request", "books", "actions", "statuses", "conditions"}


def metrics() -> list[Metric]:
    """Of a session."""
    found = FixMetrics({"desk-a": SessionFigures("acceptor", is_up=True, numbers=(7, 1001), lag=3)})
    return list(found.collect())


def test_the_session_of_the_quick_start_is_read() -> None:
    """Without a mistake; its CompIDs are those of the engine's file beside it, the other way round."""
    toml, ini = (re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL) for kind in ("toml", "ini"))
    assert toml is not None
    assert ini is not None
    (session,) = read_sessions(toml[1].encode(), ("requests", "reports"), {})
    engine = dict(line.split("=", 1) for line in ini[1].splitlines() if "=" in line)
    assert (session.theirs.decode(), session.ours.decode()) == (
        engine["SenderCompID"],
        engine["TargetCompID"],
    )
    assert session.begin.decode() == engine["BeginString"]
    assert (session.reset, engine["ResetOnLogon"]) == ("never", "N")


def keys_between(begin: str, end: str) -> set[str]:
    """What the table in this part of the page is about."""
    section = PAGE[PAGE.index(begin) : PAGE.index(end)]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {key for row in rows for key in re.findall("`(.*?)`", row)}


def test_the_session_for_market_data_is_read() -> None:
    """Without a mistake, by what the ingestor takes."""
    toml = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    (session,) = read_sessions(toml.encode(), CARRIES, {"VENUE_PASSWORD": "x"})
    assert session.subscribe == ("EUR/USD", "XAU/USD")
    assert session.statuses[b"101"] == 1
    assert not session.resends


def test_each_key_and_detail_and_metric_is_there() -> None:
    """In its table, or in the text."""
    assert keys_between("## The session file", "## What an order is made of") == {*_KEYS} - OF_QUOTES
    assert keys_between("## Market data", "| from |") == OF_QUOTES | {"carries"}
    assert [name for name in FixDetails._fields if f"`{name}`" not in PAGE] == []
    assert [each.name for each in metrics() if each.name not in PAGE] == []


def test_the_metrics_of_a_session() -> None:
    """Whether it is up, both next numbers and what waits; a service without sessions has none of these."""
    found = {(each.name, *s.labels.values()): s.value for each in metrics() for s in each.samples}
    assert found == {
        ("market_spread_fix_session_up", "desk-a"): 1,
        ("market_spread_fix_next_expected", "desk-a", "in"): 7,
        ("market_spread_fix_next_expected", "desk-a", "out"): 1001,
        ("market_spread_fix_lag", "desk-a"): 3,
    }
    assert list(FixMetrics().collect()) == []
