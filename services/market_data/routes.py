"""The HTTP routes of symbols."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Query, Response

from services.market_data.state_reader import StateReader
from services.market_data.symbol_state import SymbolPage, SymbolState

_JSON: Final = "application/json"
_MOST: Final = 10_000


def symbol_routes(reader: StateReader) -> APIRouter:
    """`GET /symbols` and `GET /symbols/{symbol}`.

    Args:
        reader: of the symbols' states.
    """
    router = APIRouter(tags=["symbols"])

    @router.get("/symbols", response_model=SymbolPage, summary="All symbols, page by page")
    async def list_symbols(
        *,
        risky: Annotated[bool | None, Query(description="Only symbols that are risky, or are not.")] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST, description="How many at most.")] = 1000,
        after: Annotated[str | None, Query(description="Only symbols after this one: `next`.")] = None,
    ) -> Response:
        """The last quote of each symbol and the verdict on it, sorted by symbol.

        Pages are stable: a symbol that is there all the time is on exactly one of them.
        """
        page = await reader.page(after=after, limit=limit, risky=risky)
        following = "null" if page.next is None else json.dumps(page.next)
        body = b'{"symbols":[%b],"next":%b}' % (b",".join(page.states), following.encode())
        return Response(body, media_type=_JSON)

    @router.get("/symbols/{symbol:path}", response_model=SymbolState, summary="One symbol")
    async def get_symbol(
        symbol: Annotated[str, Path(description="Case-sensitive; may have a slash.", examples=["BTU"])],
    ) -> Response:
        """The last quote of a symbol and the verdict on it."""
        state = await reader.one(symbol)
        if state is None:
            raise HTTPException(404, f"no symbol {symbol!r}")
        return Response(state, media_type=_JSON)

    return router
