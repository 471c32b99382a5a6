"""Who deserves a second look, counted with every snapshot."""

from datetime import timedelta

import pytest

from sspr_core.model.counts import Attention
from sspr_core.model.graph_rows import ReportRow
from tests.builders import DAY, MONDAY
from tests.graph_rows import a_report_row, a_row
from tests.journeys.shop import Shop, fill
from tests.snapshot.test_gather import gathered


def of(*reports: ReportRow, **user: object) -> Attention:
    return gathered(list(reports), [a_row(**user)]).attention


def registered(*methods: str) -> ReportRow:
    return a_report_row(is_sspr_registered=True, methods_registered=list(methods))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (a_report_row(is_admin=True), Attention(admin_to_register_count=1)),
        (a_report_row(is_admin=None), Attention()),
        (a_report_row(is_admin=True, is_sspr_enabled=False), Attention()),
        (registered("email"), Attention(single_method_count=1)),
        (registered("officePhone"), Attention(single_method_count=1, phone_only_count=1)),
        (registered("mobilePhone", "alternateMobilePhone"), Attention(phone_only_count=1)),
        (registered("mobilePhone", "email"), Attention()),
        (registered(), Attention()),
        (a_report_row(methods_registered=["mobilePhone"]), Attention()),
    ],
)
def test_a_user_is_counted_for_every_reason_to_look(row: ReportRow, expected: Attention) -> None:
    assert of(row) == expected


@pytest.mark.parametrize(
    ("created_at", "new"), [(MONDAY - 7 * DAY, 1), (MONDAY - 7 * DAY - timedelta(seconds=1), 0), (MONDAY, 1)]
)
def test_a_user_to_register_is_new_for_seven_days(created_at: object, new: int) -> None:
    assert of(a_report_row(), created_date_time=str(created_at)).new_to_register_count == new
    assert of(registered("email"), created_date_time=str(created_at)).new_to_register_count == 0


def test_nobody_is_new_whose_creation_is_not_known() -> None:
    assert of(a_report_row(), created_date_time=None) == Attention()


def test_the_excluded_deserve_no_look() -> None:
    assert of(registered("mobilePhone"), user_type="Guest") == Attention()
    assert of(a_report_row(is_admin=True), account_enabled=False) == Attention()


async def test_it_is_counted_anew_though_the_directory_did_not_change() -> None:
    shop = Shop()
    directory = fill(shop.knows(), "ana")
    directory.user_rows = [a_row("ana", created_date_time=str(MONDAY - DAY))]
    await shop.take()
    first = shop.status()
    shop.later(7 * DAY)

    await shop.take()

    assert first.attention == Attention(new_to_register_count=1)
    assert shop.status().attention == Attention()
    assert shop.status().digest == first.digest
