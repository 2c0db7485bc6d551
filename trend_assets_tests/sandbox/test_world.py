"""The simulated world."""

import math
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from trend_assets.hours import HOUR
from trend_assets.sandbox import phenomena, posts
from trend_assets.sandbox.courses import DAY, Course, Rise, Season, hours_of, time_of
from trend_assets.sandbox.phenomena import LONGEST_HOURS, Phenomenon, evergreens, spawned
from trend_assets.sandbox.posts import Post, submissions, videos
from trend_assets.sandbox.world import World

AT = datetime(2026, 3, 1, 5, 7, tzinfo=UTC).replace(tzinfo=None)
SEEDS = (1, 2, 77)
WEEK = [spawned_of for seed in SEEDS for spawned_of in spawned(seed, hours_of(AT), hours_of(AT) + 7 * DAY)]


def of_kind(kind: str) -> list[Phenomenon]:
    return [one for one in WEEK if one.kind == kind]


def born(seed: int, about: Phenomenon) -> list[Post]:
    """Return the posts with the phenomenon's tag or saying in its time."""
    course = about.course
    assert isinstance(course, Rise)
    source = videos if about.tag else submissions
    hours = range(math.floor(course.onset), math.ceil(course.end))
    found = [post for hour in hours for post in source(seed, hour)]
    return [post for post in found if about.tag in post.tags or post.text.startswith(f"{about.phrase}:")]


@pytest.mark.parametrize("course", [Rise(10, 14.5, 30, 900), Season("a", 40, 0.6, 3), Season("b", 0.7, 0.2, 20)], ids=repr)
def test_the_sum_of_a_course_is_that_of_its_rates_and_never_falls(course: Course) -> None:
    steps = [place / 50 for place in range(50 * 60)]
    totals = [course.total(step) for step in steps]
    assert totals == sorted(totals)
    unrest = 0 if isinstance(course, Rise) else 0.4 * 40**0.5 + 1
    assert totals[-1] - totals[0] == pytest.approx(sum(course.rate(step) for step in steps) / 50, rel=0.01, abs=unrest)


