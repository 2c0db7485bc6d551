"""What processes know together: rate, budget and circuit, on a clock of the tests, in one file, from real processes."""

import math
import multiprocessing as mp
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.errors import BudgetError, HostBusyError, HostFailedError, SettingsError, TransientError
from trend_assets.net.host_state import TRIAL_SECONDS, HostState, Limits, reserve
from trend_assets.net.http_errors import utc_time
from trend_assets.net.politeness import DAYS_KEPT, Politeness
from trend_assets_tests.net.clock import START, Clock

HOST = "a.example"
FAILURE = HostFailedError("a.example/x failed (HTTP 503): try again later.")
LIMITS = Limits(rate=2.0, burst=3, longest_wait=10.0, failures=5, pause=600.0, longest_pause=7200.0)


@pytest.fixture
def politeness(tmp_path: Path, clock: Clock) -> Iterator[Politeness]:
    with Politeness(tmp_path / "new folder" / "politeness.db", LIMITS, clock) as politeness:
        yield politeness


def admit(politeness: Politeness, surface: str = "s", daily_budget: int = 0, requests: int = 1) -> float:
    return politeness.admit(HOST, surface, daily_budget=daily_budget, requests=requests)


# Rate


def test_a_burst_goes_at_once_and_then_the_rate_holds(politeness: Politeness) -> None:
    assert [admit(politeness) for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_a_pause_earns_the_burst_again(politeness: Politeness, clock: Clock) -> None:
    for _ in range(5):
        admit(politeness)
    clock.now += 60
    assert [admit(politeness) for _ in range(4)] == [0, 0, 0, 0.5]


def test_each_host_has_its_own_rate(politeness: Politeness) -> None:
    for _ in range(5):
        admit(politeness)
    assert politeness.admit("b.example", "s") == 0


def test_a_queue_that_is_too_long_is_not_joined(politeness: Politeness) -> None:
    waits = []
    with pytest.raises(HostBusyError, match=r"a.example is not asked before 2022-04-14 10:00:10 UTC") as caught:
        while True:
            waits.append(admit(politeness))
    assert max(waits) == LIMITS.longest_wait
    assert caught.value.retry_at == utc_time(START) + timedelta(seconds=10.5)
    with pytest.raises(HostBusyError) as again:
        admit(politeness)
    assert again.value.retry_at == caught.value.retry_at, "a refused request takes no place"


def test_a_caller_with_more_patience_than_the_limits_gets_no_more_than_they_allow(politeness: Politeness) -> None:
    """A queue longer than the limits' was taken for one of a clock that was set back, and forgotten."""
    waits = [politeness.admit(HOST, "s", longest_wait=60) for _ in range(23)]
    assert waits == [0, 0, *(place / 2 for place in range(21))]
    with pytest.raises(HostBusyError):
        politeness.admit(HOST, "s", longest_wait=60)


def test_a_request_without_the_crawl_delay_does_not_shorten_it_for_others(tmp_path: Path, clock: Clock) -> None:
    """That for robots.txt itself is one."""
    with Politeness(tmp_path / "p.db", Limits(), clock) as politeness:
        assert [politeness.admit(HOST, "s", crawl_delay=30) for _ in range(3)] == [0, 30, 60]
        with pytest.raises(HostBusyError):
            politeness.admit(HOST, "robots.txt")
        with pytest.raises(HostBusyError):
            politeness.admit(HOST, "s", crawl_delay=30)


def test_limits_can_be_lifted(tmp_path: Path, clock: Clock) -> None:
    with Politeness(tmp_path / "p.db", Limits(rate=math.inf), clock) as politeness:
        assert {admit(politeness) for _ in range(1000)} == {0}


def test_a_clock_that_was_set_back_leaves_all_waits_as_long_as_they_were(politeness: Politeness, clock: Clock) -> None:
    for _ in range(5):
        admit(politeness)
    politeness.failed("b.example", HostBusyError("b.example asks for fewer requests.", utc_time(START + 7)))
    for _ in range(LIMITS.failures):
        politeness.failed("c.example", FAILURE)
    clock.now -= 365 * 86_400
    assert admit(politeness) == pytest.approx(1.5)
    assert politeness.admit("b.example", "s") == pytest.approx(7)
    with pytest.raises(HostFailedError) as caught:
        politeness.admit("c.example", "s")
    assert caught.value.retry_at == utc_time(clock.now + LIMITS.pause)


@given(pauses=st.lists(st.floats(0, 5), max_size=40), rate=st.floats(0.1, 10), burst=st.integers(1, 5), delay=st.floats(0, 20))
def test_no_window_holds_more_than_burst_and_rate_allow(pauses: list[float], rate: float, burst: int, delay: float) -> None:
    limits = Limits(rate=rate, burst=burst, longest_wait=math.inf)
    state, now, sent = HostState(), 0.0, []
    for pause in pauses:
        now += pause
        state, wait = reserve(state, now, limits, delay)
        assert wait >= 0
        sent.append(now + wait)
    assert sent == sorted(sent)
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            allowed = burst + (sent[last] - sent[first]) * rate
            assert last - first + 1 <= allowed + 1e-6
    if delay > 1 / rate:
        assert all(later - earlier >= delay - 1e-6 for earlier, later in pairwise(sent))


def send(path: Path, sent: "mp.Queue[float]", start: "mp.synchronize.Barrier") -> None:
    with Politeness(path, Limits(rate=20.0, burst=2)) as politeness:
        start.wait(60)
        for _ in range(10):
            time.sleep(politeness.admit(HOST, "s"))
            sent.put(time.time())
        for _ in range(300):
            politeness.count("other")


def test_processes_share_one_rate_and_one_budget(tmp_path: Path) -> None:
    """Each sleeps as told and then says when it sent; scheduling can only make gaps longer."""
    context = mp.get_context("spawn")
    sent, start = context.Queue(), context.Barrier(2)
    processes = [context.Process(target=send, args=(tmp_path / "p.db", sent, start)) for _ in range(2)]
    for process in processes:
        process.start()
    times = sorted(sent.get(timeout=60) for _ in range(20))
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert times[-1] - times[0] >= (20 - 2) / 20 - 0.01
    with Politeness(tmp_path / "p.db") as politeness:
        assert politeness.used("s") == 20
        assert politeness.used("other") == 600


def test_a_file_that_is_being_made_by_another_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses at once to change the journal of a file that somebody is about to write."""
    with closing(sqlite3.connect(tmp_path / "p.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE x (y)")
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, other.execute, ("COMMIT",))
        timer.start()
        with Politeness(tmp_path / "p.db") as politeness:
            politeness.count("s")
        timer.join()


def test_a_file_that_others_keep_is_a_passing_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trend_assets.net.politeness.BUSY_SECONDS", 0.1)
    path = tmp_path / "p.db"
    with Politeness(path) as politeness, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match=r"p.db cannot be used now \(database is locked\): try again"):
            admit(politeness)
        other.execute("COMMIT")
        assert admit(politeness) == 0


@pytest.mark.parametrize("name", ["damaged.db", "file/p.db"])
def test_a_file_that_cannot_be_opened_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"no database" * 1000)
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=rf"{name} cannot be opened .*: make its folder writable, or delete"):
        Politeness(tmp_path / name)


# Budget


def test_a_budget_is_per_surface_and_day(politeness: Politeness, clock: Clock) -> None:
    for _ in range(2):
        admit(politeness, daily_budget=2)
    with pytest.raises(BudgetError, match="s has used up its budget of 2 requests for 2022-04-14"):
        admit(politeness, daily_budget=2)
    with pytest.raises(BudgetError):
        admit(politeness, daily_budget=2, requests=0)
    assert politeness.used("s") == 2, "a refused request costs nothing"
    admit(politeness, "other", daily_budget=2)
    clock.now += 14 * 3600
    admit(politeness, daily_budget=2)
    assert politeness.used("s") == 1


@pytest.mark.parametrize("days", [1, -1, 365])
def test_a_clock_that_was_set_and_set_right_again_forgets_no_spending(days: int, politeness: Politeness, clock: Clock) -> None:
    """A clock that was a day ahead for one request gave the whole day's budget once more."""
    politeness.count("s", 100)
    clock.now += days * 86_400
    admit(politeness)
    clock.now -= days * 86_400
    assert politeness.used("s") == 100


def test_a_days_spending_counts_whatever_days_a_wrong_clock_has_seen(politeness: Politeness, clock: Clock) -> None:
    """Only the latest rows are kept, which are not those of the latest days."""
    for day in range(365, 365 + 2 * DAYS_KEPT):
        clock.now = START + day * 86_400
        politeness.count("s")
    clock.now = START
    politeness.count("s", 3)
    assert politeness.used("s") == 3
    assert politeness._database.execute("SELECT count(*) FROM spending").fetchone()[0] == DAYS_KEPT


def test_a_file_of_an_older_version_keeps_working(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "p.db")) as older:
        older.execute("CREATE TABLE budgets (surface TEXT PRIMARY KEY, day TEXT NOT NULL, used INTEGER NOT NULL)")
    with Politeness(tmp_path / "p.db") as politeness:
        politeness.count("s")
        assert politeness.used("s") == 1


