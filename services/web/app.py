"""The HTTP application: the routes of both services, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from services.market_data.http.routes import symbol_routes
from services.market_data.http.state_reader import StateReader
from services.orders.alerts.history import AlertHistory
from services.orders.alerts.routes import alert_routes
from services.orders.alerts.tail import AlertTail
from services.web.http import token as bearer
from services.web.http.backlog import Backlog
from services.web.http.body_bound import BoundBodies
from services.web.http.cors import allow_origins
from services.web.http.head import AnswerHead
from services.web.http.pacing import PaceAnswers
from services.web.http.problems import add_problems, described
from services.web.http.query_names import REFUSE_UNKNOWN
from services.web.limits.change_routes import change_routes
from services.web.limits.question_routes import question_routes
from services.web.limits.shadow_routes import shadow_routes
from services.web.limits.version_reader import VersionReader
from services.web.limits.version_routes import version_routes
from services.web.live.alert_feed import POSITION_EVERY_S, AlertFeed
from services.web.live.event_stream import Streams
from services.web.live.routes import stream_routes
from services.web.live.status_feed import StatusFeed
from services.web.live.symbol_feed import SymbolFeed
from services.web.operation import clock
from services.web.operation.health import health_routes
from services.web.operation.metrics import CountRequests, WebMetrics, metrics_route
from services.web.operation.status_routes import status_routes
from services.web.pages.docs_page import add_docs
from services.web.pages.page import add_page
from services.web.state.service_states import StatesReader
from shared.base.version import VERSION
from shared.market import keys
from shared.redis.aio.gate import Gate
from shared.redis.aio.url import open_async_link
from shared.redis.server_clock import ServerClock

_AT_ONCE: Final = 2
"""Requests of one kind that are worked on at once: one is encoded while another one waits for Redis."""
_QUEUE: Final = 256
"""Requests of one kind that may wait for their turn."""
_COMPRESSED: Final = 1024
"""Answers from so many bytes on are compressed."""
_COMPRESSION: Final = 1
"""The level: higher ones take several times as long for a tenth less."""
_DESCRIPTION: Final = "Symbols with the verdict on their market, and the alerts that orders raised."


@dataclass(frozen=True)
class AppSettings:
    """What the application can be told."""

    redis_url: str
    alerts: str = keys.ALERTS
    """The stream of alerts."""
    token: str | None = None
    """What the data routes ask for; None: nothing."""
    limits_token: str | None = None
    """What changing the limits asks for; None: nobody can change them here."""
    allowed_origins: tuple[str, ...] = ()
    """Of pages from elsewhere that may read the answers."""
    position_every_s: float = POSITION_EVERY_S
    """How often filtered streams say how far they have come."""


def create_app(settings: AppSettings) -> FastAPI:
    """The application; it connects to Redis when it is first asked for something."""
    link, server_clock = open_async_link(settings.redis_url, name="market-spread-api"), ServerClock()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keeping = asyncio.create_task(clock.keep(server_clock, link))
        yield
        keeping.cancel()
        await link.close()

    app = FastAPI(
        title="Market Spread", version=VERSION, description=_DESCRIPTION, docs_url=None, redoc_url=None,
        lifespan=lifespan,
    )  # fmt: skip
    guard = [] if settings.token is None else [bearer.require(settings.token)]
    refusals = described(422, 429, 503) if settings.token is None else described(401, 422, 429, 503)
    backlog = Backlog()
    pages, scans = (Gate(_AT_ONCE, _QUEUE, backlog.room) for _ in range(2))
    history = Gate(_AT_ONCE, until=backlog.room)
    reader, states, streams = StateReader(link, server_clock), StatesReader(link), Streams(backlog)
    alert_feed = AlertFeed(AlertTail(link, settings.alerts), history, settings.position_every_s)
    symbol_feed, status_feed = SymbolFeed(reader, history), StatusFeed(states, server_clock)
    feeds = {"alerts": alert_feed, "symbols": symbol_feed, "status": status_feed}
    channels = {name: feed.channel for name, feed in feeds.items()}
    versions = VersionReader(link)
    metrics = WebMetrics(streams, {**channels, "filtered_alerts": alert_feed.filtered})
    app.state.streams = streams
    for router, errors in (
        (symbol_routes(reader, pages), described(404)),
        (alert_routes(AlertHistory(link, settings.alerts), pages, scans), described(404)),
        (stream_routes(link, streams, alert_feed, symbol_feed, status_feed), {}),
        (status_routes(states, server_clock, pages), {}),
        (question_routes(versions, link, server_clock), described(400, 409, 413)),
        (version_routes(versions, pages), described(404)),
        (shadow_routes(link, settings.alerts, states, pages), {}),
    ):
        app.include_router(router, dependencies=[*guard, REFUSE_UNKNOWN], responses={**refusals, **errors})
    if settings.limits_token is not None:
        app.include_router(
            change_routes(settings.redis_url, server_clock),
            dependencies=[bearer.require(settings.limits_token), REFUSE_UNKNOWN],
            responses=described(400, 401, 404, 409, 413, 422, 429, 503),
        )
    app.include_router(metrics_route(metrics), dependencies=guard, responses=refusals)
    app.include_router(health_routes(link))
    add_page(app)
    add_problems(app)
    # The last one added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED, compresslevel=_COMPRESSION)
    allow_origins(app, settings.allowed_origins)
    app.add_middleware(BoundBodies, unless=("/limits",))
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_middleware(AnswerHead)
    app.add_middleware(PaceAnswers, backlog=backlog)
    add_docs(app)
    return app
