"""Sentinels: how they are asked where the master of a service is, and what they answer. Knows no sockets."""

from collections.abc import Sequence

from shared.base.address import Address
from shared.redis.inquiry import Inquiry
from shared.redis.link import RedisUnavailable, Reply


class Sentinels(Inquiry):
    """The sentinels of a service.

    Args:
        addresses: where they are.
        service: what they watch.
    """

    def __init__(self, addresses: Sequence[Address], service: str) -> None:
        super().__init__(addresses, f"no sentinel knows the master of {service!r}")
        self.question = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service)
        """The words of the command."""


def read_master(reply: Reply) -> Address:
    """Where a sentinel says the master is.

    Raises:
        RedisUnavailable: it does not know.
    """
    if not reply:
        raise RedisUnavailable("it does not watch this service")
    return Address(reply[0].decode(), int(reply[1]))
