"""The acceptance definitions of QuickFIX against the session layer, with sockets around it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from shared.wire.fix.counterparty.settings import SessionSettings
from tests.support.fix_acceptor import FixAcceptor
from tests.support.servers import DATA

RUNNER: Final = DATA.parent / "tools" / "fix-acceptance"
DEFINITIONS: Final = DATA / "fix-definitions"

_DICTIONARY: Final = "needs a data dictionary"
_ECHOED: Final = "expects orders to be sent back, and again"
_REVERSE_ROUTE: Final = "expects Rejects to go back the way that OnBehalfOfCompID says, and a data dictionary"
LEFT_OUT: Final = {
    "14a_BadField": _DICTIONARY,
    "14b_RequiredFieldMissing": _DICTIONARY,
    "14c_TagNotDefinedForMsgType": _DICTIONARY,
    "14e_IncorrectEnumValue": _DICTIONARY,
    "14f_IncorrectDataFormat": _DICTIONARY,
    "14g_HeaderBodyTrailerFieldsOutOfOrder": _DICTIONARY,
    "14h_RepeatedTag": _DICTIONARY,
    "14i_RepeatingGroupCountNotEqual": _DICTIONARY,
    "RejectResentMessage": _DICTIONARY,
    "20_SimultaneousResendRequest": _ECHOED,
    "8_AdminAndApplicationMessages": _ECHOED,
    "8_OnlyApplicationMessages": _ECHOED,
    "21_RepeatingGroupSpecifierWithValueOfZero": "expects a SecurityDefinition to be sent back",
    "ReverseRoute": _REVERSE_ROUTE,
    "ReverseRouteWithEmptyRoutingTags": _REVERSE_ROUTE,
    "2m_BodyLengthValueNotCorrect": "keeps messages that come too early; here they are asked for again",
}
"""Definitions that are not played, and why; all others pass."""
WAITING: Final = ("4a_NoDataSentDuringHeartBtInt", "6_SendTestRequest")
"""They wait for heartbeats, so they are played beside the others."""
VERSIONS: Final = {
    "fix42": (b"FIX.4.2", b"TW42", b"", 42),
    "fix44": (b"FIX.4.4", b"TW44", b"", 43),
    "fix50sp2": (b"FIXT.1.1", b"TW50SP2", b"9", 44),
}
"""BeginString, the suite's CompID, DefaultApplVerID, and how many definitions are to pass."""


def play(definitions: list[Path], settings: SessionSettings) -> str:
    """What the runner says of these definitions, played against an acceptor of their own."""
    with FixAcceptor([settings]) as acceptor:
        options = ["--no-echo", "--port", str(acceptor.port)]
        command = [sys.executable, str(RUNNER), *options, *map(str, definitions)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout


def played_together(names: list[Path]) -> Iterator[list[Path]]:
    """Those that wait each alone, the others in a row."""
    yield [name for name in names if name.stem not in WAITING]
    yield from ([name] for name in names if name.stem in WAITING)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_quickfix_definitions(version: str) -> None:
    """Every definition passes that needs no data dictionary, no orders sent back and no reverse routing."""
    if not RUNNER.exists() or not DEFINITIONS.exists():
        pytest.skip("fix-definitions: not beside the project (../shared)")
    begin, theirs, default_appl, count = VERSIONS[version]
    settings = SessionSettings(
        name=version,
        role="acceptor",
        begin=begin,
        ours=b"ISLD",
        theirs=theirs,
        carries="requests",
        reset="logon",
        answer=True,
        default_appl=default_appl,
    )
    definitions = sorted((DEFINITIONS / version).glob("*.def"))
    assert {each.stem for each in definitions} >= LEFT_OUT.keys()
    with ThreadPoolExecutor() as pool:
        rows = played_together([each for each in definitions if each.stem not in LEFT_OUT])
        said = "".join(pool.map(lambda row: play(row, settings), rows)).splitlines()

    assert [line for line in said if line.startswith(("failed", "skipped"))] == []
    assert sum(line.startswith("passed") for line in said) == count
