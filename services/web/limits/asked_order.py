"""An order that somebody asks about."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from market_spread.fields import LONGEST_ACCOUNT, LONGEST_ORDER_ID, LONGEST_TIME
from market_spread.order import SIDE_NAMES
from services.orders.alerts.query import Side
from shared.market.limits.met import JudgedOrder
from shared.market.symbol_name import PATTERN

_EXAMPLE: Final[dict[str, JsonValue]] = {
    "symbol": "IBM", "side": "buy", "account": "4217", "quantity": 100.0, "price": 100.004,
}  # fmt: skip


def _stripped(symbol: str) -> str:
    name = symbol.strip(" ")
    if not name:
        raise ValueError("a symbol is more than spaces")
    return name


Symbol = Annotated[str, StringConstraints(pattern=PATTERN), AfterValidator(_stripped)]
_Number = Annotated[float | None, Field(allow_inf_nan=False)]


def _text(longest: int) -> Any:
    return Field(default="", max_length=longest, pattern="^[ -~]*$")


class AskedOrder(BaseModel):
    """An order, with the fields of the stream of orders; what it does not have is left out or null."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    symbol: Symbol
    side: Side
    account: str = _text(LONGEST_ACCOUNT)
    quantity: _Number = None
    price: _Number = None
    stop_price: _Number = None
    cash_quantity: _Number = Field(default=None, description="Money to be spent, instead of a quantity.")
    is_market: bool = Field(default=False, description="A market order, whatever its price says.")
    order_id: str = _text(LONGEST_ORDER_ID)
    transact_time: str = _text(LONGEST_TIME)

    def judged(self) -> JudgedOrder:
        """What limits judge of it."""
        side = next(number for number, name in SIDE_NAMES.items() if name == self.side)
        return JudgedOrder(
            self.symbol,
            self.account,
            side,
            self.quantity,
            None if self.is_market else self.price,
            self.stop_price,
            self.is_market,
            self.cash_quantity,
        )
