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
"""

from market_spread.alert import Alert
from market_spread.gap import Gap
from market_spread.group import share
from market_spread.subscriber import subscribe

__all__ = ["Alert", "Gap", "share", "subscribe"]
