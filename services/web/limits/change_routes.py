"""Routes that publish and activate limits; there are none unless the server was given a token for them."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.web.limits.version_routes import HIGHEST
from shared.market.limits.file.read_file import LARGEST_FILE, read_limits
from shared.market.limits.file.warnings import warnings_of
from shared.published.asking import Question, ask
from shared.published.changing import LONGEST_NOTE, ActiveAlready, Overtaken, activate, publish, set_shadow
from shared.published.flips import MOST_SHARE, Flips, share
from shared.published.impact import Impact, read_impact
from shared.published.pointer import Pointer
from shared.published.reading import read_state
from shared.redis.server_clock import ServerClock
from shared.redis.url import open_link

Result = TypeVar("Result")


def _stripped(text: str) -> str:
    if not text.strip():
        raise ValueError("more than spaces are expected")
    return text.strip()


Note = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_NOTE, pattern=r"\S"), AfterValidator(_stripped)
]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 7.0 is 7."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Version = Annotated[int, Field(ge=1, le=HIGHEST), BeforeValidator(_whole)]
VersionOrNone = Annotated[int, Field(ge=0, le=HIGHEST), BeforeValidator(_whole)]
_TOML: Final = {
    "requestBody": {
        "required": True,
        "content": {"text/plain": {"schema": {"type": "string", "description": "The file."}}},
    }
}


class Change(BaseModel):
    """What is to be in force."""

    model_config = ConfigDict(extra="forbid", strict=True)

    expect: VersionOrNone = Field(description="The number that is there now, as far as you know; 0 for none.")
    who: Note = Field(description="Who does it; the log has the name.")
    why: Note = Field(description="The reason; the log has it.")
    force: bool = Field(default=False, description="Whatever it changes. The shadow changes nothing anyway.")


class Activation(Change):
    """A version to be activated."""

    version: Version


class Shadowing(Change):
    """A version for the shadow."""

    version: Version | None = Field(description="Null: none.")


class PublishedAnswer(BaseModel):
    """A version that was stored; nobody judges by it yet."""

    version: int
    sha256: str
    warnings: list[str] = Field(description="What is no mistake in the file, but worth knowing.")


class VerdictChanges(BaseModel):
    """Which symbols change their verdict at a moment."""

    when: str = Field(description="`now`, or a window, such as `us/pre`.")
    symbols: int = Field(description="How many were looked at.")
    alert: list[str] = Field(description="Symbols whose market would alert.")
    passing: list[str] = Field(alias="pass", description="Symbols whose market would not any more.")

    @classmethod
    def of(cls, flips: Flips) -> "VerdictChanges":
        """What changes."""
        return cls.model_validate(
            {
                "when": flips.when,
                "symbols": flips.looked_at,
                "alert": flips.alerting,
                "pass": flips.passing,
            }
        )


class Activated(BaseModel):
    """What is in force now."""

    version: int | None = Field(description="Null: nothing is in the shadow.")
    content_of: int | None = Field(
        default=None, alias="as", description="The older number of the same content, where that came back."
    )
    changes: list[VerdictChanges] = Field(default=[], description="Which symbols changed their verdict.")
    warnings: list[str] = []


def change_routes(redis_url: str, clock: ServerClock) -> APIRouter:
    """`POST /limits`, `PUT /limits/active` and `PUT /limits/shadow`.

    They are rare and may take long, so each has a thread and a connection of its own, one after the other.

    Args:
        redis_url: of Redis.
        clock: says when.
    """
    router = APIRouter(tags=["limits"])
    turn = asyncio.Lock()

    async def do(question: Callable[[], Question[Result]]) -> Result:
        def work() -> Result:
            with closing(open_link(redis_url, name="market-spread-api-limits")) as link:
                return ask(link, question())

        async with turn:
            return await asyncio.to_thread(work)

    @router.post("/limits", status_code=201, summary="Publish limits", openapi_extra=_TOML)
    async def post_limits(
        request: Request, who: Annotated[Note, Query()], why: Annotated[Note, Query()]
    ) -> PublishedAnswer:
        """Check a file of limits, the body, and store it under the next number.

        A file with mistakes is a 422 that names all of them by their path.
        """
        content = await _body(request)
        version = await asyncio.to_thread(read_limits, content)
        pointer = await do(lambda: publish(version, who, why))
        return PublishedAnswer(
            version=pointer.number,
            sha256=pointer.sha256,
            warnings=list(warnings_of(version, clock.now_us())),
        )

    @router.put("/limits/active", summary="Activate a version")
    async def put_active(wanted: Activation) -> Activated:
        """Judge all orders by a version from now on.

        A 409 says that something else is active than was expected, or that more than 20 % of the symbols
        would change their verdict. A version that was active before gets a new number.
        """
        impact, pointer = await do(lambda: _activate(wanted, clock.now_us()))
        return Activated.model_validate(
            {
                "version": pointer.number,
                "as": None if pointer.number == wanted.version else wanted.version,
                "changes": [VerdictChanges.of(each) for each in impact.flips],
                "warnings": impact.warnings,
            }
        )

    @router.put("/limits/shadow", summary="Let a version run in the shadow")
    async def put_shadow(wanted: Shadowing) -> Activated:
        """Judge all orders by a version too, and count what it would say differently; or end that."""
        pointer = await do(lambda: _set_shadow(wanted))
        return Activated(version=None if pointer is None else pointer.number)

    return router


def _activate(wanted: Activation, now_us: int) -> Question[tuple[Impact, Pointer]]:
    state = yield from read_state()
    _compare(state.raw_active, wanted.expect)
    impact = yield from read_impact(wanted.version, now_us)
    part = share(impact.flips, impact.symbols)
    if part > MOST_SHARE and not wanted.force:
        raise HTTPException(
            409,
            f"{part:.0%} of the symbols would change their verdict, and {MOST_SHARE:.0%} is the most; "
            "`force` activates it all the same",
        )
    try:
        pointer = yield from activate(wanted.version, state.raw_active, wanted.who, wanted.why)
    except ActiveAlready:
        pointer = Pointer(wanted.expect, "")
    return impact, pointer


def _set_shadow(wanted: Shadowing) -> Question[Pointer | None]:
    state = yield from read_state()
    _compare(state.raw_shadow, wanted.expect)
    return (yield from set_shadow(wanted.version, state.raw_shadow, wanted.who, wanted.why))


def _compare(raw: bytes, expect: int) -> None:
    """Refuse if something else is there than was expected.

    Raises:
        Overtaken: it is.
    """
    number = raw.partition(b" ")[0] or b"0"
    if number != b"%d" % expect:
        raise Overtaken(raw.decode(errors="backslashreplace"))


async def _body(request: Request) -> bytes:
    """The body of a request, as far as a file of limits may be long."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST_FILE:
            raise HTTPException(413, f"a file of limits has at most {LARGEST_FILE} bytes")
    return bytes(content)
