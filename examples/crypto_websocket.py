"""The recorded lines of a crypto exchange's websocket as quotes, into the stream that an ingestor reads.

    market-spread ingest --stream quotes
    python examples/crypto_websocket.py ethusdt.gz --pace 60

A line is the nanosecond at which a message came, a space, and the message as JSON. Of all messages
`bookTicker` has the best bid (`b`) and offer (`a`). With --pace 60 a minute of the file takes a second.
"""

import argparse
import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from redis import Redis

from market_spread import Quote


def quotes(path: str) -> Iterator[tuple[int, Quote]]:
    """Each best bid and offer of a file, with the nanosecond at which it came."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            received_ns, message = line.split(" ", 1)
            if "@bookTicker" in message:
                data = json.loads(message)["data"]
                at = datetime.fromtimestamp(int(received_ns) / 1e9, UTC)
                yield (
                    int(received_ns),
                    Quote.of(
                        symbol=data["s"],
                        bid=float(data["b"]),
                        offer=float(data["a"]),
                        transact_time=f"{at:%Y%m%d-%H:%M:%S.%f}",
                    ),
                )


def main() -> None:
    """Add all quotes to the stream, as fast as possible or at their own pace."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--pace", type=float, default=0.0)
    words = parser.parse_args()
    started, first_ns, count = time.monotonic(), 0, 0
    with Redis.from_url(words.redis) as redis, redis.pipeline(transaction=False) as pipeline:
        for received_ns, quote in quotes(words.file):
            first_ns = first_ns or received_ns
            due_s = (received_ns - first_ns) / 1e9 / words.pace if words.pace else 0.0
            wait_s = started + due_s - time.monotonic()
            if wait_s > 0 or len(pipeline) >= 1000:
                pipeline.execute()
                time.sleep(max(wait_s, 0.0))
            pipeline.xadd("quotes", quote.entry())
            count += 1
        pipeline.execute()
    print(f"{count:,} quotes are in the stream")


if __name__ == "__main__":
    main()
