"""Quotes in Redis streams, and ingestors of them."""

from typing import Any

from redis import Redis

from tests.support.processes import Process, Processes


def add(client: Redis, stream: str = "quotes", **fields: Any) -> str:
    """Add an entry with these fields."""
    entry: dict[Any, Any] = {"transact_time": "20260105-14:30:00.000", **fields}
    added = client.xadd(stream, entry)
    assert isinstance(added, bytes)
    return added.decode()


def add_bids(client: Redis, bids: range, symbol: str = "BTU", stream: str = "quotes") -> None:
    """Add calm quotes of a symbol, each a dollar above the one before."""
    with client.pipeline(transaction=False) as pipeline:
        for bid in bids:
            fields: dict[Any, Any] = {"symbol": symbol, "bid": bid, "offer": bid + 0.01}
            pipeline.xadd(stream, fields)
        pipeline.execute()


def ingestor(processes: Processes, url: str, *streams: str, words: tuple[str, ...] = ()) -> Process:
    """An ingestor of streams alone."""
    flags = [word for stream in streams for word in ("--stream", stream)]
    return processes.ingest(url, "--listen", "none", *flags, *words)


def quote(client: Redis, symbol: str = "BTU") -> dict[str, str]:
    """The hash of a symbol, as text."""
    fields: Any = client.hgetall(f"symbol:{symbol}")
    return {name.decode(): value.decode() for name, value in fields.items()}


def bid(client: Redis, symbol: str = "BTU") -> str:
    """The bid of a symbol; empty if it has none."""
    return quote(client, symbol).get("bid", "")
