"""The sides of FIX (54), each as one of our four.

A side is a buy only if its meaning begins with the word; all others are judged as sells. Those that sell
short stay short sales.
"""

from typing import Final

_BUY: Final = 1
_SELL: Final = 2
_SELL_SHORT: Final = 5
_SELL_SHORT_EXEMPT: Final = 6

SIDES: Final = {
    b"1": _BUY,  # buy
    b"2": _SELL,  # sell
    b"3": _BUY,  # buy minus: a buy at no more than the last price
    b"4": _SELL,  # sell plus: a sell at no less than the last price
    b"5": _SELL_SHORT,  # sell short
    b"6": _SELL_SHORT_EXEMPT,  # sell short exempt
    b"7": _SELL,  # undisclosed: it may be a sell
    b"8": _SELL,  # cross: both a buy and a sell
    b"9": _SELL_SHORT,  # cross short: the sell in it is a short one
    b"A": _SELL_SHORT_EXEMPT,  # cross short exempt: the same, exempt
    b"B": _SELL,  # "as defined": in the legs of a multileg order
    b"C": _SELL,  # "opposite": of what the legs say
    b"D": _SELL,  # subscribe: to shares of a fund
    b"E": _SELL,  # redeem: gives shares of a fund back
    b"F": _SELL,  # lend
    b"G": _SELL,  # borrow
    b"H": _SELL,  # sell undisclosed
}
"""Our number of each side by its value in FIX."""
