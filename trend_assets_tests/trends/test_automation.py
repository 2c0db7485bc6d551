"""What starts runs: the schedules of captures, the sensor of landed captures, the closing schedule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from trend_assets.capture.automation import cron_of
from trend_assets.capture.items import Parsed
from trend_assets.capture.platforms import tiktok
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.definitions import CAPTURE, PIPELINE, build_defs
from trend_assets.hours import HOUR, Span, floor_hour
from trend_assets.lake.tables import SPINE
from trend_assets.resources import Stores
from trend_assets.settings import Settings
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets.trends.automation import landed_sensor
from trend_assets_tests.capture.live import DISCOVER, RISING, SOUNDS, SURFACES, paced
from trend_assets_tests.capture.platforms.tiktok_payloads import web_video

NOW = datetime(2026, 3, 1, 8, 10, tzinfo=UTC).replace(tzinfo=None)
RUNNING = floor_hour(NOW)
START = RUNNING - 6 * HOUR
KEY = "%Y-%m-%d-%H:%M"
CADENCES = sorted({surface.cadence_minutes for surface in SURFACES.values()})


class StoresAt(Stores):
    """The stores at a time that does not move."""

    now: str

    def work(self, run_id: str = "") -> Work:
        return replace(super().work(run_id), as_of=datetime.fromisoformat(self.now))


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_defs(Settings.for_lake(tmp_path_factory.mktemp("defs")))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class Watched:
    """A lake whose sensor is asked."""

    def __init__(self, folder: Path, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self.places = {"lake": str(folder / "lake"), "database_url": f"sqlite:///{folder / 'ledger.db'}"}
        self.sensor = definitions.resolve_sensor_def("captures_landed")
        self.instance = instance

    def work(self, now: datetime = NOW) -> Work:
        return self.stores(now).work()

    def stores(self, now: datetime) -> StoresAt:
        return StoresAt(**self.places, now=now.isoformat())

    def captured(self, surface: Surface, at: datetime, *, attempt: int = 0, status: str = "success") -> None:
        payload = {"statusCode": 0, "itemList": [web_video(desc=f"{surface.id} {at}")]}
        parsed = tiktok.parse(payload, "discover") if status == "success" else Parsed(None)
        commit(self.work().lake, [CaptureRun(surface, at, at, floor_hour(at), status, parsed, attempt)], at)

    def compute(self, span: Span) -> None:
        spine.run(self.work(), span)

    def ask(self, now: datetime = NOW) -> dg.RunRequest | str:
        """Return what the sensor wants, or why it wants nothing."""
        context = dg.build_sensor_context(self.instance, resources={"stores": self.stores(now)})
        tick = self.sensor.evaluate_tick(context)
        if not tick.run_requests:
            return tick.skip_message or ""
        (request,) = tick.run_requests
        return request

    def request(self, now: datetime = NOW) -> dg.RunRequest:
        request = self.ask(now)
        assert isinstance(request, dg.RunRequest), request
        return request

    def run(self, request: dg.RunRequest, span: Span, *, fails: bool) -> None:
        """Run a request as the job does: one that fails has claimed its hours and replaced some of their tables."""
        if not fails:
            self.compute(span)
            self.ran(request, dg.DagsterRunStatus.SUCCESS)
            return
        work = replace(self.work(), run_id=str(uuid4()))
        spine.begin(work.ledger, span, work.run_id)
        for step in spine.STEPS[:3]:
            step.run(work, span)
        self.ran(request, dg.DagsterRunStatus.FAILURE)

    def ran(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> None:
        """Note a run of a request, as the daemon does."""
        tags = {**request.tags, "dagster/run_key": request.run_key or ""}
        self.instance.add_run(dg.DagsterRun(job_name=PIPELINE, tags=tags, status=status))


@pytest.fixture
def watched(tmp_path: Path, definitions: dg.Definitions, instance: dg.DagsterInstance) -> Watched:
    return Watched(tmp_path, definitions, instance)


def hours_of(request: dg.RunRequest) -> tuple[str, str]:
    return request.tags["dagster/asset_partition_range_start"], request.tags["dagster/asset_partition_range_end"]


def key(hour: datetime) -> str:
    return f"{hour:{KEY}}"


def test_where_nothing_was_captured_nothing_is_run(watched: Watched) -> None:
    assert watched.ask() == "Every hour is up to date."


def test_captures_that_have_landed_start_the_pipeline_and_nothing_new_does_not(watched: Watched) -> None:
    hour = RUNNING - 2 * HOUR
    watched.captured(DISCOVER, hour)
    assert hours_of(watched.request()) == (key(hour), key(hour))
    assert watched.request().run_key == watched.request().run_key
    watched.compute(Span.of(hour))
    assert watched.ask() == "Every hour is up to date."


def test_hours_that_follow_each_other_are_one_run(watched: Watched) -> None:
    for back in (5, 4, 2):
        watched.captured(DISCOVER, RUNNING - back * HOUR)
    assert hours_of(watched.request()) == (key(RUNNING - 5 * HOUR), key(RUNNING - 2 * HOUR)), "the hour between them is silent"


def test_a_late_capture_starts_its_hour_again(watched: Watched) -> None:
    hour = RUNNING - 2 * HOUR
    watched.captured(DISCOVER, hour)
    first = watched.request()
    watched.ran(first, dg.DagsterRunStatus.SUCCESS)
    watched.compute(Span.of(hour))
    watched.captured(SOUNDS, hour + timedelta(minutes=50))
    again = watched.request()
    assert hours_of(again) == hours_of(first)
    assert again.run_key != first.run_key


def test_a_capture_that_came_while_its_hour_was_computed_starts_it_again(watched: Watched) -> None:
    hour = RUNNING - 2 * HOUR
    watched.captured(DISCOVER, hour)
    first = watched.request()
    watched.ran(first, dg.DagsterRunStatus.SUCCESS)
    watched.captured(DISCOVER, hour + timedelta(minutes=9), attempt=1)
    assert watched.request().run_key != first.run_key


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED"])
def test_while_the_pipeline_runs_it_is_not_started(watched: Watched, status: str) -> None:
    watched.captured(DISCOVER, RUNNING - 2 * HOUR)
    watched.instance.add_run(dg.DagsterRun(job_name=CAPTURE, status=dg.DagsterRunStatus.STARTED))
    watched.request()
    watched.instance.add_run(dg.DagsterRun(job_name=PIPELINE, status=dg.DagsterRunStatus[status]))
    assert watched.ask() == "The pipeline is running; what it leaves out of date is next."


def go_on(watched: Watched, poisoned: datetime) -> list[tuple[int, int]]:
    """Run what the sensor asks for until it asks for nothing; return the first and last of the hours, those of START as 0."""
    asked = []
    while isinstance(request := watched.ask(), dg.RunRequest):
        first, last = (floor_hour(datetime.strptime(text, KEY)) for text in hours_of(request))  # noqa: DTZ007 - naive UTC
        asked.append((int((first - START) / HOUR), int((last - START) / HOUR)))
        watched.run(request, Span(first, last + HOUR), fails=first <= poisoned <= last)
        assert len(asked) < 20, asked
    assert "1 hours were run and are out of date all the same, the first" in request
    return asked


@pytest.mark.parametrize(
    ("poisoned", "computed", "asked"),
    [
        (0, False, [(0, 4), (0, 2), (0, 1), (0, 0), (1, 4)]),
        (2, True, [(0, 4), (0, 2), (0, 1), (2, 4), (2, 3), (2, 2), (3, 4)]),
    ],
)
def test_an_hour_whose_run_fails_waits_for_a_change_and_its_neighbours_go_on(
    watched: Watched, poisoned: int, computed: bool, asked: list[tuple[int, int]]
) -> None:
    """The neighbours were run with it only, so all of them failed; and the run's own claim made it run twice."""
    hours, hour = Span(START, START + 5 * HOUR), START + poisoned * HOUR
    for each in hours:
        watched.captured(DISCOVER, each)
    if computed:
        watched.compute(hours)
        for each in hours:
            watched.captured(DISCOVER, each, attempt=1)
    assert go_on(watched, hour) == asked
    watched.captured(DISCOVER, hours.end)
    assert go_on(watched, hour) == [(5, 5)]
    watched.work().ledger.mark([hour], "removal")
    assert go_on(watched, hour) == [(poisoned, poisoned)]
    watched.captured(DISCOVER, hour, attempt=2)
    assert hours_of(watched.request()) == (key(hour), key(hour))


