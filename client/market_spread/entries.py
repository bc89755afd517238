"""Entries of a stream, as the clients of redis-py answer them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from market_spread.alert import Alert

logger = logging.getLogger(__name__)

Entry = tuple[bytes | str, Mapping[Any, Any]]
"""Its ID and its fields."""


def entries_of(reply: Any) -> list[Entry]:
    """The entries of the one stream that was read; those that were trimmed meanwhile have no fields.

    Args:
        reply: to XREAD or XREADGROUP: pairs of a stream and its entries, or in RESP3 a mapping of them.
    """
    if not reply:
        return []
    if isinstance(reply, Mapping):
        (entries,) = reply.values()
        entries = entries[0] if entries and isinstance(entries[0], list) else entries
    else:
        entries = reply[0][1]
    return [(entry_id, fields) for entry_id, fields in entries if fields]


def alerts_of(entries: Sequence[Entry]) -> Iterator[Alert]:
    """The alerts among entries; what somebody else wrote there is logged and left out."""
    for entry_id, fields in entries:
        try:
            yield Alert.of(entry_id, fields)
        except ValueError as error:
            logger.warning("the entry %s is no alert: %s", entry_id, error)
