"""What Dagster hands to assets: the stores. Nothing connects before an asset asks; errors become Dagster's in one place."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from trend_assets.errors import PermanentError, TransientError
from trend_assets.hours import Span, to_utc
from trend_assets.lake.lake import Lake
from trend_assets.ledger.ledger import Ledger
from trend_assets.steps import Work

RETRIES = 3
RETRY_SECONDS = 5


class Stores(dg.ConfigurableResource):  # type: ignore[type-arg]  # no setup value
    """The lake and the ledger of one mode."""

    lake: str
    database_url: str

    def work(self, run_id: str = "") -> Work:
        """Return both, opened and with their tables, for a run; now is the time at which this is called."""
        lake, ledger = _open(self.lake, self.database_url)
        return Work(lake, ledger, to_utc(datetime.now(UTC)), run_id)


@functools.cache
def _open(lake_root: str, database_url: str) -> tuple[Lake, Ledger]:
    lake = Lake(Path(lake_root))
    lake.create_tables()
    return lake, Ledger(database_url)


@contextmanager
def dagster_failures() -> Iterator[None]:
    """Turn our errors into Dagster's: a permanent one fails the step at once, a transient one is tried again."""
    try:
        yield
    except PermanentError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except TransientError as error:
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error


def span_of(context: dg.AssetExecutionContext) -> Span:
    """Return the hours of the run."""
    window = context.partition_time_window
    return Span(to_utc(window.start), to_utc(window.end))
