"""Publishes and activates versions as the commands do: questions to Redis, which may fail at any moment."""

from typing import Final, NamedTuple

from faults.limits.version import Limits
from shared.market import keys
from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import ActiveAlready, activate, publish
from shared.published.content import DamagedVersion
from shared.published.pointer import Pointer
from shared.published.reading import read_state, read_version
from shared.redis.link import RedisLink, command

_WHO: Final = "faults"
_WHY: Final = "to see what happens"
_MARK: Final = "faults:{limits}"
"""A key of the harness, in the cluster slot of the limits."""
_REPLICA_MS: Final = 1000


class Plan(NamedTuple):
    """An activation that is about to be asked for."""

    source: Pointer
    """The version whose content becomes active."""
    number: int
    """What will be active: the same, or a new number for what was active before."""
    expect: bytes
    is_done: bool
    """Whether an earlier attempt has done it already."""


class Publisher:
    """Changes the limits; its methods run in a thread, one at a time.

    Args:
        link: to Redis.
        waits_for_replica: whether what is active counts only once a replica has it.
    """

    def __init__(self, link: RedisLink, *, waits_for_replica: bool) -> None:
        self._link = link
        self._waits_for_replica = waits_for_replica

    def publish(self, limits: Limits) -> Pointer:
        """Store a version.

        Raises:
            RedisUnavailable: no answer.
        """
        return ask(self._link, publish(read_limits(limits.text().encode()), _WHO, _WHY))

    def plan(self, source: Pointer) -> Plan:
        """What will be active once this version is activated: nobody else publishes or activates.

        Raises:
            DamagedVersion: Redis has lost the version, or has another content under its number by now.
            RedisUnavailable: no answer.
        """
        state = ask(self._link, read_state())
        active = state.active
        if active is not None and active.sha256 == source.sha256:
            return Plan(source, active.number, state.raw_active, is_done=True)
        if ask(self._link, read_version(source.number)).pointer != source:
            raise DamagedVersion(f"version {source.number} is not what it was")
        number = source.number if source.number > state.in_force else state.highest + 1
        return Plan(source, number, state.raw_active, is_done=False)

    def activate(self, plan: Plan) -> int:
        """Carry it out; the number that is active then.

        Raises:
            DamagedVersion: Redis has lost the version.
            Overtaken: something else is active than when it was planned.
            RedisUnavailable: no answer; it may have happened or not.
        """
        if plan.is_done:
            return plan.number
        try:
            found = ask(self._link, activate(plan.source.number, plan.expect, _WHO, _WHY))
        except ActiveAlready:
            return plan.source.number
        assert found.sha256 == plan.source.sha256
        return found.number

    def is_safe(self, number: int) -> bool:
        """Whether a version, or a later one, is active also after a replica has taken over.

        Raises:
            RedisUnavailable: no answer.
        """
        if not self._waits_for_replica:
            return True
        key = keys.LIMITS_ACTIVE
        mark, wait = command(key, "SET", _MARK, number), command(key, "WAIT", 1, _REPLICA_MS)
        _, replicas, active = self._link.roundtrip([mark, wait, command(key, "GET", key)])
        pointer = Pointer.parse(active)
        return replicas == 1 and pointer is not None and pointer.number >= number
