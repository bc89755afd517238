"""Reads what values of 279, 326 and 276 mean to a venue: `{ 3 = "delete_thru" }`, `{ 101 = "halted" }`."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from market_spread.status import STATUS_NAMES, WIPED_OUT
from shared.market.limits.file.node import Node
from shared.wire.fix.dialect import Action

_ACTION_WORDS: Final = {
    "new": Action.INSERT,
    "change": Action.SET,
    "delete": Action.DELETE,
    "delete_thru": Action.DELETE_THROUGH,
    "delete_from": Action.DELETE_FROM,
}
_STATUS_WORDS: Final = {name: number for number, name in enumerate(STATUS_NAMES) if number != WIPED_OUT}
_IGNORE: Final = "ignore"
_CODE: Final = re.compile(r"[!-~]{1,16}")

Meaning = TypeVar("Meaning")


def read_actions(node: Node, usual: Mapping[bytes, Action]) -> Mapping[bytes, Action]:
    """What is done to an entry by MDUpdateAction (279): the usual table, changed by the file's."""
    return _read(node, _ACTION_WORDS, usual)


def read_statuses(node: Node, usual: Mapping[bytes, int]) -> Mapping[bytes, int]:
    """Our status by SecurityTradingStatus (326), or by QuoteCondition (276): the same."""
    return _read(node, _STATUS_WORDS, usual)


def _read(
    node: Node, words: Mapping[str, Meaning], usual: Mapping[bytes, Meaning]
) -> Mapping[bytes, Meaning]:
    if node.is_missing() or not node.is_table():
        return usual
    found = dict(usual)
    for code in node.value:
        entry = node.key(code)
        if not _CODE.fullmatch(code):
            entry.fail("the value of a FIX field is expected, 1 to 16 printable characters without spaces")
            continue
        word = entry.choice(*words, _IGNORE)
        if word == _IGNORE:
            found.pop(code.encode(), None)
        else:
            found[code.encode()] = words[word]
    return found
