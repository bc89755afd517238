"""Every environment variable of ours: one that is misspelt is an error and not a setting that is ignored."""

import difflib
import re
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "MARKET_SPREAD_"

TOKEN: Final = f"{PREFIX}TOKEN"
"""The token that clients of the API have to bring; it is no flag, for everybody on a machine sees flags."""

KNOWN: Final = frozenset(
    PREFIX + name
    for name in (
        "ACCOUNT",
        "ALERTS",
        "ALLOW_ORIGIN",
        "AT",
        "BID",
        "BUFFER_BYTES",
        "BY_FIX",
        "DRY_RUN",
        "FILE",
        "FIX",
        "FIX_LISTEN",
        "FIX_STORE",
        "FIX_SYMBOL",
        "FOLLOW",
        "FOR",
        "FORCE",
        "FORMAT",
        "FROM",
        "IN",
        "JSON",
        "KEEP_ORDERS",
        "KEEP_QUOTES",
        "LIMIT",
        "LIMITS",
        "LIMITS_TOKEN_FILE",
        "LISTEN",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "MAP",
        "MARKET_DATA",
        "MAX_ALERTS",
        "MAX_CONNECTIONS",
        "MAX_QUOTE_AGE_MS",
        "MAX_SPREAD",
        "MAX_SPREAD_RATIO",
        "MAX_SYMBOLS",
        "METRICS",
        "NAME",
        "OFFER",
        "ORDERS",
        "ORDERS_PER_SECOND",
        "ORDER_STREAM",
        "OUT",
        "OVERLAP",
        "PACE",
        "PLAIN",
        "PRICE",
        "QUANTILE",
        "QUANTITY",
        "QUOTES",
        "QUOTES_PER_SECOND",
        "QUOTE_STREAM",
        "RATE",
        "REBUILD_WAIT",
        "REDIS_ATTEMPTS",
        "REPEAT",
        "REPORTS",
        "RISKY",
        "SEED",
        "SENDER",
        "SERVER",
        "SIDE",
        "SINCE",
        "SOURCE",
        "STREAM",
        "STRICT",
        "SYMBOLS",
        "SYMBOL_MAP",
        "TO",
        "TOGETHER",
        "TOKEN",
        "TOKEN_FILE",
        "TO_DIR",
        "TO_STREAM",
        "UNTIL",
        "WAIT",
        "WAIT_REPLICAS",
        "WHAT",
        "WHO",
        "WHY",
        "WRITE",
        "YES",
    )
)
"""Of all commands: one file of variables may serve several of them, each of which takes its own.

They stand here because a command starts without the imports of the others.
"""

NAME: Final = re.compile(rf"{PREFIX}\w+")
"""A variable of ours in a text."""

_OF_KUBERNETES = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
"""What Kubernetes adds for a Service whose name begins with `market-spread`; and `<NAME>_PORT`, a URL."""
_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def misspelt(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that look like ours and are known to no command, each with the nearest that is known."""
    names = [
        name
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in KNOWN and not _is_of_kubernetes(name, value)
    ]
    return {name: _nearest(name) for name in sorted(names)}


def _nearest(name: str) -> str:
    """The known variable that is most like a name; what all have in common tells nothing."""
    endings = sorted(known.removeprefix(PREFIX) for known in KNOWN)
    ending = name.removeprefix(PREFIX).upper()
    return PREFIX + difflib.get_close_matches(ending, endings, n=1, cutoff=0.0)[0]


def _is_of_kubernetes(name: str, value: str) -> bool:
    is_address = name.endswith("_PORT") and _ADDRESS.match(value) is not None
    return is_address or _OF_KUBERNETES.fullmatch(name) is not None
