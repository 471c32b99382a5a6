"""Users as CSV: any program can read it, and none runs it as formulas."""

import csv
import io

import msgspec
import pytest

from sspr_core.formats.csv import escape_formula
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.registration import StoredUser
from sspr_core.model.user_filter import UserFilter
from sspr_core.status.export import as_csv, exported
from tests.hostile_names import HOSTILE_NAMES
from tests.status.test_user_list import USERS, A, registrations, stored


async def written(users: list[StoredUser] = USERS) -> bytes:
    pages = exported(registrations(users), EVERY_TENANT, A, UserFilter(), user_count=None, sort=None, most=100)
    return await as_csv(pages)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_a_file_begins_with_the_mark_of_utf_8_and_the_names_of_the_api() -> None:
    content = await written()

    assert content.startswith(b"\xef\xbb\xbfdisplay_name,upn,mail,registration,")
    assert content.count(b"\r\n") == content.count(b"\n") == len(USERS) + 1
    assert content.endswith(b"\r\n")


async def test_a_row_has_what_the_api_has_with_nothing_for_null() -> None:
    ana, _, _, dee, eva, _ = rows(await written())

    assert ana == {
        "display_name": "Ana",
        "upn": "ana@contoso.example",
        "mail": "ana@contoso.example",
        "registration": "registered",
        "enabled": "true",
        "capable": "false",
        "to_register": "false",
        "admin": "false",
        "methods": "mobilePhone",
        "excluded_reason": "",
        "covered": "false",
        "seen_registered_at": "2026-11-24T06:00:00.000Z",
        "registered_after_at": "2026-11-23T06:00:00.000Z",
        "first_seen_at": "2026-11-23T06:00:00.000Z",
        "changed_at": "2026-11-23T06:00:00.000Z",
        "created_at": "",
        "user_id": USERS[0].user_id,
    }
    assert (dee["registration"], dee["enabled"]) == ("unknown", "")
    assert eva["excluded_reason"] == "guest"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_is_one_cell_and_runs_nowhere(name: str) -> None:
    ana = stored("ana", methods_registered=[name], is_sspr_registered=True)
    user = msgspec.structs.replace(ana.user, display_name=name, upn=name, mail=name)

    [row] = rows(await written([msgspec.structs.replace(ana, user=user)]))

    assert {row[field] for field in ("display_name", "upn", "mail", "methods")} == {escape_formula(name)}
    assert row["user_id"] == ana.user_id


async def test_several_methods_are_one_cell() -> None:
    [row] = rows(await written([stored("ana", methods_registered=["mobilePhone", "email"])]))

    assert row["methods"] == "email,mobilePhone"
