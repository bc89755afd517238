"""The judge: what a version of the limits says to an order that met a quote at a moment."""

from bisect import bisect_right
from typing import Final, NamedTuple

from shared.market.limits.judging import flags_of, verdict_on
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.outcome import Case
from shared.market.limits.pattern_table import pattern_table
from shared.market.limits.rules_in_force import RulesInForce, rules_in_force
from shared.market.limits.values import LimitsVersion, Override, Policy, States
from shared.market.limits.verdict import Flags, Verdict
from shared.market.quote_state import CROSSED, LOCKED, ONE_SIDED, state_of

_REMEMBERED: Final = 20_000
_MINUTE_US: Final = 60_000_000


class Phase(NamedTuple):
    """A stretch of time in which the same rules hold for each symbol."""

    windows: tuple[str, ...]
    """Of all sessions."""
    ended: int
    """How many overrides have ended."""


class Judge:
    """Judges by one version. What it remembers changes no verdict: equal arguments get equal verdicts.

    Args:
        version: the limits.
    """

    def __init__(self, version: LimitsVersion) -> None:
        self.version = version
        self._classes = pattern_table(tuple(each.symbols for each in version.classes))
        self._profiles = pattern_table(tuple(each.accounts for each in version.accounts))
        self._windows: dict[str, tuple[int, str]] = {}
        """By session: a minute of the clock, and the window in it."""
        self._rules: dict[tuple[int, str, int | None, Override | None], RulesInForce] = {}
        self._ends = sorted(each.until_us for each in version.overrides.values())

    def judge(self, order: JudgedOrder, quote: MetQuote | None, moment_us: int) -> Verdict:
        """The verdict on an order.

        Args:
            order: the order.
            quote: what it met; None where the symbol has none.
            moment_us: when it is judged, microseconds since the Unix epoch.
        """
        return verdict_on(self.case(order, quote, moment_us))

    def case(self, order: JudgedOrder, quote: MetQuote | None, moment_us: int) -> Case:
        """An order with what it met and all that holds for it. For the arguments see `judge`."""
        return _case(
            order, quote, moment_us, self.rules(order.symbol, self.profile_of(order.account), moment_us)
        )

    def flags(self, symbol: str, quote: MetQuote | None, moment_us: int) -> Flags:
        """What a reader of the symbol should know, whatever is ordered.

        That is what an order without account profile and price would be told of the market; silence is left
        out, and a missing side that only some orders would meet.
        """
        rules = self.rules(symbol, None, moment_us)
        return flags_of(_case(JudgedOrder(symbol, "", 0), quote, moment_us, rules))

    def flags_change_at(self, symbol: str, quote: MetQuote, moment_us: int) -> int | None:
        """When the state of a quote will have lasted so long that it changes the flags.

        Windows and overrides change them as well, for many symbols at a time.

        Returns:
            microseconds since the Unix epoch, after `moment_us`; None if there is no such time.
        """
        rules = self.rules(symbol, None, moment_us)
        bid, offer = (None if price in rules.absent else price for price in (quote.bid, quote.offer))
        policy = _policy_by_age(rules.states, state_of(bid, offer))
        if policy is None or not policy.after_ms or quote.state_since_us is None:
            return None
        at_us = quote.state_since_us + 1000 * policy.after_ms
        return at_us if at_us > moment_us else None

    def class_of(self, symbol: str) -> int:
        """The place of a symbol's class: the first with a pattern that fits."""
        place = self._classes.first(symbol)
        assert place is not None  # the last class takes all
        return place

    def profile_of(self, account: str) -> int | None:
        """The place of an account's profile; None if it has none."""
        return self._profiles.first(account)

    def window_of(self, place: int, moment_us: int) -> str:
        """The window that a class is in; empty if it has no session."""
        session = self.version.classes[place].session
        if session is None:
            return ""
        return self.window_of_session(session, moment_us)

    def window_of_session(self, name: str, moment_us: int) -> str:
        """The window that a session is in."""
        minute = moment_us // _MINUTE_US
        known = self._windows.get(name)
        if known is None or known[0] != minute:
            known = self._windows[name] = minute, self.version.sessions[name].window_at(moment_us)
        return known[1]

    def phase_at(self, moment_us: int) -> Phase:
        """Where a moment lies: which rules hold for a symbol changes only from one phase to the next."""
        windows = tuple(self.window_of_session(name, moment_us) for name in self.version.sessions)
        return Phase(windows, bisect_right(self._ends, moment_us))

    def override_of(self, symbol: str, moment_us: int) -> Override | None:
        """A symbol's override, if there is one that has not ended."""
        override = self.version.overrides.get(symbol)
        return override if override is not None and moment_us < override.until_us else None

    def rules(self, symbol: str, profile: int | None, moment_us: int) -> RulesInForce:
        """All that is compared for a symbol and the profile at this place."""
        place = self.class_of(symbol)
        window, override = self.window_of(place, moment_us), self.override_of(symbol, moment_us)
        return self.rules_at(place, window, profile, override)

    def rules_at(
        self, place: int, window: str, profile: int | None, override: Override | None
    ) -> RulesInForce:
        """All that is compared for the class and the profile at these places."""
        key = place, window, profile, override
        found = self._rules.get(key)
        if found is None:
            if len(self._rules) >= _REMEMBERED:
                self._rules.clear()
            number, symbol_class = self.version.number, self.version.classes[place]
            account = None if profile is None else self.version.accounts[profile]
            found = self._rules[key] = rules_in_force(number, symbol_class, window, account, override)
        return found


def _policy_by_age(states: States, state: str) -> Policy | None:
    """The policy for a state that may alert only once it has lasted."""
    return {ONE_SIDED: states.one_sided, LOCKED: states.locked, CROSSED: states.crossed}.get(state)


def _case(order: JudgedOrder, quote: MetQuote | None, moment_us: int, rules: RulesInForce) -> Case:
    """What the tests look at: without the prices that mean no price to the class."""
    bid = None if quote is None or quote.bid in rules.absent else quote.bid
    offer = None if quote is None or quote.offer in rules.absent else quote.offer
    return Case(order, quote, bid, offer, moment_us, rules)
