"""The headers of many messages at once: which of them can be taken as a run, without a look at each.

It recognises what `glance` does, and nothing else; all other messages are heard one by one.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.wire.fix.columns.decimals import parse_digits
from shared.wire.fix.columns.scan import Scan, tag_key
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.framing import SOH
from shared.wire.fix.session.inbound.header import LONGEST_TIME, SECONDS
from shared.wire.fix.session.speaker import ADMINISTRATIVE

_TAGS: Final = (b"34", b"49", b"52", b"56")
_ORDERS: Final = np.array(
    [[tag_key(tag) for tag in order] for order in (_TAGS, (b"49", b"56", b"34", b"52"))], np.uint64
)
"""The tags behind MsgType (35), in either of the two usual orders."""
_PLACES: Final = {b"34": (3, 5), b"49": (4, 3), b"52": (5, 6), b"56": (6, 4)}
"""Which field of its message each of them is, in either order."""
_FRONT: Final = np.arange(3, 7)
_COMMITTED: Final = tag_key(b"369")
_MOST_DIGITS: Final = 18
_WORD: Final = 8

_IS_APPLICATION: Final = np.zeros(256, np.bool_)
for _kind in range(256):
    _IS_APPLICATION[_kind] = bytes((_kind,)).isalnum() and bytes((_kind,)) not in ADMINISTRATIVE


class HeaderColumns:
    """The headers of messages that have arrived together.

    Args:
        found: the messages.
        settings: the session's.
    """

    def __init__(self, found: Scan, settings: SessionSettings) -> None:
        self.found = found
        begin = b"8=%b%b" % (settings.begin, SOH)
        usual, fields = _usual(found)
        starts, ends = found.values(b"34", fields[b"34"])
        self._numbers, is_number = parse_digits(found.text, starts, ends, _MOST_DIGITS)
        usual &= is_number & _IS_APPLICATION[found.kinds]
        usual &= _are(found, fields[b"49"], b"49", settings.theirs)
        usual &= _are(found, fields[b"56"], b"56", settings.ours)
        usual &= found.part(0, len(begin)) == begin  # all begin alike
        self._is_usual = usual
        self._says_committed = np.zeros(len(usual), np.bool_)
        self._says_committed[found.message[found.keys == _COMMITTED]] = True
        self._sent = found.values(b"52", fields[b"52"])

    def __len__(self) -> int:
        return len(self._numbers)

    def run_end(self, at: int, number: int, *, tells_committed: bool) -> int:
        """Where the run ends that begins at a message: of usual ones, each with the number that follows.

        Args:
            at: the message.
            number: the MsgSeqNum (34) that it has to have.
            tells_committed: whether it is known already that the peer says what it has processed (369).
        """
        is_right = self._is_usual[at:] & (self._numbers[at:] == number + np.arange(len(self) - at))
        if not tells_committed:
            is_right &= ~self._says_committed[at:]
        return at + (len(is_right) if is_right.all() else int(is_right.argmin()))

    def first_untimely(self, at: int, stop: int, is_timely: Callable[[bytes], bool]) -> int:
        """The first message of a run whose SendingTime (52) is not right; `stop` if that of all is.

        Args:
            at: where the run begins.
            stop: where it ends.
            is_timely: whether a time is right; those within a second that was right are right, too.
        """
        found, (starts, ends) = self.found, (each[at:stop] for each in self._sent)
        _, is_fraction = parse_digits(found.text, starts + SECONDS, ends, LONGEST_TIME - SECONDS)
        is_known = np.zeros(stop - at, np.bool_)
        is_known[1:] = is_fraction[1:]
        for word in (0, 8, SECONDS - 8):
            words = found.short_texts(starts + word, ends)
            is_known[1:] &= words[1:] == words[:-1]
        for place in np.flatnonzero(~is_known).tolist():
            if not is_timely(found.text[starts[place] : ends[place]].tobytes()):
                return at + int(place)
        return stop


def _usual(found: Scan) -> tuple[NDArray[np.bool_], dict[bytes, NDArray[np.intp]]]:
    """Which messages have their header's fields in a usual order; and the field of each tag in those."""
    places = np.minimum(found.firsts[:, None] + _FRONT, len(found.keys) - 1)
    is_first, is_second = ((found.keys[places] == order).all(axis=1) for order in _ORDERS)
    fields = {
        tag: np.where(is_first, found.firsts + first, np.where(is_second, found.firsts + second, -1))
        for tag, (first, second) in _PLACES.items()
    }
    return is_first | is_second, fields


def _are(found: Scan, fields: NDArray[np.intp], tag: bytes, value: bytes) -> NDArray[np.bool_]:
    """Which of these fields have this value; those that are none (-1) have not."""
    starts, ends = found.values(tag, fields)
    alike: NDArray[np.bool_] = ends - starts == len(value)
    starts = np.where(alike, starts, 0)
    for at in range(0, len(value), _WORD):
        word = np.uint64(int.from_bytes(value[at : at + _WORD], "little"))
        alike &= found.short_texts(starts + at, ends) == word
    return alike
