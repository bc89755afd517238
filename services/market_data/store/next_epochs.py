"""The epochs that a quote store begins: laid down beside those in force, and put in force later."""

import logging
import secrets
from collections.abc import Sequence
from typing import Final

from redis.exceptions import ResponseError

from shared.redis.epochs import epoch_value, next_key, process_named_by
from shared.redis.link import NodeEpoch, RedisLink, RedisUnavailable, command

logger = logging.getLogger(__name__)

_NEXT_EPOCH_MS: Final = 600_000


class NextEpochs:
    """The next epoch of each server; what a server loses meanwhile takes its own along.

    Args:
        link: to Redis.
    """

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._writer = secrets.token_hex(4)

    def lay_down(self, epochs: Sequence[NodeEpoch]) -> str:
        """Lay down the next epoch of each server, beside the one in force; the token that names it."""
        token = secrets.token_hex(8)
        values = [epoch_value(token, epoch.run_id) for epoch in epochs]
        self._link.roundtrip(
            [
                command(key, "SET", key, value, "PX", _NEXT_EPOCH_MS)
                for key, value in zip(self._keys(epochs), values, strict=True)
            ]
        )
        return token

    def begin(self, epochs: Sequence[NodeEpoch], token: str) -> list[NodeEpoch]:
        """Put the next epochs in force; they, or none if a server has lost its own meanwhile."""
        pairs = list(zip([epoch.key for epoch in epochs], self._keys(epochs), strict=True))
        renames = [command(key, "RENAME", following, key) for key, following in pairs]
        persists = [command(key, "PERSIST", key) for key, _ in pairs]
        renamed = self._link.roundtrip([*renames, *persists])[: len(pairs)]
        begun: list[NodeEpoch] = []
        for epoch, reply in zip(epochs, renamed, strict=True):
            if not isinstance(reply, ResponseError):
                begun.append(epoch._replace(value=epoch_value(token, epoch.run_id).encode()))
            elif "no such key" not in str(reply):
                raise RedisUnavailable(f"the new epoch cannot be set: {reply}")
        if len(begun) < len(epochs):
            logger.error("Redis has lost data again while it was written")
            return []
        return begun

    def drop(self, epochs: Sequence[NodeEpoch]) -> None:
        """Take the next epochs away again: those in force are good."""
        self._link.roundtrip([command(key, "DEL", key) for key in self._keys(epochs)])

    def _keys(self, epochs: Sequence[NodeEpoch]) -> list[str]:
        return [next_key(epoch.key, self._writer) for epoch in epochs]


def vouches_for_its_data(epoch: NodeEpoch) -> bool:
    """Whether an ingestor has looked at the data of the process that has answered."""
    return isinstance(epoch.value, bytes) and process_named_by(epoch.value) == epoch.run_id
