"""A service's way to Redis: its links, how long it insists, the server's clock, and what the servers say."""

import logging
from dataclasses import dataclass, field
from typing import Final, Self

from shared.process.lifecycle import Stop
from shared.process.stop_budget import LAST_WAIT_S
from shared.redis.link import RedisLink
from shared.redis.retry import Doubt, RedisRetry
from shared.redis.server_clock import ServerClock
from shared.redis.server_facts import ServerFacts
from shared.redis.url import open_link
from shared.telemetry.metrics import ServiceMetrics

logger = logging.getLogger(__name__)

_MOST_SERVERS: Final = 1000
"""Each start of a server is another process: they are not remembered for ever."""


@dataclass
class Servers:
    """What the servers behind a service's links say of themselves; each new connection raises a doubt."""

    doubt: Doubt = field(default_factory=Doubt)
    _of: dict[str, str | None] = field(default_factory=dict)
    """The warning about each process, by its run ID."""

    def warnings(self) -> list[str]:
        """What an operator has to know about the servers, each once."""
        return list(dict.fromkeys(warning for warning in self._of.values() if warning is not None))

    def connected(self, facts: ServerFacts) -> None:
        """A connection to a server has been made."""
        self.doubt.raise_()
        if facts.warning is not None and facts.warning != self._of.get(facts.run_id):
            logger.warning("%s", facts.warning)
        if len(self._of) >= _MOST_SERVERS:
            self._of.clear()
        self._of[facts.run_id] = facts.warning


@dataclass
class RedisAccess:
    """A service's way to Redis."""

    link: RedisLink
    commit_link: RedisLink
    """For commits alone: while Redis works on one, the next batch is read over the other link."""
    retry: RedisRetry
    clock: ServerClock
    servers: Servers
    url: str
    name: str

    @classmethod
    def open(cls, url: str, name: str, stop: Stop, metrics: ServiceMetrics) -> Self:
        """Connects with the first round trip.

        Args:
            url: see `shared.redis.url`.
            name: how the server lists the connections.
            stop: when to end.
            metrics: counts failures.
        """
        servers = Servers()
        link = open_link(url, name=name, on_connect=servers.connected)
        commit_link = open_link(url, name=f"{name}-commit", on_connect=servers.connected)
        retry = RedisRetry(
            lambda: stop.longer_ago_than(LAST_WAIT_S),
            metrics.redis_failed,
            links=(link, commit_link),
            doubt=servers.doubt,
        )
        return cls(link, commit_link, retry, ServerClock(), servers, url, name)

    def another_link(self, name: str) -> RedisLink:
        """One more link, for somebody in a thread of its own; its connections raise no doubt."""
        return open_link(self.url, name=f"{self.name}-{name}")

    def close(self) -> None:
        """Close the links of the service's own thread."""
        self.link.close()
        self.commit_link.close()
