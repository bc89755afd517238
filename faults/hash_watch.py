"""Reads all hashes again and again: are their times right, and does what was lost come back?"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from faults.loss import Loss
from faults.process import until
from faults.sent_quotes import SentQuotes
from faults.target import AWAY
from faults.told import APART_US, now_us
from faults.verdict import Verdict

_LOOK_S: Final = 0.1
_BACK_WITHIN_S: Final = 15.0
"""Also if the ingestor is stopped meanwhile, and Redis killed and stopped once more."""


class Stored(NamedTuple):
    """What a hash has."""

    transact_time: str
    updated_at: int


class HashWatch:
    """Notices times that are wrong or fall, and quotes that were lost and do not come back.

    Args:
        client: makes a client of Redis, with answers as text.
        quotes: those that were sent.
        verdict: where what is wrong is counted.
        times_may_fall: whether a replica may take over at any moment.
    """

    def __init__(
        self, client: Callable[[], Any], quotes: SentQuotes, verdict: Verdict, *, times_may_fall: bool
    ) -> None:
        self._make_client = client
        self._client: Any = None
        self._quotes = quotes
        self._verdict = verdict
        self._times_may_fall = times_may_fall
        self._losses = 0
        self._is_losing = False
        self._latest: dict[str, int] = {}
        self._stored: Mapping[str, Stored] = {}

    async def run(self) -> None:
        """Read for ever."""
        while True:
            losses, symbols = self._losses, list(self._quotes.last_ones())
            try:
                found = await asyncio.to_thread(self._read, symbols)
            except AWAY:
                self._client = None
            else:
                if losses == self._losses:  # what was read before a loss says nothing of what is there now
                    self._look_at(found)
            await asyncio.sleep(_LOOK_S)

    def _read(self, symbols: list[str]) -> dict[str, Stored]:
        if self._client is None:
            self._client = self._make_client()
        pipeline = self._client.pipeline(transaction=False)
        for symbol in symbols:
            pipeline.hmget(f"symbol:{symbol}", "transact_time", "updated_at")
        replies = zip(symbols, pipeline.execute(), strict=True)
        return {symbol: Stored(text, int(at)) for symbol, (text, at) in replies if text and at}

    def _look_at(self, found: Mapping[str, Stored]) -> None:
        self._stored = found
        for symbol, (transact_time, updated_at) in found.items():
            quote = self._quotes.at(transact_time)
            moments = None if quote is None else self._quotes.moments(quote)
            if moments is None or not moments.first_us - APART_US <= updated_at <= now_us() + APART_US:
                self._wrong(f"{symbol}: updated_at {updated_at} is not after {moments} and before {now_us()}")
            if not self._is_losing and not self._times_may_fall:
                if updated_at < self._latest.get(symbol, 0):
                    self._wrong(f"{symbol}: updated_at {updated_at} after {self._latest[symbol]}")
                self._latest[symbol] = updated_at

    def _wrong(self, text: str) -> None:
        self._verdict.mistimed += 1
        self._verdict.note(text)

    def begins_to_lose(self) -> None:
        """From now on times may fall, until everything is there again."""
        self._losses += 1
        self._is_losing = True
        self._stored = {}

    async def comes_back(self, loss: Loss, after_s: float) -> None:
        """Redis is back: wait until it has all quotes that were acknowledged, and note how long that took.

        Args:
            loss: where it is noted.
            after_s: how long it takes until there is an ingestor that can do something about it.
        """
        began_s = time.monotonic() + after_s
        self._losses += 1
        self._stored = {}
        wanted = self._quotes.all_in_effect()
        try:
            await until(lambda: self._has(wanted), "all quotes are there again", _BACK_WITHIN_S)
        except TimeoutError as error:
            self._verdict.unnoticed += 1
            self._verdict.note(f"{error}: {self._lost(wanted)}")
        else:
            loss.quotes_back_s = round(max(time.monotonic() - began_s, 0.0), 2)
        self._is_losing = False

    def _has(self, wanted: Mapping[str, int]) -> bool:
        return bool(self._stored) and not self._lost(wanted)

    def _lost(self, wanted: Mapping[str, int]) -> list[str]:
        """The symbols whose hash is older than it may be, whatever was asked for again meanwhile."""
        now = self._quotes.all_in_effect()
        numbers = {symbol: self._number(symbol) for symbol in wanted}
        return [symbol for symbol, number in wanted.items() if numbers[symbol] < min(number, now[symbol])]

    def _number(self, symbol: str) -> int:
        stored = self._stored.get(symbol)
        quote = None if stored is None else self._quotes.at(stored.transact_time)
        return 0 if quote is None else quote.number
