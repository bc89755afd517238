"""What a server says of itself when a connection is made."""

from typing import Final, NamedTuple, Self

INFO: Final = ("INFO", "server", "memory", "replication")
"""The command that asks for it."""


class ServerFacts(NamedTuple):
    """What a server says of itself."""

    run_id: str
    """Names the process: another one after each start."""
    replication_id: str
    """Names the history of its data: another one when a replica becomes a primary."""
    eviction_policy: str

    @classmethod
    def parse(cls, info: bytes) -> Self:
        """Read the answer to `INFO`.

        Raises:
            ValueError: there is no run ID in it.
        """
        lines = info.decode(errors="replace").splitlines()
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        if not facts.get("run_id"):
            raise ValueError("INFO server names no run_id")
        return cls(facts["run_id"], facts.get("master_replid", ""), facts.get("maxmemory_policy", ""))

    @property
    def warning(self) -> str | None:
        """What an operator has to know about this server; None if there is nothing."""
        if self.eviction_policy in {"", "noeviction"}:
            return None
        return (
            f"Redis may evict keys (maxmemory-policy {self.eviction_policy}), and quotes and positions with "
            "them; set maxmemory-policy noeviction"
        )
