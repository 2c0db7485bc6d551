"""Dagster's own launcher of runs, which can also tell whether a run's process is still there.

Without it a run stays "Started" when its process died together with whoever watched it: with the machine, or with all of
Dagster. With it the daemon's run monitoring notices, also after a restart, and starts the run again
(docs/decisions/0010-runs-whose-process-died.md).
"""

import socket

import dagster as dg
import psutil
from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.base import LaunchRunContext
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher

HOST_TAG = "trend_assets/host"
"""Tag of a run: the machine on which its process is."""
CLOCK_SECONDS = 60
"""How far a machine's clock may be put forward or back while a run goes on."""


def host_tag() -> dict[str, str]:
    """Return the tag of a run whose process is on this machine."""
    return {HOST_TAG: socket.gethostname()}


class LocalRunLauncher(DefaultRunLauncher):
    """Starts runs as processes of this machine, and knows which of them have died."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start the process of a run."""
        self._instance.add_run_tags(context.dagster_run.run_id, host_tag())
        super().launch_run(context)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It does."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return FAILED when the run's process was on this machine and is gone, else RUNNING."""
        return CheckRunHealthResult(WorkerStatus.FAILED if _died(self._instance, run) else WorkerStatus.RUNNING)


def end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Mark the runs that died on this machine as failed and free their places in pools: what the daemon does, if one runs."""
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED], tags=host_tag())):
        if _died(instance, run):
            instance.report_run_failed(run, "Its process is gone.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _died(instance: dg.DagsterInstance, run: DagsterRun) -> bool:
    """Whether the run's process was on this machine and is gone."""
    if run.tags.get(HOST_TAG) != socket.gethostname():
        return False
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        data = entry.dagster_event.engine_event_data if entry.dagster_event else None
        if data and "pid" in data.metadata:
            return not _lives(int(str(data.metadata["pid"].value)), entry.timestamp)
    return False


def _lives(pid: int, noted_at: float) -> bool:
    try:
        process = psutil.Process(pid)
        inherited = process.create_time() > noted_at + CLOCK_SECONDS  # another process, which only got its number
        return not inherited and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
