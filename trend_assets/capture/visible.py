"""Which captured rows count: those of each run's last commit, less what was removed (DESIGN §2).

The SQL reads the views `capture_runs`, `captures` and `tombstones`.
"""

from datetime import timedelta

from trend_assets.hours import Span
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import CAPTURE_RUNS, CAPTURES, TOMBSTONES

_RUNS = """
CREATE OR REPLACE TEMP VIEW visible_runs AS
SELECT * FROM capture_runs AS run
WHERE NOT EXISTS (FROM tombstones AS t WHERE t.kind = 'run' AND t.value = run.run_id)
QUALIFY row_number() OVER (PARTITION BY hour, run_id ORDER BY committed_at DESC, commit_id DESC) = 1
"""

_ITEMS = """
CREATE OR REPLACE TEMP VIEW visible_items AS
SELECT item.* FROM captures AS item SEMI JOIN visible_runs USING (commit_id)
WHERE NOT EXISTS (
    FROM tombstones AS t
    WHERE t.platform = item.platform AND (
        (t.kind = 'item' AND t.value = item.platform_item_id)
        OR (t.kind = 'author' AND t.value IN (item.author_id, item.author_handle))
        OR (t.kind = 'handle' AND t.value = item.author_handle AND item.author_id IS NULL)))
"""


def visible_runs(snapshot: Snapshot, span: Span | None, before_hours: int = 0) -> None:
    """Make the view `visible_runs`: the runs of the span, and of `before_hours` before it (all hours without a span)."""
    snapshot.view(TOMBSTONES, None, None)
    start = span.start - timedelta(hours=before_hours) if span else None
    snapshot.view(CAPTURE_RUNS, start, span.end if span else None)
    snapshot.connection.execute(_RUNS)


def visible_items(snapshot: Snapshot, span: Span) -> None:
    """Make the views `visible_runs` and `visible_items` of the span."""
    visible_runs(snapshot, span)
    snapshot.view(CAPTURES, span.start, span.end)
    snapshot.connection.execute(_ITEMS)
