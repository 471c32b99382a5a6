"""Reports on pages: plan, preview, sending now, and the archive."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from msgspec.structs import replace as changed

from sspr_core.model.branding import Branding
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.report import Report, RunSince
from sspr_core.model.report_plan import ReportPlan, ReportState, ReportTrouble, SentReport, StoredPlan
from sspr_core.model.run import new_run_id
from sspr_core.ports.services import Services
from sspr_core.report.email import letter
from sspr_core.report.languages import known
from tests.builders import DAY, MONDAY
from tests.fakes.reports import MemoryReports
from tests.hostile_names import HOSTILE_NAMES
from tests.report.report_builders import a_named_report, a_report, a_report_over_all
from tests.runs.delivery_builders import RUN
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.pages.run_page_helpers import FORM, HTMX, runs_of, text_of, without_mail
from tests.web.pages.test_hostile_names import Names
from tests.web.web_env import ILL, NOW, OPERATOR, UNKNOWN, visiting

OF_CONTOSO, OVER_ALL = f"/p/tenants/{CONTOSO}/report", "/p/reports/all-tenants"
BOTH = pytest.mark.parametrize("base", [OF_CONTOSO, OVER_ALL])
GOOD = {
    "rhythm": "weekly",
    "weekday": "friday",
    "day_of_month": "1",
    "hour": "7",
    "zone": "Europe/Berlin",
    "recipients": "ana@contoso.example\nbert@contoso.example",
    "language": "de",
    "names": "yes",
    "attachments": "csv",
}


def posted(**said: str | None) -> str:
    return urlencode({name: value for name, value in {**GOOD, **said}.items() if value is not None})


async def save(client: httpx.AsyncClient, base: str, **said: str | None) -> httpx.Response:
    return await client.post(base, content=posted(**said), headers=FORM)


async def plan_of(services: Services, base: str) -> StoredPlan:
    return await services.own.report_plan(EVERY_TENANT, CONTOSO if base == OF_CONTOSO else None)


def reports_of(services: Services) -> MemoryReports:
    assert isinstance(services.reports, MemoryReports)
    return services.reports


async def was_sent(services: Services, *reports: Report) -> None:
    for one in reports:
        report = changed(one, tenant_id=CONTOSO if one.tenant_id else None).without_names()
        await services.reports.archive(SentReport(run_id=new_run_id(report.as_of), report=report))


@BOTH
async def test_a_plan_is_saved_as_it_was_typed(services: Services, operator: httpx.AsyncClient, base: str) -> None:
    answer = await save(operator, base)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{base}?saved=yes")
    kept = await plan_of(services, base)
    assert kept.plan == ReportPlan(
        scheduled=True,
        weekday="friday",
        hour=7,
        zone="Europe/Berlin",
        recipients=("ana@contoso.example", "bert@contoso.example"),
        language="de",
        names=True,
        attachments=("csv",),
    )
    assert kept.by == "olga@partner.example"
    page = text_of((await operator.get(f"{base}?saved=yes")).text)
    assert "Every Friday at 07:00, Europe/Berlin; next on " in page
    assert "Saved." in page


async def test_what_was_saved_stands_in_the_form(services: Services, operator: httpx.AsyncClient) -> None:
    await save(operator, OF_CONTOSO, rhythm="monthly", day_of_month="31", attachments="xlsx")

    page = (await operator.get(OF_CONTOSO)).text

    for name, value in (("rhythm", "monthly"), ("hour", "7"), ("language", "de")):
        form = re.findall(rf'<select id="[^"]*" name="{name}".*?</select>', page, re.DOTALL)[0]
        assert re.findall(r'<option value="([^"]*)"[^>]* selected>', form) == [value]
    assert 'name="day_of_month" value="31"' in page
    assert 'name="zone" list="zones" value="Europe/Berlin"' in page
    assert ">ana@contoso.example\nbert@contoso.example</textarea>" in page
    assert re.findall(r'value="(\w+)" checked', page) == ["yes", "xlsx"]
    assert "On day 31 of every month, or its last, at 07:00" in text_of(page)
    assert (await plan_of(services, OF_CONTOSO)).plan.weekday is None


async def test_a_plan_that_is_switched_off_keeps_its_recipients(
    services: Services, operator: httpx.AsyncClient
) -> None:
    await save(operator, OF_CONTOSO, rhythm="never")

    plan = (await plan_of(services, OF_CONTOSO)).plan
    assert (plan.scheduled, plan.weekday, plan.day_of_month) == (False, None, None)
    assert len(plan.recipients) == 2


@pytest.mark.parametrize("separator", ["\r\n", "\n", ", ", "; ", " "])
async def test_recipients_may_be_parted_as_people_part_them(
    services: Services, operator: httpx.AsyncClient, separator: str
) -> None:
    await save(operator, OF_CONTOSO, recipients=f" a@contoso.example{separator}b@contoso.example\n")

    assert (await plan_of(services, OF_CONTOSO)).plan.recipients == ("a@contoso.example", "b@contoso.example")


@BOTH
@pytest.mark.parametrize(
    ("said", "field", "text"),
    [
        ({"weekday": "someday"}, "weekday", "is none of monday"),
        ({"rhythm": "monthly", "day_of_month": "32"}, "day_of_month", "is not from 1 to 31"),
        ({"rhythm": "monthly", "day_of_month": "first"}, "day_of_month", "is not a whole number"),
        ({"rhythm": "monthly", "day_of_month": None}, "day_of_month", "is not a whole number"),
        ({"rhythm": "daily"}, "rhythm", "is none of these"),
        ({"hour": "24"}, "hour", "is not from 0 to 23"),
        ({"hour": "٣"}, "hour", "is not a whole number"),
        ({"zone": "Berlin"}, "zone", "is no time zone"),
        ({"zone": "../../etc/passwd"}, "zone", "is no time zone"),
        ({"recipients": "ana"}, "recipients", "is not a mail address"),
        ({"recipients": None}, "recipients", "are needed"),
        ({"recipients": "a@b.example\nA@b.example"}, "recipients", "name an address twice"),
        ({"recipients": "\n".join(f"a{n}@b.example" for n in range(21))}, "recipients", "20 are possible"),
        ({"language": "tlh"}, "language", "is none of"),
        ({"attachments": "exe"}, "attachments", "is none of csv"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_saved(
    services: Services, operator: httpx.AsyncClient, base: str, said: dict[str, Any], field: str, text: str
) -> None:
    answer = await save(operator, base, **said)

    assert answer.status_code == 422
    [wrong] = re.findall(rf'<p class="error" id="h-{field}">(.*?)</p>', answer.text)
    assert text in unescape(wrong)
    assert len(re.findall(r'class="error"', answer.text)) == 1
    assert re.search(rf'aria-describedby="h-{field}" aria-invalid="true"', answer.text)
    assert "Nothing was saved" in answer.text
    assert (await plan_of(services, base)).at is None
    assert unescape(answer.text).count(said.get("zone") or "Europe/Berlin")


async def test_files_of_users_need_names(services: Services, operator: httpx.AsyncClient) -> None:
    answer = await save(operator, OF_CONTOSO, names=None)

    assert answer.status_code == 422
    assert 'id="h-attachments">name the users to register' in answer.text
    assert (await save(operator, OVER_ALL, names=None)).status_code == 303


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_what_was_typed_cannot_leave_its_field(operator: httpx.AsyncClient, name: str) -> None:
    usual = Names((await save(operator, OF_CONTOSO, zone="x", recipients="x")).text)

    page = Names((await save(operator, OF_CONTOSO, zone=name, recipients=name)).text)

    assert page.tags == usual.tags


@BOTH
async def test_a_reader_looks_and_changes_nothing(
    services: Services, reader: httpx.AsyncClient, operator: httpx.AsyncClient, base: str
) -> None:
    await save(operator, base)

    page = (await reader.get(base)).text
    refused = [
        await save(reader, base),
        await reader.get(f"{base}/send-now"),
        await reader.post(f"{base}/send-now", content="key=1", headers=FORM),
    ]

    assert [one.status_code for one in refused] == [403, 403, 403]
    form = re.findall(r'<form class="card" id="plan".*?</form>', page, re.DOTALL)[0]
    fields = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*>', form)
    assert len(fields) > 8
    assert all(" disabled" in field for field in fields)
    assert "Save</button>" not in page
    assert "Send now" not in page


@BOTH
async def test_the_preview_is_the_report_as_it_would_be_sent_now(
    services: Services, reader: httpx.AsyncClient, operator: httpx.AsyncClient, base: str
) -> None:
    await save(operator, base, recipients="ana@contoso.example", language="fr")

    answer = await reader.get(f"{base}/preview")

    overview = (await reader.get("/api/v1/overview")).json()["totals"]
    figures = (await reader.get(f"/api/v1/tenants/{CONTOSO}")).json() if base == OF_CONTOSO else overview
    assert 'lang="fr"' in answer.text
    assert f">{known()['fr'].numbers.share(figures['coverage'])}<" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert runs_of(services).keys() == {RUN}


async def look(client: httpx.AsyncClient, **said: str | None) -> str:
    """The preview while typing."""
    return (await client.post(f"{OF_CONTOSO}/preview", content=posted(**said), headers=FORM)).text


async def test_the_preview_while_typing_has_the_look_that_was_typed(reader: httpx.AsyncClient) -> None:
    assert "Dekking" in await look(reader, language="nl")
    assert "Dee" in await look(reader)
    assert "Dee" not in await look(reader, names=None)


@pytest.mark.parametrize(
    ("said", "wrong"), [({"zone": "Mars/Base"}, "zone: is no time zone"), ({"language": "tlh"}, "language: is none of")]
)
async def test_a_look_that_cannot_be_is_told_in_the_preview(
    reader: httpx.AsyncClient, said: dict[str, str], wrong: str
) -> None:
    page = await look(reader, **said)

    assert "There is no preview yet" in page
    assert wrong in page


async def test_what_the_preview_does_not_show_may_be_half_typed(reader: httpx.AsyncClient) -> None:
    assert "Abdeckung" in await look(reader, recipients="ana@", hour="", rhythm="monthly", day_of_month="3x")


@pytest.mark.parametrize("path", ["", "/preview", "/send-now", f"/sent/{RUN}"])
@pytest.mark.parametrize("tenant", [UNKNOWN, "no-id"])
async def test_of_a_tenant_that_is_not_known_there_is_nothing(path: str, tenant: str) -> None:
    async with visiting(**OPERATOR) as operator:
        answer = await operator.get(f"/p/tenants/{tenant}/report{path}")

    assert answer.status_code == 404


async def test_of_a_tenant_never_read_there_is_a_preview_that_says_so(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"/p/tenants/{ILL}/report/preview")

    assert "Nothing has been read yet" in answer.text


@BOTH
async def test_sending_now_asks_first_and_then_is_a_run_of_its_own(
    services: Services, operator: httpx.AsyncClient, base: str
) -> None:
    await save(operator, base)

    asked = await operator.get(f"{base}/send-now", headers=HTMX)
    [key] = re.findall(r'name="key" value="([^"]+)"', asked.text)
    before = set(runs_of(services))
    sent = await operator.post(f"{base}/send-now", content=urlencode({"key": key}), headers=FORM)

    assert "goes to 2 recipients" in text_of(asked.text)
    assert "ana@contoso.example" in asked.text
    assert "<html" not in asked.text
    [run] = set(runs_of(services)) - before
    assert (sent.status_code, sent.headers["location"]) == (303, f"{base}?sent={run}")
    assert (runs_of(services)[run].recipient_count, runs_of(services)[run].created_by_name) == (
        2,
        "olga@partner.example",
    )
    page = (await operator.get(sent.headers["location"])).text
    assert f'href="/p/runs/{run}"' in page
    assert "on its way" in page
    [said] = re.findall(r'href="([^"]+)"><svg.*?</svg>What it said', (await operator.get(f"/p/runs/{run}")).text)
    assert said == f"{base}/sent/{run}"
    assert (await operator.get(said)).status_code == 200


async def test_two_clicks_are_one_report(services: Services, operator: httpx.AsyncClient) -> None:
    await save(operator, OF_CONTOSO)
    before = set(runs_of(services))

    answers = [await operator.post(f"{OF_CONTOSO}/send-now", content="key=one", headers=FORM) for _ in range(2)]

    assert len({one.headers["location"] for one in answers}) == 1
    assert len(set(runs_of(services)) - before) == 1


@pytest.mark.parametrize("content", ["", "key=", f"key={'k' * 201}"])
async def test_sending_without_its_key_is_refused(operator: httpx.AsyncClient, content: str) -> None:
    await save(operator, OF_CONTOSO)

    answer = await operator.post(f"{OF_CONTOSO}/send-now", content=content, headers=FORM)

    assert answer.status_code == 422


async def test_without_recipients_or_where_sending_is_off_nothing_is_offered_and_asking_is_answered(
    services: Services,
) -> None:
    async with visiting(services, **OPERATOR) as operator:
        assert "Send now" not in (await operator.get(OF_CONTOSO)).text
        nobody = await operator.post(f"{OF_CONTOSO}/send-now", content="key=1", headers=FORM)
        await save(operator, OF_CONTOSO)
    async with visiting(without_mail(services), **OPERATOR) as operator:
        page = (await operator.get(OF_CONTOSO)).text
        no_mail = await operator.post(f"{OF_CONTOSO}/send-now", content="key=1", headers=FORM)
        asking = text_of((await operator.get(f"{OF_CONTOSO}/send-now")).text)

    assert (nobody.status_code, no_mail.status_code) == (409, 409)
    assert "no recipients" in text_of(nobody.text)
    assert "Sending is off" in text_of(no_mail.text)
    assert "Sending is off" in asking
    assert "Send now" not in asking
    assert "Send now" not in page
    assert "SSPR_MAIL_ENDPOINT" in page


async def test_a_report_that_was_made_while_sending_was_off_is_marked_wherever_it_is_shown(
    services: Services, reader: httpx.AsyncClient
) -> None:
    report = changed(a_report(), tenant_id=CONTOSO).without_names()
    await services.reports.archive(SentReport(run_id=new_run_id(report.as_of), report=report, mailed=False))

    listed = (await reader.get(OF_CONTOSO)).text
    whole = (await reader.get(await link_to_sent(reader, OF_CONTOSO))).text
    api = (await reader.get(f"/api/v1/tenants/{CONTOSO}/report/sent")).json()["items"]
    plan = (await reader.get(f"/api/v1/tenants/{CONTOSO}/report")).json()

    assert "Not mailed" in text_of(listed)
    assert "What became of" not in text_of(listed) + text_of(whole)
    assert "did not go out by mail" in text_of(whole)
    assert ([one["mailed"] for one in api], plan["last_mailed"]) == ([False], False)


async def test_why_a_report_was_not_sent_is_told_with_what_to_do(services: Services, reader: httpx.AsyncClient) -> None:
    trouble = ReportTrouble(code="poison_message", message="It failed.", remedy="Look at the log.", at=MONDAY)
    plan = ReportPlan(scheduled=True, weekday="monday", recipients=("it@contoso.example",))
    await services.own.save_report_plan(None, plan, begins_at=MONDAY, by="olga", at=MONDAY)
    await services.reports.save_state(ReportState(tenant_id=None, trouble=trouble))

    page, whole = [text_of((await reader.get(path)).text) for path in (OVER_ALL, "/p/reports")]

    assert "Not sent on 23 Nov 2026, 06:00. It failed. Look at the log." in page
    assert "Not sent It failed." in whole


async def test_sent_reports_are_listed_newest_first_and_paged(services: Services, reader: httpx.AsyncClient) -> None:
    await was_sent(services, *(a_report(as_of=MONDAY + number * DAY, late=number == 14) for number in range(15)))

    first = (await reader.get(OF_CONTOSO)).text
    [older] = re.findall(r'<a class="button" href="([^"]+)" hx-get="[^"]+">Older', first)
    second = (await reader.get(unescape(older))).text

    days = [re.findall(r'/sent/\w+">(\d+ \w+ \d+),', page) for page in (first, second)]
    assert days[0] == [f"{MONDAY + number * DAY:%-d %b %Y}" for number in range(14, 2, -1)]
    assert days[1] == [f"{MONDAY + number * DAY:%-d %b %Y}" for number in (2, 1, 0)]
    assert re.search(r"7 Dec 2026, 07:00 Late 80\.0% ▲ \+2\.8 200 1,000", text_of(first))
    assert ">Older" not in second
    assert "Newest" in second


async def test_a_report_whose_emails_are_deleted_by_now_keeps_its_figures_and_leads_to_none(
    services: Services, reader: httpx.AsyncClient
) -> None:
    mailed = RunSince(
        run_id=RUN,
        template="reminder",
        created_at=NOW - 200 * DAY,
        mailed_count=41,
        looked_at_count=40,
        registered_count=7,
    )
    await was_sent(services, a_report(as_of=NOW - 181 * DAY, runs=(mailed,)), a_report(as_of=NOW - 179 * DAY))

    page = (await reader.get(OF_CONTOSO)).text
    new, old = [(await reader.get(link)).text for link in re.findall(rf'"({OF_CONTOSO}/sent/\w+)"', page)]

    assert page.count("What became of them") == 1
    assert page.count("deleted by now") == 1
    assert "What became of its emails" in new
    assert "/p/runs/" not in old
    assert ">41<" in old


@pytest.mark.parametrize("report", [a_named_report(), a_report_over_all(), a_report(language="fr")])
async def test_a_sent_report_is_shown_with_the_figures_of_its_mail(
    services: Services, reader: httpx.AsyncClient, report: Report
) -> None:
    await was_sent(services, report)

    page = (await reader.get(await link_to_sent(reader, OF_CONTOSO if report.tenant_id else OVER_ALL))).text

    assert report.counts
    shown, mailed = text_of(page), letter(changed(report, language="en"), Branding()).text
    for figure in (f"{report.counts.to_register_count:,}", f"{report.counts.population_count:,}", "80.0%", "+2.8"):
        assert figure in shown
        assert figure in mailed
    assert "Guest: 41, Disabled: 15. 5 without a premium licence" in shown
    assert page.count("<polyline") == 2
    assert "Coverage of " in page
    assert "Ana Silva" not in page
    if report.all_tenants:
        assert "1 of 3 tenants were fresh, 1 stale; 1 could not be read." in shown
        assert "Fabrikam 31.0%" in shown


async def link_to_sent(reader: httpx.AsyncClient, base: str) -> str:
    [link] = re.findall(rf'href="({re.escape(base)}/sent/[0-9a-f]{{14}})"', (await reader.get(base)).text)
    return str(link)


async def test_a_report_without_figures_is_shown_as_one(services: Services, reader: httpx.AsyncClient) -> None:
    await was_sent(services, a_report(counts=None, course=(), since=None))

    page = await reader.get(await link_to_sent(reader, OF_CONTOSO))

    assert "Nothing had been read when it was made." in page.text


async def test_a_report_is_found_by_its_run_and_by_whose_it_is(services: Services, reader: httpx.AsyncClient) -> None:
    await was_sent(services, a_report())
    link = await link_to_sent(reader, OF_CONTOSO)
    run = link.rpartition("/")[2]

    found = [
        (await reader.get(path)).status_code for path in (link, f"{OVER_ALL}/sent/{run}", f"{OF_CONTOSO}/sent/{RUN}")
    ]

    assert found == [200, 404, 404]
    assert (await reader.get(f"{OF_CONTOSO}/sent/yesterday")).status_code == 422


async def test_all_reports_are_listed_the_one_over_all_first(
    services: Services, operator: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await save(operator, OF_CONTOSO)
    await save(operator, f"/p/tenants/{ILL}/report", rhythm="never")
    await was_sent(services, a_report(late=True))

    page = (await reader.get("/p/reports")).text

    rows = [text_of(row).strip() for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:]]
    assert [row.split()[0] for row in rows] == ["All", "Contoso", "Ill"]
    assert rows[0].startswith("All tenants Not set up – never 0 –")
    assert re.match(
        r"Contoso Every Friday at 07:00, Europe/Berlin \d+ \w+ \d{4}, 07:00 23 Nov 2026, 08:00 Late 2 –", rows[1]
    )
    assert "Not by itself – never 2 –" in rows[2]


async def test_a_list_of_reports_is_paged_and_the_one_over_all_is_on_its_first_page(
    operator: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    for base in (OF_CONTOSO, f"/p/tenants/{ILL}/report"):
        await save(operator, base)

    first = (await reader.get("/p/reports?limit=1")).text
    [following] = re.findall(r'href="(/p/reports\?[^"]+)"', first)
    second = (await reader.get(unescape(following))).text

    assert "All tenants</a>" in first
    assert "All tenants</a>" not in second
    assert "Ill</a>" in second


async def test_a_tenant_is_chosen_by_name(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"/p/reports?tenant={CONTOSO}")

    assert (answer.status_code, answer.headers["location"]) == (303, OF_CONTOSO)
    assert f'href="{OF_CONTOSO}"' in (await reader.get(f"/p/tenants/{CONTOSO}")).text


@pytest.mark.parametrize("query", ["?continuation=x", "?sent=x", "?unknown=1"])
async def test_a_query_that_is_none_of_ours_is_told(reader: httpx.AsyncClient, query: str) -> None:
    for base in (OF_CONTOSO, "/p/reports"):
        answer = await reader.get(base + query)

        assert answer.status_code == 422
