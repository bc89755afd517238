"""The flags in hashes follow the published limits: within a second, by quotes, by time, and over restarts."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from shared.market import keys
from shared.published.asking import ask
from shared.published.changing import activate, publish
from shared.redis.url import open_link
from tests.support import frames
from tests.support.limits_files import version_of
from tests.support.market import health, metrics, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import send_all
from tests.support.servers import one_server

WITHIN_S = 1.5
"""A second, and what a busy machine adds."""
ALL = """
format = 1
[[class]]
name = "all"
symbols = ["*"]
tiers = [ {{ from = "0", spread = "{spread}" }} ]
[class.states]
crossed = {{ after_ms = 300 }}

[[override]]
symbol = "OVER"
spread = "5"
until = {until}
why = "a test"
"""


def put_in_force(url: str, client: Redis, spread: str, until: datetime) -> None:
    """Publish limits, and activate them."""
    version = version_of(ALL.format(spread=spread, until=until.isoformat(timespec="milliseconds")))
    with closing(open_link(url)) as link:
        pointer = ask(link, publish(version, "ann", "a test"))
        found = client.get(keys.LIMITS_ACTIVE)
        ask(link, activate(pointer.number, found if isinstance(found, bytes) else b"", "ann", "a test"))


def wait_for_flags(client: Redis, symbol: str, reason: str, limits: str, within_s: float = WITHIN_S) -> None:
    """Wait until a hash has these flags."""

    def flags() -> tuple[str | None, str | None]:
        found = quote_of(client, symbol)
        return found["reason"], found.get("limits")

    wait_until(lambda: flags() == (reason, limits), f"{symbol} is {reason!r} by {limits}", within_s, flags)


@pytest.mark.slow
@one_server
def test_flags_follow_the_limits(redis_client: Redis, redis_url: str, processes: Processes) -> None:
    """An activation, the age of a state and an override's end change them without any quote."""
    ingestor = processes.ingest(redis_url)
    quotes = (b" BTU", 10.0, 10.04), (b"OVER", 10.0, 10.04), (b" CRS", 10.0, 9.0)
    send_all(ingestor.address(), *(frames.quote(*each) for each in quotes))
    assert "limits" not in quote_of(redis_client, "BTU")

    ends = datetime.now(UTC) + timedelta(seconds=2)
    put_in_force(redis_url, redis_client, "0.04", ends)
    wait_for_flags(redis_client, "BTU", "spread", "1:all")
    wait_for_flags(redis_client, "CRS", "crossed", "1:all")
    assert quote_of(redis_client, "OVER")["limits"] == "1:all+override"
    wait_for_flags(redis_client, "OVER", "spread", "1:all", 2 + WITHIN_S)
    assert int(quote_of(redis_client, "OVER")["written_at"]) >= ends.timestamp() * 1e6

    send_all(ingestor.address(), frames.quote(b" BTU", 10.0, 10.01), frames.quote(b" CRS", 11.0, 10.0))
    assert quote_of(redis_client, "BTU")["reason"] == ""
    wait_for_flags(redis_client, "CRS", "crossed", "1:all")

    before = quote_of(redis_client, "BTU")
    ingestor.terminate()
    assert ingestor.wait() == 0
    put_in_force(redis_url, redis_client, "0.01", ends)
    again = processes.ingest(redis_url)
    wait_for_flags(redis_client, "BTU", "spread", "2:all")
    found = quote_of(redis_client, "BTU")
    assert (found["updated_at"], found["bid"]) == (before["updated_at"], "10.0")
    wait_until(lambda: metrics(again)["limits_version{active}"] == 2, "the metric says so")

    redis_client.set(keys.limits_version(3), "damaged")
    redis_client.set(keys.LIMITS_ACTIVE, f"3 {'0' * 64}")
    wait_until(lambda: "version 3" in health(again)[1], "health says what is wrong")
    assert health(again)[0] == 200
    assert quote_of(redis_client, "BTU")["limits"] == "2:all"
