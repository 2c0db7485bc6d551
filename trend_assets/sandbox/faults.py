"""How a platform can misbehave: the misbehaviours there are, orders for them, and what they do to an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from trend_assets.hours import YEARS, to_utc
from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.platforms.site import Answer, Site

FaultName = Literal[
    "rate_limited", "server_error", "timeout", "refused", "empty", "truncated", "changed_shape", "moved", "login_wall",
    "frozen", "short",
]  # fmt: skip

FAULTS: Mapping[FaultName, str] = {
    "rate_limited": "429; with `retry_after` (seconds) the header Retry-After",
    "server_error": "500",
    "timeout": "the answer comes after `seconds` (30)",
    "refused": "the connection is closed without an answer",
    "empty": "200 without items",
    "truncated": "the answer ends in its middle",
    "changed_shape": "payloads have other key names",
    "moved": "payloads are at other addresses: pages know them, the old ones are not found",
    "login_wall": "a redirect to /login, a page without items",
    "frozen": "the lists and counters of one time: `at`, or that of the first request",
    "short": "three of ten items are missing",
}
"""Every misbehaviour, and what a client sees of it."""

_TENTHS_MISSING = (1, 4, 8)


def _known_platform(name: str) -> str:
    if name not in PLATFORMS:
        raise ValueError(f"there is no platform {name!r}; there are {', '.join(sorted(PLATFORMS))}")
    return name


def _possible_time(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueError(f"the year is outside {YEARS.start} to {YEARS.stop - 1}")
    return to_utc(moment)


Moment = Annotated[datetime, AfterValidator(_possible_time)]
"""A possible time, as naive UTC."""
Seconds = Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)]


class Order(BaseModel):
    """An order to misbehave."""

    model_config = ConfigDict(extra="forbid")

    platform: Annotated[str, AfterValidator(_known_platform)]
    fault: FaultName
    path: str = "/"
    """Only requests whose path starts with it."""
    after: int = Field(0, ge=0)
    """How many of them are answered well before."""
    times: int | None = Field(None, ge=1)
    """How many requests; without it all, until it is taken back."""
    retry_after: int | None = Field(None, ge=0)
    """Seconds, of rate_limited."""
    seconds: Seconds = 30
    """Seconds, of timeout."""
    at: Moment | None = None
    """Time, of frozen."""


@dataclass(slots=True)
class Orders:
    """The orders that are in force; the earliest that fits a request counts."""

    standing: list[Order] = field(default_factory=list)

    def take(self, platform: str, path: str, at: datetime) -> Order | None:
        """Return the order for a request made at a simulated time, and count it."""
        for order in self.standing:
            if order.platform == platform and path.startswith(order.path):
                if order.after:
                    order.after -= 1
                    continue
                return self._counted(order, at)
        return None

    def _counted(self, order: Order, at: datetime) -> Order:
        if order.times is not None:
            order.times -= 1
            if order.times == 0:
                self.standing.remove(order)
        if order.fault == "frozen" and order.at is None:
            order.at = at
        return order


def spoiled(answer: Answer, fault: FaultName | None, site: Site) -> Answer:
    """Return the answer with the items that a fault leaves, and under its names; a body that is text holds no items."""
    if isinstance(answer.body, str) or fault not in ("empty", "short", "changed_shape"):
        return answer
    body = _left(answer.body, fault, site) if isinstance(answer.body, list) else _changed(answer.body, fault, site)
    return replace(answer, body=body)


def encoded(answer: Answer, fault: FaultName | None) -> bytes:
    """Return the bytes of the answer, half of them when it is to be truncated."""
    body = answer.body if isinstance(answer.body, str) else answer.form.write(answer.body)
    data = body.encode()
    return data[: len(data) // 2] if fault == "truncated" else data


def _changed(value: Any, fault: FaultName, site: Site) -> Any:
    if isinstance(value, list):
        return [_changed(entry, fault, site) for entry in value]
    if not isinstance(value, dict):
        return value
    if fault == "empty" and site.lists & value.keys():
        value = {**value, **{name: ended for name, ended in site.ended.items() if name in value}}
    changed: dict[str, Any] = {}
    for name, entry in value.items():
        held = name in site.lists and isinstance(entry, list)
        shown = f"{name}V2" if fault == "changed_shape" and held else name
        changed[shown] = _left(entry, fault, site) if held else _changed(entry, fault, site)
    return changed


def _left(items: list[Any], fault: FaultName, site: Site) -> Any:
    """Return what stands for a list of items."""
    if fault == "empty":
        return []
    if fault == "short":
        return [item for place, item in enumerate(items) if place % 10 not in _TENTHS_MISSING]
    if all(isinstance(item, str) for item in items):
        words = re.compile("|".join(map(re.escape, sorted(site.lists))))
        return [words.sub(r"\g<0>V2", item) for item in items]
    return {"edges": [{"node": item} for item in items]}
