"""The ledger on both databases: which hours are dirty, who has promised to settle them, and many writers at once."""

import multiprocessing as mp
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from trend_assets.hours import HOUR, Span
from trend_assets.ledger.ledger import Ledger
from trend_assets.ledger.models import Base
from trend_assets_tests.worlds import START

REACH = 168
DAY = Span(START, START + timedelta(days=1))
FIRST, SECOND, THIRD = (Span.of(START + index * HOUR) for index in range(3))
CONTEXT = mp.get_context("forkserver")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new folder' / 'ledger.db'}"
    return str(request.getfixturevalue("new_postgres_database")())


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    yield ledger
    ledger.close()


def compute(ledger: Ledger, span: Span, run_id: str = "run") -> None:
    ledger.claim(span, run_id, "computing")
    settle(ledger, span, run_id)


def settle(ledger: Ledger, span: Span, run_id: str) -> None:
    ledger.settle(span, run_id, {hour: f"inputs of {run_id}" for hour in span}, "v1", REACH)


# One run


def test_an_hour_is_dirty_from_its_claim_until_it_is_settled(ledger: Ledger) -> None:
    ledger.claim(DAY, "run", "computing")
    assert ledger.dirty() == dict.fromkeys(DAY, "computing")
    settle(ledger, DAY, "run")
    assert ledger.dirty() == {}
    assert ledger.rows("hour_claims") == []
    assert ledger.settled() == dict.fromkeys(DAY, ("inputs of run", "v1"))
    assert ledger.last_hour() == DAY.end - HOUR


def test_an_hour_that_was_marked_since_its_claim_stays_dirty(ledger: Ledger) -> None:
    ledger.claim(DAY, "run", "computing")
    ledger.mark_span(SECOND, "coverage changed")
    ledger.mark([THIRD.start], "a first sight moved")
    settle(ledger, DAY, "run")
    assert ledger.dirty() == {SECOND.start: "coverage changed", THIRD.start: "a first sight moved"}


def test_hours_that_were_never_computed_are_not_marked(ledger: Ledger) -> None:
    compute(ledger, FIRST)
    ledger.mark_span(DAY, "coverage changed")
    ledger.mark(DAY, "a first sight moved")
    assert list(ledger.dirty()) == [FIRST.start]


def test_a_run_settles_its_own_hours_only(ledger: Ledger) -> None:
    ledger.claim(FIRST, "one", "computing")
    ledger.claim(SECOND, "other", "computing")
    settle(ledger, DAY, "one")
    assert list(ledger.dirty()) == [SECOND.start]


def test_a_quarter_of_hours_is_claimed_and_settled_at_once(ledger: Ledger) -> None:
    quarter = Span(START, START + timedelta(days=90))
    compute(ledger, quarter)
    ledger.mark(quarter, "removal")
    assert len(ledger.dirty()) == len(quarter)
    compute(ledger, quarter)
    assert ledger.dirty() == {}


# Several runs


def test_of_runs_that_change_nothing_the_first_to_settle_settles(ledger: Ledger) -> None:
    """Otherwise runs that keep claiming the same hours would keep each other from ever settling them."""
    ledger.claim(FIRST, "one", "computing")
    ledger.claim(FIRST, "other", "computing")
    settle(ledger, FIRST, "one")
    assert ledger.dirty() == {}
    settle(ledger, FIRST, "other")
    assert ledger.dirty() == {}


def test_what_one_run_changes_another_cannot_settle(ledger: Ledger) -> None:
    ledger.claim(DAY, "one", "computing")
    ledger.claim(DAY, "other", "computing")
    ledger.guard(FIRST, "one")
    settle(ledger, DAY, "other")
    assert ledger.dirty() == {FIRST.start: "two runs at once"}
    settle(ledger, DAY, "one")
    assert FIRST.start not in ledger.dirty()


@pytest.mark.parametrize("claimed", [True, False])
def test_changing_a_settled_hour_without_a_claim_makes_it_dirty(claimed: bool, ledger: Ledger) -> None:
    if claimed:
        ledger.claim(FIRST, "late", "computing")
    compute(ledger, FIRST, "other")
    ledger.guard(FIRST, "late")
    assert list(ledger.dirty()) == [FIRST.start]
    settle(ledger, FIRST, "late")
    assert list(ledger.dirty()) == [FIRST.start], "who changed it does not know what the others saw"
    compute(ledger, FIRST, "next")
    assert FIRST.start not in ledger.dirty()


