"""Reads a list of tenants from CSV (RFC 4180); checks every line before any is written."""

import csv
import io
import unicodedata

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId, tenant_id

MOST_BYTES = 1_000_000
MOST_ROWS = 5_000
LONGEST_NAME = 200
_COLUMNS = ("tenant_id", "display_name")
_CONTROL = ("Cc", "Zl", "Zp")  # not Cf: Persian and Hindi are spelled with its joiners


def read_csv(body: bytes) -> dict[TenantId, str | None]:
    """Names by tenant. Raises Invalid naming the line and the column. Accepts a byte-order mark."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("body", "is not UTF-8 text") from error
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Invalid("body", f"is not CSV: {error}") from error
    header = _header(rows[0] if rows else [])
    if len(rows) - 1 > MOST_ROWS:
        raise Invalid("body", f"has {len(rows) - 1} rows; at most {MOST_ROWS}")
    names: dict[TenantId, str | None] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise Invalid(f"row {number}", f"has {len(row)} columns instead of {len(header)}")
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        tenant, name = _one(number, cells)
        if tenant in names:
            raise Invalid(f"row {number}, tenant_id", "is there twice")
        names[tenant] = name
    if not names:
        raise Invalid("body", "has no tenants")
    return names


def _header(row: list[str]) -> list[str]:
    header = [name.strip().lower() for name in row]
    if not {"tenant_id"} <= set(header) <= set(_COLUMNS):
        raise Invalid("row 1", "must name the columns: tenant_id, and display_name if there are names")
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise Invalid(f"row 1, {twice}", "names the column twice")
    return header


def _one(number: int, cells: dict[str, str]) -> tuple[TenantId, str | None]:
    try:
        tenant = tenant_id(cells["tenant_id"])
    except ValueError as error:
        raise Invalid(f"row {number}, tenant_id", "is not a GUID") from error
    name = cells.get("display_name") or None
    if name and len(name) > LONGEST_NAME:
        raise Invalid(f"row {number}, display_name", f"is longer than {LONGEST_NAME} characters")
    if name and any(unicodedata.category(letter) in _CONTROL for letter in name):
        raise Invalid(f"row {number}, display_name", "has a control character or a line break")
    return tenant, name
