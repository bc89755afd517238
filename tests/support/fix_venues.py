"""Ingestors with FIX sessions, and venues that send them market data."""

import re
import socket
import ssl
from pathlib import Path
from typing import Final, NamedTuple

from redis import Redis

from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import quote_of
from tests.support.processes import TIMEOUT_S, Processes

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


class DialledVenue:
    """A venue that waits to be dialled; nothing happens but within its methods.

    Args:
        context: for TLS; None: without.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.desk = Desk(comp_id="VENUE", sent=sent_now, is_acceptor=True)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT_S)
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> DeskConnection:
        """A connection on which whoever dials next is logged on."""
        sock, _ = self._listener.accept()
        if self._context is not None:
            sock = self._context.wrap_socket(sock, server_side=True)
        self.desk.is_up = self.desk.is_over = False
        line = DeskConnection(self.desk, sock)
        line.hear_until(lambda: self.desk.is_up, "the venue is logged on to")
        return line

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


class Request(NamedTuple):
    """A MarketDataRequest that a venue has got."""

    id: str
    kind: str
    """SubscriptionRequestType (263): 1 subscribes, 2 does so no more."""
    symbol: str


def requests(line: DeskConnection) -> list[Request]:
    """All that were heard on a connection."""
    found = [dict(re.findall(r"\|(\d+)=([^|]*)", each)) for each in line.heard if "|35=V|" in each]
    return [Request(each["262"], each["263"], each["55"]) for each in found]
