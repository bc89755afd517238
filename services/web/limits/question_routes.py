"""Routes that say what the limits mean for an order: nothing is stored."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from services.orders.alerts.query import Side, Text, Time
from services.web.limits.asked_order import AskedOrder, Symbol
from services.web.limits.rules_answer import rules_tree
from services.web.limits.verdict_answer import JudgedBy, VerdictAnswer
from services.web.limits.version_reader import VersionReader
from shared.base.iso_time import iso_utc, parse_time
from shared.market.limits.judge import Judge
from shared.market.limits.met import MetQuote
from shared.published.asking import ask_async
from shared.published.live_market import read_symbol
from shared.redis.aio.link import AsyncLink
from shared.redis.server_clock import ServerClock

_Price = Annotated[float | None, Query(allow_inf_nan=False)]


class Explanation(BaseModel):
    """Which limits hold, and what an order would be told."""

    limits: JudgedBy
    rules: dict[str, Any] | None = Field(
        description="All limits that hold, after tightening, as in the file; null: not tested. Null under "
        "version 0."
    )
    override_until: str | None = Field(description="When the symbol's override ends, UTC; or null.")
    override_why: str | None
    answer: VerdictAnswer


def question_routes(reader: VersionReader, link: AsyncLink, clock: ServerClock) -> APIRouter:
    """`POST /check` and `GET /limits/explain`.

    Args:
        reader: of versions.
        link: to Redis.
        clock: says when.
    """
    router = APIRouter(tags=["limits"])

    @router.post("/check", summary="What would be said to an order now")
    async def check(order: AskedOrder) -> VerdictAnswer:
        """The verdict on an order by the active limits and the market of now; nothing is stored.

        It is what the checker would say, but for what only the checker knows: lateness of FIX sessions, and
        `--max-quote-age-ms` under version 0.
        """
        active = await reader.active()
        met = await ask_async(link, read_symbol(order.symbol))
        now_us = clock.now_us()
        if active is None:
            return VerdictAnswer.by_flags(met, now_us)
        return VerdictAnswer.by_limits(active.judge.judge(order.judged(), met.quote, now_us), met, now_us)

    @router.get("/limits/explain", summary="Which limits hold for a symbol")
    async def explain(
        *,
        symbol: Annotated[Symbol, Query(description="Case-sensitive.")],
        account: Text = "",
        side: Side = "buy",
        bid: Annotated[
            _Price,
            Query(
                description="The market that the order meets; with `offer` alone this side is absent. "
                "Without both: the market as it is."
            ),
        ] = None,
        offer: _Price = None,
        price: _Price = None,
        quantity: _Price = None,
        at: Annotated[Time | None, Query(description="When it is judged; now, if left out.")] = None,
    ) -> Explanation:
        """The limits for a symbol and an account at a moment, and the verdict on an order.

        A market that is given is taken to be of that moment, in a state that has lasted, and trading.
        """
        active = await reader.active()
        now_us = clock.now_us() if at is None else parse_time(at)
        met = await ask_async(link, read_symbol(symbol))
        order = AskedOrder(symbol=symbol, side=side, account=account, price=price, quantity=quantity)
        has_market = bid is not None or offer is not None
        if active is None:
            if has_market or at is not None:
                detail = "no limits are published: version 0 has a verdict on the market of now alone"
                raise HTTPException(409, detail)
            answer = VerdictAnswer.by_flags(met, now_us)
            return Explanation(
                limits=answer.limits, rules=None, override_until=None, override_why=None, answer=answer
            )
        if has_market:
            met = met._replace(quote=MetQuote(bid, offer, updated_at_us=now_us, status=0), transact_time=b"")
        verdict = active.judge.judge(order.judged(), met.quote, now_us)
        answer = VerdictAnswer.by_limits(verdict, met, now_us)
        return Explanation(
            limits=answer.limits, answer=answer, **_rules(active.judge, symbol, account, now_us)
        )

    return router


def _rules(judge: Judge, symbol: str, account: str, now_us: int) -> Mapping[str, Any]:
    override = judge.override_of(symbol, now_us)
    return {
        "rules": rules_tree(judge.rules(symbol, judge.profile_of(account), now_us)),
        "override_until": None if override is None else iso_utc(override.until_us),
        "override_why": None if override is None else override.why,
    }
