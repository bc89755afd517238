"""What is in Redis: symbols, who vouches for their quotes, and alerts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from market_spread.alert import LATEST_US
from services.cli.doctor.finding import Finding, merged
from services.cli.doctor.patient import Patient, ServerPlace
from shared.base.integers import parse_uint
from shared.base.iso_time import iso_utc
from shared.market import keys
from shared.redis.epochs import process_named_by

_LOOKED_AT: Final = 200
"""Symbols whose hashes are looked at."""
_MAY_NOT: Final = "this user may not look"


def examine_contents(patient: Patient, places: Sequence[ServerPlace], alerts: str) -> Iterator[Finding]:
    """Say what is there, and whether it looks like ours.

    Raises:
        RedisUnavailable: no answer.
    """
    symbols = _read(patient, keys.SYMBOLS, "SMEMBERS", keys.SYMBOLS)
    yield _symbols(patient, symbols)
    has_symbols = bool(symbols) and not isinstance(symbols, ResponseError)
    yield from merged({each.name: [_epoch(patient, each, has_symbols=has_symbols)] for each in places})
    yield _alerts(_read(patient, alerts, "XINFO", "STREAM", alerts), alerts)


def _read(patient: Patient, key: str, *words: str, refused: Any = None) -> Any:
    """The answer; `refused` if this user may not ask; an error as a value."""
    try:
        return patient.ask(key, *words, refused=refused)
    except ResponseError as error:
        return error


def _symbols(patient: Patient, symbols: Any) -> Finding:
    if symbols is None:
        return Finding("note", "symbols", _MAY_NOT)
    if isinstance(symbols, ResponseError):
        return _stranger("symbols", keys.SYMBOLS)
    names = [raw.decode(errors="replace") for raw in sorted(symbols)[:_LOOKED_AT]]
    newest, strange = 0, []
    for name in names:
        key = keys.symbol(name)
        found = _read(patient, key, "HMGET", key, *keys.QUOTE_FIELDS)
        if found is None:
            return Finding("note", "symbols", f"{len(symbols):,} symbols; {_MAY_NOT} at their quotes")
        fields = {} if isinstance(found, ResponseError) else dict(zip(keys.QUOTE_FIELDS, found, strict=True))
        if not _looks_like_ours(fields):
            strange.append(name)
        else:
            newest = max(newest, int(fields["updated_at"] or 0))
    if strange:
        return Finding(
            "note", "symbols",
            f"{len(strange)} of {len(names)} symbols looked at have no hash as the ingestor writes it, "
            f"{strange[0]!r} for one: another program or a newer version has written there",
        )  # fmt: skip
    last = f"; the newest quote of {len(names):,} looked at is of {iso_utc(newest)}" if newest else ""
    return Finding("ok", "symbols", f"{len(symbols):,} symbols{last}")


def _looks_like_ours(fields: Mapping[str, bytes | None]) -> bool:
    """Whether a hash is as this version reads it; one that knows a status alone has no `updated_at`."""
    updated_at = fields.get("updated_at")
    return fields.get("risky") in {b"0", b"1"} and (not updated_at or _is_time(updated_at))


def _is_time(text: bytes) -> bool:
    microseconds = parse_uint(text)
    return microseconds is not None and microseconds <= LATEST_US


def _epoch(patient: Patient, place: ServerPlace, *, has_symbols: bool) -> Finding:
    value = _read(patient, place.key, "GET", place.key, refused=_MAY_NOT)
    if value == _MAY_NOT:
        return Finding("note", "epoch", _MAY_NOT)
    info = patient.ask(place.key, "INFO", "server", refused=b"").decode(errors="replace")
    if isinstance(value, ResponseError):
        return _stranger("epoch", place.key)
    if value is not None and f"run_id:{process_named_by(value)}\r" in info:
        return Finding("ok", "epoch", "an ingestor vouches for the quotes")
    if not has_symbols:
        return Finding("ok", "epoch", "no quotes yet that anybody would have to vouch for")
    return Finding(
        "note", "epoch",
        "nobody vouches for the quotes: checkers hold orders back (check --rebuild-wait) until an ingestor "
        "that runs has looked at them",
    )  # fmt: skip


def _alerts(info: Any, name: str) -> Finding:
    if info is None:
        return Finding("note", "alerts", _MAY_NOT)
    if isinstance(info, ResponseError):
        is_absent = "no such key" in str(info)
        return Finding("ok", "alerts", "none yet") if is_absent else _stranger("alerts", name)
    facts = dict(zip((raw.decode() for raw in info[::2]), info[1::2], strict=True))
    first, last = facts["first-entry"], facts["last-generated-id"].decode()
    trimmed = facts["entries-added"] - facts["length"]
    since = f", from {first[0].decode()} to {last}" if first else ""
    return Finding("ok", "alerts", f"{facts['length']:,} in {name}{since}; {trimmed:,} trimmed")


def _stranger(topic: str, key: str) -> Finding:
    text = f"{key} is not of our type: another program uses this database; choose another one"
    return Finding("bad", topic, text)
