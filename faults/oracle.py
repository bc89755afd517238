"""The judgement on the alerts and the quotes that came, by what was sent."""

from collections.abc import Mapping, Sequence

from faults.frames import SIDES
from faults.limits.judgement import Judgement
from faults.limits.sent_limits import SentLimits
from faults.market import Identity, Order, Quote
from faults.seen import Seen, judge_seen
from faults.sent_orders import Sent, SentOrders, moments
from faults.sent_quotes import SentQuotes
from faults.told import APART_US, Clock, now_us
from faults.verdict import Verdict

Fields = Mapping[str, str]
Entry = tuple[str, Fields]
"""An entry of the alert stream with its ID."""


class Oracle:
    """Knows what was sent and what has to follow from it.

    Args:
        clock: what all times are judged by.
    """

    def __init__(self, clock: Clock = now_us) -> None:
        self.quotes = SentQuotes(clock)
        self.limits = SentLimits(clock)
        self.orders = SentOrders(self.quotes, self.limits, clock)

    def judge(
        self,
        entries: Sequence[Entry],
        hashes: Mapping[str, Fields],
        seen: Seen,
        verdict: Verdict,
        *,
        given_up: int = 0,
    ) -> None:
        """Compare what came with what had to come.

        Args:
            entries: the whole stream of alerts.
            hashes: the hash of each symbol.
            seen: what the subscriber has seen.
            verdict: what is wrong is added to it.
            given_up: the highest version of the limits that a checker has waited for in vain: a source that
                it has judged may go back to a lower one.
        """
        sent = self.orders.all()
        verdict.alerts += len(entries)
        found: set[Identity] = set()
        last: dict[str, int] = {}
        versions: dict[str, int] = {}
        for _, alert in entries:
            identity = alert["source"], alert["sequence"]
            if identity in found:
                verdict.duplicated += 1
                verdict.note(f"duplicated: {dict(alert)}")
            elif wrong := self._wrong(alert, sent.get(identity)):
                verdict.unexpected += 1
                verdict.note(f"{wrong}: {dict(alert)}")
            elif sent[identity].order.number < last.get(alert["source"], 0):
                verdict.disordered += 1
                verdict.note(f"after order {last[alert['source']]}: {dict(alert)}")
            elif not moments(sent[identity]).are_around(int(alert["checked_at"])):
                verdict.mistimed += 1
                verdict.note(f"checked_at is not within {moments(sent[identity])}: {dict(alert)}")
            found.add(identity)
            if identity in sent:
                last[alert["source"]] = sent[identity].order.number
            self._judge_version(alert, versions, given_up, verdict)
        self._judge_missing(sent, found, verdict)
        self._judge_quotes(hashes, verdict)
        judge_seen([entry_id for entry_id, _ in entries], seen, verdict)

    def _wrong(self, alert: Fields, sent: Sent | None) -> str:
        """What is wrong with an alert; empty if nothing is."""
        if sent is None:
            return "nobody expects it"
        quote = self.quotes.at(alert["quote_time"]) if alert["quote_time"] else None
        if quote is None and sent.oldest:
            return f"no quote, though quote {sent.oldest} was acknowledged before"
        if quote is not None:
            if quote.symbol != sent.order.symbol:
                return "a quote of another symbol"
            if not sent.oldest <= quote.number <= sent.newest:
                return f"quote {quote.number}: not between {sent.oldest} and {sent.newest}"
        return self._wrong_version(alert, sent) or self._wrong_fields(alert, sent.order, quote)

    def _wrong_version(self, alert: Fields, sent: Sent) -> str:
        number = _version(alert)
        if not sent.lowest <= number <= sent.highest or not self.limits.of(number):
            return f"limits version {number}: none from {sent.lowest} to {sent.highest} that was activated"
        if self.limits.begun_us(number) > int(alert["checked_at"]) + APART_US:
            return f"limits version {number}: it was activated later"
        return ""

    def _wrong_fields(self, alert: Fields, order: Order, quote: Quote | None) -> str:
        """Which fields are not what any version of the number says that the alert names."""
        wrong = [_apart(alert, order, quote, each) for each in self.limits.of(_version(alert))]
        return "" if "" in wrong else " or ".join(wrong)

    def _judge_version(
        self, alert: Fields, versions: dict[str, int], given_up: int, verdict: Verdict
    ) -> None:
        """Versions never go back within a source."""
        number, before = _version(alert), versions.get(alert["source"], 0)
        verdict.judged_by[number] = verdict.judged_by.get(number, 0) + 1
        if number < before <= given_up:
            verdict.after_waits += 1
        elif number < before:
            verdict.went_back += 1
            verdict.note(f"after limits version {before}: {dict(alert)}")
        versions[alert["source"]] = max(before, number)

    def _judge_missing(self, sent: Mapping[Identity, Sent], found: set[Identity], verdict: Verdict) -> None:
        for identity, each in sent.items():
            possible = self.orders.possible(each)
            if possible.alerting == possible.ways:
                verdict.expected += 1
                if identity not in found:
                    verdict.missing += 1
                    verdict.note(f"missing: {each}")

    def _judge_quotes(self, hashes: Mapping[str, Fields], verdict: Verdict) -> None:
        for symbol, quote in self.quotes.last_ones().items():
            stored = hashes.get(symbol, {})
            if any(stored.get(name) != value for name, value in _prices(quote).items()):
                verdict.wrong_quotes += 1
                verdict.note(f"{symbol}: {dict(stored)} is not {quote}")
            elif not self._has_flags(stored, quote):
                verdict.wrong_flags += 1
                verdict.note(f"{symbol}: wrong flags for {quote} and limits: {dict(stored)}")
            elif not self.quotes.moments(quote).are_around(int(stored["updated_at"])):
                verdict.mistimed += 1
                verdict.note(
                    f"{symbol}: updated_at is not within {self.quotes.moments(quote)}: {dict(stored)}"
                )

    def _has_flags(self, stored: Fields, quote: Quote) -> bool:
        """Whether flags are those of a version that can be active now."""
        number = _version(stored)
        return self.limits.in_force <= number <= self.limits.highest and any(
            all(stored.get(name) == value for name, value in each.flags(quote.symbol, quote).items())
            for each in self.limits.of(number)
        )


def _prices(quote: Quote) -> dict[str, str]:
    return {"bid": repr(quote.bid), "offer": repr(quote.offer), "transact_time": quote.transact_time}


def _version(alert: Fields) -> int:
    """The number of the version of the limits that judged; -1 where it cannot be read."""
    number, _, _ = alert.get("limits", "").partition(":")
    return int(number or 0) if number.isdecimal() or not number else -1


def _apart(alert: Fields, order: Order, quote: Quote | None, judgement: Judgement) -> str:
    """The fields that are not what a judgement says; empty if all are."""
    right = {**_fields(order, quote), **judgement.fields(order, quote)}
    wrong = [name for name, value in right.items() if alert.get(name, "") != value or not right["reason"]]
    if not judgement.has_broken(alert.get("broken", ""), order, quote):
        wrong.append("broken")
    return " ".join(wrong)


def _fields(order: Order, quote: Quote | None) -> dict[str, str]:
    """What an alert says of an order and the quote that it met."""
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
    }
