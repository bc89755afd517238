"""The limits: which versions are active and in the shadow, and whether they are what was published."""

from collections.abc import Iterator
from typing import Any, Final

from redis.exceptions import ResponseError

from services.cli.doctor.finding import Finding
from services.cli.doctor.patient import Patient
from shared.market import keys
from shared.published.content import DamagedVersion, from_content
from shared.published.pointer import Pointer

_TOPIC: Final = "limits"
_MAY_NOT: Final[Any] = object()


def examine_limits(patient: Patient) -> Iterator[Finding]:
    """Say which versions are in force, and what is wrong with them.

    Raises:
        RedisUnavailable: no answer.
    """
    for key, name in ((keys.LIMITS_ACTIVE, "active"), (keys.LIMITS_SHADOW, "in the shadow")):
        try:
            raw = patient.ask(key, "GET", key, refused=_MAY_NOT)
            if raw is _MAY_NOT:
                yield Finding("note", _TOPIC, "this user may not look")
                return
            pointer = Pointer.parse(raw)
        except (ValueError, ResponseError) as error:
            yield Finding("bad", _TOPIC, f"{key} is damaged: {error}; activate a version anew")
            continue
        if pointer is not None:
            yield _version(patient, pointer, name)
        elif key == keys.LIMITS_ACTIVE:
            yield Finding("ok", _TOPIC, "version 0: none is active")


def _version(patient: Patient, pointer: Pointer, name: str) -> Finding:
    key = keys.limits_version(pointer.number)
    try:
        found = from_content(*pointer, patient.ask(key, "GET", key))
    except ResponseError as error:
        return Finding("bad", _TOPIC, f"version {pointer.number}, which is {name}, cannot be read: {error}")
    except DamagedVersion as error:
        text = f"{error}; it is {name}, and services go on with what they had: activate a good one"
        return Finding("bad", _TOPIC, text)
    classes = len(found.version.classes)
    return Finding("ok", _TOPIC, f"version {pointer.number} is {name}: {classes} classes")
