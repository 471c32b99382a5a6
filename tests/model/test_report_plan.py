"""What an operator may set in a report's plan."""

import pytest

from sspr_core.model.errors import Invalid
from sspr_core.model.report_plan import MOST_RECIPIENTS, ReportPlan, check

LANGUAGES = ("en", "de")


def test_a_report_on_mondays_at_eight_to_one_person_can_be_set():
    plan = ReportPlan(
        scheduled=True, weekday="monday", hour=8, zone="Europe/Berlin", recipients=("it@contoso.example",)
    )

    check(plan, LANGUAGES)


def test_what_is_not_scheduled_needs_neither_day_nor_recipients():
    check(ReportPlan(), LANGUAGES)


@pytest.mark.parametrize(
    ("field", "plan"),
    [
        ("day_of_month", ReportPlan(weekday="monday", day_of_month=1)),
        ("weekday", ReportPlan(weekday="Montag")),
        ("day_of_month", ReportPlan(day_of_month=0)),
        ("day_of_month", ReportPlan(day_of_month=32)),
        ("hour", ReportPlan(hour=24)),
        ("hour", ReportPlan(hour=-1)),
        ("zone", ReportPlan(zone="Mars/Olympus")),
        ("zone", ReportPlan(zone="../../etc/passwd")),
        ("zone", ReportPlan(zone="localtime")),
        ("language", ReportPlan(language="tlh")),
        ("recipients", ReportPlan(recipients=("nobody",))),
        ("recipients", ReportPlan(recipients=("a@b.example", "A@b.example"))),
        ("recipients", ReportPlan(recipients=tuple(f"a{i}@b.example" for i in range(MOST_RECIPIENTS + 1)))),
        ("attachments", ReportPlan(attachments=("pdf",))),
        ("attachments", ReportPlan(attachments=("csv", "csv"))),
        ("weekday", ReportPlan(scheduled=True, recipients=("a@b.example",))),
        ("recipients", ReportPlan(scheduled=True, weekday="monday")),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(field: str, plan: ReportPlan):
    with pytest.raises(Invalid) as refused:
        check(plan, LANGUAGES)

    assert refused.value.field == field
