"""Whether a server is what the promises need: by what it says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.cli.doctor.finding import Finding, merged
from services.cli.doctor.patient import Patient, ServerPlace
from shared.base.iso_time import iso_utc
from shared.redis.server_facts import ServerFacts

_OLDEST: Final = {"Redis": 7, "Valkey": 8}
_FULL: Final = 0.8
"""Of the memory that a server may take."""


def examine_servers(patient: Patient, places: Sequence[ServerPlace]) -> list[Finding]:
    """What there is to say about the servers; what is so of all of them is said once.

    Raises:
        RedisUnavailable: no answer.
    """
    found = {place.name: [*_examine(patient, place)] for place in places}
    return merged(found, named=("version",))


def _examine(patient: Patient, place: ServerPlace) -> Iterator[Finding]:
    info: bytes = patient.ask(place.key, "INFO", refused=b"")
    found = patient.ask(place.key, "CONFIG", "GET", "appendfsync", refused=[])
    fsync = found[1].decode() if found else None
    return judge(info, fsync, patient.url.kind)


def judge(info: bytes, fsync: str | None, kind: str) -> Iterator[Finding]:
    """Judge a server.

    Args:
        info: its answer to INFO.
        fsync: its `appendfsync`; None where this user may not see it.
        kind: of the URL, see `RedisUrl`.
    """
    lines = info.decode(errors="replace").splitlines()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    yield _version(facts)
    yield _role(facts, kind)
    yield from _persistence(facts, fsync)
    warning = ServerFacts.parse(info).warning
    yield Finding("bad" if warning else "ok", "eviction", warning or "maxmemory-policy noeviction")
    yield _memory(facts)


def _version(facts: Mapping[str, str]) -> Finding:
    product = "Valkey" if "valkey_version" in facts else "Redis"
    version = facts.get("valkey_version") or facts.get("redis_version", "")
    major = version.partition(".")[0]
    if major.isdigit() and int(major) >= _OLDEST[product]:
        return Finding("ok", "version", f"{product} {version}")
    text = f"{product} {version} is too old: use Redis 7.0 or Valkey 8 or newer,"
    return Finding("bad", "version", text)


def _role(facts: Mapping[str, str], kind: str) -> Finding:
    mode = facts.get("server_mode") or facts.get("redis_mode")  # Valkey's name, and that of Redis
    if mode == "sentinel":
        return Finding("bad", "role", "a sentinel: use redis+sentinel://HOST:PORT/SERVICE")
    if mode == "cluster" and kind != "cluster":
        return Finding("bad", "role", "a node of a cluster: use redis+cluster:// instead of redis://")
    if facts.get("role") == "slave":
        primary = f"{facts.get('master_host')}:{facts.get('master_port')}"
        return Finding("bad", "role", f"a replica of {primary}, which takes no writes: name the primary")
    replicas = int(facts.get("connected_slaves", 0))
    if not replicas:
        return Finding("ok", "role", "primary, without replicas")
    return Finding(
        "note", "role",
        f"primary with {replicas} replica{'s' * (replicas > 1)}: what none has received yet is lost when one "
        "takes over; check --wait-replicas 1 waits for it",
    )  # fmt: skip


def _persistence(facts: Mapping[str, str], fsync: str | None) -> Iterator[Finding]:
    for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
        if facts.get(name, "ok") != "ok":
            text = f"{name} is {facts[name]}: Redis cannot write to its disk; look at its log and its disk"
            yield Finding("bad", "persistence", text)
    saved = iso_utc(int(facts.get("rdb_last_save_time", 0)) * 1_000_000)
    if facts.get("aof_enabled") != "1":
        yield Finding(
            "bad", "persistence",
            "no append-only file: when Redis dies, alerts and positions since its last snapshot "
            f"(or start, {saved}) are lost; set appendonly yes",
        )  # fmt: skip
    elif fsync == "no":
        yield Finding("bad", "persistence", "appendfsync is no: set it to always, or to everysec")
    elif fsync == "everysec":
        text = "append-only file, appendfsync everysec: a power cut takes two seconds, with always none"
        yield Finding("note", "persistence", text)
    elif fsync is None:
        text = "append-only file; this user may not see appendfsync: always is what loses nothing"
        yield Finding("note", "persistence", text)
    else:
        yield Finding("ok", "persistence", f"append-only file, appendfsync {fsync}")


def _memory(facts: Mapping[str, str]) -> Finding:
    used, most = int(facts.get("used_memory", 0)), int(facts.get("maxmemory", 0))
    text = f"{used / 1e6:,.0f} MB used, maxmemory {f'{most / 1e6:,.0f} MB' if most else 'not set'}"
    if most and used > _FULL * most:
        return Finding("note", "memory", f"{text}: when it is full, services wait; raise it, or keep less")
    return Finding("ok", "memory", text)
