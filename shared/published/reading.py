"""Reading versions, pointers and the log, as questions to Redis."""

import logging
from collections.abc import Iterator
from typing import Final, NamedTuple

from market_spread.stream_id import BEFORE_ALL, StreamId
from shared.market import keys
from shared.published.asking import Question, good
from shared.published.content import Published, from_content
from shared.published.log_entry import LogEntry
from shared.published.pointer import Pointer
from shared.redis.link import Command, Reply, command

logger = logging.getLogger(__name__)

POINTERS: Final = command(keys.LIMITS_ACTIVE, "MGET", keys.LIMITS_ACTIVE, keys.LIMITS_SHADOW)
"""Reads both pointers: what `LimitsWatch.look` takes is the reply."""

_PAGE: Final = 500


class LimitsState(NamedTuple):
    """What is in force, as Redis has it."""

    raw_active: bytes
    """The pointer as it stands; empty for none."""
    raw_shadow: bytes
    last: LogEntry | None
    """The last entry of the log."""

    @property
    def active(self) -> Pointer | None:
        """The active version.

        Raises:
            ValueError: the pointer is damaged.
        """
        return Pointer.parse(self.raw_active or None)

    @property
    def shadow(self) -> Pointer | None:
        """The version in the shadow.

        Raises:
            ValueError: the pointer is damaged.
        """
        return Pointer.parse(self.raw_shadow or None)

    @property
    def in_force(self) -> int:
        """The highest number that was ever active, as far as pointer and log tell; 0 for none."""
        logged = None if self.last is None else self.last.active
        return max(_number(self.raw_active), 0 if logged is None else logged.number)

    @property
    def highest(self) -> int:
        """The highest number that was ever given out, as far as they tell; 0 for none."""
        return max(self.in_force, 0 if self.last is None else self.last.highest)


def _log_before(high: str, count: int) -> Command:
    return command(keys.LIMITS_LOG, "XREVRANGE", keys.LIMITS_LOG, high, "-", "COUNT", count)


LOG_END: Final = _log_before("+", 1)
"""Reads the last entry of the log."""


def _number(raw: bytes) -> int:
    try:
        pointer = Pointer.parse(raw or None)
    except ValueError:
        return 0
    return 0 if pointer is None else pointer.number


def read_state() -> Question[LimitsState]:
    """The pointers, and the end of the log.

    Raises:
        RedisUnavailable: no answer.
    """
    pointers, end = yield [POINTERS, LOG_END]
    active, shadow = good(pointers)
    return LimitsState(active or b"", shadow or b"", last_of(end))


def last_of(end: Reply) -> LogEntry | None:
    """The last entry of the log in the reply to `LOG_END`; None where there is none that can be read."""
    return next(entries_of(end), None)


def entries_of(reply: Reply) -> Iterator[LogEntry]:
    """The entries of the log among those that Redis answers; what others wrote there is logged and left out.

    Raises:
        ResponseError: it answers no entries.
    """
    for entry in good(reply):
        try:
            yield LogEntry.parse(entry)
        except ValueError as error:
            logger.warning("%s", error)


def read_version(number: int) -> Question[Published]:
    """A published version; its hash is compared with the one in the log, if the log still has it.

    Raises:
        DamagedVersion: it is missing or damaged.
        RedisUnavailable: no answer.
    """
    sha256, high = None, "+"
    while sha256 is None:
        (page,) = yield [_log_before(high, _PAGE)]
        sha256 = next((each.sha256 for each in entries_of(page) if each.version == number), None)
        if len(page) < _PAGE:
            break
        high = f"({page[-1][0].decode()}"
    (reply,) = yield [get_version(number)]
    return from_content(number, sha256, reply)


def get_version(number: int) -> Command:
    """Reads the content of a version."""
    key = keys.limits_version(number)
    return command(key, "GET", key)


def read_log(count: int, before: str | None = None) -> Question[list[LogEntry]]:
    """The newest entries of the log, newest first.

    Args:
        count: how many at most.
        before: only entries before the one with this ID.

    Raises:
        RedisUnavailable: no answer.
    """
    if before is not None and StreamId.parse(before) == BEFORE_ALL:  # Redis takes this for a mistake
        return []
    (reply,) = yield [_log_before("+" if before is None else f"({before}", count)]
    return list(entries_of(reply))
