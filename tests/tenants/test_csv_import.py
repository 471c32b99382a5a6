"""Lists of tenants as CSV: all lines are checked, and the first invalid one is named."""

import pytest

from sspr_core.model.errors import Invalid
from sspr_core.tenants.csv_import import LONGEST_NAME, MOST_ROWS, read_csv
from tests.graph_rows import guid

A, B = guid("a"), guid("b")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"tenant_id,display_name\n{A},Contoso\n", {A: "Contoso"}),
        (f"tenant_id\n{A}\n{B}", {A: None, B: None}),
        (f"\ufefftenant_id,display_name\r\n{A},\r\n", {A: None}),
        (f'display_name,Tenant_ID\n"Jansen, Bakker & ""Zn""",{A.upper()}\n', {A: 'Jansen, Bakker & "Zn"'}),
        (f"tenant_id,display_name\n\n{A}, Zoë \n,\n", {A: "Zoë"}),
        (f"tenant_id,display_name\n{A},می\u200cخواهم\n", {A: "می\u200cخواهم"}),
    ],
    ids=["names", "ids only", "byte-order mark", "quotes and capitals", "empty lines and blanks", "joiners"],
)
def test_rows_are_taken_as_spreadsheets_write_them(text: str, names: dict[str, str | None]) -> None:
    assert read_csv(text.encode()) == names


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "row 1"),
        (b"id,name\nx,y", "row 1"),
        (b"display_name\nContoso", "row 1"),
        (b"tenant_id,colour\nx,y", "row 1"),
        (b"tenant_id", "body"),
        (b"\xff\xfet", "body"),
        (b'tenant_id\n"half', "body"),
        (f"tenant_id\n{A}\nContoso".encode(), "row 3, tenant_id"),
        (f"tenant_id\n{A}\n{A.upper()}".encode(), "row 3, tenant_id"),
        (f"tenant_id,display_name\n{A},x,y".encode(), "row 2"),
        (f"tenant_id,display_name\n{A},{'x' * (LONGEST_NAME + 1)}".encode(), "row 2, display_name"),
        (f"tenant_id,tenant_id\n{A},{B}".encode(), "row 1, tenant_id"),
        (f"tenant_id,display_name,Display_Name\n{A},x,y".encode(), "row 1, display_name"),
        (f"tenant_id,display_name\n{B},x\n{A},Con\x00toso".encode(), "row 3, display_name"),
        (f"tenant_id,display_name\n{A},Con\x1btoso".encode(), "row 2, display_name"),
        (f'tenant_id,display_name\n{A},"Con\ntoso"'.encode(), "row 2, display_name"),
        (f"tenant_id,display_name\n{A},Con\u2028toso".encode(), "row 2, display_name"),
        (b"tenant_id\n" + b"x\n" * (MOST_ROWS + 1), "body"),
    ],
)
def test_what_cannot_be_taken_is_named_by_row_and_column(body: bytes, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_csv(body)

    assert caught.value.field == field
