"""What all processes of one mode know together about hosts, proxies and budgets: one small SQLite file.

The rules are in `host_state.py`; here is what makes them hold across processes. Nothing here waits or sends.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

import stamina

from trend_assets.errors import BudgetError, HostBusyError, HostError, HostFailedError, SettingsError, TransientError
from trend_assets.net.host_state import HostState, Limits, after_answer, after_failure, as_of, left_alone_until, reserve
from trend_assets.net.http_errors import seconds_of, utc_time

BUSY_SECONDS = 30.0
"""How long a process waits for the file while others write."""
DAYS_KEPT = 7
"""Of how many days a surface's spending is kept: the latest that were written, because a clock can be set forward and back."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hosts (
    host TEXT PRIMARY KEY, next_at REAL NOT NULL, busy_until REAL NOT NULL, failures INTEGER NOT NULL,
    last_failure TEXT NOT NULL, pause REAL NOT NULL, paused_until REAL NOT NULL, on_trial INTEGER NOT NULL,
    written_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS spending (
    surface TEXT NOT NULL, day TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (surface, day));
CREATE TABLE IF NOT EXISTS robots (host TEXT PRIMARY KEY, fetched_at REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS proxies (proxy TEXT PRIMARY KEY, failed_at REAL NOT NULL, reason TEXT NOT NULL);
"""
# A row that is written gets the highest rowid.
_FORGET = """
DELETE FROM spending WHERE surface = ? AND rowid NOT IN (
    SELECT rowid FROM spending WHERE surface = ? ORDER BY rowid DESC LIMIT ?);
"""
_COLUMNS = ", ".join(field.name for field in fields(HostState))
_VALUES = ", ".join(f":{field.name}" for field in fields(HostState))


@dataclass(frozen=True, slots=True)
class KeptRobots:
    """A robots.txt as it was fetched."""

    body: str
    fresh: bool
    """Whether it still counts, or must be fetched again."""


@dataclass(frozen=True, slots=True)
class ProxyPause:
    """Why a proxy is left alone, and until when."""

    reason: str
    until: float
    """Seconds since 1970."""


class Politeness:
    """The shared state at `path`; one object serves all threads of a process."""

    def __init__(self, path: Path, limits: Limits | None = None, clock: Callable[[], float] = time.time) -> None:
        """Open the file, and make it if need be.

        Args:
            path: of the SQLite file.
            limits: of every host; default `Limits()`.
            clock: returns seconds since 1970.

        Raises:
            SettingsError: the file cannot be opened or made.
        """
        self.limits = limits or Limits()
        self.clock = clock
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _opened(path)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"{path} cannot be opened ({error}): make its folder writable, or delete the file if it is damaged."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def admit(
        self,
        host: str,
        surface: str,
        *,
        daily_budget: int = 0,
        crawl_delay: float = 0.0,
        requests: int = 1,
        longest_wait: float | None = None,
    ) -> float:
        """Take a place in the host's queue and requests from the surface's budget; return the seconds to wait before sending.

        Args:
            host: real host name.
            surface: id of the surface that asks.
            daily_budget: requests that the surface may make on one UTC day; 0 = no limit.
            crawl_delay: seconds between two requests, from robots.txt.
            requests: how many to count; 0 asks for a place only, and for a budget that is not used up.
            longest_wait: seconds, at most those of the limits, which are the default.

        Raises:
            BudgetError: the budget is used up.
            HostFailedError: the host is left alone after many failures.
            HostBusyError: the wait would be too long. In all three cases nothing is taken.
            TransientError: the file cannot be used now; so with every method.
        """
        patience = min(self.limits.longest_wait, math.inf if longest_wait is None else longest_wait)
        with self._transaction():
            now = self.clock()
            self._take(surface, requests, daily_budget, now)
            state = self._state(host, now)
            if until := left_alone_until(state, now):
                raise HostFailedError(
                    f"{host} is left alone until {utc_time(until):%Y-%m-%d %H:%M:%S} UTC, after {state.failures} failures in a "
                    f"row. The last: {state.last_failure}",
                    utc_time(until),
                )
            after, wait = reserve(state, now, self.limits, crawl_delay)
            if wait > patience:
                turn = utc_time(now + wait)
                raise HostBusyError(
                    f"{host} is not asked before {turn:%Y-%m-%d %H:%M:%S} UTC, longer than the {patience:.0f} s that a request "
                    "waits: its own wish, its robots.txt or other requests come first. Try again then.",
                    turn,
                )
            self._keep(host, after)
        return wait

    def count(self, surface: str, requests: int = 1, daily_budget: int = 0) -> None:
        """Take requests that a page makes by itself from the surface's budget; they have no place in the host's queue.

        Args:
            surface: id of the surface that asks.
            requests: how many to count.
            daily_budget: requests that the surface may make on one UTC day; 0 = no limit.

        Raises:
            BudgetError: the budget is used up. Nothing is taken.
        """
        with self._transaction():
            self._take(surface, requests, daily_budget, self.clock())

    def used(self, surface: str) -> int:
        """Return the requests that the surface has made today (UTC)."""
        with self._transaction():
            return self._used(surface, self.clock())

    def answered(self, host: str) -> None:
        """Note an answer that is no passing failure."""
        with self._transaction():
            self._keep(host, after_answer(self._state(host, self.clock())))

    def failed(self, host: str, error: HostError) -> None:
        """Note a passing failure, and until when the host wants to be left alone."""
        busy_until = seconds_of(error.retry_at) if error.retry_at else None
        with self._transaction():
            now = self.clock()
            self._keep(host, after_failure(self._state(host, now), now, self.limits, str(error), busy_until))

    def robots(self, host: str) -> KeptRobots | None:
        """Return the host's robots.txt if it was ever fetched."""
        with self._transaction():
            row = self._database.execute("SELECT body, fetched_at FROM robots WHERE host = ?", (host,)).fetchone()
        return KeptRobots(row["body"], abs(self.clock() - row["fetched_at"]) < self.limits.robots_age) if row else None

    def keep_robots(self, host: str, body: str) -> None:
        """Keep a robots.txt that was just fetched; an empty one allows everything."""
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO robots VALUES (?, ?, ?)", (host, self.clock(), body))

    def failed_proxies(self) -> dict[str, ProxyPause]:
        """Return the proxies that are left alone, by what they are remembered by."""
        pause = self.limits.pause
        with self._transaction():
            now = self.clock()
            rows = self._database.execute("SELECT * FROM proxies WHERE abs(? - failed_at) < ?", (now, pause)).fetchall()
        return {row["proxy"]: ProxyPause(row["reason"], row["failed_at"] + pause) for row in rows}

    def proxy_failed(self, proxy: str, reason: str) -> None:
        """Note that a proxy failed, and how."""
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO proxies VALUES (?, ?, ?)", (proxy, self.clock(), reason))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the file's write lock: one process at a time reads, decides and writes."""
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield
                self._database.execute("COMMIT")
            except sqlite3.Error as error:
                raise TransientError(
                    f"{self._path} cannot be used now ({error}): try again, make room on the disk, or delete a damaged file."
                ) from error
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def _state(self, host: str, now: float) -> HostState:
        row = self._database.execute(f"SELECT {_COLUMNS} FROM hosts WHERE host = ?", (host,)).fetchone()
        return as_of(HostState(**dict(row)) if row else HostState(), now)

    def _keep(self, host: str, state: HostState) -> None:
        statement = f"INSERT OR REPLACE INTO hosts (host, {_COLUMNS}) VALUES (:host, {_VALUES})"
        self._database.execute(statement, {"host": host, **asdict(state)})

    def _used(self, surface: str, now: float) -> int:
        query = "SELECT used FROM spending WHERE surface = ? AND day = ?"
        row = self._database.execute(query, (surface, f"{utc_time(now):%Y-%m-%d}")).fetchone()
        return row["used"] if row else 0

    def _take(self, surface: str, requests: int, daily_budget: int, now: float) -> None:
        used = self._used(surface, now)
        if daily_budget and used + max(requests, 1) > daily_budget:
            raise BudgetError(
                f"{surface} has used up its budget of {daily_budget} requests for {utc_time(now):%Y-%m-%d} (UTC): wait for the "
                "next day, or raise its daily budget."
            )
        self._database.execute(
            "INSERT OR REPLACE INTO spending VALUES (?, ?, ?)", (surface, f"{utc_time(now):%Y-%m-%d}", used + requests)
        )
        self._database.execute(_FORGET, (surface, surface, DAYS_KEPT))


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file, and make it if need be."""
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row
    # Here SQLite does not wait by itself, and several processes may make the file at once.
    for attempt in stamina.retry_context(on=_is_locked, attempts=None, timeout=BUSY_SECONDS, wait_initial=0.01, wait_max=0.1):
        with attempt:
            database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")  # a lost second of queue positions does no harm, a damaged file would
    database.executescript(_SCHEMA)
    return database


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY
