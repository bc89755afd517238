"""Which alerts somebody wants: by what is in their fields, before anything is made of an entry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final, Self

from services.orders.alerts.published import Entry
from shared.market.limits.rules_in_force import scope_in


@dataclass(frozen=True)
class AlertFilter:
    """The values that are wanted of each field; of a field without values, any.

    Values of one field are alternatives, and all fields have to fit. All are compared exactly, as Redis has
    them; of an alert's several reasons one is enough. A field that an alert does not have is empty, as is the
    class of a symbol where no published limits have judged.
    """

    symbol: frozenset[bytes] = frozenset()
    account: frozenset[bytes] = frozenset()
    reason: frozenset[bytes] = frozenset()
    side: frozenset[bytes] = frozenset()
    order_id: frozenset[bytes] = frozenset()
    source: frozenset[bytes] = frozenset()
    symbol_class: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, **wanted: Collection[str]) -> Self:
        """A filter of texts, by the names of the fields."""
        return cls(**{name: frozenset(each.encode() for each in values) for name, values in wanted.items()})

    @cached_property
    def wants_all(self) -> bool:
        """Whether every alert fits."""
        return not self._wanted

    def matches(self, entry: Entry) -> bool:
        """Whether an entry of the alert stream fits."""
        words = entry[1]
        found = dict(zip(words[::2], words[1::2], strict=False))
        return all(not wanted.isdisjoint(_values(found, name)) for name, wanted in self._wanted)

    @cached_property
    def _wanted(self) -> list[tuple[bytes, frozenset[bytes]]]:
        """The fields that matter."""
        pairs = ((each.name.encode(), getattr(self, each.name)) for each in fields(self))
        return [(name, values) for name, values in pairs if values]


def _values(found: Mapping[bytes, bytes], name: bytes) -> Collection[bytes]:
    if name == b"symbol_class":
        scope = scope_in(found.get(b"limits"))
        return (b"" if scope is None else scope.class_name.encode(),)
    value = found.get(name, b"")
    return value.split(b",") if name == b"reason" else (value,)


ALL: Final = AlertFilter()
"""Every alert fits."""
