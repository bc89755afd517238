"""What the doctor makes of answers: each thing that would break a promise is told, with what to do."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, cast

import pytest
from redis.exceptions import ResponseError

from market_spread.redis_url import parse_redis_url
from services.cli.doctor.clocks import judge_clock
from services.cli.doctor.contents import examine_contents
from services.cli.doctor.finding import Finding, merged, verdict
from services.cli.doctor.limits import examine_limits
from services.cli.doctor.patient import Patient
from services.cli.doctor.roles import ROLES, Role, needs
from services.cli.doctor.running import judge_running
from services.cli.doctor.server import judge
from services.cli.doctor.topology import examine_cluster
from services.web.state.service_states import ServiceState
from shared.base.version import VERSION
from shared.published.content import to_content
from tests.support.published import limits
from tests.support.secured import USERS_FILE

HEALTHY = {
    "redis_version": "7.2.4", "valkey_version": "8.0.1", "redis_mode": "standalone", "run_id": "0" * 40,
    "used_memory": "1000000", "maxmemory": "0", "maxmemory_policy": "noeviction", "aof_enabled": "1",
    "aof_last_write_status": "ok", "rdb_last_bgsave_status": "ok", "rdb_last_save_time": "1764072000",
    "role": "master", "connected_slaves": "0",
}  # fmt: skip
USERS: dict[Role, str] = {"ingest": "ingestor", "check": "checker", "api": "api", "forward": "forwarder"}


def told(fsync: str | None = "always", kind: str = "one", **changes: str | None) -> list[Finding]:
    """What is not `ok` about a server whose facts differ from a healthy one's; None: it does not tell."""
    facts = {name: value for name, value in {**HEALTHY, **changes}.items() if value is not None}
    info = "# Server\r\n" + "".join(f"{name}:{value}\r\n" for name, value in facts.items())
    return [each for each in judge(info.encode(), fsync, kind) if each.level != "ok"]


def test_a_healthy_server() -> None:
    """Nothing is to be said of it, be it of a cluster or not."""
    assert told() == []
    assert told(redis_mode="cluster", kind="cluster") == []
    assert told(valkey_version=None, redis_version="7.0.0") == []


@pytest.mark.parametrize(
    ("changes", "level", "topic", "text"),
    [
        ({"valkey_version": None, "redis_version": "6.2.14"}, "bad", "version", "use Redis 7.0"),
        ({"valkey_version": "7.2.5"}, "bad", "version", "Valkey 7.2.5 is too old"),
        ({"valkey_version": None, "redis_version": None}, "bad", "version", "too old"),
        ({"role": "slave", "master_host": "a", "master_port": "1"}, "bad", "role", "a replica of a:1"),
        ({"redis_mode": "cluster"}, "bad", "role", r"use redis\+cluster://"),
        ({"redis_mode": None, "server_mode": "cluster"}, "bad", "role", "a node of a cluster"),
        ({"redis_mode": "sentinel"}, "bad", "role", r"use redis\+sentinel://"),
        ({"connected_slaves": "2"}, "note", "role", "2 replicas.*--wait-replicas"),
        ({"aof_enabled": "0"}, "bad", "persistence", "2025-11-25T12:00:00.*set appendonly yes"),
        ({"aof_last_write_status": "err"}, "bad", "persistence", "aof_last_write_status is err"),
        ({"rdb_last_bgsave_status": "err"}, "bad", "persistence", "rdb_last_bgsave_status is err"),
        ({"fsync": "everysec"}, "note", "persistence", "everysec"),
        ({"fsync": "no"}, "bad", "persistence", "appendfsync is no"),
        ({"fsync": None}, "note", "persistence", "may not see appendfsync"),
        ({"maxmemory_policy": "allkeys-lru"}, "bad", "eviction", "set maxmemory-policy noeviction"),
        ({"maxmemory": "1200000"}, "note", "memory", "services wait"),
    ],
)
def test_what_is_wrong_with_a_server(
    changes: dict[str, str | None], level: str, topic: str, text: str
) -> None:
    """Each is one finding, by which alone the server differs from a healthy one."""
    (found,) = told(**changes)  # type: ignore[arg-type]

    assert (found.level, found.topic) == (level, topic)
    assert re.search(text, found.text)


@pytest.mark.parametrize(
    ("took_us", "ahead_us", "level", "text"),
    [
        (200, 0, "ok", "takes 0.2 ms; its clock agrees"),
        (80_000, 89_999, "ok", "agrees"),
        (80_000, 90_001, "note", "its clock is 0.090 s behind this machine's"),
        (0, -2_000_000, "note", "its clock is 2.000 s ahead of this machine's.*NTP"),
        (500_001, 0, "bad", "above 500 ms the API takes Redis for away"),
    ],
)
def test_clocks(took_us: int, ahead_us: int, level: str, text: str) -> None:
    """A difference counts as far as the round trip does not explain it."""
    found = judge_clock("a:1", took_us, ahead_us)

    assert found.level == level
    assert re.search(text, found.text)


@pytest.mark.parametrize(
    ("changes", "level", "text"),
    [
        ({}, "ok", f"check {VERSION} on here, process 7: running"),
        ({"state": "stopping"}, "ok", "stopping"),
        ({"state": "holding"}, "note", "holding; its log says why"),
        ({"version": "0.0.1"}, "note", "check 0.0.1 .*upgrade.md"),
    ],
)
def test_services(changes: dict[str, str], level: str, text: str) -> None:
    """Those that are not well, or of another version, are worth a note."""
    fields = {
        "role": "check",
        "instance": "x",
        "version": VERSION,
        "host": "here",
        "pid": 7,
        "state": "running",
    }
    (found,) = judge_running([ServiceState.model_validate({**fields, "state": "running", **changes})])

    assert found.level == level
    assert re.search(text, found.text)


