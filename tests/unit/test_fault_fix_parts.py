"""The parts of the fault runs of orders by FIX: what an engine has stored, and what is wrong with alerts."""

from pathlib import Path

import pytest

from faults.fix.file_store import stored_orders
from faults.fix.outcome import Fault, Outcome
from tests.support import fix


def store(folder: Path, following: int, *messages: tuple[int, bytes]) -> None:
    """What QuickFIX leaves: messages with their numbers, and the next number of its own."""
    path, header, body = folder / "FIX.4.4-DESK-SPREAD", "", b""
    for number, message in messages:
        header += f"{number},{len(body)},{len(message)} "
        body += message
    path.with_name(f"{path.name}.header").write_text(header)
    path.with_name(f"{path.name}.body").write_bytes(body)
    path.with_name(f"{path.name}.seqnums").write_text(f"{following:010} : {7:010}")


LOGON, HEARTBEAT = fix.message("35=A|34=1|98=0"), fix.message("35=0|34=1")
ORDERS = [fix.order(f"11={name}|55=NONE") for name in range(3)]


@pytest.mark.parametrize(
    ("following", "messages", "orders"),
    [
        (1, [], 0),
        (2, [(1, LOGON)], 0),
        (4, [(1, LOGON), (2, ORDERS[0]), (3, ORDERS[1])], 2),
        (5, [(1, LOGON), (2, ORDERS[0]), (3, ORDERS[1]), (4, HEARTBEAT)], 2),
        (3, [(1, LOGON), (2, ORDERS[0]), (3, ORDERS[1])], 1),
        (5, [(1, LOGON), (2, ORDERS[0]), (3, ORDERS[1]), (3, LOGON), (4, ORDERS[1])], 2),
        (4, [(1, LOGON), (2, ORDERS[0]), (3, ORDERS[1]), (3, LOGON)], 1),
    ],
    ids=["empty", "no order", "two", "and a heartbeat", "one not numbered", "sent anew", "its number used"],
)
def test_what_an_engine_has_stored(
    tmp_path: Path, following: int, messages: list[tuple[int, bytes]], orders: int
) -> None:
    """An order counts if it has a number: not if the engine was killed before that, or has used it again."""
    store(tmp_path, following, *messages)
    assert stored_orders(tmp_path) == orders


def test_an_engine_that_never_ran_has_stored_nothing(tmp_path: Path) -> None:
    """There are no files."""
    assert stored_orders(tmp_path) == 0


@pytest.mark.parametrize(
    ("found", "missing", "doubled", "disordered"),
    [
        ("0123", 0, 0, 0),
        ("013", 1, 0, 0),
        ("01213", 0, 1, 0),
        ("0213", 0, 0, 1),
        ("01234", 0, 0, 0),
    ],
)
def test_what_is_wrong_with_alerts(found: str, missing: int, doubled: int, disordered: int) -> None:
    """Orders that are missing, doubled, or late; and those that nobody has sent are no success either."""
    outcome = Outcome("initiator", "FIX.4.4", 4, [Fault(0, 1.0, "line cut", 3)])
    outcome.judge(list(found))
    assert (outcome.missing, outcome.doubled, outcome.disordered) == (missing, doubled, disordered)
    assert outcome.is_good is (found == "0123")


def test_faults_that_met_nothing_prove_nothing() -> None:
    """Half of them have to strike with orders in flight."""
    outcome = Outcome("initiator", "FIX.4.4", 1, [Fault(0, 1.0, "line cut", 0), Fault(1, 2.0, "line cut", 1)])
    outcome.judge(["0"])
    assert outcome.is_good
    outcome.faults.append(Fault(2, 3.0, "line cut", 0))
    assert not outcome.is_good
