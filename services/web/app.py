"""The HTTP application: the routes of both services, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI

from services.market_data.routes import symbol_routes
from services.market_data.state_reader import StateReader
from services.orders.alert_history import AlertHistory
from services.orders.alert_tail import AlertTail
from services.orders.routes import alert_routes
from services.web import token as bearer
from services.web.alert_feed import AlertFeed
from services.web.docs_page import add_docs
from services.web.event_stream import Streams
from services.web.head import AnswerHead
from services.web.health import health_routes
from services.web.metrics import CountRequests, WebMetrics, metrics_route
from services.web.page import add_page
from services.web.problems import add_problems, described
from services.web.service_states import StatesReader
from services.web.status_feed import StatusFeed
from services.web.status_routes import status_routes
from services.web.stream_routes import stream_routes
from services.web.symbol_feed import SymbolFeed
from shared import keys
from shared.async_url import open_async_link
from shared.version import VERSION

_DESCRIPTION: Final = "Symbols with the verdict on their market, and the alerts that orders raised."


@dataclass(frozen=True)
class AppSettings:
    """What the application can be told."""

    redis_url: str
    alerts: str = keys.ALERTS
    """The stream of alerts."""
    token: str | None = None
    """What the data routes ask for; None: nothing."""


def create_app(settings: AppSettings) -> FastAPI:
    """The application; it connects to Redis when it is first asked for something."""
    link = open_async_link(settings.redis_url, name="market-spread-api")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await link.close()

    app = FastAPI(
        title="Market Spread", version=VERSION, description=_DESCRIPTION, docs_url=None, redoc_url=None,
        lifespan=lifespan,
    )  # fmt: skip
    guard = [] if settings.token is None else [bearer.require(settings.token)]
    refusals = described(422, 503) if settings.token is None else described(401, 422, 503)
    reader, states, streams = StateReader(link), StatesReader(link), Streams()
    alert_feed = AlertFeed(AlertTail(link, settings.alerts))
    symbol_feed, status_feed = SymbolFeed(reader), StatusFeed(states)
    feeds = {"alerts": alert_feed, "symbols": symbol_feed, "status": status_feed}
    metrics = WebMetrics(streams, {name: feed.channel for name, feed in feeds.items()})
    app.state.streams = streams
    for router, errors in (
        (symbol_routes(reader), described(404)),
        (alert_routes(AlertHistory(link, settings.alerts)), {}),
        (stream_routes(link, streams, alert_feed, symbol_feed, status_feed), {}),
        (status_routes(states), {}),
        (metrics_route(metrics), {}),
    ):
        app.include_router(router, dependencies=guard, responses={**refusals, **errors})
    app.include_router(health_routes(link))
    add_page(app)
    add_problems(app)
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_middleware(AnswerHead)  # the last one added is the outermost
    add_docs(app)
    return app
