"""Whether Redis may throw keys away when its memory is full: then symbols and alerts vanish unsaid."""

from typing import Final

from shared.redis_link import Command, command

READ_MEMORY: Final[Command] = command("", "INFO", "memory")
"""Asks for the text that `eviction_warning` reads; the Redis user needs `+info` for it."""

_POLICY: Final = b"maxmemory_policy:"
_SAFE: Final = b"noeviction"


def eviction_warning(info: bytes) -> str | None:
    """What to say of the server's eviction policy; None where it is `noeviction`, or not told.

    Args:
        info: the answer to `INFO memory`.
    """
    for line in info.splitlines():
        policy = line.removeprefix(_POLICY).strip()
        if line.startswith(_POLICY) and policy != _SAFE:
            name = policy.decode(errors="replace")
            return (
                f"Redis may evict keys when its memory is full (maxmemory-policy {name}), and then symbols "
                "and alerts are missing: set maxmemory-policy to noeviction"
            )
    return None
