"""Reads a table of FIX fields: `{ 553 = "user", 554 = "env:DESK_PASSWORD" }`."""

import re
from collections.abc import Mapping
from typing import Final

from shared.market.limits.file.node import Node
from shared.wire.fix.data_fields import DATA_BY_LENGTH
from shared.wire.fix.message import Pair

OURS: Final = frozenset(
    (
        *("7", "8", "9", "10", "16", "34", "35", "36", "43", "45", "49", "52", "56", "58", "98", "108"),
        *("112", "122", "123", "141", "369", "371", "372", "373", "789", "1137"),
    )
)
"""Fields that the session sets itself."""
_DATA: Final = frozenset(tag.decode() for pair in DATA_BY_LENGTH.items() for tag in pair)
_ENVIRONMENT: Final = "env:"

_TAG = re.compile(r"[1-9][0-9]{0,5}")
_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff]{1,256}")


def read_fields(node: Node, environment: Mapping[str, str]) -> tuple[Pair, ...]:
    """The fields in the order of the table; none where there is none.

    No message about a mistake shows a value: it may be a password.

    Args:
        node: the table.
        environment: where `env:NAME` is looked up.
    """
    if node.is_missing():
        return ()
    if not isinstance(node.value, dict):
        node.fail('a table of fields is expected, such as { 553 = "user" }')
        return ()
    return tuple((tag.encode(), _read_value(node, tag, environment)) for tag in node.value)


def _read_value(node: Node, tag: str, environment: Mapping[str, str]) -> bytes:
    field = node.key(tag)
    if not _TAG.fullmatch(tag):
        field.fail("the number of a FIX field is expected, such as 553")
    elif tag in OURS:
        field.fail("the session sets this field itself")
    elif tag in _DATA:
        field.fail("data fields cannot be given")
    value = field.value
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if value.bit_length() < 64 else ""
    if isinstance(value, str) and value.startswith(_ENVIRONMENT):
        name = value.removeprefix(_ENVIRONMENT)
        value = environment.get(name)
        if value is None:
            field.fail(f"the environment has no variable {name[:60]}")
            return b""
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        field.fail("a text of 1 to 256 printable Latin-1 characters is expected")
        return b""
    return value.encode("latin-1")
