"""The HTTP routes of symbols."""

import json
from typing import Annotated, Final, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import StringConstraints

from services.market_data.http.state_reader import StateReader, Wanted
from services.market_data.http.symbol_state import SymbolPage, SymbolState
from shared.market.symbol_name import LONGEST, PATTERN, is_symbol_name
from shared.redis.aio.gate import Gate

_JSON: Final = "application/json"
_MOST: Final = 10_000
_MOST_NAMED: Final = 500
"""Symbols that one request may name: as many as surely fit into a URL."""
_MOST_CLASSES: Final = 100

State = Literal["empty", "one_sided", "crossed", "locked", "negative", "two_sided"]
Name = Annotated[str, StringConstraints(pattern=PATTERN)]
ClassName = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]+$")]


def symbol_routes(reader: StateReader, pages: Gate) -> APIRouter:
    """`GET /symbols` and `GET /symbols/{symbol}`.

    Args:
        reader: of the symbols' states.
        pages: passed by requests for a page.
    """
    router = APIRouter(tags=["symbols"])

    @router.get("/symbols", response_model=SymbolPage, summary="All symbols, page by page")
    async def list_symbols(
        *,
        risky: Annotated[bool | None, Query(description="Only symbols that are risky, or are not.")] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST, description="How many at most.")] = 1000,
        after: Annotated[Name | None, Query(description="Only symbols after this one: `next`.")] = None,
        symbol: Annotated[
            tuple[Name, ...],
            Query(max_length=_MOST_NAMED, description="Only this symbol. Repeated: any of them."),
        ] = (),
        state: Annotated[
            tuple[State, ...],
            Query(description="Only symbols in this state. Repeated: any of them."),
        ] = (),
        symbol_class: Annotated[
            tuple[ClassName, ...],
            Query(
                alias="class",
                max_length=_MOST_CLASSES,
                description="Only symbols in this class of the published limits. Repeated: any of them.",
            ),
        ] = (),
    ) -> Response:
        """The last quote of each symbol and the verdict on it, sorted by symbol.

        Pages are stable: a symbol that is there all the time is on exactly one of them.
        """
        async with pages:
            wanted = Wanted(risky, symbol, state, symbol_class)
            page = await reader.page(wanted, after=after, limit=limit)
            following = "null" if page.next is None else json.dumps(page.next)
            body = b'{"symbols":[%b],"next":%b}' % (b",".join(page.states), following.encode())
            return Response(body, media_type=_JSON)

    @router.get("/symbols/{symbol:path}", response_model=SymbolState, summary="One symbol")
    async def get_symbol(
        symbol: Annotated[str, Path(description="Case-sensitive; may have a slash.", examples=["BTU"])],
    ) -> Response:
        """The last quote of a symbol and the verdict on it."""
        if not is_symbol_name(symbol):
            raise HTTPException(404, f"no symbol has such a name: 1 to {LONGEST} printable ASCII characters")
        state = await reader.one(symbol)
        if state is None:
            raise HTTPException(404, f"no symbol {symbol!r}")
        return Response(state, media_type=_JSON)

    return router