def watch_tiktok_and_rising(watched: Watched) -> None:
    """Have the sensor wait for these surfaces only."""
    surfaces = [surface for surface in SURFACES.values() if surface.platform == "tiktok" or surface == RISING]
    watched.sensor = landed_sensor(PIPELINE, surfaces, running=False)


def test_the_running_hour_waits_for_what_is_due_of_it(watched: Watched) -> None:
    watch_tiktok_and_rising(watched)
    watched.captured(RISING, RUNNING)
    watched.captured(DISCOVER, RUNNING)
    tags = "tiktok:hashtag:ai, tiktok:hashtag:marketing"
    assert watched.ask() == f"The running hour waits: {tags}, {SOUNDS.id} has not landed."
    for surface in SURFACES.values():
        if surface.platform == "tiktok":
            watched.captured(surface, RUNNING, status="failed")
    assert hours_of(watched.request()) == (key(RUNNING), key(RUNNING)), "a failed run has landed too"


def test_the_running_hour_stops_waiting_after_the_grace(watched: Watched) -> None:
    watch_tiktok_and_rising(watched)
    watched.captured(RISING, RUNNING)
    assert "waits" in str(watched.ask(RUNNING + timedelta(minutes=14, seconds=59)))
    assert hours_of(watched.request(RUNNING + timedelta(minutes=15))) == (key(RUNNING), key(RUNNING))
    assert str(watched.ask(RUNNING + timedelta(minutes=31))) == "The running hour waits: reddit:rising has not landed."


