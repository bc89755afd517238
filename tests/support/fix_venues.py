"""Ingestors with FIX sessions, and venues that send them market data."""

from pathlib import Path
from typing import Final

from redis import Redis

from tests.support.fix_connection import sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import quote_of
from tests.support.processes import Processes

PRICES: Final = "bid", "offer"


def venue_table(name: str, theirs: str = "VENUE", more: str = "") -> str:
    """A session for quotes, which a venue dials."""
    return session_table(name, theirs=theirs, more=more).replace('"requests"', '"quotes"')


def dialled_table(name: str, port: int, theirs: str = "VENUE", more: str = "") -> str:
    """A session for quotes, of a venue that is dialled."""
    where = f'connect = "127.0.0.1:{port}"\n{more}'
    return venue_table(name, theirs, where).replace('"acceptor"', '"initiator"')


def start_ingestor(processes: Processes, url: str, folder: Path, file: str, *words: str) -> FixChecker:
    """An ingestor of FIX sessions alone, unless further words say otherwise."""
    return start_checker(processes, url, folder, file, *words, module="services.market_data")


def venue(comp_id: str = "VENUE") -> Desk:
    """A venue that dials."""
    return Desk(comp_id=comp_id, sent=sent_now)


def prices(client: Redis, symbol: str) -> tuple[str, ...]:
    """Bid and offer of a symbol, as its hash has them; nothing without a hash."""
    found = quote_of(client, symbol)
    return tuple(found[each] for each in PRICES) if found else ()
