"""`market-spread limits` against Redis: publish, activate, go back, shadow, and what it says of them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from services.cli.main import main
from services.web.app import AppSettings
from shared.market import keys
from tests.support import frames
from tests.support.app_client import AppClient
from tests.support.limits_files import WHOLE, one_class
from tests.support.market import Market, entries_after
from tests.support.processes import Processes
from tests.support.servers import one_server

pytestmark = one_server


class Commands:
    """Runs commands in this process, against a server that is empty at the start."""

    def __init__(
        self,
        folder: Path,
        url: str,
        client: Redis,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.client, self.url = client, url
        self._folder = folder
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *words: object, code: int = 0) -> list[str]:
        """The lines that a command prints: of the error if it ends with one."""
        self._monkeypatch.setattr(sys, "argv", ["market-spread", "limits", *map(str, words)])
        self._monkeypatch.setenv("REDIS_URL", self.url)
        self._monkeypatch.setenv("MARKET_SPREAD_WHO", "ann")
        self._monkeypatch.setenv("MARKET_SPREAD_WHY", "test")
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        assert ended.value.code == code, said.err
        return (said.err if code else said.out).splitlines()

    def publish(self, text: str) -> str:
        """Publish a file; the number, as printed."""
        path = self._folder / "limits.toml"
        path.write_text(text)
        (line,) = self("publish", path)
        return line.split()[2]

    def quote(self, symbol: str, bid: str, offer: str, **fields: str) -> None:
        """A quote as an ingestor writes it."""
        quote: dict[Any, Any] = {
            "bid": bid, "offer": offer, "risky": "0", "reason": "", "transact_time": "",
            "updated_at": "1764000000000000",
        } | fields  # fmt: skip
        self.client.hset(keys.symbol(symbol), mapping=quote)
        self.client.sadd(keys.SYMBOLS, symbol)


@pytest.fixture
def limits(
    tmp_path: Path,
    redis_url: str,
    redis_client: Redis,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Commands:
    """The commands."""
    return Commands(tmp_path, redis_url, redis_client, monkeypatch, capsys)


def spread(number: str) -> str:
    """A file with one spread for all."""
    return one_class("", keys=f'tiers = [{{ from = "0", spread = "{number}" }}]')


def test_from_publishing_to_going_back(limits: Commands) -> None:
    """What each command prints, and what the log says afterwards."""
    limits.quote("IBM", "100.0", "100.5", risky="1", reason="spread")
    assert limits.publish(spread("0.10")) == "1"
    assert limits.publish(spread("0.20")) == "2"
    assert limits("activate", 1) == [
        "now: 0 of 1 symbols change their verdict",
        "limits version 1 is active",
    ]
    assert limits("activate", 2, "--why", "wider")[-1] == "limits version 2 is active"
    assert limits("activate", 1)[-1] == "limits version 3 is active, with the content of version 1"
    assert limits("activate", 3)[-1] == "limits version 3 is active already"
    assert limits("shadow", 2) == ["limits version 2 is in the shadow"]
    assert limits("shadow", "off") == ["nothing is in the shadow"]
    assert limits("diff", 1, 2) == ['class.all.tiers[1].spread: "0.10" -> "0.20"']
    assert limits("diff", 1, 3) == ["versions 1 and 3 say the same"]
    assert json.loads("\n".join(limits("show", 2)))["class"][0]["tiers"] == [{"from": "0", "spread": "0.20"}]
    assert [line.partition(" ")[2] for line in limits("log")] == [
        "publish 1 by ann: test",
        "publish 2 by ann: test",
        "activate 1 by ann: test",
        "activate 2, before: 1 by ann: wider",
        "activate 3 as 1, before: 2 by ann: test",
        "shadow 2 by ann: test",
        "shadow off, before: 2 by ann: test",
    ]
    assert [line.partition(" ")[2] for line in limits("log", "--limit", 1)] == [
        "shadow off, before: 2 by ann: test"
    ]


def test_an_activation_that_changes_much_is_refused(limits: Commands) -> None:
    """One of five is the most; what changes is shown by symbol, and --force does it."""
    for number in range(5):
        limits.quote(f"S{number}", "10.0", "10.3" if number < 2 else "10.01")
    limits.publish(spread("0.20"))
    (error,) = limits("activate", 1, code=2)
    assert "refused: 40% of the symbols change their verdict, and 20% is the most" in error
    assert limits.client.get(keys.LIMITS_ACTIVE) is None
    assert limits("activate", 1, "--force") == [
        "now: 2 of 5 symbols change their verdict: 2 would alert (S0, S1)",
        "limits version 1 is active",
    ]
    limits.quote("S0", "10.0", "10.01")
    limits.publish(spread("0.40"))
    assert limits("activate", 2)[0] == "now: 1 of 5 symbols change their verdict: 1 would pass (S1)"


def test_waiting_for_the_services(limits: Commands) -> None:
    """It ends when all have the version, or names those that have not."""
    limits.publish(spread("0.10"))
    assert limits("activate", 1, "--wait", 1)[-1] == "no service runs on this Redis"
    for role, version in (("ingest", "1"), ("check", "0"), ("forward", "")):
        limits.client.xadd(keys.stats(role), {"instance": "a"})
        limits.client.hset(
            keys.service(role, "a"), mapping={"role": role, "instance": "a", "limits": version}
        )
    (error,) = limits("activate", 1, "--wait", 0.1, code=1)
    assert error.endswith("version 1 is active, but after 0.1 s check a goes by 0")
    limits.client.hdel(keys.service("check", "a"), "limits")
    (error,) = limits("activate", 1, "--wait", 0, code=1)
    assert error.endswith("check a does not say by which limits it goes")
    limits.client.hset(keys.service("check", "a"), "limits", "2")
    assert limits("activate", 1, "--wait", 0)[-1] == "2 services go by it"


def test_explaining_an_order_on_the_market_of_now(limits: Commands) -> None:
    """By the flags under version 0, by the active version otherwise; a market that is given comes first."""
    assert limits("explain", "IBM") == [
        "limits: version 0, none were published: ingest --max-spread and --max-spread-ratio decide",
        "quote: none",
        "verdict: alert, reason no_quote",
    ]
    limits.quote("IBM", "100.0", "100.5", risky="1", reason="spread", source="desk", status="0")
    limits.client.set(keys.feed("desk"), "1764000000000000")
    assert limits("explain", "IBM")[1:] == [
        "quote: bid 100 and offer 100.5, of 2025-11-24T16:00:00.000000Z, from desk, status 0",
        "verdict: alert, reason spread",
    ]
    limits.publish(WHOLE)
    limits("activate", 1, "--force")
    said = limits("explain", "IBM", "--price", "100.004", "--at", "2025-11-24T16:00:10Z")
    assert said[0] == "limits version 1"
    assert "quote: bid 100 and offer 100.5, of 2025-11-24T16:00:00.000000Z, from desk, status 0" in said
    assert "broken: spread>=0.10:0.5;stale_feed>2000:10000;off_tick" in said[-4]
    said = limits("explain", "IBM", "--bid", "100", "--offer", "100.01", "--at", "2025-11-24T16:00:10Z")
    assert "verdict: no alert" in said


def test_what_is_not_there(limits: Commands) -> None:
    """A number that was never published, and a version that is damaged, are told apart."""
    for words in (("show", 7), ("activate", 7), ("shadow", 7), ("diff", 7, 8)):
        (error,) = limits(*words, code=2)
        assert "limits version 7 is missing" in error
    limits.publish(spread("0.10"))
    limits.client.append(keys.limits_version(1), " ")
    (error,) = limits("show", 1, code=1)
    assert "damaged: its SHA-256 is not" in error


def test_a_damaged_active_version_can_be_replaced(limits: Commands) -> None:
    """It is said that nothing can be compared with it."""
    limits.publish(spread("0.10"))
    limits("activate", 1)
    limits.client.delete(keys.limits_version(1))
    limits.publish(spread("0.20"))
    assert "version 1 is missing" in limits("activate", 2)[0]
    limits.client.set(keys.LIMITS_ACTIVE, "nonsense")
    said = limits("activate", 2)
    assert "pointer to the active limits is damaged" in said[0]
    assert said[-1] == "limits version 3 is active, with the content of version 2"


@pytest.mark.slow
def test_services_that_run_go_by_it_when_the_command_returns(limits: Commands, processes: Processes) -> None:
    """An order sent after that is judged by the version; `POST /check` says the same of it as the checker."""
    market = Market(processes, limits.url)
    market.send_quotes(frames.quote(b" IBM", 100.0, 100.2))
    order = frames.order(b" IBM", b"order1", quantity=100.0, price=100.1)
    market.send_orders(order)
    limits.publish(one_class("", keys='tiers = [{ from = "0", spread = "0.20" }]'))

    said = limits("activate", 1, "--wait", 10)
    market.send_orders(order)

    assert said[-2:] == ["limits version 1 is active", "2 services go by it"]
    before, after = entries_after(limits.client)
    assert ("limits" in before, after["limits"], after["reason"]) == (False, "1:all", "spread")
    with AppClient(AppSettings(limits.url)) as client:
        asked = {"symbol": "IBM", "side": after["side"], "quantity": 100.0, "price": 100.1}
        answer = client.post("/check", json=asked).json()
    assert (";".join(answer["broken"]), answer["reason"]) == (after["broken"], ["spread"])
