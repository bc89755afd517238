"""The warning about Redis' eviction policy."""

import pytest

from shared.eviction import READ_MEMORY, eviction_warning

POLICIES = ("allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-ttl", "allkeys-random")


def info(policy: str) -> bytes:
    """A piece of the answer to INFO memory."""
    lines = ("# Memory", "used_memory:1", "maxmemory:0", f"maxmemory_policy:{policy}", "mem_clients:3", "")
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_that_evicts(policy: str) -> None:
    """Every policy but `noeviction` is warned of by its name, with what to do."""
    warning = eviction_warning(info(policy))

    assert warning is not None
    assert f"maxmemory-policy {policy}" in warning
    assert "set maxmemory-policy to noeviction" in warning


@pytest.mark.parametrize("text", [info("noeviction"), b"", b"# Memory\r\nused_memory:1\r\n"])
def test_nothing_to_warn_of(text: bytes) -> None:
    """`noeviction` needs no warning, nor does a server that does not tell its policy."""
    assert eviction_warning(text) is None


def test_the_question() -> None:
    """What is asked is `INFO memory`, of any server."""
    assert READ_MEMORY.key == ""
    assert READ_MEMORY.packed == b"*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n"
