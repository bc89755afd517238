"""Checkers with FIX sessions, and desks that connect to them."""

from pathlib import Path
from typing import NamedTuple

from tests.support.fix_connection import DeskConnection
from tests.support.fix_desk import Desk
from tests.support.processes import Process, Processes, split_address


def session_table(
    name: str, *, theirs: str = "DESK", begin: str = "FIX.4.4", ours: str = "SPREAD", more: str = ""
) -> str:
    """A session of the file.

    Args:
        name: of the session.
        theirs: the peer's CompID.
        begin: BeginString; FIXT.1.1 comes with FIX.5.0SP2.
        ours: our CompID.
        more: further settings.
    """
    appl = 'appl = "FIX.5.0SP2"' if begin == "FIXT.1.1" else ""
    return f"""
[[session]]
name = "{name}"
role = "acceptor"
begin = "{begin}"
ours = "{ours}"
theirs = "{theirs}"
carries = "requests"
{appl}
{more}
"""


class FixChecker(NamedTuple):
    """A checker, and where counterparties connect to it."""

    process: Process
    address: tuple[str, int]

    def connect(self, desk: Desk, heartbeat_s: int = 30) -> DeskConnection:
        """A connection on which a desk is logged on."""
        desk.heartbeat_s = heartbeat_s
        connection = DeskConnection(desk, self.address)
        try:
            connection.log_on()
        except ConnectionError:
            connection.close()
            raise
        return connection


def start_checker(
    processes: Processes,
    url: str,
    folder: Path,
    file: str,
    *words: str,
    port: int = 0,
    module: str = "services.orders",
) -> FixChecker:
    """A checker of FIX sessions alone.

    Args:
        processes: starts it.
        url: of Redis.
        folder: for the file of sessions.
        file: its content.
        words: further ones for the command.
        port: where counterparties connect; 0 picks a free one.
        module: the program.
    """
    path = folder / "sessions.toml"
    path.write_text(file)
    where = ("--listen", "none", "--metrics", "127.0.0.1:0", "--fix-listen", f"127.0.0.1:{port}")
    common = ("--redis", url, "--log-format", "json", "--fix", str(path))
    process = processes.start("-m", module, *where, *common, *words)
    process.wait_for("listening")
    return FixChecker(process, fix_address(process))


def fix_address(process: Process) -> tuple[str, int]:
    """Where counterparties connect to a checker; nowhere if it only dials."""
    address = process.wait_for("FIX sessions may log on")["address"]
    return ("", 0) if address == "none" else split_address(address)
