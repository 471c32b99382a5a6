"""Files attached to a report: exactly the counted users, no formulas, and none too large for a mail."""

import csv
import io

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sspr_core.formats.csv import escape_formula
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import Attachment, TenantRow
from sspr_core.model.report_plan import FILES, ReportPlan
from sspr_core.report import attachments
from sspr_core.report.attachment_columns import tenants_attached, to_register, users_attached
from sspr_core.report.attachments import AttachmentSet
from sspr_core.report.languages import known
from tests.builders import MONDAY
from tests.hostile_names import HOSTILE_NAMES
from tests.report.report_builders import a_report_over_all, a_tenant_row
from tests.status.test_user_list import USERS, stored

BOTH = ReportPlan(names=True, attachments=FILES)


def of_users(
    users: list[StoredUser] = USERS, *, plan: ReportPlan = BOTH, language: str = "en", most_bytes: int = 1_000_000
) -> AttachmentSet:
    with users_attached(plan, language, "Contoso Ltd", made_at=MONDAY, most_bytes=most_bytes) as files:
        files.add(to_register(users[:3]))
        files.add(to_register(users[3:]))
        return files.made()


def of_tenants(*rows: TenantRow, language: str = "en") -> AttachmentSet:
    with tenants_attached(BOTH, language, made_at=MONDAY, most_bytes=1_000_000) as files:
        files.add(rows)
        return files.made()


def lines(file: Attachment) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))


def sheet(file: Attachment) -> Worksheet:
    found = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert isinstance(found, Worksheet)
    return found


def test_the_files_list_those_who_are_to_register_and_no_one_else() -> None:
    expected = [one.user.upn for one in USERS if one.user.to_register]
    table, book = of_users().files

    assert [one["upn"] for one in lines(table)] == expected
    assert [row[1] for row in sheet(book).iter_rows(min_row=2, values_only=True)] == expected
    assert lines(table)[0]["admin"] == "true"
    assert sheet(book).cell(2, 4).value is True


def test_a_file_is_called_after_tenant_and_day() -> None:
    table, book = of_users().files

    assert (table.name, table.content_type) == ("contoso-ltd-still-to-register-2026-11-23.csv", "text/csv")
    assert book.name == "contoso-ltd-still-to-register-2026-11-23.xlsx"
    assert "spreadsheetml" in book.content_type


@pytest.mark.parametrize("language", known())
def test_people_read_headings_in_their_language_and_programs_the_apis_names(language: str) -> None:
    said = known()[language].columns
    names = ["display_name", "upn", "mail", "admin", "first_seen_at", "created_at", "user_id"]
    table, book = of_users(language=language).files

    assert list(lines(table)[0]) == names
    assert [cell.value for cell in sheet(book)[1]] == [said[name] for name in names]
    assert sheet(book).title == known()[language].to_register


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_runs(name: str) -> None:
    hostile = stored("Émile", row={"display_name": name})

    table, book = of_users([hostile]).files

    assert lines(table)[0]["display_name"] == escape_formula(name)
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet(book).iter_rows() for cell in row)
    assert of_tenants(a_tenant_row(name)).left_out == ()
    assert lines(of_tenants(a_tenant_row(name)).files[0])[0]["display_name"] == escape_formula(name)


def test_where_no_names_are_wanted_no_file_names_users() -> None:
    assert of_users(plan=ReportPlan(names=False, attachments=FILES)) == AttachmentSet()


@pytest.mark.parametrize("kind", FILES)
def test_only_what_is_wanted_is_made(kind: str) -> None:
    [file] = of_users(plan=ReportPlan(names=True, attachments=(kind,))).files

    assert file.name.endswith(f".{kind}")


def test_what_is_too_large_for_a_mail_is_left_out_and_named() -> None:
    whole = {file.name.rpartition(".")[2]: len(file.content) for file in of_users().files}

    assert of_users(most_bytes=whole["csv"] - 1) == AttachmentSet(left_out=("csv", "xlsx"))
    assert of_users(most_bytes=sum(whole.values())).left_out == ()
    smaller = of_users(most_bytes=sum(whole.values()) - 1)
    assert [len(file.content) for file in smaller.files] == [min(whole.values())]
    assert smaller.left_out == (max(whole, key=lambda kind: whole[kind]),)


def test_a_workbook_of_too_many_rows_is_left_out_before_it_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_ROWS", 1)

    made = of_users()

    assert [file.name[-4:] for file in made.files] == [".csv"]
    assert made.left_out == ("xlsx",)


def test_nobody_to_register_is_a_file_without_rows() -> None:
    table, book = of_users([]).files

    assert lines(table) == []
    assert sheet(book).max_row == 1


def test_the_same_rows_are_the_same_bytes() -> None:
    assert of_users() == of_users()


def test_every_tenant_is_a_row_with_its_figures() -> None:
    whole = a_report_over_all().all_tenants
    assert whole
    table, book = of_tenants(*whole.rows, language="de").files

    fabrikam, contoso, tailspin = lines(table)
    assert (fabrikam["coverage"], fabrikam["fresh"]) == ("0.31", "false")
    assert fabrikam["problem"] == "die Zustimmung fehlt"
    assert (contoso["to_register_count"], contoso["population_count"]) == ("2", "100")
    assert (tailspin["coverage"], tailspin["population_count"]) == ("", "")
    row = next(sheet(book).iter_rows(min_row=2))
    assert (row[0].value, row[1].value, row[1].number_format) == ("Fabrikam", 0.31, "0.0%")
    assert row[5].is_date
    assert table.name == "sspr-mandant-2026-11-23.csv"
