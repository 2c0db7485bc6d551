"""Live capture: what surfaces show now becomes runs, whatever goes wrong on the way (docs/architecture.md).

A run that fails is a run all the same: its row says why, and coverage judges it. The sandbox can show any moment of the past,
so there the runs of earlier hours can be made too.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path

from filelock import FileLock, Timeout

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.payload import Delivery
from trend_assets.capture.platforms import LivePlatform, live_platform
from trend_assets.capture.runs import CaptureRun, judge
from trend_assets.capture.surfaces import DAY_MINUTES, HOUR_MINUTES, Surface, step_minutes
from trend_assets.errors import PermanentError, TransientError, TrendError
from trend_assets.hours import Span
from trend_assets.net.access_tokens import AccessTokens
from trend_assets.net.browser import PAGE_SECONDS, Browser
from trend_assets.net.destination import Destination
from trend_assets.net.http import HttpClient
from trend_assets.net.politeness import Politeness
from trend_assets.net.progress import Progress
from trend_assets.net.proxies import Proxies
from trend_assets.net.visitor import Patience, Visitor

RUN_SECONDS = 300.0
"""Longest time of one run of one surface."""
THREADS = 64
"""Requests that can be waited for at a time. Browsers ask for permission in these threads too: with asyncio's own number, a few
more than there are processors, slow hosts held up the pages of others."""
ALONE_SECONDS = 900.0
"""How long a run waits for another one of the same surface."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC

Clock = Callable[[], datetime]
"""Returns the present time, naive UTC."""


@dataclass(frozen=True, slots=True)
class Network:
    """How surfaces are reached."""

    politeness: Politeness
    destination: Destination
    state: Path
    """Folder of the stored logins, `logins/<platform>.json` (a missing file means none), of access tokens beside them, of the
    surfaces' locks, and of what runs that stopped midway had read."""
    simulated: bool = False
    """Whether time is, so that the past can be captured too, and nobody has to be spared."""
    chromium: Path | None = None
    """The setting TREND_CHROMIUM."""
    tabs: int = 8
    """Pages at a time."""
    in_flight: int = 4
    """Moments of simulated time that are captured at once."""
    page_seconds: float = PAGE_SECONDS
    """Longest time to open a page."""
    run_seconds: float = RUN_SECONDS
    """Longest time of one run of one surface."""
    patience: Patience = field(default_factory=Patience)
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Access tokens, API keys, and `id:secret` of apps, by platform."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Ids or names of the accounts that they belong to, by platform, where it wants both."""
    proxies: Sequence[str] = field(default=(), repr=False)
    """Addresses of the proxies to go through; none means directly."""


@dataclass(frozen=True, slots=True)
class Due:
    """A run to be made."""

    surface: Surface
    slot: datetime
    attempt: int = 0
    at: datetime | None = None
    """The simulated time of it; None is the present, which is no simulated one."""


def slot_of(surface: Surface, moment: datetime) -> datetime:
    """Return the slot of the surface that a moment belongs to: the last tick of its schedule; an irregular one has one an hour.

    Slots are counted in UTC from 1970: no clock is put forward or back there.
    """
    return moment - (moment - _EPOCH) % _step(surface)


def due_now(surfaces: Iterable[Surface], now: datetime, attempts: Mapping[tuple[str, datetime], int]) -> list[Due]:
    """Return one run of each surface for the present; `attempts` counts the runs of a surface and slot there are."""
    slots = [(surface, slot_of(surface, now)) for surface in surfaces]
    return [Due(surface, slot, attempts.get((surface.id, slot), 0)) for surface, slot in slots]


def due_in(surfaces: Sequence[Surface], span: Span, now: datetime) -> list[Due]:
    """Return the runs whose slots lie in the span and have come, each to be made at its slot, earliest first."""
    found = []
    for surface in surfaces:
        slot = slot_of(surface, span.start)
        while slot < span.end and slot <= now:
            if slot >= span.start:
                found.append(Due(surface, slot, at=slot))
            slot += _step(surface)
    return sorted(found, key=lambda due: (due.slot, due.surface.id))


