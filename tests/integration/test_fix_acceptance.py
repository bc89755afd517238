"""The acceptance definitions of QuickFIX against the checker, as they are played against any acceptor."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tests.support.fix_sessions import session_table, start_checker
from tests.support.processes import Processes
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
VERSIONS: Final = {
    "fix42": ("FIX.4.2", "TW42", 42),
    "fix44": ("FIX.4.4", "TW44", 43),
    "fix50sp2": ("FIXT.1.1", "TW50SP2", 44),
}
"""BeginString, the suite's CompID, and how many definitions are to pass."""
SETTINGS: Final = 'reset = "logon"\nanswer = true'


def play(version: str, port: int) -> list[str]:
    """What the runner says of the definitions of a version, one after the other."""
    definitions = sorted((DEFINITIONS / version).glob("*.def"))
    assert {each.stem for each in definitions} >= LEFT_OUT.keys()
    played = [str(each) for each in definitions if each.stem not in LEFT_OUT]
    command = [sys.executable, str(RUNNER), "--no-echo", "--port", str(port), *played]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


@pytest.mark.slow
def test_quickfix_definitions(processes: Processes, any_url: str, tmp_path: Path) -> None:
    """Every definition passes that needs no data dictionary, no orders sent back and no reverse routing.

    All versions at once, each with a session of its own in one checker.
    """
    if not RUNNER.exists() or not DEFINITIONS.exists():
        pytest.skip("fix-definitions: not beside the project (../shared)")
    file = "".join(
        session_table(version, begin=begin, ours="ISLD", theirs=theirs, more=SETTINGS)
        for version, (begin, theirs, _) in VERSIONS.items()
    )
    port = start_checker(processes, any_url, tmp_path, file).address[1]
    with ThreadPoolExecutor() as pool:
        said = dict(zip(VERSIONS, pool.map(lambda version: play(version, port), VERSIONS), strict=True))

    wrong = [line for lines in said.values() for line in lines if line.startswith(("failed", "skipped"))]
    assert wrong == []
    passed = {version: sum(line.startswith("passed") for line in lines) for version, lines in said.items()}
    assert passed == {version: count for version, (_, _, count) in VERSIONS.items()}
