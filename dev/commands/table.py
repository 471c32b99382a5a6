"""The overview as a table in the terminal."""

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

type Json = dict[str, Any]

_BAR = 16
_LIFECYCLE = {"active": "green", "ineligible": "yellow", "in_process": "cyan", "inactive": "dim", "removed": "dim"}


def overview_table(overview: Json, tenants: list[Json]) -> Table:
    """One row per tenant, those with most users to register first, and the totals below."""
    totals, completeness = overview["totals"], overview["completeness"]
    failed = len(completeness["failed"])
    title = (
        f"{completeness['fresh']} of {completeness['expected']} tenants fresh"
        f"{f'; {failed} could not be read' if failed else ''}"
    )
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", expand=False)
    for name, justify in (
        ("Tenant", "left"), ("State", "left"), ("SSPR", "left"), ("Users", "right"), ("Registered", "right"),
        ("To register", "right"), ("Coverage", "left"), ("Problem", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for tenant in sorted(tenants, key=lambda one: -(one["to_register_count"] or 0)):
        table.add_row(*_row(tenant))
    table.add_section()
    table.add_row(
        Text("All tenants", style="bold"), "", "", _number(totals["population_count"]),
        _number(totals["registered_count"]), _number(totals["to_register_count"]), _bar(totals["coverage"]), "",
    )  # fmt: skip
    return table


def _row(tenant: Json) -> list[str | Text]:
    problem = tenant["problem"]
    return [
        Text(tenant["display_name"]),
        Text(tenant["lifecycle"].replace("_", " "), style=_LIFECYCLE[tenant["lifecycle"]]),
        tenant["sspr_scope"] or "",
        _number(tenant["population_count"]),
        _number(tenant["registered_count"]),
        _number(tenant["to_register_count"]),
        _bar(tenant["coverage"]),
        Text(problem["word"].replace("_", " "), style="red") if problem else "",
    ]


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _bar(coverage: float | None) -> Text:
    if coverage is None:
        return Text("–")
    full = round(coverage * _BAR)
    colour = "green" if coverage >= 0.8 else "yellow" if coverage >= 0.5 else "red"
    return Text.assemble(("█" * full, colour), ("░" * (_BAR - full), "dim"), f" {coverage:4.0%}")


def remedies(overview: Json) -> list[Text]:
    """The remedy for each tenant that could not be read."""
    return [
        Text.assemble((f"{one['display_name']}: ", "bold"), one["remedy"]) for one in overview["completeness"]["failed"]
    ]