def test_no_service() -> None:
    """That none runs is worth a note."""
    assert [each.level for each in judge_running([])] == ["note"]


def test_what_is_so_of_all_servers_is_said_once() -> None:
    """Findings of some servers name them, by topic; those of all do not, unless they are to."""
    fine, full, old = Finding("ok", "a", "fine"), Finding("bad", "a", "full"), Finding("ok", "b", "old")

    assert merged({"x": [fine, old], "y": [full, old]}) == [
        Finding("ok", "a", "fine at x"), Finding("bad", "a", "full at y"), old,
    ]  # fmt: skip
    assert merged({"x": [old]}, named="b") == [Finding("ok", "b", "old at x")]
    assert merged({}) == []


def test_the_screen() -> None:
    """A line each, whatever is in it, and at last how many are bad."""
    bad = Finding("bad", "alerts", "a\nb\x1b")

    assert str(bad) == r"bad   alerts       a\nb\x1b"
    assert (verdict([bad, bad]), verdict([])) == (
        "2 of these would break a promise", "nothing here breaks a promise",
    )  # fmt: skip


def rules_of(user: str) -> Iterator[tuple[str, list[str]]]:
    """The commands that a user of the ACL file may use, each with patterns of keys; empty without keys."""
    (line,) = (each for each in USERS_FILE.read_text().splitlines() if each.startswith(f"user {user} "))
    selectors = re.findall(r"\(([^)]*)\)", line)
    root = re.sub(r"\([^)]*\)", "", line)
    for words in [root, *selectors]:
        commands = [word[1:].upper().replace("|", " ") for word in words.split() if word.startswith("+")]
        patterns = [word.partition("~")[2] for word in words.split() if "~" in word] or [""]
        for command in commands:
            if not command.startswith("@"):
                yield command, patterns


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_needs_is_what_its_user_may(role: Role) -> None:
    """Each right of the users in deploy/users.acl is asked for; but streams are not everybody's."""
    asked = {
        tuple(str(each).rsplit(" ", 1)) if each.key else (str(each), "") for each in needs(role, "alerts")
    }

    for command, patterns in rules_of(USERS[role]):
        fits = any(name == command and fnmatchcase(key, each) for name, key in asked for each in patterns)
        assert fits or patterns in (["orders"], ["quotes"]), f"{role} is not asked about {command} {patterns}"


class Answers:
    """A Redis that gives these answers, by the first word of the question."""

    url = parse_redis_url("redis+cluster://here:7000")

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def ask(self, _: str, *words: str, refused: Any = None) -> Any:
        """See `Patient`."""
        return self._answers.get(words[0], refused)


class Keys:
    """A Redis that has these keys; an error is raised instead of answered."""

    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found

    def ask(self, key: str, *_: str, refused: Any = None) -> Any:
        """See `Patient`."""
        found = self._found.get(key)
        if isinstance(found, Exception):
            raise found
        return refused if found == "refused" else found


TEXT, SHA256 = to_content(limits("0.10"))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, [("ok", "version 0: none is active")]),
        ({"active": f"3 {SHA256}", "3": TEXT}, [("ok", "version 3 is active: 1 classes")]),
        (
            {"active": f"3 {SHA256}", "3": TEXT, "shadow": f"4 {SHA256}", "4": TEXT},
            [("ok", "version 3 is active"), ("ok", "version 4 is in the shadow")],
        ),
        ({"active": f"3 {SHA256}"}, [("bad", "version 3 is missing.*go on with what they had")]),
        ({"active": f"3 {SHA256}", "3": TEXT + " "}, [("bad", "SHA-256")]),
        ({"active": "3", "shadow": f"4 {SHA256}"}, [("bad", "active is damaged"), ("bad", "4 is missing")]),
        ({"active": ResponseError("WRONGTYPE")}, [("bad", "active is damaged: WRONGTYPE")]),
        ({"active": "refused"}, [("note", "may not look")]),
    ],
)
def test_the_limits(found: dict[str, Any], said: list[tuple[str, str]]) -> None:
    """Which versions are in force, and what is damaged of them."""
    stored = {
        f"limits:{{limits}}:{name}": value.encode()
        if value != "refused" and isinstance(value, str)
        else value
        for name, value in found.items()
    }
    findings = list(examine_limits(cast(Patient, Keys(stored))))

    assert [each.level for each in findings] == [level for level, _ in said]
    for each, (_, text) in zip(findings, said, strict=True):
        assert each.topic == "limits"
        assert re.search(text, each.text)


def test_a_node_that_does_not_know_its_own_host() -> None:
    """It is the one that was asked, as it is for services."""
    rows = [[0, 16383, [None, 7000, b"id"]]]
    (found,) = examine_cluster(cast(Patient, Answers(CLUSTER=rows)))
    assert found.text.endswith("without a replica: here:7000")


def test_a_stranger_may_have_written_any_time() -> None:
    """Thousands of digits are no time of ours, and no reason to end."""
    hash_of_a_stranger = [b"1", b"2", b"0", b"", b"", b"9" * 5000]
    answers = Answers(SMEMBERS={b"BTU"}, HMGET=hash_of_a_stranger, XINFO=None)
    found = next(examine_contents(cast(Patient, answers), [], "alerts"))
    assert (found.level, found.topic) == ("note", "symbols")
    assert "'BTU' for one" in found.text
