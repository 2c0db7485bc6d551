"""What is checked of the spine's hours after they are written. A failed check stops what follows in the run.

Structure (columns, types, nulls, hours) is refused on write by the table's contract; these are the values. Each check
counts offending rows of the run's hours; uniqueness over all history is `trend-assets doctor`.
"""

from dataclasses import dataclass

import dagster as dg

from trend_assets.hours import Span
from trend_assets.lake.tables import BUCKETS, CANDIDATES, CLUSTERS, EVIDENCE, LINKS, OBSERVATIONS, TRANSITIONS, Table
from trend_assets.steps import Work


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that rows of a table keep."""

    table: Table
    name: str
    description: str
    offending: str
    """SQL that counts rows which break it; reads the view named like the table."""

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """The check as Dagster shows it."""
        return dg.AssetCheckSpec(self.name, asset=self.table.name, description=self.description, blocking=True)


def _unique(table: Table, name: str, description: str) -> Check:
    key = ", ".join(table.key)
    return Check(table, name, description, f"SELECT count(*) - count(DISTINCT ({key})) FROM {table.name}")


CHECKS = (
    _unique(OBSERVATIONS, "one_sighting_per_run", "An item occurs once in a run."),
    _unique(EVIDENCE, "items_unique", "Evidence is unique by platform and platform_item_id."),
    _unique(CLUSTERS, "clusters_unique", "Clusters are unique by key type and key."),
    Check(
        LINKS,
        "one_primary_link",
        "Every artifact has exactly one primary link.",
        "SELECT count(*) FROM (SELECT artifact_id FROM artifact_cluster_links GROUP BY artifact_id "
        "HAVING count(*) FILTER (role = 'primary') <> 1)",
    ),
    _unique(BUCKETS, "one_bucket_per_hour", "A cluster has one bucket per hour."),
    Check(
        BUCKETS,
        "aligned_to_the_clock",
        "Buckets start on the hour and last one.",
        "SELECT count(*) FROM cluster_buckets WHERE bucket_start <> date_trunc('hour', bucket_start) "
        "OR bucket_end <> bucket_start + INTERVAL 1 HOUR",
    ),
    Check(
        CANDIDATES,
        "scores_in_range",
        "Scores are 0 to 100.",
        "SELECT count(*) FROM trend_candidates WHERE NOT coalesce(trend_score BETWEEN 0 AND 100, true)",
    ),
    _unique(CANDIDATES, "one_row_per_episode_hour", "An episode has one row per hour."),
    Check(
        TRANSITIONS,
        "lifecycle_monotonic",
        "An episode goes emerging, active, peaked, and ends stale or expired; never back.",
        """SELECT count(*) FROM candidate_transitions
        WHERE concat(from_status, '>', to_status) NOT IN ('>emerging', 'emerging>active', 'active>peaked')
        AND NOT (to_status IN ('stale', 'expired') AND from_status IN ('emerging', 'active', 'peaked'))""",
    ),
)


def checks_of(table: Table) -> tuple[Check, ...]:
    """Return the checks of a table."""
    return tuple(check for check in CHECKS if check.table is table)


def evaluate(work: Work, table: Table, span: Span) -> list[dg.AssetCheckResult]:
    """Evaluate the table's checks on the hours of the span, but those that were marked since the run has claimed them.

    Another run may have found an earlier first sight meanwhile; those hours still hold theirs, and are computed again.
    """
    results = []
    with work.lake.snapshot() as snapshot:
        snapshot.view(table, span.start, span.end, "computed")
        marked = work.ledger.marked(span, work.run_id)  # after the view is fixed: what came later is not in it
        hours = ", ".join(f"TIMESTAMP '{hour}'" for hour in marked)
        chosen = f"hour NOT IN ({hours})" if marked else "true"
        snapshot.run(f"CREATE OR REPLACE TEMP VIEW {table.name} AS SELECT * FROM computed WHERE {chosen}")
        for check in checks_of(table):
            offending = int(snapshot.rows(check.offending)[0][0])
            results.append(
                dg.AssetCheckResult(check_name=check.name, passed=offending == 0, metadata={"offending rows": offending})
            )
    return results
