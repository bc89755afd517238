"""Clusters and sentinels: whether all parts are there and agree."""

from collections.abc import Iterator, Sequence
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from services.cli.doctor.finding import Finding
from services.cli.doctor.patient import Patient
from shared.base.address import Address
from shared.redis.link import RedisUnavailable
from shared.redis.sentinels import Sentinels, read_master
from shared.redis.slots import Slots

_SLOTS: Final = 16384
_ANSWER_S: Final = 1.0


def slots_of(patient: Patient) -> Slots | None:
    """Who has which slots of a cluster; None if it is none.

    Raises:
        RedisUnavailable: no answer.
    """
    if patient.url.kind != "cluster":
        return None
    slots = Slots()
    slots.learn(patient.ask("", "CLUSTER", "SLOTS", refused=[]), patient.url.hosts[0])
    return slots


def examine_cluster(patient: Patient) -> Iterator[Finding]:
    """Whether all slots are served, and whether each primary has a replica.

    Raises:
        RedisUnavailable: no answer.
    """
    rows = patient.ask("", "CLUSTER", "SLOTS", refused=[])
    served = sum(last - first + 1 for first, last, *_ in rows)
    asked = patient.url.hosts[0].host.encode()  # stands for a node that does not know its own host
    alone = {f"{(nodes[0][0] or asked).decode()}:{nodes[0][1]}" for _, _, *nodes in rows if len(nodes) == 1}
    primaries = {(nodes[0][0], nodes[0][1]) for _, _, *nodes in rows}
    text = f"{len(primaries)} primaries serve {served:,} of {_SLOTS:,} slots"
    if served < _SLOTS:
        yield Finding(
            "bad", "cluster", f"{text}: repair it (redis-cli --cluster fix), or symbols stand still"
        )
    elif alone:
        yield Finding("note", "cluster", f"{text}; without a replica: {', '.join(sorted(alone))}")
    else:
        yield Finding("ok", "cluster", f"{text}, each with a replica")


def examine_sentinels(sentinels: Sequence[Address], service: str) -> Iterator[Finding]:
    """Whether all sentinels answer and name the same master."""
    question = Sentinels(sentinels, service).question
    found = {each: _master(each, question) for each in sentinels}
    silent = [str(each) for each, master in found.items() if master is None]
    masters = sorted({master for master in found.values() if master is not None})
    if len(masters) > 1:
        text = f"they name several masters of {service}: {', '.join(masters)}; find out which is right"
        yield Finding("bad", "sentinels", text)
    elif silent:
        text = f"{len(silent)} of {len(found)} know nothing of {service}: {', '.join(silent)}; start them"
        yield Finding("note", "sentinels", text)
    else:
        yield Finding("ok", "sentinels", f"all {len(found)} name {masters[0]} as the master of {service}")


def _master(sentinel: Address, question: Sequence[str]) -> str | None:
    """Where a sentinel says the master is; None if it does not say."""
    with Redis(
        host=sentinel.host,
        port=sentinel.port,
        socket_timeout=_ANSWER_S,
        socket_connect_timeout=_ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        try:
            return str(read_master(client.execute_command(*question)))
        except (RedisError, OSError, RedisUnavailable):
            return None
