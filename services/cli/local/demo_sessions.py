"""The files of FIX sessions that the demo's services are started with."""

from pathlib import Path
from typing import Final

from services.cli.counterparties.party import BEGIN, DESK, SERVICE, VENUE

_SESSION: Final = """\
[[session]]
name = "{name}"
role = "acceptor"
begin = "{begin}"
ours = "{ours}"
theirs = "{theirs}"
carries = "{carries}"
reset = "{reset}"
"""


class DemoSessions:
    """A session for the simulated venue and one for the simulated desk.

    Args:
        folder: where the files and the desk's store go.
        quotes: where the ingestor listens.
        orders: where the checker listens.
    """

    def __init__(self, folder: Path, quotes: str, orders: str) -> None:
        self._folder, self._quotes, self._orders = folder, quotes, orders
        self._venues, self._desks = folder / "venues.toml", folder / "desks.toml"

    def write(self) -> None:
        """Write the files."""
        self._venues.write_text(_session("venue", VENUE, carries="quotes", reset="logon"))
        self._desks.write_text(_session("desk", DESK, carries="requests", reset="never"))

    @property
    def of_ingestor(self) -> tuple[str, ...]:
        """Further words for it."""
        return ("--fix", str(self._venues), "--fix-listen", self._quotes)

    @property
    def of_checker(self) -> tuple[str, ...]:
        """Further words for it."""
        return ("--fix", str(self._desks), "--fix-listen", self._orders)

    @property
    def of_simulator(self) -> tuple[str, ...]:
        """Where it sends, and where its desk keeps what it has sent."""
        store = str(self._folder / "fix-store")
        return ("--fix", "--fix-store", store, "--market-data", self._quotes, "--orders", self._orders)

    def guide(self) -> str:
        """Where to look."""
        return f"quotes {self._quotes}, orders {self._orders}; {self._venues}, {self._desks}"


def _session(name: str, theirs: bytes, *, carries: str, reset: str) -> str:
    return _SESSION.format(
        name=name,
        begin=BEGIN.decode(),
        ours=SERVICE.decode(),
        theirs=theirs.decode(),
        carries=carries,
        reset=reset,
    )
