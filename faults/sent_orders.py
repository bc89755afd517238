"""The orders that were sent: when each can have been checked, on which quotes and by which limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from faults.limits.sent_limits import SentLimits
from faults.market import Identity, Item, Order
from faults.sent_quotes import Possible, SentQuotes
from faults.told import Clock, Moments, now_us

_CALM: Final = 0


@dataclass(slots=True)
class Sent:
    """An order, and what is known of the moment at which it was checked for good."""

    order: Order
    oldest: int
    """It met this quote of its symbol or a newer one; 0 if it may have met none."""
    newest: int
    """It met this one or an older one."""
    asked_again: int
    """How often quotes of its symbol had been asked for again when it was sent."""
    lowest: int
    """This version of the limits judged it, or a higher one."""
    highest: int
    """This one, or a lower one."""
    losses: int
    """How often Redis had lost data when it was sent."""
    first_us: int
    last_us: int
    is_open: bool = True
    """Whether it is not acknowledged."""


class SentOrders:
    """See `faults.told.Told`.

    An order is checked between the moment at which it is sent first and the one at which it is acknowledged.
    If it is lost after that it is checked once more, up to its next acknowledgement. Those that can have
    alert in no way are forgotten until then.

    Args:
        quotes: those that were sent.
        limits: those that were activated.
        clock: what the times of alerts are judged by.
    """

    def __init__(self, quotes: SentQuotes, limits: SentLimits, clock: Clock = now_us) -> None:
        self._quotes = quotes
        self._limits = limits
        self._clock = clock
        self._sent: dict[Identity, Sent] = {}

    def sent(self, items: Sequence[Item]) -> None:
        """See `Told.sent`."""
        for order in _good(items):
            if order.identity not in self._sent:
                self._open(order)

    def acknowledged(self, items: Sequence[Item]) -> None:
        """See `Told.acknowledged`."""
        for order in _good(items):
            sent = self._sent.get(order.identity)
            if sent is not None and sent.is_open:
                self._close(sent)
                sent.is_open = False
                if self.possible(sent).alerting == _CALM:
                    del self._sent[order.identity]

    def taken_back(self, items: Sequence[Item]) -> None:
        """See `Told.taken_back`."""
        for order in _good(items):
            sent = self._sent.get(order.identity)
            if sent is None:
                self._open(order)
            elif not sent.is_open:
                sent.is_open = True
                sent.oldest = min(sent.oldest, self._quotes.in_effect(order.symbol))
                sent.asked_again = len(self._quotes.asked_again(order.symbol))
                sent.lowest = min(sent.lowest, self._limits.in_force)
                sent.losses = len(self._limits.after_losses)

    def _open(self, order: Order) -> None:
        symbol, now = order.symbol, self._clock()
        asked_again = len(self._quotes.asked_again(symbol))
        lowest, losses = self._limits.in_force, len(self._limits.after_losses)
        self._sent[order.identity] = Sent(
            order, self._quotes.in_effect(symbol), 0, asked_again, lowest, lowest, losses, now, now
        )

    def _close(self, sent: Sent) -> None:
        """It was checked before now."""
        symbol = sent.order.symbol
        sent.oldest = min([sent.oldest, *self._quotes.asked_again(symbol)[sent.asked_again :]])
        sent.newest = self._quotes.newest(symbol)
        sent.lowest = min([sent.lowest, *self._limits.after_losses[sent.losses :]])
        sent.highest = self._limits.highest
        sent.last_us = self._clock()

    def possible(self, sent: Sent) -> Possible:
        """The ways in which it can have been judged."""
        ways = [
            self._quotes.possible(sent.order, sent.oldest, sent.newest, judgement)
            for judgement in self._limits.between(sent.lowest, sent.highest)
        ]
        return Possible(sum(each.ways for each in ways), sum(each.alerting for each in ways))

    def all(self) -> dict[Identity, Sent]:
        """All that may have raised an alert by now."""
        for sent in self._sent.values():
            if sent.is_open:
                self._close(sent)
        return {name: sent for name, sent in self._sent.items() if self.possible(sent).alerting}


def moments(sent: Sent) -> Moments:
    """Between which moments an order was checked."""
    return Moments(sent.first_us, sent.last_us)


def _good(items: Sequence[Item]) -> Iterator[Order]:
    """Those that are checked."""
    return (each.about for each in items if isinstance(each.about, Order) and not each.is_bad)
