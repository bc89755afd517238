"""What the doctor has found, a line each."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from shared.base.printable import printable

Level = Literal["ok", "note", "bad"]


class Finding(NamedTuple):
    """Something that is so; where something is to be done, the text says what."""

    level: Level
    """`bad` breaks a promise of ours; `note` breaks none, but is worth knowing."""
    topic: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<5} {self.topic:<12} {printable(self.text)}"


def merged(found: Mapping[str, Sequence[Finding]], named: Container[str] = ()) -> list[Finding]:
    """The findings of several servers, by topic; those of some servers name them.

    Args:
        found: by the name of the server.
        named: topics whose findings name their servers always.
    """
    servers: dict[Finding, list[str]] = {}
    for name, findings in found.items():
        for each in findings:
            servers.setdefault(each, []).append(name)
    topics = list(dict.fromkeys(each.topic for each in servers))
    return [
        each._replace(text=f"{each.text} at {', '.join(names)}")
        if each.topic in named or len(names) < len(found)
        else each
        for each, names in sorted(servers.items(), key=lambda pair: topics.index(pair[0].topic))
    ]


def verdict(findings: Iterable[Finding]) -> str:
    """The last line of the screen."""
    bad = sum(each.level == "bad" for each in findings)
    return f"{bad} of these would break a promise" if bad else "nothing here breaks a promise"
