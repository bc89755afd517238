"""What tests put in the place of a link to Redis."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import fakeredis
import hiredis
from redis.exceptions import ResponseError

from shared.market import keys
from shared.redis.link import Command, NodeEpoch, Reply, command

GET_EPOCH: Final = command(keys.EPOCH, "GET", keys.EPOCH)


class LinkDouble:
    """A link to one server; a test says what its round trips do."""

    run_id = "run"
    """Of the process that answers."""
    replication_id = "history"

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """See `RedisLink.start`."""
        return partial(self.roundtrip, list(commands))

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `RedisLink.roundtrip`."""
        raise NotImplementedError

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """See `RedisLink.roundtrip_with_epochs`."""
        *replies, value = self.roundtrip([*commands, GET_EPOCH])
        return replies, [NodeEpoch(keys.EPOCH, self.run_id, self.replication_id, value)]

    def epochs(self) -> list[NodeEpoch]:
        """See `RedisLink.epochs`."""
        return self.roundtrip_with_epochs([])[1]

    def close(self) -> None:
        """See `RedisLink.close`."""


class FakeLink(LinkDouble):
    """A link to a server that is none, scripts included.

    Args:
        client: of it.
    """

    def __init__(self, client: fakeredis.FakeRedis) -> None:
        self._connection = client.connection_pool.get_connection()
        self.count = 0
        """Of round trips."""

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `RedisLink.roundtrip`."""
        self.count += 1
        return [self._reply(each) for each in commands]

    def _reply(self, sent: Command) -> Reply:
        reader = hiredis.Reader()
        reader.feed(sent.packed)
        self._connection.send_command(*reader.gets())
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error
