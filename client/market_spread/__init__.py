"""What programs import that work with Market Spread.

Every alert, in order, going on where you stopped:

    from market_spread import subscribe

    async for alert in subscribe("redis://127.0.0.1:6379/0", after=last_id):
        print(alert.symbol, alert.reason)
        last_id = alert.id  # keep it where it survives you

Or shared out among several readers, each alert to one of them, at least once:

    from market_spread import share

    async for alert in share("redis://127.0.0.1:6379/0", group="desk", consumer="ada"):
        print(alert.symbol, alert.reason)

Both survive a restart of Redis: they wait until it is back and go on.

Orders, each of which takes effect exactly once, whoever crashes meanwhile:

    from market_spread import Order, OrderSender

    with OrderSender("127.0.0.1:7010", source="desk-a") as sender:
        sender.send(Order.of(side="buy", account=7, order_id="A1", symbol="BTU", quantity=100, price=10.05))
"""

from market_spread.address import Address
from market_spread.alert import Alert
from market_spread.gap import Gap
from market_spread.group import share
from market_spread.order import Order
from market_spread.quote import Quote
from market_spread.sending.asynchronous import AsyncOrderSender, AsyncQuoteSender
from market_spread.sending.sender import SenderError
from market_spread.sending.threaded import OrderSender, QuoteSender
from market_spread.status import Status
from market_spread.subscriber import subscribe

__all__ = [
    "Address",
    "Alert",
    "AsyncOrderSender",
    "AsyncQuoteSender",
    "Gap",
    "Order",
    "OrderSender",
    "Quote",
    "QuoteSender",
    "SenderError",
    "Status",
    "share",
    "subscribe",
]
