"""How plans and reports read on a page."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.report_state import SentReport
from sspr_core.report.languages import known


def rhythm(plan: ReportPlan) -> str:
    """When it goes out, in a sentence without its end."""
    if not plan.scheduled:
        return "Not by itself"
    at = f"at {plan.hour:02}:00, {plan.zone}"
    if plan.weekday:
        return f"Every {plan.weekday.title()} {at}"
    if plan.day_of_month and plan.day_of_month > 28:
        return f"On day {plan.day_of_month} of every month, or its last, {at}"
    return f"On day {plan.day_of_month} of every month {at}"


def there(at: datetime | None, zone: str) -> str:
    """A time of day in a zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M}" if at else "–"


def languages() -> dict[str, str]:
    return {tag: texts.name for tag, texts in known().items()}


def sent_link(base: str, sent: SentReport) -> str:
    """The page of a report that was sent; the run that sent it is what it is known by."""
    return f"{base}/sent/{sent.run_id}"