def test_guarding_ones_own_hours_changes_nothing(ledger: Ledger) -> None:
    ledger.claim(DAY, "run", "computing")
    before = ledger.rows("hours")
    ledger.guard(DAY, "run")
    assert ledger.rows("hours") == before


@pytest.mark.parametrize("claimed", [True, False])
def test_who_comes_after_a_run_that_died_marks_what_it_could_not(claimed: bool, ledger: Ledger) -> None:
    compute(ledger, DAY)
    if claimed:
        ledger.claim(FIRST, "dies", "computing")
    ledger.guard(FIRST, "dies")
    assert list(ledger.dirty()) == [FIRST.start]
    compute(ledger, FIRST, "next")
    assert list(ledger.dirty()) == list(DAY)[1:]
    assert set(ledger.dirty().values()) == {"a run was cut off"}


def test_a_run_that_settles_in_vain_leaves_the_claims_of_the_dead(ledger: Ledger) -> None:
    compute(ledger, DAY)
    ledger.claim(FIRST, "old", "computing")
    ledger.claim(FIRST, "dies", "computing")
    ledger.guard(FIRST, "dies")
    settle(ledger, FIRST, "old")
    compute(ledger, FIRST, "next")
    assert list(ledger.dirty()) == list(DAY)[1:], "the next one knows that a run was cut off"


def test_a_step_that_starts_its_run_again_counts_as_cut_off(ledger: Ledger) -> None:
    compute(ledger, DAY)
    ledger.claim(FIRST, "run", "computing")
    compute(ledger, FIRST, "run")
    assert list(ledger.dirty()) == list(DAY)[1:]


# Removals and the log


def test_a_removal_marks_its_hours_once(ledger: Ledger) -> None:
    compute(ledger, DAY)
    ledger.mark_tombstone("name", FIRST)
    ledger.mark_tombstone("name", FIRST)
    assert ledger.marked_tombstones() == {"name"}
    assert ledger.dirty() == {FIRST.start: "removal"}


def test_what_people_did_is_written_down(ledger: Ledger) -> None:
    ledger.audit(START, "remove", "tiktok:7", "asked for")
    assert [(row["action"], row["subject"], row["reason"]) for row in ledger.rows("audit_log")] == [
        ("remove", "tiktok:7", "asked for")
    ]


# Schema and processes


def test_models_and_migrations_say_the_same(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def at_once(function: Callable[..., None], *arguments: object) -> None:
    """Run the function in four processes at once; each must succeed."""
    processes = [CONTEXT.Process(target=function, args=(*arguments, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4


def open_new(url: str, number: int) -> None:
    ledger = Ledger(url)
    compute(ledger, DAY, str(number))
    ledger.close()


def test_four_processes_open_a_new_ledger_at_once(url: str) -> None:
    at_once(open_new, url)
    ledger = Ledger(url)
    assert len(ledger.settled()) == len(DAY)
    ledger.close()


ROUNDS = 10


def work_hard(url: str, number: int) -> None:
    """Every kind of write, over the same hours in different orders."""
    ledger = Ledger(url)
    for round_ in range(ROUNDS):
        run_id = f"{number}/{round_}"
        ledger.claim(DAY, run_id, "computing")
        ledger.mark(reversed(list(DAY)), "marked")
        ledger.guard(FIRST, run_id)
        ledger.mark_tombstone("name", DAY)
        settle(ledger, DAY, run_id)
    ledger.close()


def test_four_processes_write_without_deadlock_and_lose_no_mark(url: str) -> None:
    ledger = Ledger(url)
    compute(ledger, DAY)
    at_once(work_hard, url)
    assert list(ledger.dirty()) == list(DAY), "the last mark of every process came after its claim"
    revisions = {row["revision"] for row in ledger.rows("hours")}
    assert min(revisions) >= 1 + 4 * ROUNDS * 2, "each of them marked every hour twice in each round"
    compute(ledger, DAY, "last")
    assert ledger.dirty() == {}
    ledger.close()
