"""Every key, stream and field name that Market Spread uses in Redis."""

from typing import Final

from market_spread import alert

SYMBOLS: Final = "symbols"
"""Set: every symbol that has a hash."""

ALERTS: Final = alert.ALERTS
"""Stream: one entry an alert."""

REJECTED: Final = "rejected"
"""Stream: the frames and entries that a feed refused."""

EPOCH: Final = "epoch"
"""String: vouches for the quotes on its server; a cluster has more of them (see `shared.redis.epochs`)."""

LIMITS_ACTIVE: Final = "limits:{limits}:active"
"""String: number and SHA-256 of the version of the limits that is active."""

LIMITS_SHADOW: Final = "limits:{limits}:shadow"
"""String: the same of the version that runs in its shadow."""

LIMITS_LOG: Final = "limits:{limits}:log"
"""Stream: what was done to the limits, by whom and why; never trimmed."""

QUOTE_FIELDS: Final = ("bid", "offer", "risky", "reason", "transact_time", "updated_at")
"""Fields of a `symbol:<SYMBOL>` hash that say what its last quote was, and the verdict on it."""

SYMBOL_FIELDS: Final = (
    *QUOTE_FIELDS,
    "state", "state_since", "status", "status_at", "band_low", "band_high", "limits", "source",
    "written_at",
)  # fmt: skip
"""All fields of that hash; those behind `QUOTE_FIELDS` may be missing."""

ALERT_FIELDS: Final = alert.FIELDS
"""Fields of an entry of the alert stream, in the order in which they are written."""

FIX_FIELDS: Final = alert.FIX_FIELDS
"""Fields behind them of an alert on an order that came by FIX."""

LIMITS_FIELDS: Final = alert.LIMITS_FIELDS
"""What follows them where published limits judged."""

SHADOW_FIELDS: Final = ("shadow_limits", "shadow_reason", "shadow_broken")
"""What else an entry of a `shadow:{<alerts>}` stream has."""

REJECTED_FIELDS: Final = ("feed", "reason", "peer", "raw", "at")
"""Fields of an entry of the `rejected` stream."""


def symbol(name: str) -> str:
    """Hash: the last quote of a symbol, the verdict on it, and its trading status."""
    return f"symbol:{name}"


def position(alerts: str, feed: str, source: str) -> str:
    """Hash: how far a source has taken effect, in the cluster slot of the alert stream."""
    return f"position:{{{alerts}}}:{feed}:{source}"


def limits_version(number: int) -> str:
    """String: the canonical form of a version of the limits, in the cluster slot of the others."""
    return f"limits:{{limits}}:{number}"


def feed(source: str) -> str:
    """String: when the ingestor last heard of a source."""
    return f"feed:{source}"


def service(role: str, instance: str) -> str:
    """Hash: a running service's figures; expires when they are no longer refreshed."""
    return f"service:{role}:{instance}"


def stats(role: str) -> str:
    """Stream: the same figures once a second, for about an hour."""
    return f"stats:{role}"


def shadow(alerts: str) -> str:
    """Stream: a sample of what the limits in the shadow say differently of an order."""
    return f"shadow:{{{alerts}}}"


def has_slot_mates(name: str) -> bool:
    """Whether other keys can be made that lie in the cluster slot of this one."""
    return "}" not in name or bool(_tag(name))


def _tag(name: str) -> str:
    """What decides about a key's slot if it is not the whole key; empty if it is."""
    tag, closes, _ = name.partition("{")[2].partition("}")
    return tag if closes else ""


def replay(stream: str, source: str) -> str:
    """String: how many entries a replay has added to a stream, in the cluster slot of the stream.

    There is none for names with a `}` and no tag: `has_slot_mates` tells.
    """
    tag = _tag(stream)
    return f"replay:{{{tag}}}:{stream}:{source}" if tag else f"replay:{{{stream}}}:{source}"
