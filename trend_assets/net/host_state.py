"""What we know of a host, and the rules that follow: when it may be asked next, and when it is left alone. Pure."""

import math
from dataclasses import dataclass, replace

TRIAL_SECONDS = 180.0
"""How long the outcome of a trial request is waited for; after that the next one may try."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of one host, and how patient we are. Times are seconds."""

    rate: float = 1.0
    """Requests per second in the long run; `math.inf` lifts the limit."""
    burst: int = 3
    """Requests that may go at once after a pause."""
    longest_wait: float = 60.0
    """A request that would have to wait longer is refused."""
    failures: int = 5
    """Passing failures in a row after which the host is left alone."""
    pause: float = 600.0
    """For how long, the first time; it doubles with each trial that fails."""
    longest_pause: float = 7200.0
    robots_age: float = 86_400.0
    """For how long a robots.txt counts."""


@dataclass(frozen=True, slots=True)
class HostState:
    """One host; times are seconds since 1970."""

    next_at: float = 0.0
    """When the next request would go if there were no bursts."""
    busy_until: float = 0.0
    """The host's own wish (`Retry-After`)."""
    failures: int = 0
    """Passing failures since the last answer."""
    last_failure: str = ""
    pause: float = 0.0
    """Length of the pause that the host is in; 0 = it is asked normally."""
    paused_until: float = 0.0
    on_trial: bool = False
    """A pause is over and one request is finding out whether the host is back."""
    written_at: float = 0.0
    """When this was written."""


def as_of(state: HostState, now: float) -> HostState:
    """Return the state on a clock that was set back since it was written: all its times are as far away as they were."""
    back = max(state.written_at - now, 0.0)
    return replace(
        state,
        next_at=state.next_at - back,
        busy_until=state.busy_until - back,
        paused_until=state.paused_until - back,
        written_at=now,
    )


def left_alone_until(state: HostState, now: float) -> float | None:
    """Return the end of the pause, None if a request may be made."""
    return state.paused_until if state.pause and state.paused_until > now else None


def reserve(state: HostState, now: float, limits: Limits, crawl_delay: float) -> tuple[HostState, float]:
    """Take the next free place in the host's queue; return the state after it, and the seconds to wait for it.

    The token bucket in its arithmetic form (GCRA): bursts of `limits.burst`, `limits.rate` in the long run. A longer
    `crawl_delay` (seconds between two requests, from robots.txt) takes their place.
    """
    interval, burst = 1.0 / limits.rate, limits.burst
    if crawl_delay > interval:
        interval, burst = crawl_delay, 1
    start = max(now, state.busy_until)
    turn = max(start, state.next_at - (burst - 1) * interval)
    after = replace(state, next_at=max(state.next_at, start) + interval, on_trial=bool(state.pause))
    if after.on_trial:
        after = replace(after, paused_until=now + TRIAL_SECONDS)
    return after, turn - now


def after_answer(state: HostState) -> HostState:
    """Return the state after an answer that is no passing failure: the host is there."""
    return replace(state, failures=0, last_failure="", pause=0.0, paused_until=0.0, on_trial=False)


def after_failure(state: HostState, now: float, limits: Limits, reason: str, busy_until: float | None) -> HostState:
    """Return the state after a passing failure; `busy_until` is when the host wants us back, if it said so."""
    after = replace(
        state, failures=state.failures + 1, last_failure=reason, busy_until=max(state.busy_until, busy_until or -math.inf)
    )
    if state.on_trial:
        pause = min(2 * state.pause, limits.longest_pause)
    elif not state.pause and after.failures >= limits.failures:
        pause = limits.pause
    else:
        return after
    return replace(after, pause=pause, paused_until=now + pause, on_trial=False)
