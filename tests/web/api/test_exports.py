"""Exports over HTTP: file type, file name, and the refusal of too many rows."""

import io
import re
from dataclasses import replace
from urllib.parse import unquote

import httpx
import openpyxl
import pytest

from sspr_core.ports.services import Services
from tests.hostile_names import HOSTILE_NAMES
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import principal, visiting

EXPORT = f"/api/v1/tenants/{CONTOSO}/users/export"


def file_names(answer: httpx.Response) -> tuple[str, str]:
    """The ASCII file name, and the full one."""
    found = re.fullmatch(
        r"attachment; filename=\"([^\"\\]*)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)",
        answer.headers["content-disposition"],
    )
    assert found, answer.headers["content-disposition"]
    return found[1], unquote(found[2])


async def test_users_come_as_csv_under_the_name_of_their_tenant_and_todays_date(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(EXPORT, params={"registration": "registered", "sort": "-upn"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert [line.split(",")[0] for line in answer.text.splitlines()[1:]] == ["Ben", "Ana"]
    name, same = file_names(answer)
    assert re.fullmatch(r"Contoso-sspr-users-20\d\d-\d\d-\d\d\.csv", name)
    assert same == name


async def test_and_as_a_workbook(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(EXPORT, params={"format": "xlsx", "registration": "registered"})

    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [cell.value for cell in book["Users"]["A"]] == ["Name", "Ana", "Ben"]
    assert book["Summary"]["B5"].value == "registration = registered"
    assert file_names(answer)[0].endswith(".xlsx")


def called(services: Services, name: str) -> None:
    services.tenants.rows[CONTOSO] = replace(services.tenants.rows[CONTOSO], operator_name=name)


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("Müller & Söhne GmbH", "Muller-Sohne-GmbH", "Müller-Söhne-GmbH"),
        ("山田商事", "tenant", "山田商事"),
        ("क्लिनिक", "tenant", "क्लिनिक"),
        ("../../etc/passwd", "etc-passwd", "etc-passwd"),
        ('a"; filename="evil.exe', "a-filename-evil-exe", "a-filename-evil-exe"),
        ("\u202ecod.exe", "cod-exe", "cod-exe"),
        ("...", "tenant", "tenant"),
    ],
)
async def test_a_name_that_is_no_file_name_becomes_one(
    services: Services, reader: httpx.AsyncClient, name: str, plain: str, full: str
) -> None:
    called(services, name)

    found = file_names(await reader.get(EXPORT))

    assert [one.partition("-sspr-users-")[0] for one in found] == [plain, full]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_no_name_breaks_the_header_or_is_too_long_for_a_file(
    services: Services, reader: httpx.AsyncClient, name: str
) -> None:
    called(services, name)

    for one in file_names(await reader.get(EXPORT)):
        assert len(one.encode()) <= 255
        assert not set(one) & set('/\\:*?"<>|\r\n\x00')
        assert not one.startswith((".", "-", "="))


@pytest.mark.parametrize(("kind", "most"), [("csv", 200_000), ("xlsx", 50_000)])
async def test_too_many_rows_are_refused_with_the_limit_and_another_way(
    services: Services, reader: httpx.AsyncClient, kind: str, most: int
) -> None:
    services.tenants.statuses[CONTOSO] = replace(services.tenants.statuses[CONTOSO], user_count=most + 1)

    answer = await reader.get(EXPORT, params={"format": kind})

    assert (answer.status_code, answer.json()["code"]) == (413, "export_too_large")
    assert f"{most:,}" in answer.json()["detail"]
    assert "/api/v1/registrations" in answer.json()["detail"]


@pytest.mark.parametrize("query", ["format=pdf", "limit=5", "continuation=x", "sort=mail", "colour=red"])
async def test_what_it_does_not_know_is_refused_by_name(reader: httpx.AsyncClient, query: str) -> None:
    answer = await reader.get(f"{EXPORT}?{query}")

    assert (answer.status_code, answer.json()["field"]) == (422, query.partition("=")[0])


async def test_a_file_is_for_people_with_a_role_only() -> None:
    async with visiting(**principal(None)) as nobody:
        assert (await nobody.get(EXPORT)).status_code == 403
