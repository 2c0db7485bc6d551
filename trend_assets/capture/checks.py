"""What is checked of the hours' coverage after it is written. Warnings: a silent surface never holds the hour back."""

import dagster as dg

from trend_assets.capture.overview import plain
from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import COVERAGE

SURFACES_DELIVERED = dg.AssetCheckSpec(
    "surfaces_delivered",
    asset=COVERAGE.name,
    description="Every surface that was due delivered good data in the last hour of the run.",
)


def surfaces_delivered(lake: Lake, span: Span) -> dg.AssetCheckResult:
    """Say which surfaces did not deliver in the last hour of the span, and why."""
    with lake.snapshot() as snapshot:
        snapshot.view(COVERAGE, span.end - HOUR, span.end)
        bad = snapshot.rows(
            "SELECT surface, status, reason FROM coverage WHERE status NOT IN ('good', 'not_due') ORDER BY surface"
        )
    return dg.AssetCheckResult(
        check_name=SURFACES_DELIVERED.name,
        passed=not bad,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "not good": dg.MetadataValue.md(
                "\n".join(f"- `{s}` {status}: {plain(reason)}" for s, status, reason in bad) or "none"
            )
        },
    )
