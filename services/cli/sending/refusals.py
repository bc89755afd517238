"""What a feed refuses of a file of frames, found as the feed itself finds it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER
from market_spread.order import ORDER_TYPE
from market_spread.quote import QUOTE_TYPE
from services.cli.sending.frame_file import FrameFile
from services.market_data.feed import messages as quotes
from services.market_data.feed.batch import latest
from services.orders.feed import messages as orders
from services.orders.feed.batch import decode_orders
from shared.wire.framing import Buffer, Run
from shared.wire.groups import count_frames
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable

_ANY_NUMBER_OF_SYMBOLS: Final = 1 << 40
_Decode = Callable[[Buffer, Sequence[Run], SymbolTable], tuple[Any, Rejects]]
_FEEDS: Final[dict[int, tuple[str, _Decode]]] = {
    QUOTE_TYPE: (quotes.FEED, latest),
    ORDER_TYPE: (orders.FEED, decode_orders),
}
"""By the type of their messages."""


class Refusals(NamedTuple):
    """What becomes of a file."""

    feed: str
    """The one that most of its frames are for."""
    reasons: Counter[str]
    """How many of its frames that feed refuses, by reason."""


def refusals(file: FrameFile) -> Refusals:
    """What the feed refuses that most frames of a file are for.

    Only what does not depend on what others send: symbols beyond the service's `--max-symbols` are not known
    here.
    """
    types = sum((_types(file.data, runs) for runs in file.pieces()), np.zeros(256, np.intp))
    feed, decode = _FEEDS[max(_FEEDS, key=lambda each: int(types[each]))]
    symbols = SymbolTable(_ANY_NUMBER_OF_SYMBOLS)
    found: Counter[str] = Counter()
    for runs in file.pieces():
        _, rejects = decode(file.data, runs, symbols)
        found.update(rejects.counts())
    return Refusals(feed, Counter({reason: count * file.repeat for reason, count in found.items()}))


def _types(data: Buffer, runs: Sequence[Run]) -> NDArray[np.intp]:
    """How many frames there are of each type."""
    offsets, sizes, frames = np.array(runs, np.int64).T
    strides = sizes + HEADER.size
    before = frames.cumsum() - frames
    starts = np.repeat(offsets - before * strides, frames)
    starts += np.arange(count_frames(runs)) * np.repeat(strides, frames)
    return np.bincount(np.frombuffer(data, np.uint8)[starts + HEADER.size], minlength=256)
