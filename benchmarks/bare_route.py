"""The least that a FastAPI route on Redis can be: one HMGET and its answer as JSON. To compare with."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis

from shared.market import keys


def main(port: int, redis_url: str) -> None:
    """Serve `GET /symbols/{symbol}`."""
    app = FastAPI()
    redis = Redis.from_url(redis_url, protocol=2)

    @app.get("/symbols/{symbol}")
    async def get_symbol(symbol: str) -> dict[str, Any]:
        values = await redis.hmget(keys.symbol(symbol), list(keys.QUOTE_FIELDS))
        return dict(zip(keys.QUOTE_FIELDS, values, strict=True))

    uvicorn.run(app, port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
