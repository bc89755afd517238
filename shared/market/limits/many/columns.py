"""Quotes and orders as columns."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shared.market.limits.met import JudgedOrder, MetQuote

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MISSING: Final = -1
"""A time or a status that was not recorded."""


class QuoteColumns(NamedTuple):
    """The quotes of some symbols; a price that is absent is NaN."""

    bid: Floats
    offer: Floats
    updated_at_us: Ints
    """Times are microseconds since the Unix epoch, or `MISSING`."""
    heard_at_us: Ints
    status: Ints
    """`MISSING` where there is none."""
    band_low: Floats
    """Zero where there is none."""
    band_high: Floats
    has_source: Bools
    has_quote: Bools
    """Whether there ever was a quote; a status may have come without one."""


class QuoteTimes(NamedTuple):
    """The columns of quotes that tell how old they are."""

    updated_at_us: Ints
    heard_at_us: Ints
    has_source: Bools
    has_quote: Bools


class OrderColumns(NamedTuple):
    """Orders; a number that an order does not have is NaN."""

    symbol: Ints
    """The numbers of their symbols."""
    profile: Ints
    """The places of their accounts' profiles, -1 for accounts without one."""
    is_buy: Bools
    quantity: Floats
    price: Floats
    is_special: Bools
    """Orders that have more than that to be judged by: they are judged one by one."""

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The orders of several, at least one, behind one another."""
        return parts[0] if len(parts) == 1 else cls(*map(np.concatenate, zip(*parts, strict=True)))


def quote_columns(quotes: Sequence[MetQuote | None]) -> QuoteColumns:
    """Quotes as columns; None is a quote that has nothing."""
    nan = float("nan")
    rows = [
        (nan, nan, MISSING, MISSING, MISSING, 0.0, 0.0, False, False)
        if quote is None
        else (
            nan if quote.bid is None else quote.bid,
            nan if quote.offer is None else quote.offer,
            MISSING if quote.updated_at_us is None else quote.updated_at_us,
            MISSING if quote.heard_at_us is None else quote.heard_at_us,
            MISSING if quote.status is None else quote.status,
            quote.band_low or 0.0,
            quote.band_high or 0.0,
            bool(quote.source),
            (quote.bid, quote.offer, quote.updated_at_us) != (None, None, None),
        )
        for quote in quotes
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 9
    types = (*(np.float64,) * 2, *(np.int64,) * 3, *(np.float64,) * 2, *(np.bool_,) * 2)
    return QuoteColumns(*(np.array(each, kind) for each, kind in zip(columns, types, strict=True)))


def order_columns(
    orders: Sequence[JudgedOrder], symbols: Sequence[int], profiles: Sequence[int | None]
) -> OrderColumns:
    """Orders as columns.

    Args:
        orders: the orders.
        symbols: the number of each one's symbol.
        profiles: the place of each one's profile.
    """
    nan = float("nan")
    return OrderColumns(
        np.array(symbols, np.int64),
        np.array([-1 if each is None else each for each in profiles], np.int64),
        np.array([order.is_buy for order in orders], np.bool_),
        np.array([nan if order.quantity is None else order.quantity for order in orders], np.float64),
        np.array([nan if order.price is None else order.price for order in orders], np.float64),
        np.array([_is_special(order) for order in orders], np.bool_),
    )


def _is_special(order: JudgedOrder) -> bool:
    more = (order.stop_price, order.cash_quantity, order.late_ms)
    return order.is_market or any(each is not None for each in more)
