"""One Dagster asset per step of the spine: all alike, so that the flow is what differs.

An hour counts as computed only by a run over all of the spine: it claims its hours in the first asset and settles them in
the last. A run over some of the assets leaves its hours dirty, for `trend-assets run --dirty`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from trend_assets.hours import Span
from trend_assets.lake.lake import Lake, Replaced
from trend_assets.lake.tables import SPINE, Table
from trend_assets.resources import Stores, dagster_failures, span_of
from trend_assets.steps import Step, Work

Evaluate = Callable[[Work, Table, Span], Sequence[dg.AssetCheckResult]]
Describe = Callable[[Lake, Span], Mapping[str, str]]
Finish = Callable[[Work, Span, str], None]

_ALL = {dg.AssetKey(table.name) for table in SPINE}


def spine_asset(
    step: Step,
    hours: dg.PartitionsDefinition,
    *,
    group: str,
    deps: Sequence[dg.AssetKey],
    check_specs: Sequence[dg.AssetCheckSpec],
    evaluate: Evaluate,
    describe: Describe = lambda _lake, _span: {},
    finish: Finish | None = None,
) -> dg.AssetsDefinition:
    """Return the asset of a step.

    Args:
        step: The step.
        hours: The partitions.
        group: Asset group: the capability's folder.
        deps: Assets that it reads. Edges are identity-mapped and the window is read in code, so that a backfill is one run.
        check_specs: Its checks.
        evaluate: Evaluates them on the hours that were written.
        describe: Markdown on the hours that were written, by title.
        finish: Settles the hours; given to the last step.
    """
    table = step.table

    @dg.asset(
        name=table.name,
        group_name=group,
        deps=deps,
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=check_specs,
        code_version=step.version,
        kinds={"duckdb", "deltalake"},
        owners=[f"team:{group}"],
        description=f"{table.about}\n\nOne row: {table.grain}.",
        metadata=_contract(table),
    )
    def _asset(context: dg.AssetExecutionContext, stores: Stores) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        span = span_of(context)
        with dagster_failures():
            work = stores.work(context.run.run_id)
            replaced = _compute(context, step, work, span, finish)
            pictures = {name: dg.MetadataValue.md(text) for name, text in describe(work.lake, span).items()}
            if pictures:  # on the last hour only: they are about the end of the run, and an event is written per hour
                context.add_asset_metadata(pictures, context.asset_key, context.partition_keys[-1])
            metadata = {
                "dagster/row_count": replaced.rows,
                "hours in this run": len(span),
                "hours that changed": len(replaced.changed),
            }
            return dg.MaterializeResult(metadata=metadata, check_results=evaluate(work, table, span))

    return _asset


def _compute(context: dg.AssetExecutionContext, step: Step, work: Work, span: Span, finish: Finish | None) -> Replaced:
    whole = set(context.job_def.asset_layer.executable_asset_keys) >= _ALL
    if not whole:
        work.ledger.leave_dirty(span, "some tables of the hour were computed alone")
    elif step.table is SPINE[0]:
        work.ledger.claim(span, work.run_id, "computing")
    replaced = step.run(work, span)
    if whole and finish:
        finish(work, span, work.run_id)
    return replaced


def column_schema(table: Table) -> dg.TableSchema:
    """Return the columns of a table's contract as Dagster shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                column.meaning,
                dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


def _contract(table: Table) -> dict[str, Any]:
    reach = f"read by up to {table.reach_hours} later hours, in code: edges lead from an hour to the same hour"
    return {
        "dagster/column_schema": column_schema(table),
        "key": ", ".join(table.key),
        "window": reach if table.reach_hours else "read by the same hour only",
    }
