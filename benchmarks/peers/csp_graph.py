"""csp: a node that keeps the book, lists of 1,000 messages a tick; in process, without Redis."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import csp
from csp import ts

from benchmarks.peers.job import publish, read_orders, read_quotes, report, task


@csp.node  # type: ignore[untyped-decorator]  # noqa: RET503 - a node without a return does not tick
def check(quotes: ts[list[object]], orders: ts[list[object]]) -> ts[list[object]]:
    """Keep the last quotes, meet orders with them."""
    with csp.state():
        s_book: dict[str, Any] = {}
    if csp.ticked(quotes):
        for quote in quotes:
            s_book[quote.symbol] = quote
    if csp.ticked(orders):
        found = [(order, s_book[order.symbol]) for order in orders]
        return [
            order.alert(quote.bid, quote.offer, quote.transact_time, quote.reason)
            for order, quote in found
            if quote.reason
        ]


@csp.graph  # type: ignore[untyped-decorator]
def market(quotes: object, orders: object) -> None:
    """Two series into one node."""
    csp.add_graph_output("alerts", check(csp.curve(list[object], quotes), csp.curve(list[object], orders)))


def ticks(messages: Iterable[Any], after: int) -> list[tuple[timedelta, list[Any]]]:
    """Messages in lists of 1,000, a microsecond apart."""

    def lists() -> Iterator[list[Any]]:
        rest = iter(messages)
        while some := list(islice(rest, 1000)):
            yield some

    return [(timedelta(microseconds=after + place), some) for place, some in enumerate(lists(), start=1)]


def main() -> None:
    """All quotes, then all orders."""
    todo = task()
    began = time.monotonic()
    quotes = ticks(read_quotes(todo.quotes), 0)
    orders = ticks(read_orders(todo.orders), len(quotes))
    length = timedelta(microseconds=len(quotes) + len(orders))
    found = csp.run(market, quotes, orders, starttime=datetime(2026, 1, 5, tzinfo=UTC), endtime=length)[
        "alerts"
    ]
    report(time.monotonic() - began)
    publish([alert for _, alerts in found for alert in alerts], todo.url)


if __name__ == "__main__":
    main()
