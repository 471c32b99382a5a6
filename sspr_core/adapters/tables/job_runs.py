"""Table Tenants, partition `job`: how the last run of each timer trigger ended."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sspr_core.adapters.tables.table import Row, Table, text_of, time_of
from sspr_core.ports.monitoring import JobRun

_PARTITION = "job"


class TablesJobRuns:
    """The port JobRuns."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def save(self, run: JobRun) -> None:
        await self._table.merge(job_row(run))

    async def all(self) -> Sequence[JobRun]:
        return [
            job_run(row) async for page in self._table.pages("PartitionKey eq @p", {"p": _PARTITION}) for row in page
        ]


def job_row(run: JobRun) -> dict[str, Any]:
    return {
        "PartitionKey": _PARTITION,
        "RowKey": run.job,
        "FinishedAt": text_of(run.finished_at),
        "Seconds": run.took.total_seconds(),
        "Failure": run.failure or "",
    }


def job_run(row: Row) -> JobRun:
    finished_at = time_of(row["FinishedAt"])
    if finished_at is None:
        raise ValueError(f"row of job {row['RowKey']} has no FinishedAt")
    return JobRun(
        job=row["RowKey"],
        finished_at=finished_at,
        took=timedelta(seconds=row["Seconds"]),
        failure=row["Failure"] or None,
    )
