"""The control of the sandbox, JSON below `/_sandbox`: misbehaviours, time, latency, the requests it got, and the truth."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from trend_assets.errors import HourError, UnknownNameError
from trend_assets.sandbox.faults import FAULTS, Moment, Order, Orders, Seconds
from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.state import Sandbox, moment
from trend_assets.sandbox.world import World


class _Time(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Moment | None
    """The simulated time; null goes back to the clock's."""


class _Latency(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: Seconds


def truth_lines(world: World, start: str, end: str) -> str:
    """Return the truth between two ISO times as JSON lines.

    Raises:
        HourError: one of them is no time, or the end is not after the start.
    """
    first, last = moment(start), moment(end)
    if last <= first:
        raise HourError(f"There is no time between {start} and {end}.")
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in world.truth(first, last))


class Control:
    """The control's endpoints, of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.started_with = sandbox.at, sandbox.latency

    def app(self) -> Starlette:
        """Return the application, to be mounted below the control's path."""
        routes = [
            Route("/faults", self.order, methods=["POST"]),
            Route("/faults", self.take_back, methods=["DELETE"]),
            Route("/time", self.set_time, methods=["POST"]),
            Route("/latency", self.set_latency, methods=["POST"]),
            Route("/requests", self.requests),
            Route("/requests", self.forget_requests, methods=["DELETE"]),
            Route("/truth", self.truth),
            Route("/reset", self.reset, methods=["POST"]),
        ]
        return Starlette(
            routes=routes, exception_handlers=dict.fromkeys((ValidationError, HourError, UnknownNameError), _refused)
        )

    async def state(self, _request: Request) -> Response:
        """Say what is set, and what there is."""
        return self._state()

    async def order(self, request: Request) -> Response:
        """Order a misbehaviour."""
        asked = Order.model_validate_json(await request.body())
        self.sandbox.orders.standing.append(asked)
        return self._state()

    async def take_back(self, request: Request) -> Response:
        """Take back the orders for `?platform=`, or all."""
        platform = request.query_params.get("platform")
        if platform not in (None, *PLATFORMS):
            raise UnknownNameError(f"There is no platform {platform!r}; there are {', '.join(sorted(PLATFORMS))}.")
        self.sandbox.orders.standing = [one for one in self.sandbox.orders.standing if platform not in (None, one.platform)]
        return self._state()

    async def set_time(self, request: Request) -> Response:
        """Set the simulated time."""
        asked = _Time.model_validate_json(await request.body())
        self.sandbox.at = asked.at
        return self._state()

    async def set_latency(self, request: Request) -> Response:
        """Set the seconds before every answer."""
        asked = _Latency.model_validate_json(await request.body())
        self.sandbox.latency = asked.seconds
        return self._state()

    async def requests(self, _request: Request) -> Response:
        """List the requests, with counts by host."""
        return JSONResponse({"counts": self.sandbox.counts, "requests": list(self.sandbox.requests)})

    async def forget_requests(self, _request: Request) -> Response:
        """Forget the requests."""
        self.sandbox.forget_requests()
        return self._state()

    async def truth(self, request: Request) -> Response:
        """Return the truth from `?from=` to `?to=` (ISO) as JSON lines."""
        lines = truth_lines(self.sandbox.world, request.query_params.get("from", ""), request.query_params.get("to", ""))
        return PlainTextResponse(lines, media_type="application/x-ndjson")

    async def reset(self, _request: Request) -> Response:
        """Go back to what the sandbox was started with."""
        self.sandbox.at, self.sandbox.latency = self.started_with
        self.sandbox.orders = Orders()
        self.sandbox.forget_requests()
        return self._state()

    def _state(self) -> Response:
        state: dict[str, Any] = {
            "seed": self.sandbox.world.seed,
            "at": f"{self.sandbox.at.isoformat()}Z" if self.sandbox.at else None,
            "latency": self.sandbox.latency,
            "faults": [order.model_dump(mode="json") for order in self.sandbox.orders.standing],
            "known_faults": dict(FAULTS),
            "platforms": {site.name: f"{site.host}.localhost" for site in PLATFORMS.values()},
        }
        return JSONResponse(state)


_MODELS = {model.__name__: model for model in (Order, _Time, _Latency)}


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer 422 to a request that cannot be done, with all that is wrong with it."""
    if not isinstance(error, ValidationError):
        return JSONResponse({"errors": [str(error)]}, 422)
    model = _MODELS[error.title]
    return JSONResponse({"errors": [_sentence(problem, model) for problem in error.errors(include_url=False)]}, 422)


def _sentence(problem: Any, model: type[BaseModel]) -> str:
    place = ".".join(map(str, problem["loc"])) or "the request"
    if problem["type"] == "extra_forbidden":
        return f"there is no {place!r}; there are {', '.join(model.model_fields)}"
    return f"{place}: {problem['msg']}"
