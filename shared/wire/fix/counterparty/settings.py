"""What was agreed with a counterparty: one session of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from shared.base.address import Address
from shared.wire.fix.counterparty.daily_reset import DailyReset
from shared.wire.fix.dialect import ACTIONS, CONDITIONS, STATUSES, Action, BookKey, SymbolField
from shared.wire.fix.message import Pair

Role = Literal["acceptor", "initiator"]
Carries = Literal["requests", "reports", "quotes"]
"""Orders as a desk sends them, execution reports about them, or market data."""


class Tls(NamedTuple):
    """Files of a session over TLS; an empty path stands for what was left out."""

    certificate: str
    key: str
    authority: str


class SessionKey(NamedTuple):
    """What tells sessions apart in a message that arrives."""

    begin: bytes
    """BeginString (8)."""
    sender: bytes
    """SenderCompID (49): theirs."""
    target: bytes
    """TargetCompID (56): ours."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """One session."""

    name: str
    """Of its source: alerts name it `fix:<name>`."""
    role: Role
    begin: bytes
    """BeginString (8): `FIX.4.2`, `FIX.4.4` or `FIXT.1.1`."""
    ours: bytes
    """Our CompID."""
    theirs: bytes
    carries: Carries
    connect: Address | None = None
    """Where an initiator dials."""
    default_appl: bytes = b""
    """DefaultApplVerID (1137) of a Logon under FIXT.1.1; `9` is FIX.5.0SP2."""
    heartbeat_s: int = 30
    """What an initiator proposes; an acceptor takes what its peer proposes."""
    reset: Literal["never", "logon"] | DailyReset = "never"
    """When both sides begin again at 1."""
    resends: bool = True
    """Whether the peer sends its messages again when asked."""
    symbol: SymbolField = "55"
    symbol_map: str = ""
    """Path of a file that renames symbols; empty for none."""
    late_ms: int | None = None
    """An order that is older when it arrives is late; None: not tested."""
    answer: bool = False
    """Whether we answer with 35=j what cannot be read, and what is none of ours."""
    logon: tuple[Pair, ...] = field(default=(), repr=False)
    """Fields of the Logon, with passwords: an initiator sends them, an acceptor demands them; not logged."""
    fields: tuple[Pair, ...] = ()
    """Fields that each of our messages has in its header."""
    tls: Tls | None = None
    subscribe: tuple[str, ...] = ()
    """Symbols to ask market data for after the Logon."""
    request: tuple[Pair, ...] = ()
    """Fields of that request that are other than ours."""
    books: BookKey = "auto"
    actions: Mapping[bytes, Action] = field(default_factory=lambda: ACTIONS, hash=False)
    """What is done by MDUpdateAction (279)."""
    statuses: Mapping[bytes, int] = field(default_factory=lambda: STATUSES, hash=False)
    """Our status by SecurityTradingStatus (326)."""
    conditions: Mapping[bytes, int] = field(default_factory=lambda: CONDITIONS, hash=False)
    """Our status by QuoteCondition (276)."""

    @property
    def key(self) -> SessionKey:
        """By what its messages are known."""
        return SessionKey(self.begin, self.theirs, self.ours)
