"""A file of frames as rows, for targets that are no feeds."""

from collections.abc import Iterator
from typing import Final

from market_spread import order, quote, status
from market_spread.framing import HEADER, MAX_PAYLOAD, DecodeError
from market_spread.order import ORDER_TYPE, SIDE_NAMES
from market_spread.quote import QUOTE_TYPE
from market_spread.status import STATUS_TYPE
from services.cli.files.checking import rows_of
from services.cli.files.rows import MOST_ROWS, Item, Place, RefusedRow, RowKind, UnreadableFileError
from shared.wire.fix.message_log import Readable

_PIECE: Final = 1 << 16


class FrameRows:
    """The orders, quotes and statuses of a file of frames.

    Args:
        file: its bytes, from the start.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file

    def __iter__(self) -> Iterator[Item]:
        kind: RowKind = "orders"
        rows: list[tuple[bytes, ...]] = []
        places: list[Place] = []
        for offset, payload in self._payloads():
            place = Place("byte", offset)
            try:
                found, row = _read(payload)
            except DecodeError as error:
                yield RefusedRow(error.reason, str(error), place)
                continue
            if rows and (found != kind or len(rows) == MOST_ROWS):
                yield rows_of(kind, f"frames of {kind}", rows, places)
                rows, places = [], []
            kind = found
            rows.append(row)
            places.append(place)
        if rows:
            yield rows_of(kind, f"frames of {kind}", rows, places)

    def _payloads(self) -> Iterator[tuple[int, bytes]]:
        """Each payload, and where its frame starts."""
        buffer, at, offset = b"", 0, 0
        while True:
            if len(buffer) - at >= HEADER.size:
                (size,) = HEADER.unpack_from(buffer, at)
                if not 0 < size <= MAX_PAYLOAD:
                    raise UnreadableFileError(
                        f"byte {offset + at} announces a payload of {size} bytes: not a file of frames"
                    )
                end = at + HEADER.size + size
                if end <= len(buffer):
                    yield offset + at, buffer[at + HEADER.size : end]
                    at = end
                    continue
            more = self._file.read(_PIECE)
            if not more:
                break
            offset, buffer, at = offset + at, buffer[at:] + more, 0
        if at < len(buffer):
            raise UnreadableFileError(f"ends inside a frame, which starts at byte {offset + at}")


def _read(payload: bytes) -> tuple[RowKind, tuple[bytes, ...]]:
    """What a payload says.

    Raises:
        DecodeError: it is neither an order nor a quote nor a status.
    """
    if payload[0] == QUOTE_TYPE:
        q = quote.decode(payload)
        return "quotes", (q.symbol, repr(q.bid).encode(), repr(q.offer).encode(), q.transact_time)
    if payload[0] == STATUS_TYPE:
        s = status.decode(payload)
        bands = [b"" if band is None else repr(band).encode() for band in (s.band_low, s.band_high)]
        return "statuses", (s.symbol, b"%d" % s.status, *bands, s.transact_time)
    if payload[0] != ORDER_TYPE:
        raise DecodeError("type", payload)
    o = order.decode(payload)
    side = SIDE_NAMES[o.side].encode()
    numbers = repr(o.quantity).encode(), repr(o.price).encode()
    return "orders", (o.order_id, o.account, side, o.symbol, *numbers, o.transact_time)
