"""A seeded market in phases, made so that the right alerts are known whatever happens meanwhile.

In a *still* phase all quotes have taken effect before the first order is sent: every order meets one quote.
In a *flowing* phase quotes and orders go at once, on symbols that are always risky, never risky, or never
quoted: whether an order alerts and why is known, only which of the symbol's quotes it met is not.
"""

import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from faults.frames import BUY, SELL, pack_order, pack_quote

DAY: Final = "20260102"
"""In every transact time, and in nothing else that is sent."""
_STILL_SYMBOLS: Final = 40
_FLOWING_SYMBOLS: Final = 10
_NEVER_QUOTED: Final = 10
_BAD_FRAMES: Final = 0.005
_DIGITS: Final = string.digits + string.ascii_uppercase
_LONGEST_ORDER_ID: Final = 6
_NOT_A_NUMBER: Final = float("nan")


ORDERS: Final = "orders"
QUOTES: Final = "quotes"
"""The Redis streams from which come those that do not come as frames."""
STREAM_SOURCE: Final = f"stream:{ORDERS}"

Identity = tuple[str, str]
"""The source of an order, and its number there: of the frame, or the ID of the entry."""


class Quote(NamedTuple):
    """A quote that was sent."""

    number: int
    """Among all quotes of the run; `transact_time` says it too."""
    symbol: str
    transact_time: str
    bid: float
    offer: float


class Order(NamedTuple):
    """An order that was sent."""

    source: str
    """As alerts name it."""
    number: int
    """Among all orders of its source, from 0 on."""
    account: int
    order_id: str
    side: int
    symbol: str
    quantity: float
    price: float
    transact_time: str

    @property
    def identity(self) -> Identity:
        """What names it in alerts."""
        return self.source, f"{self.number + 1}-0" if self.source == STREAM_SOURCE else str(self.number)


class Item(NamedTuple):
    """A frame and what it says; a bad frame has a number in it that is none, and must have no effect."""

    frame: bytes
    about: Quote | Order
    is_bad: bool = False


@dataclass
class Phase:
    """What every source sends."""

    is_flowing: bool
    quotes: list[list[Item]]
    """Of each quote source."""
    orders: list[list[Item]]
    """Of each order source."""


