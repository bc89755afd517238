"""Which node of a cluster has which key, and what to send where. Knows no sockets."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, ResponseError

from shared.base.address import Address
from shared.redis.epochs import epoch_key
from shared.redis.link import Command, RedisUnavailable, Reply, command

CLUSTER_SLOTS: Final = command("", "CLUSTER", "SLOTS")
_ASKING: Final = command("", "ASKING")
_MOST_ROUNDS: Final = 5

_LONGEST_KEPT: Final = 96
"""Characters of a key whose slot is remembered, so that it is known how much all of them take: 128,000 of
them some 40 MB. A symbol's key has 71 at most."""


def slot_of(key: str) -> int:
    """The slot of a key, 0 to 16383."""
    return _kept_slot(key) if len(key) <= _LONGEST_KEPT else key_slot(key.encode())


@lru_cache(maxsize=1 << 17)
def _kept_slot(key: str) -> int:
    return key_slot(key.encode())


class Slots:
    """Which node has which slot, as far as we know."""

    def __init__(self) -> None:
        self._nodes: dict[int, Address] = {}
        self._epoch_keys: dict[Address, str] = {}

    @property
    def nodes(self) -> list[Address]:
        """All nodes that have slots."""
        return sorted(set(self._nodes.values()))

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return bool(self._nodes)

    def node_of(self, key: str) -> Address:
        """The node that has a key (any node, if the key is empty).

        Raises:
            RedisUnavailable: nobody has it.
        """
        if not key and self._nodes:
            return next(iter(self._nodes.values()))
        node = self._nodes.get(slot_of(key))
        if node is None:
            raise RedisUnavailable(f"no node of the cluster serves slot {slot_of(key)}")
        return node

    def nodes_of(self, names: Iterable[str]) -> list[Address]:
        """The nodes that have these keys, each once.

        Raises:
            RedisUnavailable: nobody has one of them.
        """
        return list(dict.fromkeys(map(self.node_of, names)))

    def epoch_key(self, node: Address) -> str | None:
        """The key of the epoch of a node; None if it has no slots."""
        if not self._epoch_keys:
            slots: dict[Address, set[int]] = {}
            for slot, each in self._nodes.items():
                slots.setdefault(each, set()).add(slot)
            self._epoch_keys = {each: epoch_key(frozenset(having)) for each, having in slots.items()}
        return self._epoch_keys.get(node)

    def learn(self, reply: Reply, asked: Address) -> None:
        """Take over the answer to CLUSTER SLOTS.

        Args:
            reply: the answer.
            asked: who gave it; a node that does not know its own host means this one.

        Raises:
            RedisUnavailable: it tells nothing.
        """
        if isinstance(reply, ResponseError):
            raise RedisUnavailable(f"it is no node of a cluster: {reply}")
        if not reply:  # not any more, or not yet
            raise RedisUnavailable("it knows of no slots")
        self._nodes = {
            slot: Address((host or asked.host.encode()).decode(), port)
            for first, last, (host, port, *_), *_ in reply
            for slot in range(first, last + 1)
        }
        self._epoch_keys = {}

    def moved(self, slot: int, node: Address) -> None:
        """A node said that another one has a slot."""
        self._nodes[slot] = node
        self._epoch_keys = {}

    def forget(self) -> None:
        """Something is not as we thought."""
        self._nodes.clear()
        self._epoch_keys = {}


class Sending(NamedTuple):
    """Commands for one node, and whose replies they bring."""

    commands: list[Command]
    places: list[int | None]
    """Where each reply belongs; None for one that is of no interest."""


class Scatter:
    """A round trip to a cluster: what to send to each node, again where slots have moved meanwhile.

    Args:
        slots: which node has what; learns of moves.
        commands: all of the round trip.
    """

    def __init__(self, slots: Slots, commands: Iterable[Command]) -> None:
        self._slots = slots
        self._commands = list(commands)
        self._left = list(range(len(self._commands)))
        self._asked: dict[int, Address] = {}
        self._rounds = 0
        self.redirected: set[Address] = set()
        """The nodes that others have named instead of themselves."""
        self.replies: list[Reply] = [None] * len(self._commands)

    def next_round(self) -> Mapping[Address, Sending]:
        """What to send now, by node; nothing when all replies are there.

        Raises:
            RedisUnavailable: slots keep moving, or have no node.
        """
        self._rounds += 1
        if self._left and self._rounds > _MOST_ROUNDS:
            raise RedisUnavailable("the nodes of the cluster go on naming others for the same slots")
        sendings: dict[Address, Sending] = {}
        for place in self._left:
            each = self._commands[place]
            node = self._asked.get(place) or self._slots.node_of(each.key)
            sending = sendings.setdefault(node, Sending([], []))
            if place in self._asked:
                sending.commands.append(_ASKING)
                sending.places.append(None)
            sending.commands.append(each)
            sending.places.append(place)
        self._left, self._asked = [], {}
        return sendings

    def take(self, sending: Sending, replies: list[Reply]) -> None:
        """The replies of a node."""
        for place, reply in zip(sending.places, replies, strict=True):
            if place is None:
                continue
            if isinstance(reply, AskError):  # of which MovedError is one
                node = Address(reply.host, reply.port)
                self._left.append(place)
                self.redirected.add(node)
                if isinstance(reply, MovedError):
                    self._slots.moved(reply.slot_id, node)
                else:
                    self._asked[place] = node
            else:
                self.replies[place] = reply
