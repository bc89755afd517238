"""The sides of FIX (54), each as one of our four.

A side is a buy only if its meaning begins with the word; all others are judged as sells. Those that sell
short stay short sales.
"""

from typing import Final

from market_spread.order import BUY, SELL, SELL_SHORT, SELL_SHORT_EXEMPT

SIDES: Final = {
    b"1": BUY,  # buy
    b"2": SELL,  # sell
    b"3": BUY,  # buy minus: a buy at no more than the last price
    b"4": SELL,  # sell plus: a sell at no less than the last price
    b"5": SELL_SHORT,  # sell short
    b"6": SELL_SHORT_EXEMPT,  # sell short exempt
    b"7": SELL,  # undisclosed: it may be a sell
    b"8": SELL,  # cross: both a buy and a sell
    b"9": SELL_SHORT,  # cross short: the sell in it is a short one
    b"A": SELL_SHORT_EXEMPT,  # cross short exempt: the same, exempt
    b"B": SELL,  # "as defined": in the legs of a multileg order
    b"C": SELL,  # "opposite": of what the legs say
    b"D": SELL,  # subscribe: to shares of a fund
    b"E": SELL,  # redeem: gives shares of a fund back
    b"F": SELL,  # lend
    b"G": SELL,  # borrow
    b"H": SELL,  # sell undisclosed
}
"""Our number of each side by its value in FIX."""
