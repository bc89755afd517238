"""Classes and profiles that nothing can reach, because those before them take all."""

from collections.abc import Sequence

from shared.market.limits.file.node import Node
from shared.market.limits.globs import parse_glob
from shared.market.limits.pattern_table import PatternTable
from shared.market.limits.values import LimitsVersion


def find_unreachable(version: LimitsVersion, root: Node) -> None:
    """Note each class and each profile all of whose patterns earlier ones cover."""
    classes = [(each.name, each.symbols) for each in version.classes]
    profiles = [(each.name, each.accounts) for each in version.accounts]
    for key, lists in (("class", classes), ("account", profiles)):
        for place, by in _covered([patterns for _, patterns in lists]):
            names = ", ".join(f'"{lists[each][0]}"' for each in by)
            root.key(key).entry(place + 1).fail(
                f"nothing can reach it: {names} before it {'takes' if len(by) == 1 else 'take'} all that fits"
            )


def _covered(lists: Sequence[Sequence[str]]) -> list[tuple[int, list[int]]]:
    """The places of lists of which every pattern is covered by an earlier one, and by which ones."""
    table = PatternTable(lists)
    first: dict[str, int] = {}
    for place, patterns in enumerate(lists):
        for pattern in patterns:
            first.setdefault(pattern, place)
    found = []
    for place, patterns in enumerate(lists):
        takers = set()
        for pattern in patterns:
            takers.add(_taker(table, first[pattern], pattern))
            if place in takers:
                break
        else:
            found.append((place, sorted(takers)))
    return found


def _taker(table: PatternTable, first_with_it: int, pattern: str) -> int:
    """The first list that takes all that fits a pattern, at the latest the one that has it."""
    found = table.first(parse_glob(pattern).witness())
    return first_with_it if found is None else min(found, first_with_it)
