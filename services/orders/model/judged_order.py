"""What limits judge of an order."""

from market_spread.order import Order
from shared.market.limits.met import JudgedOrder


def judged_order(order: Order) -> JudgedOrder:
    """An order as limits see it."""
    side, account, _, symbol, quantity, price, _ = order
    return JudgedOrder(symbol.decode(), account.decode(), side, quantity, price)
