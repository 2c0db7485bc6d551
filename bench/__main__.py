"""`python -m bench [HOURS] [ITEMS_PER_HOUR]`: the spine over a lake of made-up captures, beside the same SQL by hand.

Both run in processes of their own, on the same captures, one after the other and three times; medians are printed.
"""

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import median

from bench.child import Cost, cost
from bench.world import START, Pace, capture
from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake
from trend_assets.ledger.ledger import Ledger
from trend_assets.steps import Work
from trend_assets.trends import spine

LATER = datetime(2030, 1, 1)  # noqa: DTZ001 - naive UTC, after every hour
ROUNDS = 3
TRANSFORMS_LIMIT = 2.0
"""The transforms may cost this many times the same SQL by hand."""
MEMORY_LIMIT_GIB = 4


def ours(folder: str, first: str, last: str) -> None:
    """Run the spine over the hours, into tables that hold nothing of them yet."""
    work = Work(Lake(f"{folder}/lake"), Ledger(f"sqlite:///{folder}/{first}-ledger.db"), LATER)
    spine.run(work, Span(datetime.fromisoformat(first), datetime.fromisoformat(last)))


def world(folder: str, hours: str, items: str) -> int:
    """Make the captures; returns their number."""
    lake = Lake(f"{folder}/lake")
    lake.create_tables()
    return capture(lake, Span(START, START + int(hours) * HOUR), Pace(int(items)))


def main(hours: int, items: int) -> None:
    """Measure and print."""
    first, last = START.isoformat(), (START + hours * HOUR).isoformat()
    rounds: list[tuple[Cost, Cost]] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            captured = int(cost("bench.__main__:world", folder, hours, items).result)
            database = str(Path(folder) / "hand.duckdb")
            cost("bench.by_hand:load", f"{folder}/lake", database)
            hand = cost("bench.by_hand:run", f"{folder}/lake", database, first, last)
            rounds.append((hand, cost("bench.__main__:ours", folder, first, last)))
    print(f"{captured:,} captured items over {hours} hours, median of {ROUNDS} rounds")
    print(f"{'':24}{'by hand':>10}{'spine':>10}{'ratio':>8}{'limit':>8}")
    for name, limit in (("wall", TRANSFORMS_LIMIT), ("cpu", TRANSFORMS_LIMIT), ("peak_gib", MEMORY_LIMIT_GIB)):
        by_hand, spine_run = (median(getattr(round_[side], name) for round_ in rounds) for side in (0, 1))
        ratio = median(getattr(round_[1], name) / getattr(round_[0], name) for round_ in rounds)
        print(f"{name:24}{by_hand:10.2f}{spine_run:10.2f}{ratio:8.2f}{limit:8}")


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] + ["720", "1389"][len(sys.argv) - 1 :])))
