"""The stream of alerts with a filter: only what fits, and positions in between so that resuming is quick."""

import asyncio
import re
from typing import Any

from market_spread import Gap
from market_spread.stream_id import StreamId
from services.orders.alerts.filter import ALL, AlertFilter
from services.orders.alerts.published import Entry
from services.orders.alerts.tail import News
from services.web.http.backlog import Backlog
from services.web.live.alert_events import AlertEvents
from services.web.live.alert_feed import AlertFeed
from services.web.live.fanout import Client
from shared.redis.aio.gate import Gate
from tests.support.market_state import alert_fields

EVERY_S = 0.02


def entry(number: int, **changes: Any) -> Entry:
    """A stream entry as Redis answers it."""
    fields = alert_fields(**changes)
    return f"{number}-0".encode(), [str(word).encode() for pair in fields.items() for word in pair]


class Tail:
    """A stream of alerts that is a list."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = list(entries)

    async def last(self) -> StreamId:
        """See `AlertTail`."""
        return StreamId(len(self.entries), 0)

    async def read(self, after: StreamId, wait_s: float = 0.0, most: int = 1000) -> News:
        """See `AlertTail`."""
        found = self.entries[after.milliseconds :][:most]
        if not found:
            await asyncio.sleep(wait_s)
        position = StreamId(after.milliseconds + len(found), 0)
        return News(found, None, position, may_have_more=len(found) == most)


def make_feed(tail: Tail) -> AlertFeed:
    """A feed of such a stream."""
    return AlertFeed(tail, Gate(2), EVERY_S)  # type: ignore[arg-type]


async def collect(feed: AlertFeed, after: StreamId | None, only: AlertFilter, pieces: int) -> str:
    """What a client gets first, and then so many chunks."""
    client = Client("one", lambda: None, Backlog())
    async with feed.running(client), asyncio.timeout(5):
        text = b"".join([chunk async for chunk in feed.opening(after, only)(client)])
        for _ in range(pieces):
            text += await client.get() or b""
    return text.decode()


def ids(text: str, event: str) -> list[str]:
    """The IDs of the events of one kind."""
    return re.findall(rf"id: (\S+)\nevent: {event}\n", text)


def test_positions_come_while_nothing_fits() -> None:
    """A stream whose filter nothing fits says every so often how far it has come, in an event with an ID."""
    tail = Tail(*(entry(number, symbol="A") for number in range(1, 8)))

    text = asyncio.run(collect(make_feed(tail), None, AlertFilter.of(symbol=["B"]), 2))

    assert ids(text, "position") == ["7-0", "7-0"]
    assert 'event: position\ndata: {"id":"7-0"}\n\n' in text
    assert ids(text, "alert") == []


def test_a_stream_without_a_filter_has_none() -> None:
    """Who gets every alert needs no positions."""

    async def scenario() -> bool:
        feed, client = make_feed(Tail(entry(1))), Client("one", lambda: None, Backlog())
        async with feed.running(client):
            _ = [chunk async for chunk in feed.opening(None)(client)]
            waiting = asyncio.create_task(client.get())
            await asyncio.wait({waiting}, timeout=EVERY_S * 5)
            waiting.cancel()
            return waiting.done()

    assert not asyncio.run(scenario())


def test_history_and_news_that_fit() -> None:
    """A filtered stream that resumes gets what fits of its history, and then of what comes."""
    tail = Tail(*(entry(number, symbol="AB"[number % 2]) for number in range(1, 2501)))
    feed = make_feed(tail)

    async def scenario() -> str:
        reading = asyncio.create_task(collect(feed, StreamId(2000, 0), AlertFilter.of(symbol=["B"]), 3))
        await asyncio.sleep(EVERY_S * 2)
        tail.entries += [entry(number, symbol="AB"[number % 2]) for number in (2501, 2502, 2503)]
        return await reading

    text = asyncio.run(scenario())
    found = ids(text, "alert")
    assert found[:250] == [f"{number}-0" for number in range(2001, 2501, 2)]
    assert found[250:] in ([], ["2501-0"], ["2501-0", "2503-0"])


def test_one_encoding_for_equal_filters() -> None:
    """Clients with the same filter share the same bytes, and each alert is encoded once."""
    news = News([entry(1, symbol="A"), entry(2, symbol="B")], None, StreamId(2, 0), may_have_more=False)
    events = AlertEvents(news)

    assert events.matching(AlertFilter.of(symbol=["A"])) is events.matching(AlertFilter.of(symbol=["A", "A"]))
    assert events.matching(ALL) == (
        events.matching(AlertFilter.of(symbol=["A"])) + events.matching(AlertFilter.of(symbol=["B"]))
    )


def test_a_gap_is_for_everybody() -> None:
    """A gap is said to clients with every filter, for what is missing may have fitted."""
    news = News([entry(9)], Gap(StreamId(1, 0), StreamId(9, 0)), StreamId(9, 0), may_have_more=False)

    text = AlertEvents(news).matching(AlertFilter.of(symbol=["NONE"])).decode()

    assert text == 'event: gap\ndata: {"from": "1-0", "to": "9-0"}\n\n'