def test_what_has_been_requested_counts_whatever_the_budget(politeness: Politeness) -> None:
    admit(politeness, daily_budget=2)
    with pytest.raises(BudgetError):
        politeness.count("s", 2, daily_budget=2)
    politeness.count("s", 5)
    assert politeness.used("s") == 6
    with pytest.raises(BudgetError):
        admit(politeness, daily_budget=2)


def test_who_is_refused_for_the_host_pays_nothing(politeness: Politeness) -> None:
    for _ in range(LIMITS.failures):
        politeness.failed(HOST, FAILURE)
    with pytest.raises(HostFailedError):
        admit(politeness, daily_budget=1)
    assert politeness.used("s") == 0


# Circuit


def refused_until(politeness: Politeness) -> float:
    with pytest.raises(HostFailedError) as caught:
        admit(politeness)
    assert caught.value.retry_at
    return (caught.value.retry_at - utc_time(politeness.clock())).total_seconds()


def test_after_failures_in_a_row_the_host_is_left_alone(politeness: Politeness) -> None:
    for _ in range(LIMITS.failures - 1):
        politeness.failed(HOST, FAILURE)
    admit(politeness)
    politeness.failed(HOST, FAILURE)
    with pytest.raises(HostFailedError) as caught:
        admit(politeness)
    assert str(caught.value) == (
        "a.example is left alone until 2022-04-14 10:10:00 UTC, after 5 failures in a row. "
        "The last: a.example/x failed (HTTP 503): try again later."
    )


