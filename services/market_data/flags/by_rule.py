"""The flags by the rule, while no limits are published."""

from collections.abc import Sequence
from typing import Final

from shared.market.limits.met import MetQuote
from shared.market.limits.verdict import Flags
from shared.market.quote_state import STATES, state_of
from shared.market.reasons import NO_QUOTE, SPREAD, SPREAD_RATIO
from shared.market.rule import Limits, reasons, reasons_of_many

_VECTOR_QUOTES: Final = 16
"""From so many on judging them together is cheaper (20 us against 1.5 us each)."""

_ALL_REASONS: Final[tuple[tuple[str, ...], ...]] = (
    (),
    (SPREAD,),
    (SPREAD_RATIO,),
    (SPREAD, SPREAD_RATIO),
    (NO_QUOTE,),
)
_FLAGS: Final = {
    state: {found: Flags(found, state, "") for found in _ALL_REASONS} for state in STATES
}  # made once: making them for each quote takes 0.4 us


class RuleFlags:
    """Goes by the rule; see `services.market_data.flags.flagging.Flagging`.

    Args:
        limits: from where on a market is too wide.
    """

    version = 0

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def of_many(
        self,
        numbers: Sequence[int],
        bids: Sequence[float | None],
        offers: Sequence[float | None],
        now_us: int,  # noqa: ARG002 - the rule knows no time
    ) -> Sequence[Flags]:
        """See `Flagging.of_many`."""
        if len(numbers) < _VECTOR_QUOTES:
            limits = self._limits
            return [
                _FLAGS[state_of(bid, offer)][reasons(bid, offer, limits)]
                for bid, offer in zip(bids, offers, strict=True)
            ]
        found = reasons_of_many(bids, offers, self._limits)
        return [
            _FLAGS[state_of(bid, offer)][why] for bid, offer, why in zip(bids, offers, found, strict=True)
        ]

    def of_one(self, number: int, quote: MetQuote, now_us: int) -> Flags:  # noqa: ARG002
        """See `Flagging.of_one`."""
        return _FLAGS[state_of(quote.bid, quote.offer)][reasons(quote.bid, quote.offer, self._limits)]

    def change_at(self, number: int, quote: MetQuote, now_us: int) -> int | None:  # noqa: ARG002
        """See `Flagging.change_at`."""
        return None
