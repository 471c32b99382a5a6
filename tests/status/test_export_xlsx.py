"""Users as a workbook: typed cells with the stored values, and a summary that adds up."""

import asyncio
import io
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import msgspec
import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sspr_core.formats.user_columns import COLUMNS
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.registration import StoredUser
from sspr_core.model.user_filter import UserFilter
from sspr_core.status.export import TooMany, exported
from sspr_core.status.export_xlsx import About, as_xlsx
from tests.builders import MONDAY, a_known
from tests.hostile_names import HOSTILE_NAMES
from tests.status.test_user_list import USERS, A, registrations, stored


async def written(
    users: list[StoredUser] = USERS, chosen: UserFilter | None = None, *, tenant: str = "Contoso", most: int = 100
) -> bytes:
    chosen = chosen or UserFilter()
    pages = exported(registrations(users), EVERY_TENANT, A, chosen, user_count=None, sort=None, most=most)
    return await as_xlsx(pages, About(known=a_known(operator_name=tenant), chosen=chosen, at=MONDAY))


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def row(sheet: Worksheet, number: int) -> dict[str, object]:
    return {column.name: cell.value for column, cell in zip(COLUMNS, sheet[number], strict=True)}


def summary(content: bytes) -> dict[str, object]:
    return {label: value for label, value in opened(content)["Summary"].iter_rows(max_col=2, values_only=True) if label}


async def test_cells_have_types_and_null_is_no_cell() -> None:
    sheet = opened(await written())["Users"]

    assert row(sheet, 2) == {
        "display_name": "Ana",
        "upn": "ana@contoso.example",
        "mail": "ana@contoso.example",
        "registration": "registered",
        "enabled": True,
        "capable": False,
        "to_register": False,
        "admin": False,
        "methods": "mobilePhone",
        "excluded_reason": None,
        "covered": False,
        "seen_registered_at": datetime(2026, 11, 24, 6),
        "registered_after_at": datetime(2026, 11, 23, 6),
        "first_seen_at": datetime(2026, 11, 23, 6),
        "changed_at": datetime(2026, 11, 23, 6),
        "created_at": None,
        "user_id": USERS[0].user_id,
    }
    assert (row(sheet, 3)["created_at"], row(sheet, 5)["enabled"]) == (datetime(2026, 11, 20), None)


async def test_the_header_stays_and_every_column_can_be_filtered_and_read() -> None:
    sheet = opened(await written())["Users"]

    assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == sheet.dimensions == f"A1:Q{len(USERS) + 1}"
    widths = {number: one.width for one in sheet.column_dimensions.values() for number in range(one.min, one.max + 1)}
    assert all(widths[number] > len(column.heading) for number, column in enumerate(COLUMNS, start=1))


async def test_the_summary_says_of_what_it_is_and_adds_up() -> None:
    said = summary(await written())

    assert said == {
        "Tenant": "Contoso",
        "Tenant id": a_known().tenant_id,
        "Exported at (UTC)": "2026-11-23 06:00",
        "Last read at (UTC)": "2026-11-23 06:00",
        "Filter": "none: all users",
        "Registered": 1,
        "Not registered": 3,
        "Unknown": 1,
        "Excluded": 1,
        "Excluded: guest": 1,
        "All users of this export": 6,
        "Population": 5,
        "To register": 2,
        "SSPR not enabled": 1,
        "Administrators to register": 1,
        "Registered with a single method": 1,
        "Registered with phones only": 1,
        "Without a premium licence": 5,
        "Coverage": pytest.approx(1 / 3),
    }


async def test_a_filtered_export_says_so_and_tells_no_coverage() -> None:
    said = summary(await written(chosen=UserFilter(to_register=True, text="ben")))

    assert said["Filter"] == "to_register = True, text = ben"
    assert said["All users of this export"] == 1
    assert "Coverage" not in said


async def test_the_chart_shows_registration_and_the_excluded() -> None:
    content = await written()

    sheet = opened(content)["Summary"]
    with ZipFile(io.BytesIO(content)) as parts:
        [chart] = [parts.read(name).decode() for name in parts.namelist() if "/charts/" in name]
    labels = [sheet.cell(number, 1).value for number in range(7, 11)]
    assert labels == ["Registered", "Not registered", "Unknown", "Excluded"]
    assert "<c:f>Summary!$A$7:$A$10</c:f>" in chart
    assert "<c:f>Summary!$B$7:$B$10</c:f>" in chart


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "<r><t>Ana</r>", "<r>&</r>", "_x0041_", "\ufffe\uffff"])
async def test_a_hostile_name_is_the_text_that_it_is_and_no_formula(name: str) -> None:
    ana = stored("ana", methods_registered=[name], is_sspr_registered=True)
    user = msgspec.structs.replace(ana.user, display_name=name, upn=name, mail=name)

    book = opened(await written([msgspec.structs.replace(ana, user=user)], tenant=name))

    cells = [*book["Users"][2][:3], book["Users"]["I2"], book["Summary"]["B1"]]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {as_shown(unescape(cell.value)) for cell in cells} == {as_shown(name)}


def as_shown(text: str) -> str:
    """XML has one kind of line break; spaces at the ends are not part of a name."""
    return text.replace("\r\n", "\n").strip()


def test_too_many_leave_no_half_a_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with pytest.raises(TooMany):
        asyncio.run(written(most=5))

    assert list(tmp_path.iterdir()) == []


async def test_an_export_of_nobody_is_a_workbook_too() -> None:
    content = await written([])

    assert opened(content)["Users"].max_row == 1
    assert summary(content)["All users of this export"] == 0
