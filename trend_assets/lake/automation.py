"""When the lake is tidied: once a day, at an hour in which little else happens."""

import dagster as dg


def compaction_schedule(job: str, *, running: bool) -> dg.ScheduleDefinition:
    """Return the schedule of the job."""
    return dg.ScheduleDefinition(
        name="compact_the_lake",
        job_name=job,
        cron_schedule="40 3 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description="Once a day: small files of days that are over become one per table and day.",
    )
