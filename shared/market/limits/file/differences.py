"""What two versions have that the other has not, place by place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NAMES: Final = {"class": "name", "account": "name", "override": "symbol"}
"""What tells the tables of a list apart: a class that has moved is no other class."""

_Path = tuple[str, ...]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """A line for each difference; a class, a profile or an override that only one of both has is one line.

    Args:
        old: a canonical form, parsed.
        new: another one.
    """
    before, after = dict(_places(old)), dict(_places(new))
    for path in [*before, *(each for each in after if each not in before)]:
        if path in before and path in after:
            if before[path] != after[path]:
                yield f"{_text(path)}: {before[path]} -> {after[path]}"
        elif not _is_part(path) or (path[:2] in before and path[:2] in after):
            sign, value = ("-", before[path]) if path in before else ("+", after[path])
            yield f"{sign} {_text(path)}{value and f': {value}'}"


def _is_part(path: _Path) -> bool:
    """Whether something belongs to a class, a profile or an override."""
    return len(path) > 2 and path[0] in _NAMES


def _text(path: _Path) -> str:
    """A place as people write it, such as `class.us-equity.tiers[1].spread`."""
    return ".".join(path).replace(".[", "[")


def _places(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, str]]:
    """All values with their places."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _places(each, (*path, key))
    elif isinstance(value, list) and path[0] in _NAMES and len(path) == 1:
        names = [each[_NAMES[path[0]]] for each in value]
        yield (f"order of {path[0]}",), ", ".join(names)
        for name, each in zip(names, value, strict=True):
            yield (*path, name), ""
            yield from _places(each, (*path, name))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, 1):
            yield from _places(each, (*path, f"[{number}]"))
    else:
        yield path, json.dumps(value)
