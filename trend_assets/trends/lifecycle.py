"""The life of an episode: emerging, active, peaked, and stale or expired (docs/spine.md §7). Plain values in and out."""

from dataclasses import dataclass, replace
from datetime import datetime

from trend_assets.hours import HOUR
from trend_assets.trends.buckets import SILENT_HOURS
from trend_assets.trends.scoring import ACTIVE_THRESHOLD

EXPIRY_HOURS = 336
"""Hours without known activity after which an episode ends although its silence is not known."""
IN_A_ROW = 2
"""Moving hours in a row that make an emerging episode active, and an active one peaked."""
ENDED = ("stale", "expired")


@dataclass(frozen=True, slots=True)
class Hour:
    """What one hour says about a cluster."""

    hour: datetime
    provisional: bool
    velocity: float | None = None
    """None when unknown, or when the hour has no bucket: nothing moves."""
    score: float | None = None
    promoted: bool = False
    active: bool = False
    silent_hours: int = 0

    @property
    def moves(self) -> bool:
        """Whether the hour can change an episode."""
        return self.velocity is not None and not self.provisional


@dataclass(frozen=True, slots=True)
class Episode:
    """The state of an episode at the end of an hour."""

    status: str
    previous_status: str
    detected_at: datetime
    last_active_hour: datetime
    peak_score: float
    high: int
    falling: int
    activated_at: datetime | None = None
    peaked_at: datetime | None = None
    stale_at: datetime | None = None


def advance(episode: Episode | None, now: Hour) -> Episode | None:
    """Return the episode after the hour; None while there is none."""
    if episode is None or episode.status in ENDED:
        return _open(now)
    if now.active:
        episode = replace(episode, last_active_hour=now.hour)
    if now.moves:
        episode = _counted(episode, now)
    return _transition(replace(episode, previous_status=episode.status), now)


def _open(now: Hour) -> Episode | None:
    if not (now.moves and now.promoted and now.velocity is not None and now.velocity > 0 and now.score is not None):
        return None
    return Episode("emerging", "", now.hour + HOUR, now.hour, now.score, int(now.score > ACTIVE_THRESHOLD), 0)


def _counted(episode: Episode, now: Hour) -> Episode:
    score, velocity = now.score or 0.0, now.velocity or 0.0
    return replace(
        episode,
        peak_score=max(episode.peak_score, score),
        high=episode.high + 1 if score > ACTIVE_THRESHOLD else 0,
        falling=episode.falling + 1 if velocity < 0 else 0,
    )


def _transition(episode: Episode, now: Hour) -> Episode:
    end = now.hour + HOUR
    if now.moves and now.silent_hours >= SILENT_HOURS:
        return replace(episode, status="stale", stale_at=end)
    if not now.provisional and now.hour - episode.last_active_hour >= EXPIRY_HOURS * HOUR:
        return replace(episode, status="expired", stale_at=end)
    if now.moves and episode.status == "emerging" and episode.high >= IN_A_ROW:
        return replace(episode, status="active", activated_at=end)
    if now.moves and episode.status == "active" and episode.falling >= IN_A_ROW:
        return replace(episode, status="peaked", peaked_at=end)
    return episode
