"""How each surface fares at an hour: what coverage said of it last, and since when."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from trend_assets.hours import HOUR
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import COVERAGE, WINDOW_HOURS

_SQL = """
SELECT surface, max(hour), arg_max(status, hour), arg_max(reason, hour), max(hour) FILTER (status = 'good'),
    arg_max(item_count, hour) FILTER (run_count > 0), arg_max(completeness, hour), arg_max(provisional, hour)
FROM coverage WHERE status <> 'not_due' AND (run_count > 0 OR NOT provisional) AND (NOT provisional OR NOT $final)
GROUP BY surface ORDER BY surface
"""


@dataclass(frozen=True, slots=True)
class SurfaceState:
    """What coverage says of a surface. Times are hours, naive UTC."""

    surface: str
    hour: datetime
    """The last hour in which the surface was due."""
    status: str
    """good, partial, suspect or missing."""
    reason: str
    last_good: datetime | None
    """None if that is more than 168 hours ago, or never was."""
    items: int | None
    """Of the last hour with runs."""
    completeness: float | None
    """Estimated share of what the surface shows that its last run saw, 0 to 1."""
    provisional: bool
    """Whether more of the hour is to come."""

    @property
    def good(self) -> bool:
        """Whether it delivers what is expected of it."""
        return self.status == "good"

    def to_json(self) -> dict[str, Any]:
        """Return it as a row."""
        return asdict(self)


def surface_states(lake: Lake, hour: datetime, surfaces: Collection[str], *, final: bool = False) -> list[SurfaceState]:
    """Return how surfaces fare at an hour, by id: of those that were due in it or in the 168 hours before.

    Args:
        lake: Where coverage is read.
        hour: The hour.
        surfaces: Which: others may have been switched off.
        final: Look at no hour of which more is to come. Otherwise a run that has landed counts; one that is due is no news.
    """
    with lake.snapshot() as snapshot:
        snapshot.view(COVERAGE, hour - timedelta(hours=WINDOW_HOURS), hour + HOUR)
        rows = snapshot.connection.execute(_SQL, {"final": final}).fetchall()
    return [SurfaceState(*row) for row in rows if row[0] in surfaces]
