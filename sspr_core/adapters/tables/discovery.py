"""Table Tenants, partition `discovery`: one row, written by discovery alone."""

from typing import Any

from sspr_core.adapters.tables.table import Row, text_of, time_of
from sspr_core.model.discovery import Discovery
from sspr_core.model.problem import Access, Problem

PARTITION, ROW = "discovery", "last"


def discovery_row(discovery: Discovery) -> dict[str, Any]:
    problem = discovery.problem
    return {
        "PartitionKey": PARTITION,
        "RowKey": ROW,
        "LastCompleteAt": text_of(discovery.last_complete_at),
        "HeldBackCount": discovery.held_back_count,
        "Problem": problem.word if problem else "",
        "ProblemCode": problem.code if problem else "",
        "ProblemMessage": problem.message if problem else "",
        "ProblemSince": text_of(problem.since if problem else None),
        "ProblemWordSince": text_of(problem.word_since if problem else None),
    }


def discovery_of(row: Row) -> Discovery:
    since = time_of(row["ProblemSince"])
    return Discovery(
        last_complete_at=time_of(row["LastCompleteAt"]),
        problem=Problem(
            word=Access(row["Problem"]),
            code=row["ProblemCode"],
            message=row["ProblemMessage"],
            since=since,
            word_since=time_of(row.get("ProblemWordSince")),
        )
        if since
        else None,
        held_back_count=row.get("HeldBackCount") or 0,
    )
