"""`python -m bench [PART …]`: what the spine costs, beside the same work by hand and beside Dagster alone.

Parts: `transforms` (a month of captures), `hour` (one hour, with eight days and with a year behind it), `captures` (eight live
surfaces), `full_hour` (all of them), `detector` (a month of series), `load` (the code location); without a name, all. Each side
runs in a process of its own, in turn; docs/performance.md explains the lines.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import copytree
from statistics import median
from subprocess import run as run_program

from bench import runs
from bench.captures import every_surface
from bench.child import Cost, cost
from bench.empty import EMPTY, EMPTY_CHECKED
from bench.world import START, Pace, capture
from trend_assets.definitions import PIPELINE
from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake
from trend_assets.ledger.ledger import Ledger
from trend_assets.steps import Work
from trend_assets.trends import spine

MONTH_HOURS, ITEMS_PER_HOUR = 720, 1389
LOOP_HOURS = 48
"""Hours of the month that the loop over rows is given; it is compared by seconds per item."""
YEAR_DAYS = 357
"""Days of older sightings that make a year of the hour's eight days."""
ROUNDS = 3


def world(folder: str, hours: str, items: str) -> int:
    """Make the captures; returns their number."""
    lake = Lake(f"{folder}/lake")
    lake.create_tables()
    return capture(lake, Span(START, START + int(hours) * HOUR), Pace(int(items)))


def ours(folder: str, first: str, last: str) -> None:
    """Run the spine over the hours, into tables that hold nothing of them yet."""
    work = Work(Lake(f"{folder}/lake"), Ledger(f"sqlite:///{folder}/ledger.db"), runs.LATER)
    spine.run(work, Span(datetime.fromisoformat(first), datetime.fromisoformat(last)))


def transforms(folder: Path, hours: int = MONTH_HOURS) -> None:
    """Captures to transitions of a month: the spine, the same SQL by hand, a loop over rows, and the run through Dagster."""
    first, last, loop_last = (START + number * HOUR for number in (0, hours, min(hours, LOOP_HOURS)))
    captured = cost("bench.__main__:world", folder / "captured", hours, ITEMS_PER_HOUR).result
    lake, database = folder / "captured" / "lake", folder / "hand.duckdb"
    cost("bench.by_hand:load", lake, database)
    by_hand, spine_run, dagster_run, empty_run = [], [], [], []
    for number in range(ROUNDS):
        by_hand.append(cost("bench.by_hand:run", lake, database, first, last))
        plain, home = (copytree(folder / "captured", folder / f"{name}{number}") for name in ("plain", "dagster"))
        spine_run.append(cost("bench.__main__:ours", plain, first, last))
        dagster_run.append(cost("bench.runs:many", home, PIPELINE, hours))
        empty_run.append(cost("bench.runs:many", folder / f"empty{number}", EMPTY, hours))
    loop = cost("bench.row_loop:run", lake, folder / "loop.db", first, loop_last)
    print(f"\n{captured:,.0f} captured items over {hours} hours, {ROUNDS} rounds")
    _compare("spine / same SQL by hand, wall", spine_run, by_hand, 2.0)
    _compare("spine / same SQL by hand, CPU", spine_run, by_hand, 2.0, lambda side: side.cpu)
    both = [Cost(a.wall + b.wall, a.cpu + b.cpu, 0) for a, b in zip(by_hand, empty_run, strict=True)]
    _compare("run in Dagster / (SQL by hand + empty run), wall", dagster_run, both, 1.3)
    _line("peak GiB of the run in Dagster", max(side.peak_gib for side in dagster_run), 4.0)
    per_item = median(side.wall for side in spine_run) / captured
    print(f"loop over rows: {loop.result:,.0f} items in {loop.wall:.1f} s")
    _line("loop / spine, seconds per item (limit: at least)", loop.wall / loop.result / per_item, 20.0)


