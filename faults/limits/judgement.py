"""What a version of the limits says, written from its description in exact decimals: the oracle's own."""

from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from faults.limits.version import Limits, Profile, SymbolClass
from faults.market import Order, Quote
from faults.rule import reason

_RATIO_DIGITS: Final = Decimal("0.00001")
"""Ratios are told with six digits."""


class Judgement(Protocol):
    """Judges orders by one version. What it says of the market does not depend on the order's size."""

    def kind(self, account: int) -> Hashable:
        """Accounts of one kind are told the same of the market."""

    def market_alerts(self, symbol: str, kind: Hashable, quote: Quote | None) -> bool:
        """Whether every order from accounts of a kind alerts that meets this."""

    def order_alerts(self, order: Order) -> bool:
        """Whether an order alerts whatever it meets."""

    def fields(self, order: Order, quote: Quote | None) -> Mapping[str, str]:
        """What an alert says of the judgement; no reason if there is none to alert."""

    def has_broken(self, text: str, order: Order, quote: Quote | None) -> bool:
        """Whether the text of an alert names what is broken, with limits and measured values."""

    def flags(self, symbol: str, quote: Quote) -> Mapping[str, str]:
        """What the symbol's hash says: what an order would meet from an account without profile."""


class RuleWithoutLimits:
    """Version 0: what holds while no limits are published."""

    def kind(self, account: int) -> Hashable:  # noqa: ARG002 (there are no profiles)
        """See `Judgement`."""
        return None

    def market_alerts(self, symbol: str, kind: Hashable, quote: Quote | None) -> bool:  # noqa: ARG002
        """See `Judgement`."""
        return quote is None or bool(reason(quote.bid, quote.offer))

    def order_alerts(self, order: Order) -> bool:  # noqa: ARG002 (only the market counts)
        """See `Judgement`."""
        return False

    def fields(self, order: Order, quote: Quote | None) -> Mapping[str, str]:  # noqa: ARG002
        """See `Judgement`."""
        return {"reason": "no_quote" if quote is None else reason(quote.bid, quote.offer)}

    def has_broken(self, text: str, order: Order, quote: Quote | None) -> bool:  # noqa: ARG002
        """See `Judgement`."""
        return not text

    def flags(self, symbol: str, quote: Quote) -> Mapping[str, str]:  # noqa: ARG002 (all have the same limits)
        """See `Judgement`."""
        return _flags(reason(quote.bid, quote.offer), quote)


class Broken(NamedTuple):
    """A test that is broken."""

    name: str
    limit: Decimal | None = None
    """After tightening; None for a state."""
    measured: Decimal | None = None
    """Exact, but for ratios."""


class JudgementByLimits:
    """A published version.

    Args:
        number: of the version.
        limits: what it says.
    """

    def __init__(self, number: int, limits: Limits) -> None:
        self.limits = limits
        self._number = number

    def kind(self, account: int) -> Hashable:
        """See `Judgement`."""
        return self._profile(account)

    def market_alerts(self, symbol: str, kind: Hashable, quote: Quote | None) -> bool:
        """See `Judgement`."""
        assert kind is None or isinstance(kind, Profile)
        return any(True for _ in _broken_by_market(self._class(symbol), kind, quote))

    def order_alerts(self, order: Order) -> bool:
        """See `Judgement`."""
        return any(True for _ in self._broken_by_order(order))

    def fields(self, order: Order, quote: Quote | None) -> Mapping[str, str]:
        """See `Judgement`."""
        profile = self._profile(order.account)
        limits = f"{self._number}:{self._class(order.symbol).name}"
        return {
            "reason": ",".join(each.name for each in self._broken(order, quote)),
            "limits": limits if profile is None else f"{limits}:{profile.name}",
            "state": _state(quote),
            "severity": "high" if profile is not None and profile.severity == "high" else "",
        }

    def has_broken(self, text: str, order: Order, quote: Quote | None) -> bool:
        """See `Judgement`."""
        parts, broken = text.split(";"), list(self._broken(order, quote))
        return len(parts) == len(broken) and all(map(_is_told, parts, broken))

    def flags(self, symbol: str, quote: Quote) -> Mapping[str, str]:
        """See `Judgement`."""
        found = self._class(symbol)
        reasons = ",".join(each.name for each in _broken_by_market(found, None, quote))
        return {**_flags(reasons, quote), "limits": f"{self._number}:{found.name}"}

    def _class(self, symbol: str) -> SymbolClass:
        return next(each for each in self.limits.classes if _fits(symbol, each.symbols))

    def _profile(self, account: int) -> Profile | None:
        return next((each for each in self.limits.profiles if _fits(str(account), each.accounts)), None)

    def _broken(self, order: Order, quote: Quote | None) -> Iterator[Broken]:
        """In the order in which alerts name the reasons."""
        yield from _broken_by_market(self._class(order.symbol), self._profile(order.account), quote)
        yield from self._broken_by_order(order)

    def _broken_by_order(self, order: Order) -> Iterator[Broken]:
        profile, size = self._profile(order.account), abs(Decimal(repr(order.quantity)))
        limits = [self._class(order.symbol).max_quantity, profile and profile.max_quantity]
        known = [limit for limit in limits if limit is not None]
        if known and size >= min(known):
            yield Broken("quantity", min(known), size)


def _broken_by_market(
    symbol_class: SymbolClass, profile: Profile | None, quote: Quote | None
) -> Iterator[Broken]:
    if quote is None:
        yield from [Broken("no_quote")] * ("no_quote" in symbol_class.alerting)
        return
    bid, offer = Decimal(repr(quote.bid)), Decimal(repr(quote.offer))
    tier = ([each for each in symbol_class.tiers if each.begins <= bid] or symbol_class.tiers[:1])[-1]
    tighten = Decimal(1) if profile is None else profile.tighten
    spread, total = offer - bid, bid + offer
    if spread >= tier.spread * tighten:
        yield Broken("spread", tier.spread * tighten, spread)
    if total > 0 and 2 * spread >= tier.ratio * tighten * total:
        yield Broken("spread_ratio", tier.ratio * tighten, 2 * spread / total)
    is_so = {"locked": bid == offer, "crossed": bid > offer, "negative": min(bid, offer) < 0}
    for state, is_in_it in is_so.items():
        if is_in_it and state in symbol_class.alerting:
            yield Broken(state)


def _flags(reasons: str, quote: Quote) -> Mapping[str, str]:
    return {"risky": str(int(bool(reasons))), "reason": reasons, "state": _state(quote) or "two_sided"}


def _state(quote: Quote | None) -> str:
    """The first that applies; empty for a market of two sides."""
    if quote is None:
        return "empty"
    if quote.bid >= quote.offer:
        return "crossed" if quote.bid > quote.offer else "locked"
    return "negative" if quote.bid < 0 else ""


@lru_cache(maxsize=100_000)
def _fits(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _is_told(text: str, broken: Broken) -> bool:
    """Whether a part of `broken` is this."""
    name, _, values = text.partition(">=")
    if name != broken.name or broken.limit is None or broken.measured is None:
        return text == broken.name
    limit, _, measured = values.partition(":")
    tolerance = abs(broken.measured) * _RATIO_DIGITS if name == "spread_ratio" else 0
    try:
        apart = abs(Decimal(measured) - broken.measured)
        return Decimal(limit) == broken.limit and apart <= tolerance
    except InvalidOperation:
        return False
