"""The alerts that have to come, and the judgement on those that came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from faults.frames import SIDES
from faults.market import Expected, Item, Order, Phase, Quote

_EXAMPLES: Final = 10

Fields = Mapping[str, str]
Entry = tuple[str, Fields]
"""An entry of the alert stream with its ID."""
Identity = tuple[str, str]
"""Account and order ID: the source and the frame number there."""


@dataclass
class Verdict:
    """What came out of a run; all counts but the first two have to be 0."""

    expected: int = 0
    alerts: int = 0
    missing: int = 0
    duplicated: int = 0
    unexpected: int = 0
    """Alerts that nobody should have raised, or with a field that is wrong."""
    disordered: int = 0
    """Alerts that came after one of a later order of the same source."""
    wrong_quotes: int = 0
    """Symbols whose hash is not the last quote sent."""
    unseen: int = 0
    """Alerts that the subscriber did not see."""
    misseen: int = 0
    """What it saw twice, or at the wrong place, or instead of an alert."""
    examples: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether everything took effect exactly once."""
        wrong = self.missing + self.duplicated + self.unexpected + self.disordered
        wrong += self.wrong_quotes + self.unseen + self.misseen
        return self.expected > 0 and not wrong

    def note(self, text: str) -> None:
        """Keep an example of what is wrong."""
        if len(self.examples) < _EXAMPLES:
            self.examples.append(text)


class Oracle:
    """Knows what was sent and what has to follow from it."""

    def __init__(self) -> None:
        self._expected: dict[Identity, Expected] = {}
        self._quotes: dict[str, Quote] = {}
        self._acknowledged: dict[str, int] = {}

    def expect(self, phase: Phase) -> None:
        """Learn what follows from a phase."""
        self._expected.update({_identity(each.order): each for each in phase.expected})

    def quotes_acknowledged(self, items: Sequence[Item]) -> None:
        """These quotes are in effect."""
        for item in items:
            if isinstance(item.about, Quote) and not item.is_bad:
                self._quotes[item.about.transact_time] = item.about
                self._acknowledged[item.about.symbol] = item.about.number

    def quotes_sent(self, items: Sequence[Item]) -> None:
        """These quotes may take effect from now on."""
        for item in items:
            if isinstance(item.about, Quote) and not item.is_bad:
                self._quotes[item.about.transact_time] = item.about

    def orders_sent(self, items: Sequence[Item]) -> None:
        """These orders are on their way: they must meet the quotes acknowledged by now, or newer ones."""
        for item in items:
            if isinstance(item.about, Order):
                expected = self._expected.get(_identity(item.about))
                if expected is not None and expected.oldest_quote is None:
                    expected.oldest_quote = self._acknowledged.get(item.about.symbol, 0)

    def judge(
        self, entries: Sequence[Entry], hashes: Mapping[str, Fields], seen_live: Sequence[str]
    ) -> Verdict:
        """Compare what came with what had to come.

        Args:
            entries: the whole stream of alerts.
            hashes: the hash of each symbol.
            seen_live: the IDs that the subscriber has seen.
        """
        verdict = Verdict(expected=len(self._expected))
        seen: set[Identity] = set()
        last: dict[str, str] = {}
        for _, alert in entries:
            verdict.alerts += 1
            identity = alert["account"], alert["order_id"]
            if identity in seen:
                verdict.duplicated += 1
                verdict.note(f"duplicated: {dict(alert)}")
            elif wrong := self._wrong(alert, self._expected.get(identity)):
                verdict.unexpected += 1
                verdict.note(f"{wrong}: {dict(alert)}")
            elif alert["order_id"] < last.get(alert["account"], ""):
                verdict.disordered += 1
                verdict.note(f"after order {last[alert['account']]}: {dict(alert)}")
            seen.add(identity)
            last[alert["account"]] = alert["order_id"]
        for identity, expected in self._expected.items():
            if identity not in seen:
                verdict.missing += 1
                verdict.note(f"missing: {expected}")
        self._judge_quotes(hashes, verdict)
        _judge_subscriber([entry_id for entry_id, _ in entries], seen_live, verdict)
        return verdict

    def _wrong(self, alert: Fields, expected: Expected | None) -> str:
        """What is wrong with an alert; empty if nothing is."""
        if expected is None:
            return "nobody expects it"
        quote = self._quote_met(alert, expected)
        if isinstance(quote, str):
            return quote
        right = _fields(expected.order, expected.reason, quote)
        return " ".join(name for name, value in right.items() if alert.get(name) != value)

    def _quote_met(self, alert: Fields, expected: Expected) -> Quote | str | None:
        """The quote that the alert has to show, or what is wrong."""
        if not expected.is_flowing:
            return expected.quote
        met = self._quotes.get(alert["quote_time"])
        if met is None or met.symbol != expected.order.symbol:
            return "no quote of the symbol"
        if expected.oldest_quote is None or met.number < expected.oldest_quote:
            return f"older than quote {expected.oldest_quote}, which was acknowledged before"
        return met

    def _judge_quotes(self, hashes: Mapping[str, Fields], verdict: Verdict) -> None:
        latest = {quote.symbol: quote for quote in sorted(self._quotes.values())}
        for symbol, quote in latest.items():
            stored = hashes.get(symbol, {})
            if any(stored.get(name) != value for name, value in _prices(quote).items()):
                verdict.wrong_quotes += 1
                verdict.note(f"{symbol}: {dict(stored)} is not {quote}")


def _judge_subscriber(ids: Sequence[str], seen: Sequence[str], verdict: Verdict) -> None:
    unseen = set(ids).difference(seen)
    verdict.unseen = len(unseen)
    wanted = [entry_id for entry_id in ids if entry_id not in unseen]
    verdict.misseen = sum(one != other for one, other in zip_longest(wanted, seen))
    if verdict.unseen or verdict.misseen:
        verdict.note(f"the subscriber saw {len(seen)} alerts and missed {len(unseen)} of {len(ids)}")


def _identity(order: Order) -> Identity:
    return str(order.account), order.order_id


def _prices(quote: Quote) -> dict[str, str]:
    return {"bid": repr(quote.bid), "offer": repr(quote.offer), "transact_time": quote.transact_time}


def _fields(order: Order, reason: str, quote: Quote | None) -> dict[str, str]:
    """All fields of an alert but `checked_at`."""
    return {
        "order_id": order.order_id,
        "account": str(order.account),
        "side": SIDES[order.side],
        "symbol": order.symbol,
        "quantity": repr(order.quantity),
        "price": repr(order.price),
        "transact_time": order.transact_time,
        "bid": "" if quote is None else repr(quote.bid),
        "offer": "" if quote is None else repr(quote.offer),
        "quote_time": "" if quote is None else quote.transact_time,
        "reason": reason,
    }
