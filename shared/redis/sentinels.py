"""Sentinels: who is asked where the master of a service is, and in which order. Knows no sockets."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from shared.base.address import Address
from shared.redis.link import RedisAway, Reply

GET_MASTER: Final = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME")
"""The command, before the service's name."""


class Sentinels:
    """The sentinels of a service.

    Args:
        addresses: where they are.
        service: what they watch.
    """

    def __init__(self, addresses: Sequence[Address], service: str) -> None:
        self._addresses = deque(addresses)
        self.service = service

    def turns(self) -> Iterator[Address]:
        """Each sentinel once, beginning with the one that answered last.

        Whoever is asked in vain, or has not answered when the asking is given up, is the last one next time.
        """
        for _ in range(len(self._addresses)):
            address = self._addresses[0]
            self._addresses.rotate(-1)
            yield address

    def master(self, reply: Reply) -> Address | None:
        """Where the one that was asked last says the master is; None if it does not know."""
        if not reply:
            return None
        self._addresses.rotate(1)
        return Address(reply[0].decode(), int(reply[1]))

    def unknown(self) -> RedisAway:
        """What to raise when none of them knows."""
        return RedisAway(f"no sentinel knows the master of {self.service!r}")
