"""bytewax: a stateful map by symbol, 1,000 messages at once; in process, without Redis."""

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

from benchmarks.peers.job import Order, Quote, publish, read_orders, read_quotes, report, task

State = Quote | None


def check(book: State, message: Quote | Order) -> tuple[State, list[dict[Any, Any]]]:
    """Keep a symbol's last quote, meet its orders with it."""
    if isinstance(message, Quote):
        return message, []
    if book is None or not book.reason:
        return book, []
    return book, [message.alert(book.bid, book.offer, book.transact_time, book.reason)]


def main() -> None:
    """All quotes, then all orders."""
    todo, alerts = task(), list[Any]()
    began = time.monotonic()
    every: Iterator[Quote | Order] = chain(read_quotes(todo.quotes), read_orders(todo.orders))
    messages = ((message.symbol, message) for message in every)
    flow = Dataflow("market_spread")
    source = op.input("messages", flow, TestingSource(messages, batch_size=1000))
    op.output("alerts", op.stateful_flat_map("check", source, check), TestingSink(alerts))
    run_main(flow)
    report(time.monotonic() - began)
    publish([alert for _, alert in alerts], todo.url)


if __name__ == "__main__":
    main()
