"""The life of an episode, hour by hour (seed 004 §9 and §13, DESIGN §9)."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trend_assets.hours import HOUR, parse_hour
from trend_assets.trends.lifecycle import ENDED, EXPIRY_HOURS, Episode, Hour, advance

START = parse_hour("2026-01-05")
ORDER = ["emerging", "active", "peaked", "stale", "expired"]


def after(*hours: dict[str, Any] | None) -> list[Episode | None]:
    """Return the episode after each hour; None stands for an hour without a bucket."""
    episode, states = None, []
    for index, values in enumerate(hours):
        defaults: dict[str, Any] = {"provisional": False}
        if values is not None:
            defaults |= {"velocity": 5.0, "score": 70.0, "promoted": True, "active": True}
        episode = advance(episode, Hour(START + index * HOUR, **{**defaults, **(values or {})}))
        states.append(episode)
    return states


def statuses(*hours: dict[str, Any] | None) -> list[str]:
    """Return the status after each hour, empty where there is no episode."""
    return [state.status if state else "" for state in after(*hours)]


UP: dict[str, Any] = {}
LOW: dict[str, Any] = {"score": 55.0}
DOWN = {"velocity": -3.0}
FLAT = {"velocity": 0.0}
UNKNOWN = {"velocity": None}


def silent(hours: int) -> dict[str, Any]:
    """An hour without activity, the n-th in a row."""
    return {"velocity": 0.0, "score": 10.0, "promoted": False, "active": False, "silent_hours": hours}


def test_a_rising_cluster_above_the_threshold_emerges() -> None:
    assert statuses(UP) == ["emerging"]
    assert statuses(FLAT) == [""]
    assert statuses(DOWN) == [""]
    assert statuses({"promoted": False}) == [""]


def test_two_hours_above_60_make_it_active() -> None:
    assert statuses(UP, UP) == ["emerging", "active"]
    assert statuses(UP, LOW, UP, UP) == ["emerging", "emerging", "emerging", "active"]
    assert statuses(UP, {"score": 60.0}, UP) == ["emerging", "emerging", "emerging"]


def test_two_falling_hours_make_an_active_one_peaked() -> None:
    assert statuses(UP, UP, DOWN, DOWN) == ["emerging", "active", "active", "peaked"]
    assert statuses(UP, UP, DOWN, FLAT, DOWN) == ["emerging", "active", "active", "active", "active"]
    assert statuses(UP, {**LOW, **DOWN}, {**LOW, **DOWN}) == ["emerging", "emerging", "emerging"]


def test_six_silent_hours_end_it_from_any_state() -> None:
    assert statuses(UP, *(silent(n) for n in range(1, 7))) == ["emerging"] * 6 + ["stale"]
    assert statuses(UP, UP, *(silent(n) for n in range(1, 7)))[-1] == "stale"
    assert statuses(UP, UP, DOWN, DOWN, *(silent(n) for n in range(1, 7)))[-1] == "stale"


def test_a_later_burst_is_a_new_episode() -> None:
    states = after(UP, *(silent(n) for n in range(1, 7)), UP)
    assert states[-1] is not None
    assert states[-1].status == "emerging"
    assert states[-1].detected_at == START + 8 * HOUR


def test_unknown_and_provisional_hours_and_hours_without_a_bucket_move_nothing() -> None:
    for nothing in (UNKNOWN, {"provisional": True}, None, {**silent(6), "provisional": True}, {**DOWN, "provisional": True}):
        states = after(UP, UP, DOWN, nothing)
        assert states[2] is not None
        assert states[3] is not None
        assert (states[3].status, states[3].high, states[3].falling) == (states[2].status, states[2].high, states[2].falling)
        assert statuses(UP, UP, DOWN, nothing, DOWN)[-1] == "peaked"
    assert statuses({"provisional": True}) == [""]
    assert statuses(UNKNOWN) == [""]


def test_it_expires_when_nothing_is_known_for_too_long() -> None:
    states = statuses(UP, *[None] * EXPIRY_HOURS)
    assert states[EXPIRY_HOURS - 1] == "emerging"
    assert states[EXPIRY_HOURS] == "expired"


def test_times_are_the_ends_of_the_hours() -> None:
    last = after(UP, UP, DOWN, DOWN, *(silent(n) for n in range(1, 7)))[-1]
    assert last is not None
    assert last.detected_at == START + HOUR
    assert last.activated_at == START + 2 * HOUR
    assert last.peaked_at == START + 4 * HOUR
    assert last.stale_at == START + 10 * HOUR
    assert last.peak_score == 70.0


hours = st.none() | st.fixed_dictionaries(
    {
        "velocity": st.none() | st.floats(-20, 20),
        "score": st.floats(0, 100),
        "promoted": st.booleans(),
        "active": st.booleans(),
        "silent_hours": st.integers(0, 6),
        "provisional": st.booleans(),
    }
)


@given(st.lists(hours, max_size=60))
def test_an_episode_never_goes_back(history: list[dict[str, Any] | None]) -> None:
    before: Episode | None = None
    for episode in after(*history):
        if episode and before and before.status not in ENDED:
            assert ORDER.index(episode.status) >= ORDER.index(before.status)
            assert ORDER.index(episode.status) - ORDER.index(before.status) <= 1 or episode.status in ENDED
            assert episode.detected_at == before.detected_at
            assert episode.previous_status == before.status
            assert episode.peak_score >= before.peak_score
            assert timedelta(0) <= episode.last_active_hour - before.last_active_hour
        elif episode:
            assert episode.status == "emerging"
        before = episode