def test_the_running_hour_does_not_wait_for_a_surface_without_a_cadence(watched: Watched) -> None:
    watched.sensor = landed_sensor(PIPELINE, [RISING, paced(0)], running=False)
    watched.captured(RISING, RUNNING)
    assert hours_of(watched.request()) == (key(RUNNING), key(RUNNING))


def test_earlier_hours_do_not_wait_for_the_running_one(watched: Watched) -> None:
    watched.captured(RISING, RUNNING - HOUR)
    watched.captured(RISING, RUNNING)
    assert hours_of(watched.request()) == (key(RUNNING - HOUR), key(RUNNING - HOUR))


def test_a_provisional_hour_is_computed_again_when_it_has_closed(watched: Watched) -> None:
    watched.captured(RISING, RUNNING)
    watched.compute(Span.of(RUNNING))
    assert watched.ask() == "Every hour is up to date."
    assert hours_of(watched.request(RUNNING + HOUR + timedelta(minutes=15))) == (key(RUNNING), key(RUNNING))


def ticks(definitions: dg.Definitions, schedule: str, at: datetime) -> list[dg.RunRequest]:
    repository = definitions.get_repository_def()
    context = dg.build_schedule_context(scheduled_execution_time=at.replace(tzinfo=UTC), repository_def=repository)
    return list(definitions.resolve_schedule_def(schedule).evaluate_tick(context).run_requests or [])


