"""FIX messages made by hand: tests compare the product with this, so it shares no code with it."""

from typing import Final

TIME: Final = "20260105-14:30:00.123"
HEADER: Final = f"34=7|49=DESK|52={TIME}|56=SPREAD"
ORDER: Final = "11=A-1|1=DESK-7/ALGO 2|55=BTU|54=1|38=100|40=2|44=10.25|60=20260105-14:29:59.5"


def finished(body: bytes, begin: str = "FIX.4.4", *, length: int | None = None) -> bytes:
    """A whole message around a body, which ends with SOH."""
    front = f"8={begin}\x019={len(body) if length is None else length}\x01".encode() + body
    return front + b"10=%03d\x01" % (sum(front) % 256)


def message(fields: str, begin: str = "FIX.4.4") -> bytes:
    """A whole message of fields that are written with `|` behind each but the last."""
    return finished((fields.replace("|", "\x01") + "\x01").encode("latin-1"), begin)


def order(fields: str = ORDER, *, kind: str = "D", begin: str = "FIX.4.4", header: str = HEADER) -> bytes:
    """A message about an order."""
    return message(f"35={kind}|{header}|{fields}", begin)


def market_data(fields: str, *, kind: str = "W", header: str = HEADER) -> bytes:
    """A message about the market."""
    return message(f"35={kind}|{header}|{fields}")
