"""Epochs: how everybody sees that a server still has the quotes that were written to it.

The epoch of a server is a key of its own data. Its value names the process (the run ID) whose data the
ingestor has compared with its book: `<token>:<run ID>`. Data that is gone takes the epoch along, and old data
(a snapshot, a replica that lagged) comes with an epoch that names another process than the one that serves
it. Whoever finds either believes nothing that this server says of quotes until the ingestor has looked.

One server has the key `epoch`. In a cluster every primary needs its own: `epoch` on the one that has the slot
of that name, and `epoch:{<number>}` on each other, with a number that falls into the lowest slot it has.
"""

from functools import lru_cache
from itertools import count
from typing import Final

from redis.crc import key_slot

from shared.market import keys

_SLOT: Final = key_slot(keys.EPOCH.encode())


def epoch_key(slots: frozenset[int]) -> str:
    """The key of the epoch of a primary that has these slots, of which there is at least one."""
    return keys.EPOCH if _SLOT in slots else f"{keys.EPOCH}:{{{_number_in(min(slots))}}}"


@lru_cache(maxsize=16384)
def _number_in(slot: int) -> int:
    """The smallest number that falls into a slot."""
    return next(number for number in count() if key_slot(b"%d" % number) == slot)


def next_key(key: str, writer: str) -> str:
    """Where a writer keeps the next value of an epoch meanwhile, in the slot of the epoch."""
    return f"{key}:next:{writer}" if "{" in key else f"{{{key}}}:next:{writer}"


def epoch_value(token: str, run_id: str) -> str:
    """The value of an epoch that speaks of the data of this process."""
    return f"{token}:{run_id}"


def process_named_by(value: bytes) -> str | None:
    """The run ID that the value of an epoch names; None for the value of an older version, without one."""
    _, colon, run_id = value.decode(errors="replace").rpartition(":")
    return run_id if colon else None