def _step(surface: Surface) -> timedelta:
    return timedelta(minutes=step_minutes(surface.cadence_minutes or HOUR_MINUTES))


@contextmanager
def alone(network: Network, surfaces: Iterable[Surface]) -> Iterator[None]:
    """Keep all other processes from capturing these surfaces: from the count of their attempts to the commit of their runs.

    Raises:
        TransientError: others do not come to an end.
    """
    folder = network.state / "capturing"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        for surface in sorted(surfaces, key=attrgetter("asset_name")):  # in one order, so that nobody waits in a circle
            try:
                held.enter_context(FileLock(folder / f"{surface.asset_name}.lock", timeout=ALONE_SECONDS))
            except Timeout as error:
                raise TransientError(
                    f"{surface.id} has been captured by another run for more than {ALONE_SECONDS:.0f} s: look at that run."
                ) from error
        yield


def capture(network: Network, dues: Iterable[Due], clock: Clock) -> Generator[list[CaptureRun]]:
    """Make the runs, those of a platform as tabs of one browser; yields them batch by batch, in the order of their times.

    Args:
        network: How.
        dues: Which; those of one platform only share a browser.
        clock: The present time.
    """
    batches = defaultdict[datetime | None, list[Due]](list)
    for due in dues:
        batches[due.at].append(due)
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        crew = _Crew(network, clock)
        try:
            waiting = list(batches.values())
            while waiting:
                together, waiting = waiting[: network.in_flight], waiting[network.in_flight :]
                yield runner.run(crew.make([due for batch in together for due in batch]))
        finally:
            runner.run(crew.close())


class _Crew:
    """The sessions of the platforms: a client and a browser each, of which Chromium is started when a surface asks for it."""

    def __init__(self, network: Network, clock: Clock) -> None:
        self._network = network
        self._clock = clock
        self._sessions: dict[str, tuple[Browser, HttpClient]] = {}
        self._open = AsyncExitStack()

    async def make(self, dues: Sequence[Due]) -> list[CaptureRun]:
        for platform in {due.surface.platform for due in dues} - self._sessions.keys():
            proxies = Proxies(self._network.politeness, platform, self._network.proxies)
            browser = await self._open.enter_async_context(self._browser(platform, proxies))
            self._sessions[platform] = browser, self._open.enter_context(self._client(proxies))
        return await asyncio.gather(*map(self._run, dues))

    async def close(self) -> None:
        await self._open.aclose()

    def _client(self, proxies: Proxies) -> HttpClient:
        network = self._network
        return HttpClient(
            network.politeness,
            network.destination,
            proxies=proxies,
            read_seconds=network.patience.read,
            backoff_seconds=network.patience.backoff,
        )

    def _browser(self, platform: str, proxies: Proxies) -> Browser:
        network = self._network
        login = network.state / "logins" / f"{platform}.json"
        return Browser(
            network.politeness,
            network.destination,
            proxies=proxies,
            chromium=network.chromium,
            storage_state=login if login.is_file() else None,
            tabs=network.tabs,
            page_seconds=network.page_seconds,
        )

    async def _run(self, due: Due) -> CaptureRun:
        surface, network = due.surface, self._network
        progress = self._progress(due)
        visitor = Visitor(
            *self._sessions[surface.platform], AccessTokens(network.state / "logins" / f"{surface.platform}.token"),
            surface.id, progress,
            daily_budget=0 if network.simulated else daily_budget(surface),
            headers={"Sandbox-Time": f"{due.at.isoformat()}Z"} if due.at else {},
            token=network.tokens.get(surface.platform, ""), account=network.accounts.get(surface.platform, ""),
            patience=network.patience,
        )  # fmt: skip
        status, parsed, message = await _delivered(surface, visitor, network.run_seconds)
        ended = due.at or self._clock()
        return CaptureRun(
            surface, progress.captured_at, ended, due.slot, status, parsed, progress.attempt, message, progress.cursor
        )

    def _progress(self, due: Due) -> Progress:
        """Return how far the run has come: a live one goes on where one of its slot stopped, a simulated one begins anew."""
        surface = due.surface
        progress = Progress(due.slot, due.attempt, due.at or self._clock(), f"{surface.surface_type} {surface.surface_key}")
        if not self._network.simulated:
            progress.path = self._network.state / "progress" / f"{surface.asset_name}.json"
            progress.go_on()
        return progress


