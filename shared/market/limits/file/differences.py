"""What two versions have that the other has not, place by place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_NAMES = {"class": "name", "account": "name", "override": "symbol"}
"""What tells the tables of a list apart: a class that has moved is no other class."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """A line for each difference.

    Args:
        old: a canonical form, parsed.
        new: another one.
    """
    before, after = dict(_places(old)), dict(_places(new))
    for place in [*before, *(each for each in after if each not in before)]:
        if place not in after:
            yield f"- {place}: {before[place]}"
        elif place not in before:
            yield f"+ {place}: {after[place]}"
        elif before[place] != after[place]:
            yield f"{place}: {before[place]} -> {after[place]}"


def _places(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """All values with their places, such as `class.us-equity.tiers[1].spread`."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _places(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and path in _NAMES:
        names = [each[_NAMES[path]] for each in value]
        yield f"order of {path}", ", ".join(names)
        for name, each in zip(names, value, strict=True):
            yield from _places(each, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, 1):
            yield from _places(each, f"{path}[{number}]")
    else:
        yield path, json.dumps(value)
