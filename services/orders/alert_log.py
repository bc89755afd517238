"""The alert stream: how an alert looks in it, and the part of a commit that writes it."""

from typing import Final

from services.orders.check import Alert
from services.orders.messages import SIDE_NAMES
from shared import keys
from shared.positions import Append

_SIDES: Final = {side: name.encode() for side, name in SIDE_NAMES.items()}

# Names stand in the script and only values travel: names as arguments too cost a third more. The stream
# is trimmed by the first entry of a portion alone.
_XADD: Final = "redis.call('XADD', KEYS[2], {options}'*', {fields})"
_FIELDS: Final = ", ".join(
    f"'{name}', ARGV[at{f' + {place}' if place else ''}]" for place, name in enumerate(keys.ALERT_FIELDS)
)
_APPEND: Final = f"""
for at = 6, #ARGV, {len(keys.ALERT_FIELDS)} do
  if at == 6 then
    {_XADD.format(options="'MAXLEN', '~', ARGV[5], ", fields=_FIELDS)}
  else
    {_XADD.format(options="", fields=_FIELDS)}
  end
end
"""


def append_alerts(stream: str, max_length: int, replicas: int) -> Append:
    """What a commit does with alerts.

    Args:
        stream: where they are added.
        max_length: about how many it keeps.
        replicas: how many replicas must have them before they count.
    """
    return Append((stream,), (max_length,), _APPEND, alert_words, replicas)


def alert_words(alert: Alert) -> list[bytes]:
    """An alert as the values of `shared.keys.ALERT_FIELDS`."""
    order, quote = alert.order, alert.quote
    bid, offer, quote_time = (b"", b"", b"") if quote is None else quote[:3]
    return [
        order.order_id,
        b"%d" % order.account,
        _SIDES[order.side],
        order.symbol,
        repr(order.quantity).encode(),
        repr(order.price).encode(),
        order.transact_time,
        bid,
        offer,
        quote_time,
        alert.reason,
        b"%d" % alert.checked_at,
    ]
