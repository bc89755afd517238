"""The judgement on the alerts and the quotes that came, by what was sent."""

from collections.abc import Mapping, Sequence

from faults.frames import SIDES
from faults.market import Identity, Order, Quote
from faults.rule import reason
from faults.seen import Seen, judge_seen
from faults.sent_orders import Sent, SentOrders, moments
from faults.sent_quotes import SentQuotes
from faults.told import Clock, now_us
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
        self.orders = SentOrders(self.quotes, clock)

    def judge(
        self, entries: Sequence[Entry], hashes: Mapping[str, Fields], seen: Seen, verdict: Verdict
    ) -> None:
        """Compare what came with what had to come.

        Args:
            entries: the whole stream of alerts.
            hashes: the hash of each symbol.
            seen: what the subscriber has seen.
            verdict: what is wrong is added to it.
        """
        sent = self.orders.all()
        verdict.alerts += len(entries)
        found: set[Identity] = set()
        last: dict[str, int] = {}
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
        right = _fields(sent.order, quote)
        return " ".join(
            name for name, value in right.items() if alert.get(name) != value or not right["reason"]
        )

    def _judge_missing(self, sent: Mapping[Identity, Sent], found: set[Identity], verdict: Verdict) -> None:
        for identity, each in sent.items():
            possible = self.orders.possible(each)
            if possible.risky == possible.quotes:
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
            elif not self.quotes.moments(quote).are_around(int(stored["updated_at"])):
                verdict.mistimed += 1
                verdict.note(
                    f"{symbol}: updated_at is not within {self.quotes.moments(quote)}: {dict(stored)}"
                )


def _prices(quote: Quote) -> dict[str, str]:
    return {"bid": repr(quote.bid), "offer": repr(quote.offer), "transact_time": quote.transact_time}


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
        "reason": "no_quote" if quote is None else reason(quote.bid, quote.offer),
    }