def hour(folder: Path) -> None:
    """One hour of 6,000 items."""
    days, year = folder / "days", folder / "year"
    cost("bench.runs:history", days)
    copytree(days, year)
    cost("bench.runs:older_sightings", year, YEAR_DAYS)
    print(f"\none hour of {runs.ITEMS_PER_HOUR:,} items, medians of {runs.HOURS - 1} hours")
    spine_warm, empty, checked = (cost("bench.runs:warm", days, job).result for job in (PIPELINE, EMPTY, EMPTY_CHECKED))
    stock = cost("bench.runs:warm", days, EMPTY, runs.DAGSTERS).result
    _ratio("warm process: spine / empty assets on Dagster's own storage", spine_warm, stock, 2.5)
    _ratio("warm process: spine / empty assets", spine_warm, empty, 2.5)
    _ratio("warm process: spine / empty assets with the spine's checks", spine_warm, checked, 2.5)
    year_warm = cost("bench.runs:warm", year, PIPELINE).result
    _ratio("warm process: with a year of sightings / with eight days", year_warm, spine_warm, 1.2)
    numbers = range(runs.HOURS, runs.HOURS + ROUNDS)
    spine_fresh, empty_fresh = (median(runs.fresh(str(days), job, n) for n in numbers) for job in (PIPELINE, EMPTY))
    stock_fresh = median(runs.fresh(str(days), EMPTY, number, runs.DAGSTERS) for number in numbers)
    _ratio("fresh `dagster job execute`: spine / empty, own storage", spine_fresh, stock_fresh, 1.5)
    _ratio("fresh `dagster job execute`: spine / empty assets", spine_fresh, empty_fresh, 1.5)


def captures(_folder: Path) -> None:
    """Eight live surfaces, each answer after a second."""
    together = cost("bench.captures:at_once", "eight").result
    slowest = max(cost("bench.captures:alone", "eight", number).result for number in range(4))
    print("\ncaptures from the sandbox, a second before each answer")
    _ratio("eight surfaces at once / the slowest of them alone", together, slowest, 1.25)
    _line("GiB of the browser over 200 pages, four moments at once", cost("bench.captures:memory").result, 2.0)


def full_hour(_folder: Path) -> None:
    """All live surfaces at an hour in which all are due, each answer after a second."""
    surfaces = every_surface()
    together = cost("bench.captures:at_once", "every").result
    alone = {surface.id: cost("bench.captures:alone", "every", number).result for number, surface in enumerate(surfaces)}
    slowest = max(alone, key=alone.__getitem__)
    print("\ncaptures from the sandbox, a second before each answer")
    _ratio(f"all {len(surfaces)} surfaces at once / the slowest, {slowest}", together, alone[slowest], 1.25)


def detector(folder: Path) -> None:
    """A month of series, scored at once, beside reading them."""
    file = folder / "series.parquet"
    buckets = cost("bench.detector:make", file).result
    scored = [cost("bench.detector:score", file) for _ in range(ROUNDS)]
    read = [cost("bench.detector:read_once", file) for _ in range(ROUNDS)]
    print(f"\n{buckets:,.0f} series-buckets, {ROUNDS} rounds")
    _line("scored, seconds", median(side.wall for side in scored), 10.0)
    _line("read and summed once, seconds", median(side.wall for side in read), 10.0)
    _line("peak GiB", max(side.peak_gib for side in scored), 4.0)


def load(_folder: Path) -> None:
    """The code location."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run_program([sys.executable, "-c", "import trend_assets.definitions"], check=True)
        seconds.append(time.perf_counter() - started)
    print()
    _line("code location loads, seconds", median(seconds), 5.0)


def _compare(
    name: str, ours_: list[Cost], theirs: list[Cost], limit: float, of: Callable[[Cost], float] = lambda side: side.wall
) -> None:
    ratio = median(of(a) / of(b) for a, b in zip(ours_, theirs, strict=True))
    print(f"{name:60}{median(map(of, ours_)):9.2f} s{median(map(of, theirs)):9.2f} s{ratio:8.2f}{limit:8.2f}")


def _ratio(name: str, ours_: float, theirs: float, limit: float) -> None:
    print(f"{name:60}{ours_:9.2f} s{theirs:9.2f} s{ours_ / theirs:8.2f}{limit:8.2f}")


def _line(name: str, value: float, limit: float) -> None:
    print(f"{name:82}{value:8.2f}{limit:8.2f}")


PARTS = {
    "transforms": transforms,
    "hour": hour,
    "captures": captures,
    "full_hour": full_hour,
    "detector": detector,
    "load": load,
}

if __name__ == "__main__":
    print(f"{'':60}{'ours':>11}{'beside':>11}{'ratio':>8}{'limit':>8}")
    for part in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory() as temporary:
            PARTS[part](Path(temporary))