def test_an_answer_in_between_starts_the_count_again(politeness: Politeness) -> None:
    for _ in range(LIMITS.failures - 1):
        politeness.failed(HOST, FAILURE)
    politeness.answered(HOST)
    politeness.failed(HOST, FAILURE)
    admit(politeness)


def test_one_trial_finds_out_whether_the_host_is_back(politeness: Politeness, clock: Clock) -> None:
    for _ in range(LIMITS.failures):
        politeness.failed(HOST, FAILURE)
    clock.now += LIMITS.pause
    admit(politeness)
    assert refused_until(politeness) == TRIAL_SECONDS, "the trial is under way"
    politeness.answered(HOST)
    admit(politeness)
    politeness.failed(HOST, FAILURE)
    admit(politeness)


def test_each_failed_trial_doubles_the_pause_up_to_a_bound(politeness: Politeness, clock: Clock) -> None:
    for _ in range(LIMITS.failures):
        politeness.failed(HOST, FAILURE)
    pauses = []
    for _ in range(6):
        pauses.append(refused_until(politeness))
        clock.now += pauses[-1]
        admit(politeness)
        politeness.failed(HOST, FAILURE)
    assert pauses == [600, 1200, 2400, 4800, 7200, 7200]


def test_requests_that_were_under_way_do_not_double_the_pause(politeness: Politeness) -> None:
    for _ in range(LIMITS.failures + 3):
        politeness.failed(HOST, FAILURE)
    assert refused_until(politeness) == LIMITS.pause


def test_a_trial_that_was_killed_is_followed_by_another(politeness: Politeness, clock: Clock) -> None:
    for _ in range(LIMITS.failures):
        politeness.failed(HOST, FAILURE)
    clock.now += LIMITS.pause
    admit(politeness)
    clock.now += TRIAL_SECONDS
    admit(politeness)


def test_the_circuit_is_in_the_file(politeness: Politeness, tmp_path: Path, clock: Clock) -> None:
    for _ in range(LIMITS.failures):
        politeness.failed(HOST, FAILURE)
    with Politeness(tmp_path / "new folder" / "politeness.db", LIMITS, clock) as other, pytest.raises(HostFailedError):
        admit(other)
