"""Saving the app's tables to a file, and restoring them."""

import gzip
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import EdmType, EntityProperty, TableServiceClient

from admin import backup
from dev import __main__ as command_line
from dev.azurite import ROOT, Azurite
from tests.conftest import an_azurite

LARGE = b"\x00\xff" * 30_000


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[Azurite, Azurite]]:
    """The account that is saved, and an empty one."""
    with an_azurite() as one, an_azurite() as other:
        yield one, other


def tables_of(azurite: Azurite) -> TableServiceClient:
    return TableServiceClient.from_connection_string(azurite.connection)


def rows_in(azurite: Azurite, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    with tables_of(azurite) as tables:
        return {
            (row["PartitionKey"], row["RowKey"]): dict(row) for row in tables.get_table_client(name).list_entities()
        }


VALUES = {
    "Text": "Zoë <&> 東京",
    "Number": 7,
    "Long": EntityProperty(2**40, EdmType.INT64),
    "Share": 0.5,
    "Whether": True,
    "Packed": LARGE,
    "At": datetime(2026, 11, 23, 6, tzinfo=UTC),
}


def test_a_row_comes_back_as_it_was_whatever_its_columns_are(two: tuple[Azurite, Azurite], tmp_path: Path) -> None:
    here, there = two
    with tables_of(here) as tables:
        registrations = tables.create_table_if_not_exists("Registrations")
        for number in range(120):
            registrations.upsert_entity({"PartitionKey": f"t{number % 2}", "RowKey": f"user:{number:03}", **VALUES})
        tables.create_table_if_not_exists("Tenants").upsert_entity({"PartitionKey": "claim", "RowKey": "t0"})
        tables.create_table_if_not_exists("Runs").upsert_entity({"PartitionKey": "run", "RowKey": "r"})
    storage = ["--storage", here.connection]

    assert command_line.main(["backup", str(tmp_path / "saved.gz"), *storage]) == 0
    assert command_line.main(["restore", str(tmp_path / "saved.gz"), "--storage", there.connection]) == 0
    assert command_line.main(["restore", str(tmp_path / "saved.gz"), "--storage", there.connection]) == 0

    assert rows_in(there, "Registrations") == rows_in(here, "Registrations")
    assert len(rows_in(there, "Registrations")) == 120
    assert rows_in(there, "Tenants") == {}  # leases from before the backup are void


def test_runs_are_in_the_file_and_do_not_come_back(two: tuple[Azurite, Azurite], tmp_path: Path) -> None:
    here, there = two
    with tables_of(here) as tables:
        tables.create_table_if_not_exists("Runs").upsert_entity({"PartitionKey": "run", "RowKey": "r"})
        saved = backup.save(tables, tmp_path / "saved.gz")
    with tables_of(there) as tables:
        restored = backup.restore(tables, tmp_path / "saved.gz")
        names = {one.name for one in tables.list_tables()}

    assert saved["Runs"] == 1
    assert "Runs" not in restored
    assert "Runs" not in names


def test_every_table_of_the_app_is_saved() -> None:
    named = re.findall(r'Table\(tables, prefix \+ "(\w+)"', (ROOT / "sspr_core/adapters/storage.py").read_text())

    assert set(backup.SAVED) == set(named)


def test_a_file_that_is_not_there_is_said_in_a_line(
    azurite: Azurite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["restore", str(tmp_path / "none"), "--storage", azurite.connection]) == 1
    assert "No such file" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the folder says who may read")
def test_only_whoever_saved_a_file_may_read_it(azurite: Azurite, tmp_path: Path) -> None:
    file = tmp_path / "saved.gz"

    assert command_line.main(["backup", str(file), "--storage", azurite.connection]) == 0
    assert file.stat().st_mode & 0o077 == 0


def test_a_backup_that_breaks_off_leaves_the_one_before(
    azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "saved.gz"
    file.write_bytes(b"last week's")

    def away(*_: object) -> None:
        raise HttpResponseError("storage is away")

    monkeypatch.setattr(backup, "_rows", away)

    assert command_line.main(["backup", str(file), "--storage", azurite.connection]) == 1
    assert file.read_bytes() == b"last week's"
    assert [one.name for one in tmp_path.iterdir()] == ["saved.gz"]


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"[]" * 500)[:30], b"\x1f\x8b\x08" + b"x" * 99, gzip.compress(b"<x>")],
    ids=["cut off", "no gzip", "no backup"],
)
def test_a_file_that_is_not_whole_is_said_in_a_line(
    azurite: Azurite, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "half.gz"
    file.write_bytes(content)

    assert command_line.main(["restore", str(file), "--storage", azurite.connection]) == 1
    assert capsys.readouterr().err.startswith("restore: ")
