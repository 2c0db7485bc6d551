"""What Dagster hands to assets: stores and network. Nothing connects before an asset asks; errors become Dagster's here."""

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import dagster as dg

from trend_assets.capture.live import Network
from trend_assets.errors import PermanentError, TransientError
from trend_assets.hours import Span, to_utc
from trend_assets.lake.lake import Lake
from trend_assets.ledger.ledger import Ledger
from trend_assets.net.destination import Internet, Sandbox
from trend_assets.net.host_state import Limits
from trend_assets.net.politeness import Politeness
from trend_assets.settings import Settings, get_settings
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


class Fetchers(dg.ConfigurableResource):  # type: ignore[type-arg]  # no setup value
    """The network of one mode: the real one, or the sandbox's."""

    state: str
    sandbox_url: str | None
    chromium: str | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the settings' network."""
        sandbox_url = settings.sandbox_url if settings.mode == "sandbox" else None
        chromium = str(settings.chromium) if settings.chromium else None
        return cls(state=str(settings.state), sandbox_url=sandbox_url, chromium=chromium)

    @contextmanager
    def network(self) -> Iterator[Network]:
        """Yield it. Nobody is disturbed by many requests to the sandbox.

        Tokens come from the settings of the process that captures: Dagster shows the fields of a resource.
        """
        state = Path(self.state)
        chromium = Path(self.chromium) if self.chromium else None
        limits = Limits(rate=math.inf) if self.sandbox_url else Limits()
        destination = Sandbox(self.sandbox_url) if self.sandbox_url else Internet()
        with Politeness(state / "politeness.db", limits) as politeness:
            yield Network(
                politeness,
                destination,
                state,
                proxies=() if self.sandbox_url else get_settings().proxy_addresses,
                simulated=bool(self.sandbox_url),
                chromium=chromium,
                tokens=get_settings().tokens,
                accounts=get_settings().accounts,
            )


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
