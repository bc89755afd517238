"""The market as Redis has it, for questions about limits."""

import logging
from collections.abc import Mapping
from typing import Final

from redis.exceptions import ResponseError

from shared.base.integers import parse_uint
from shared.market import keys
from shared.market.limits.met_hash import FIELDS, NOTHING, MetHash, parse_hash
from shared.published.asking import Question, good
from shared.redis.link import Command, Reply, command

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 1000
"""Symbols that are read in one round trip."""


def read_book() -> Question[Mapping[str, MetHash]]:
    """Every symbol with its quote and status, by name.

    Raises:
        RedisUnavailable: no answer.
    """
    (members,) = yield [command(keys.SYMBOLS, "SMEMBERS", keys.SYMBOLS)]
    names = sorted(raw.decode(errors="replace") for raw in good(members))
    book: dict[str, MetHash] = {}
    for begin in range(0, len(names), _AT_ONCE):
        some = names[begin : begin + _AT_ONCE]
        replies = yield [_get(name) for name in some]
        book.update(zip(some, map(_hash, some, replies), strict=True))
    return book


def read_symbol(name: str) -> Question[MetHash]:
    """What an order on a symbol meets, and when its source was last heard of.

    Raises:
        RedisUnavailable: no answer.
    """
    (reply,) = yield [_get(name)]
    found = _hash(name, reply)
    if found.quote is None or not found.quote.source:
        return found
    key = keys.feed(found.quote.source)
    (heard,) = yield [command(key, "GET", key)]
    at_us = parse_uint(good(heard) or b"")
    return found._replace(quote=found.quote._replace(heard_at_us=at_us))


def _get(name: str) -> Command:
    key = keys.symbol(name)
    return command(key, "HMGET", key, *FIELDS)


def _hash(name: str, reply: Reply) -> MetHash:
    """A hash; one that nobody can read is none, as for the checker."""
    trouble: Exception
    if isinstance(reply, ResponseError):
        trouble = reply
    else:
        try:
            return parse_hash(reply)
        except ValueError as error:
            trouble = error
    logger.warning("the quote of %s cannot be read: %s", name, trouble)
    return NOTHING
