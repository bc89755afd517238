"""Asking several servers the same question, one after the other, until one knows. Knows no sockets.

The same for both kinds of links, and for the nodes of a cluster as for sentinels:

    for turn in inquiry.turns():
        with turn:
            reply = ask(turn.address)  # or: await ask(turn.address)
            ...  # raise RedisUnavailable if the reply does not tell what is wanted
"""

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final

from redis.exceptions import RedisError

from shared.base.address import Address
from shared.redis.failure import why_away
from shared.redis.link import RedisRefused, RedisUnavailable

SILENCE_S: Final = 0.4
"""A server that refuses does so sooner; one that has said nothing for so long hangs."""

_FAILURES: Final = (RedisUnavailable, RedisError, OSError)


class Turn:
    """One server is asked inside. If that fails, the failure is noted, and the next one has its turn."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.error: Exception | None = None

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, _FAILURES):
            self.error = error
        return self.error is not None


class Inquiry:
    """Whom to ask, and in which order.

    Args:
        addresses: of those who may know, one at least.
        nobody: what it means if none of them knows, the beginning of a sentence.
    """

    def __init__(self, addresses: Sequence[Address], nobody: str) -> None:
        self._addresses = addresses
        self._nobody = nobody
        self._order = OrderedDict.fromkeys(addresses)

    def turns(self) -> Iterator[Turn]:
        """Each address once, beginning with the one that answered last, until one knows.

        Whoever is asked in vain, or has not answered when the asking is given up, is asked last the next
        time. One that says nothing at all ends the turns: where many hang, asking each would take too long.

        Raises:
            RedisRefused: nobody knows, and somebody refuses us.
            RedisUnavailable: nobody knows.
        """
        until = time.monotonic() + SILENCE_S
        failures: dict[Address, Exception] = {}
        for address in tuple(self._order):
            self._move(address, last=True)
            turn = Turn(address)
            yield turn
            if turn.error is None:
                self._move(address, last=False)
                return
            failures[address] = turn.error
            if time.monotonic() > until:
                break
        raise self._failure(failures)

    def ask_also(self, addresses: Iterable[Address]) -> None:
        """From now on ask these besides those that were given at first, and no others."""
        wanted = dict.fromkeys((*self._addresses, *addresses))
        self._order = OrderedDict.fromkeys((*(each for each in self._order if each in wanted), *wanted))

    def _move(self, address: Address, *, last: bool) -> None:
        if address in self._order:
            self._order.move_to_end(address, last)

    def _failure(self, failures: Mapping[Address, Exception]) -> RedisUnavailable:
        for error in failures.values():
            if isinstance(error, RedisRefused):
                return error
        address, error = list(failures.items())[-1]
        why = error if isinstance(error, RedisUnavailable) else why_away(error, str(address))
        return RedisUnavailable(f"{self._nobody} (asked last: {address}): {why}")