async def _delivered(surface: Surface, visitor: Visitor, run_seconds: float) -> tuple[str, Parsed, str]:
    """Return status, content and reason of a run."""
    try:
        module = live_platform(surface)
        delivery = await _captured(module, surface, visitor, run_seconds)
        parsed = parse_all(module, surface, delivery)
    except TrendError as error:
        return "failed", Parsed(None), str(error)
    except Exception as error:  # noqa: BLE001 - one surface must not sink the others; its run and its asset fail
        return "failed", Parsed(None), _unexpected(surface, error)
    status, message = judge(parsed)
    if status == "failed":
        # What is missing explains why nothing was recognized.
        return status, parsed, delivery.incomplete or _unrecognized(surface, delivery, message)
    if status == "success" and delivery.incomplete:
        return "partial", parsed, delivery.incomplete
    return status, parsed, "; ".join(filter(None, (message, delivery.incomplete)))


async def _captured(module: LivePlatform, surface: Surface, visitor: Visitor, run_seconds: float) -> Delivery:
    """Return what the surface delivers in time; of a list with pages, those that came, whatever went wrong with the others."""
    failure: TrendError
    try:
        async with asyncio.timeout(run_seconds):
            return await module.capture(surface, visitor)
    except TimeoutError:
        failure = TransientError(
            f"{surface.id} was not done within {run_seconds:.0f} s: try again later, or look at {surface.platform}."
        )
    except TrendError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - one surface must not sink the others; its run and its asset fail
        failure = PermanentError(_unexpected(surface, error))
    if not visitor.progress.pages:
        raise failure
    return Delivery((visitor.progress.pages,), str(failure))


def _unexpected(surface: Surface, error: Exception) -> str:
    return f"{surface.id}: unexpected {type(error).__name__}: {error}"


def _unrecognized(surface: Surface, delivery: Delivery, problem: str) -> str:
    if all(isinstance(payload, str) for payload in delivery.payloads):
        advice = "try again later, or look at it in a browser"
        return f"The page of {surface.id} loaded no list and holds none: {advice}. {problem}." if delivery.is_page else problem
    return f"{problem}: {surface.platform} may have changed its payloads; look at one with `trend-assets parse`."


def parse_all(module: LivePlatform, surface: Surface, delivery: Delivery) -> Parsed:
    """Return what all payloads of a delivery hold, and what is wrong with any of them.

    An item that several have counts once, in its first place.
    """
    parts = [module.parse(payload, surface.surface_type) for payload in delivery.payloads]
    shapes = [part.shape for part in parts if part.shape]
    problem = "; ".join(dict.fromkeys(part.problem for part in parts if part.problem)) or None
    if not shapes:
        return Parsed(None, problem=problem or "nothing was delivered")
    items: dict[str, Item] = {}
    for part in parts:
        for item in part.items:
            items.setdefault(item.platform_item_id, item)
    return Parsed(shapes[0], tuple(items.values()), tuple(entry for part in parts for entry in part.rejected), problem)


def daily_budget(surface: Surface) -> int:
    """Return the requests that a surface may make on one day: those of its runs (seed 004 §7); 0 = no limit."""
    runs = DAY_MINUTES // step_minutes(surface.cadence_minutes) if surface.cadence_minutes else 0
    return surface.requests_per_run * runs
