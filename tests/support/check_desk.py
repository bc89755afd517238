"""A checker with its commits on a server that is none, and senders of orders, in this process."""

from typing import Any

import fakeredis

from services.orders.alerts.log import append_alerts
from services.orders.checker import Checker
from services.orders.feed.batch import decode_orders
from services.orders.metrics import CheckMetrics
from shared.base.source import Source
from shared.commit.positions import Positions
from shared.feed.batch import FrameBatch, Segment
from shared.feed.session import FrameSession
from shared.market import keys
from shared.published.asking import ask
from shared.published.changing import activate, publish, set_shadow
from shared.redis.retry import RedisRetry
from shared.redis.server_clock import ServerClock
from shared.service.pipeline import Pipeline
from shared.service.plain_source import PlainSource
from shared.service.redis_access import RedisAccess, Servers
from shared.service.source_commits import SourceCommits
from shared.wire.framing import split
from tests.support import frames
from tests.support.limits_files import version_of
from tests.support.links import FakeLink
from tests.support.market import Alert, entries_after

ALERTS = "alerts"


class Transport:
    """Sends nothing."""

    def __init__(self) -> None:
        self.is_abandoned = False

    def send(self) -> None:
        """See `shared.feed.session.Transport`."""

    def acknowledge_tcp(self) -> None:
        """See `shared.feed.session.Transport`."""

    def dismiss(self) -> None:
        """See `shared.feed.session.Transport`."""

    def finish(self) -> None:
        """See `shared.feed.session.Transport`."""

    def abandon(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.is_abandoned = True


class CheckDesk:
    """A checker.

    Args:
        client: of the server.
        rebuild_wait_s: how long it holds orders.
    """

    def __init__(self, client: fakeredis.FakeRedis, rebuild_wait_s: float = 30.0) -> None:
        self.client = client
        self.link = FakeLink(client)
        commit_link = FakeLink(client)
        self.retry = RedisRetry(lambda: self.is_over, lambda: None)
        self.is_over = False
        """Whether the checker gives up where it has to wait."""
        self.metrics = CheckMetrics()
        redis = RedisAccess(self.link, commit_link, self.retry, ServerClock(), Servers(), "", "check")
        append = append_alerts(ALERTS, 1_000_000, 0)
        self.checker = Checker(
            append,
            alerts=ALERTS,
            rebuild_wait_s=rebuild_wait_s,
            max_quote_age_ms=None,
            redis=redis,
            metrics=self.metrics,
        )
        self.positions = Positions(commit_link, append)
        commits = SourceCommits(self.positions, PlainSource(_key), self.retry)
        self.commits = commits
        self.pipeline = Pipeline(self.checker, commits, self.link, self.retry, self.metrics)
        self.checker.start()

    def activate(self, text: str) -> int:
        """Publish limits and make them the active ones; their number."""
        pointer = ask(self.link, publish(version_of(text, 0), "ann", "a test"))
        before: Any = self.client.get(keys.LIMITS_ACTIVE)
        return ask(self.link, activate(pointer.number, before or b"", "ann", "a test")).number

    def shadow(self, text: str) -> int:
        """Publish limits and let them run in the shadow; their number."""
        pointer = ask(self.link, publish(version_of(text, 0), "ann", "a test"))
        before: Any = self.client.get(keys.LIMITS_SHADOW)
        ask(self.link, set_shadow(pointer.number, before or b"", "ann", "a test"))
        return pointer.number

    def quote(self, symbol: str, bid: str = "10.0", offer: str = "10.01", **more: str) -> None:
        """Write a symbol's hash, as it is right under version 0 for a market that is not wide."""
        now = str(self.checker._clock.now_us())
        fields: dict[Any, Any] = {
            "bid": bid,
            "offer": offer,
            "risky": "0",
            "reason": "",
            "transact_time": "t",
        }
        fields |= {"updated_at": now, "state_since": now, **more}
        self.client.hset(f"symbol:{symbol}", mapping=fields)

    def another(self, *symbols: str) -> "CheckDesk":
        """A checker on a server of its own, with the same quotes of these symbols."""
        made = CheckDesk(fakeredis.FakeRedis(version=(7,)))
        for name in symbols:
            found: Any = self.client.hgetall(f"symbol:{name}")
            made.client.hset(f"symbol:{name}", mapping=found)
        return made

    def sender(self, name: str = "") -> FrameSession:
        """A sender that has said HELLO with a name; without, a plain one."""
        session = FrameSession(name or "plain", Transport())
        if name:
            source = session.source = Source(_key(name), f"owner {id(session)}", name=name)
            self.commits.own(session, source)
            self.positions.open([source])
            session.opened(source)
        return session

    def send(self, sender: FrameSession, *payloads: bytes) -> None:
        """Let a batch of orders take effect."""
        batch = FrameBatch(bytearray(b"".join(map(frames.frame, payloads))))
        runs = split(batch.buffer, 0, len(batch.buffer)).runs
        batch.add(Segment(sender, runs, 0, len(payloads), sender.frames, 0))
        sender.frames += len(payloads)
        self.pipeline.take(batch, lambda symbols: decode_orders(batch.buffer, batch.runs, symbols))
        self.pipeline.settle()

    def alerts(self) -> list[Alert]:
        """All alerts."""
        return entries_after(self.client)

    def position(self, name: str) -> dict[str, str]:
        """The position of a source."""
        found: Any = self.client.hgetall(_key(name))
        return {field.decode(): value.decode() for field, value in found.items()}


def _key(name: str) -> str:
    return keys.position(ALERTS, "orders", name)