def test_the_closing_schedule_names_the_previous_hour(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("close_the_hour")
    assert (schedule.cron_schedule, schedule.execution_timezone, schedule.job_name) == ("16 * * * *", "UTC", PIPELINE)
    (request,) = ticks(definitions, "close_the_hour", datetime(2026, 3, 1, 0, 16))  # noqa: DTZ001 - naive UTC
    assert request.partition_key == "2026-02-28-23:00"
    assert request.run_key == "close 2026-02-28-23:00"


def test_the_closing_schedule_leaves_out_what_is_before_the_lake(tmp_path: Path) -> None:
    first = datetime(2026, 3, 1, 5)  # noqa: DTZ001 - naive UTC
    definitions = build_defs(Settings.for_lake(tmp_path, first_hour=first))
    assert ticks(definitions, "close_the_hour", first + timedelta(minutes=16)) == []
    (request,) = ticks(definitions, "close_the_hour", first + timedelta(minutes=76))
    assert request.partition_key == "2026-03-01-05:00"


@pytest.mark.parametrize("cadence", CADENCES)
def test_a_tick_asks_for_one_run_per_platform(definitions: dg.Definitions, cadence: int) -> None:
    name, at = f"capture_every_{cadence}_minutes", datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001 - naive UTC
    schedule, requests = definitions.resolve_schedule_def(name), ticks(definitions, name, at)
    assert (schedule.job_name, schedule.execution_timezone) == (CAPTURE, "UTC")
    asked = {
        request.tags["platform"]: sorted(k.to_user_string() for k in request.asset_selection or ()) for request in requests
    }
    due = sorted((s.platform, f"capture/{s.asset_name}") for s in SURFACES.values() if s.cadence_minutes == cadence)
    assert sorted((platform, asset) for platform, assets in asked.items() for asset in assets) == due
    assert len(requests) == len(asked)
    assert {request.partition_key for request in requests} == {"2026-03-01-08:00"}
    later = ticks(definitions, name, at + timedelta(minutes=cadence))
    assert not {request.run_key for request in requests} & {request.run_key for request in later}


def test_every_surface_with_a_cadence_is_scheduled_once(definitions: dg.Definitions) -> None:
    names = [f"capture_every_{cadence}_minutes" for cadence in CADENCES]
    asked = [key for name in names for request in ticks(definitions, name, NOW) for key in request.asset_selection or ()]
    assert sorted(key.path[-1] for key in asked) == sorted(surface.asset_name for surface in SURFACES.values())


@pytest.mark.parametrize(
    ("minutes", "cron"),
    [
        (30, "*/30 * * * *"), (45, "*/30 * * * *"), (60, "0 */1 * * *"), (90, "0 */1 * * *"), (120, "0 */2 * * *"),
        (300, "0 */4 * * *"), (1440, "0 0 * * *"), (10_080, "0 0 * * *"), (1, "*/1 * * * *"),
    ],
)  # fmt: skip
def test_a_cadence_is_a_cron_line_that_fits_hours_and_days(minutes: int, cron: str) -> None:
    assert cron_of(minutes) == cron


@pytest.mark.parametrize("automation", [True, False])
def test_what_starts_by_itself_follows_the_setting(automation: bool, tmp_path: Path) -> None:
    definitions = build_defs(Settings.for_lake(tmp_path, automation=automation))
    schedules = {schedule.name: schedule.default_status.value for schedule in definitions.schedules or ()}
    sensors = {sensor.name: sensor.default_status.value for sensor in definitions.sensors or ()}
    assert schedules.keys() | sensors.keys() == {
        *(f"capture_every_{minutes}_minutes" for minutes in CADENCES),
        "close_the_hour",
        "captures_landed",
        "compact_the_lake",
        "surface_alerts",
    }
    assert {*schedules.values(), *sensors.values()} == {"RUNNING" if automation else "STOPPED"}


def test_each_platform_has_a_pool_and_groups_stand_in_the_order_of_the_flow(definitions: dg.Definitions) -> None:
    assets = [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]
    pools = {asset.op.name: asset.op.pool for asset in assets if asset.op.pool}
    assert pools == {f"capture_{name}": name for name in {surface.platform for surface in SURFACES.values()}}
    assert list(dict.fromkeys(spec.group_name for asset in assets for spec in asset.specs)) == ["capture", "trends", "lake"]
    jobs = {name: definitions.resolve_job_def(name).asset_layer.selected_asset_keys for name in (CAPTURE, PIPELINE)}
    assert not jobs[CAPTURE] & jobs[PIPELINE], "a failed surface never holds an hour back"
    assert {key.to_user_string() for key in jobs[PIPELINE]} == {table.name for table in SPINE}
