"""From the messages that a session has taken to what the service takes of them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.service.fix.batch import FixPart, Item, ItemRun
from shared.service.fix.reader import RunColumns
from shared.service.fix.sender import Refusal, SessionSender
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.message import Message
from shared.wire.fix.refused import Refused
from shared.wire.fix.session.events import LoggedOn, Skipped, Taken, TakenRun
from shared.wire.symbol_table import SymbolTable

_UNSUPPORTED_TYPE: Final = 3
_OTHER: Final = 0
"""Values of BusinessRejectReason (380)."""
_FEW: Final = 10
"""One of so many may be read by itself."""


def next_part(sender: SessionSender, first: int, symbols: SymbolTable) -> FixPart | None:
    """All that a session has taken since the last time; None if that is nothing.

    Args:
        sender: of the session.
        first: the number of its first item within the batch.
        symbols: numbers symbols.
    """
    taken, sender.taken = sender.taken, []
    after, sender.after = sender.after, None
    reading = _Reading(sender, first, symbols)
    for event in taken:
        match event:
            case TakenRun():
                reading.add_run(event)
            case Taken(raw, following):
                reading.add(raw, following.number - 1)
            case LoggedOn():
                sender.reader.begin()
            case Skipped():
                sender.reader.missed()
    if taken:
        sender.is_read_in_rows = 0 < len(reading.numbers) >= reading.singly * _FEW
    if after is None:
        return None
    return FixPart(sender, reading.items, reading.numbers, reading.places, after, first, sender.received_ns)


class _Reading:
    """Collects the items of a part.

    Args:
        sender: of the session.
        first: the number of the first item within the batch.
        symbols: numbers symbols.
    """

    def __init__(self, sender: SessionSender, first: int, symbols: SymbolTable) -> None:
        self.items: list[Item | ItemRun] = []
        self.numbers: list[int] = []
        self.places: dict[int, int] = {}
        self.singly = 0
        """How many messages were read by themselves."""
        self._sender, self._first = sender, first
        self._symbols = symbols
        self._scan: Scan | None = None
        self._columns: RunColumns | None = None

    def add(self, raw: bytes, number: int) -> None:
        """One message with its MsgSeqNum (34); what is wrong with it is answered later."""
        message = Message(raw)
        self.singly += 1
        found = self._sender.reader.read(message)
        if found is None:
            self._sender.answer(Refusal(message, number, "Unsupported Message Type", _UNSUPPORTED_TYPE))
            return
        refused = next((each for each in found if isinstance(each, Refused)), None)
        if refused is not None:
            self._sender.answer(Refusal(message, number, refused.text, _OTHER))
        for each in found:
            if each.place:
                self.places[self._first + len(self.numbers)] = each.place
            self.items.append(Item(message, number, each.place, each))
            self.numbers.append(number)

    def add_run(self, run: TakenRun) -> None:
        """Many messages: by columns, and those that are doubtful one by one in between."""
        if run.found is not self._scan:  # a heartbeat in between makes two runs of what was read together
            self._scan = run.found
            self._columns = self._sender.reader.read_run(run.found, self._symbols)
        if self._columns is None:
            for message in range(run.start, run.stop):
                self.add(run.found.raw(message), run.number(message))
            return
        columns, messages, others = self._columns
        first, end = np.searchsorted(messages, (run.start, run.stop)).tolist()
        plain = others[slice(*np.searchsorted(others, (run.start, run.stop)))]
        row = first
        for message, until in zip(plain.tolist(), np.searchsorted(messages, plain).tolist(), strict=True):
            self._add_rows(columns, messages, run, row, until)
            self.add(run.found.raw(message), run.number(message))
            row = until
        self._add_rows(columns, messages, run, row, end)
        self._sender.reader.took_run(columns, first, end, self._symbols)

    def _add_rows(
        self, columns: Any, messages: NDArray[np.intp], run: TakenRun, start: int, stop: int
    ) -> None:
        if start < stop:
            self.items.append(ItemRun(columns, start, stop))
            self.numbers += (messages[start:stop] + run.number(0)).tolist()
