"""What tests put in the place of a link to Redis."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from shared.market import keys
from shared.redis.link import Command, NodeEpoch, Reply, command

GET_EPOCH: Final = command(keys.EPOCH, "GET", keys.EPOCH)


class LinkDouble:
    """A link to one server; a test says what its round trips do."""

    run_id = "run"
    """Of the process that answers."""
    replication_id = "history"

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """See `Link.start`."""
        return partial(self.roundtrip, list(commands))

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `Link.roundtrip`."""
        raise NotImplementedError

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """See `Link.roundtrip_with_epochs`."""
        *replies, value = self.roundtrip([*commands, GET_EPOCH])
        return replies, [NodeEpoch(keys.EPOCH, self.run_id, self.replication_id, value)]

    def epochs(self) -> list[NodeEpoch]:
        """See `Link.epochs`."""
        return self.roundtrip_with_epochs([])[1]

    def close(self) -> None:
        """See `Link.close`."""