class Market:
    """Makes phase after phase.

    Args:
        seed: decides everything.
        quote_sources: how many sources send quotes; a symbol's quotes all come from one of them.
        order_sources: the sources that send orders, as alerts name them.
        size: how many messages a phase has, in parts of the usual.
    """

    def __init__(
        self, seed: int, quote_sources: int, order_sources: Sequence[str], size: float = 1.0
    ) -> None:
        self._random = random.Random(seed)
        self._phase_size = size
        names = _names(self._random)
        self._still = [_take(names, _STILL_SYMBOLS) for _ in range(quote_sources)]
        self._wide = [_take(names, _FLOWING_SYMBOLS) for _ in range(quote_sources)]
        self._narrow = [_take(names, _FLOWING_SYMBOLS) for _ in range(quote_sources)]
        self._never_quoted = _take(names, _NEVER_QUOTED)
        self._quotes = 0
        self._quoted: set[str] = set()
        self._sent = dict.fromkeys(order_sources, 0)

    def still_phase(self) -> Phase:
        """Quotes first, orders when all of them have taken effect."""
        size = int(self._random.randint(1000, 4000) * self._phase_size)
        quotes = [self._still_quotes(source, size) for source in range(len(self._still))]
        phase = Phase(is_flowing=False, quotes=quotes, orders=[])
        symbols = [symbol for some in self._still for symbol in some]
        for source in self._sent:
            chosen = self._random.choices([*symbols, *self._never_quoted[:1]], k=self._size())
            phase.orders.append(self._orders(source, chosen))
        return phase

    def flowing_phase(self) -> Phase:
        """Quotes and orders at once."""
        size = int(self._random.randint(3000, 9000) * self._phase_size)
        quotes = [self._flowing_quotes(source, size) for source in range(len(self._still))]
        phase = Phase(is_flowing=True, quotes=quotes, orders=[])
        wide = [symbol for some in self._wide for symbol in some]
        narrow = [symbol for some in self._narrow for symbol in some]
        for source in self._sent:
            kinds = self._random.choices([wide, narrow, self._never_quoted], [10, 87, 3], k=self._size())
            chosen = [self._random.choice(symbols) for symbols in kinds]
            phase.orders.append(self._orders(source, chosen))
        return phase

    def _size(self) -> int:
        return int(self._random.randint(1000, 4000) * self._phase_size)

    def _still_quotes(self, source: int, size: int) -> list[Item]:
        flowing = [self._flowing_quote(symbol) for symbol in [*self._wide[source], *self._narrow[source]]]
        chosen = self._random.choices(self._still[source], k=size) + self._still[source]
        return [*flowing, *(self._quote(symbol, *self._any_prices()) for symbol in chosen)]

    def _flowing_quotes(self, source: int, size: int) -> list[Item]:
        symbols = self._wide[source] + self._narrow[source]
        return [self._flowing_quote(symbol) for symbol in self._random.choices(symbols, k=size)]

    def _flowing_quote(self, symbol: str) -> Item:
        """Risky by its spread alone, or not at all: always the same for a symbol."""
        is_wide = any(symbol in some for some in self._wide)
        bid = Decimal(self._random.randint(2000, 9999)) / 100
        cents = self._random.randint(5, 20) if is_wide else self._random.randint(1, 4)
        return self._quote(symbol, bid, bid + Decimal(cents) / 100)

    def _any_prices(self) -> tuple[Decimal, Decimal]:
        """Mostly a narrow market, now and then one on or beside the limits, or a strange one."""
        bid = Decimal(self._random.randint(1000, 99999)) / 100
        cents = Decimal(self._random.choice(("1", "1", "2", "2", "3", "3", "4", "4.99", "4.999999")))
        shape = self._random.randrange(100)
        if shape < 6:
            cents = Decimal(self._random.choice(("5", "5", "5.01", "25", "1000")))
        elif shape < 10:
            bid, cents = Decimal("0.40"), Decimal(self._random.choice(("1.9", "2", "2.05", "2.06", "2.1")))
        elif shape < 13:
            cents = -cents
        elif shape < 16:
            bid = -bid
        elif shape < 18:
            cents = Decimal(0)
        return bid, bid + cents / 100

    def _quote(self, symbol: str, bid: Decimal, offer: Decimal) -> Item:
        self._quotes += 1
        quote = Quote(self._quotes, symbol, _time(self._quotes), float(bid), float(offer))
        if self._random.random() < _BAD_FRAMES and symbol in self._quoted:
            return Item(
                pack_quote(symbol, quote.transact_time, _NOT_A_NUMBER, quote.offer), quote, is_bad=True
            )
        self._quoted.add(symbol)
        return Item(pack_quote(*quote[1:]), quote)

    def _orders(self, source: str, symbols: list[str]) -> list[Item]:
        return [self._order(source, symbol) for symbol in symbols]

    def _order(self, source: str, symbol: str) -> Item:
        number = self._sent[source]
        self._sent[source] += 1
        quantity = float(self._random.randint(-100, 10_000))
        price = self._random.randint(-500, 99_999) / 100
        side = self._random.choice((BUY, SELL))
        account, order_id = self._random.randrange(2**32), _order_id(self._random)
        order = Order(source, number, account, order_id, side, symbol, quantity, price, _time(number))
        if self._random.random() < _BAD_FRAMES:
            return Item(_packed(order._replace(price=_NOT_A_NUMBER)), order, is_bad=True)
        return Item(_packed(order), order)


def _packed(order: Order) -> bytes:
    return pack_order(
        order.side, order.account, order.order_id, order.symbol, order.quantity, order.price,
        order.transact_time,
    )  # fmt: skip


def _order_id(chance: random.Random) -> str:
    """An order ID, which other orders may have, too."""
    return "".join(chance.choices(_DIGITS, k=chance.randint(1, _LONGEST_ORDER_ID)))


def _time(number: int) -> str:
    """A transact time that no other number of the run has."""
    seconds, ms = divmod(number, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{DAY}-{hours:02}:{minute:02}:{second:02}.{ms:03}"


def _names(chance: random.Random) -> Iterator[str]:
    """Symbols of every width, no two the same."""
    seen = set()
    while True:
        width = chance.choice((1, 2, 3, 4, 4, 4, 5, 5, 8, 16))
        name = "".join(chance.choices(string.ascii_uppercase + "./-", k=width))
        if name not in seen:
            seen.add(name)
            yield name


def _take(names: Iterator[str], count: int) -> list[str]:
    return [next(names) for _ in range(count)]
