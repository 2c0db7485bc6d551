"""What the sandbox remembers: the time that was set, orders to misbehave, and the requests it got."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trend_assets.errors import HourError
from trend_assets.sandbox.faults import Moment, Orders
from trend_assets.sandbox.world import World

LOGGED = 10_000
"""Requests that are remembered one by one; counts go on."""
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


@dataclass(slots=True)
class Sandbox:
    """One sandbox: its world and what was done to it."""

    world: World
    at: datetime | None = None
    """The simulated time, naive UTC; None is the clock's."""
    latency: float = 0
    """Seconds before every answer of a page or payload."""
    orders: Orders = field(default_factory=Orders)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOGGED))
    counts: Counter[str] = field(default_factory=Counter)
    """Requests by host."""

    def now(self, given: str | None = None) -> datetime:
        """Return the simulated time, naive UTC: the one that a request gives (ISO), the one that was set, or the clock's.

        Raises:
            HourError: what is given is no time.
        """
        return moment(given) if given else self.at or datetime.now(UTC).replace(tzinfo=None)

    def received(self, host: str, method: str, path: str, query: str) -> dict[str, Any]:
        """Remember a request; returns its record, to which status and fault are added once they are known."""
        record: dict[str, Any] = {
            "received_at": datetime.now(UTC).isoformat(), "host": host, "method": method, "path": path, "query": query,
            "sandbox_time": None, "fault": None, "status": None,
        }  # fmt: skip
        self.requests.append(record)
        self.counts[host] += 1
        return record

    def forget_requests(self) -> None:
        """Forget the requests and their counts."""
        self.requests.clear()
        self.counts.clear()


def moment(text: str) -> datetime:
    """Return the naive UTC time that ISO text says; without a zone it is UTC.

    Raises:
        HourError: it is none.
    """
    try:
        return _MOMENT.validate_python(text)
    except ValidationError:
        raise HourError(f"{text!r} is not a time; write it like 2026-03-01T05:07:00Z.") from None