def test_the_same_seed_and_time_give_the_same_in_another_process_and_another_seed_something_else() -> None:
    code = (
        "from datetime import datetime\nfrom trend_assets.sandbox.world import World\n"
        f"w, at = World(1), datetime.fromisoformat('{AT.isoformat()}')\n"
        "print(ascii((w.explore(at)[:50], w.rising('marketing', at), w.sounds(at), list(w.truth(at, at)))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    world = World(1)
    here = world.explore(AT)[:50], world.rising("marketing", AT), world.sounds(AT), list(world.truth(AT, AT))
    assert done.stdout.strip() == ascii(here)
    assert World(2).explore(AT)[:50] != here[0]


def test_what_was_true_at_a_time_does_not_change_when_other_times_are_asked_about() -> None:
    world = World(1)
    before = world.explore(AT), world.rising("marketing", AT), world.sounds(AT), world.tags(AT)
    for days in (400, -400, 1, 0):
        world.explore(AT + timedelta(days=days))
    for cached in (posts.videos, posts.submissions, phenomena.evergreens):
        cached.cache_clear()
    assert (world.explore(AT), world.rising("marketing", AT), world.sounds(AT), world.tags(AT)) == before


@pytest.mark.parametrize("at", [datetime(1970, 1, 5, tzinfo=UTC), datetime(2999, 12, 30, tzinfo=UTC)], ids=str)
def test_the_world_has_no_beginning_and_no_end(at: datetime) -> None:
    world, moment = World(1), at.replace(tzinfo=None)
    assert len(world.explore(moment)) > 100
    assert all(uses > 0 for _, uses in world.sounds(moment))
    assert any(one["kind"] == "trend" for one in world.truth(moment - 48 * HOUR, moment))


def test_counters_never_fall() -> None:
    world = World(1)
    times = [AT + timedelta(minutes=minutes) for minutes in range(0, 600, 17)]
    listed = world.explore(AT) + world.rising("marketing", AT)
    assert listed
    for post in listed:
        gained = [post.gained(hours_of(at)) for at in times]
        assert gained == sorted(gained) and gained[0] >= 0
    uses: dict[str, int] = {}
    for at in times:
        for sound, count in world.sounds(at):
            assert count >= uses.get(sound.id, 0)
            uses[sound.id] = count


def test_each_day_starts_two_to_four_trends_and_two_days_hold_complete_ones() -> None:
    starts = Counter(math.floor(one.course.onset / DAY) for one in WEEK if one.kind == "trend" and isinstance(one.course, Rise))
    inner = sorted(starts)[3:-1]
    assert all(2 * len(SEEDS) <= starts[day] <= 4 * len(SEEDS) for day in inner)
    for seed in SEEDS:
        truth = [one for one in World(seed).truth(AT, AT + 48 * HOUR) if one["kind"] == "trend"]
        whole = [one for one in truth if one["onset"] >= AT.isoformat() and one["end"] <= (AT + 48 * HOUR).isoformat()]
        assert whole


def test_no_phenomenon_of_a_day_reaches_beyond_what_is_looked_back() -> None:
    for one in WEEK:
        assert isinstance(one.course, Rise)
        assert one.course.end <= math.floor(one.course.onset / DAY) * DAY + LONGEST_HOURS


def test_trends_are_of_every_form_and_some_are_on_both_platforms() -> None:
    forms = {(bool(one.sound), bool(one.tag), bool(one.phrase)) for one in of_kind("trend")}
    assert forms == {(True, False, False), (False, True, False), (False, False, True), (False, True, True)}


def test_names_of_trends_do_not_come_again_within_a_week() -> None:
    for seed in SEEDS:
        names = [name for one in spawned(seed, 0, 7 * DAY) if one.kind == "trend" for name in (one.tag, one.phrase) if name]
        assert len(names) == len(set(names))


def test_posts_about_a_trend_come_while_it_goes_on_and_most_around_its_peak() -> None:
    for one in [one for one in spawned(1, hours_of(AT), hours_of(AT) + 48) if one.kind == "trend" and one.tag]:
        assert isinstance(one.course, Rise)
        found = born(1, one)
        assert all(one.course.onset <= post.created <= one.course.end for post in found)
        by_hour = Counter(math.floor(post.created) for post in found)
        assert abs(max(by_hour, key=lambda hour: by_hour[hour]) - one.course.peak) <= 6
        assert len({post.author for post in found}) > 0.9 * len(found) > 20


def test_a_flood_is_by_one_author_and_has_bought_views() -> None:
    for one in [one for one in spawned(1, hours_of(AT), hours_of(AT) + 48) if one.kind == "spam" and one.tag]:
        found = born(1, one)
        assert len(found) > 5
        assert len({post.author for post in found}) == 1
        assert min(post.reach for post in found) > 100_000


def test_bots_are_many_accounts_at_which_nobody_looks() -> None:
    for one in [one for one in spawned(1, hours_of(AT), hours_of(AT) + 48) if one.kind == "bots" and one.tag]:
        found = born(1, one)
        assert len({post.author for post in found}) > 10
        assert max(post.reach for post in found) <= 40


def test_evergreen_topics_are_high_but_flat_with_a_daily_season() -> None:
    for one in evergreens(1):
        assert isinstance(one.course, Season)
        rates = [one.course.rate(hour) for hour in range(DAY)]
        assert max(rates) > 1.4 * min(rates) > 0
        days = [one.course.total(start + DAY) - one.course.total(start) for start in range(0, 240, DAY)]
        assert days == pytest.approx([one.course.pace * DAY] * len(days), abs=max(1, one.course.pace**0.5))


def test_a_removed_post_is_gone_for_good_and_spam_is_removed_the_most() -> None:
    listed = [post for hour in range(100) for post in videos(1, 480_000 + hour)]
    removed = [post for post in listed if post.removed < math.inf]
    assert 0.02 < len(removed) / len(listed) < 0.15
    post = removed[0]
    assert post.is_there(post.created) and post.is_there(post.removed - 0.01)
    assert (
        not post.is_there(post.removed) and not post.is_there(post.removed + 1_000) and not post.is_there(post.created - 0.01)
    )
    listed_then = World(1).explore(time_of(post.removed) + timedelta(seconds=2))
    assert post.id not in {other.id for other in listed_then}


def test_posts_have_ids_of_their_own() -> None:
    for source in (videos, submissions):
        ids = [post.id for hour in range(300) for post in source(1, 480_000 + hour)]
        assert len(ids) == len(set(ids))


def test_texts_are_of_many_scripts_and_some_are_hostile() -> None:
    text = " ".join(post.text for hour in range(50) for post in (*videos(1, 480_000 + hour), *submissions(1, 480_000 + hour)))
    assert all(sample in text for sample in ("سؤال", "質問", "Потрібна", "não", "📈", "#猫のいる暮らし", "<script>", "\u202e"))
