"""Starting a run: from a selection to a confirmation, and from there to a run."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.run import Run
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.services import Services
from sspr_core.runs.request import MOST_TENANTS
from sspr_core.web.pages.new_run import asked_of
from tests.builders import a_known, counts
from tests.graph_rows import guid
from tests.hostile_names import HOSTILE_NAMES
from tests.mail.user_builders import a_stored_user
from tests.runs.delivery_builders import RUN
from tests.runs.run_builders import FABRIKAM, a_desk, staffed
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.pages.run_page_helpers import FORM, HTMX, runs_of, text_of, without_mail
from tests.web.pages.test_hostile_names import Names
from tests.web.web_env import ILL, NOW, OPERATOR, a_populated_world, add, principal, read_just_now, visiting

EVERYBODY = f"tenant={CONTOSO}&all=1"
DEE = f"tenant={CONTOSO}&user={guid('dee')}"


@pytest.fixture
async def services() -> Services:
    """Ana and Ben are registered, Dee is not."""
    services = await a_populated_world()
    read_just_now(services)
    return services


async def confirmed(operator: httpx.AsyncClient, form: str) -> str:
    answer = await operator.post("/p/runs/new", content=form, headers=FORM)
    assert answer.status_code == 200
    return answer.text


def fields_of(page: str) -> dict[str, str]:
    """The confirmation's default form data."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


async def started(operator: httpx.AsyncClient, page: str, **typed: str) -> httpx.Response:
    return await operator.post("/p/runs", content=urlencode(fields_of(page) | typed), headers=FORM)


def new_runs(services: Services) -> list[Run]:
    return [run for run in runs_of(services).values() if run.run_id != RUN]


async def test_the_confirmation_says_who_gets_it_who_does_not_and_when(
    services: Services, operator: httpx.AsyncClient
) -> None:
    page = await confirmed(operator, EVERYBODY)

    text = text_of(page)
    assert "Recipients 1 " in text
    assert "2 left out: registered already Ana Ben" in text
    assert "Who gets it Dee dee@contoso.example" in text
    assert re.search(r"First email \d+ \w+ \d{4}, \d\d:\d\d UTC", text)
    assert "1 email, one every 37.2 s, takes 0 s. The quota is 30 a minute and 100 an hour" in text
    assert "Start run: 1 email" in text
    assert f"/p/tenants/{CONTOSO}/preview?template=register_now&amp;language=en" in page
    assert new_runs(services) == []


async def test_what_is_queued_already_is_part_of_the_arithmetic(
    services: Services, operator: httpx.AsyncClient
) -> None:
    row = await services.post.pacing.read()
    await services.post.pacing.save(replace(row, next_free=NOW + timedelta(minutes=59, seconds=30)))

    assert "What is queued already goes first, for 1 h" in text_of(await confirmed(operator, DEE))


async def test_without_a_quota_there_is_no_arithmetic() -> None:
    services = await a_populated_world(SendingLimits(per_minute=None, per_hour=None))
    read_just_now(services)
    async with visiting(services, **OPERATOR) as operator:
        assert "No quota is set" in text_of(await confirmed(operator, DEE))


async def test_a_filter_chooses_as_the_list_does(operator: httpx.AsyncClient) -> None:
    page = await confirmed(operator, f"{EVERYBODY}&filter.registration=not_registered")

    assert "Left out 0 " in text_of(page)
    assert fields_of(page) | {"key": "", "recipient_count": "1"} == {
        "tenant": CONTOSO,
        "all": "1",
        "filter.registration": "not_registered",
        "key": "",
        "recipient_count": "1",
    }


async def test_template_language_and_begin_are_what_the_form_says(operator: httpx.AsyncClient) -> None:
    page = await confirmed(operator, f"{DEE}&template=reminder&language=de&not_before=2026-12-01T07%3A30")

    assert "preview?template=reminder&amp;language=de" in page
    assert 'value="2026-12-01T07:30"' in page
    assert "First email 1 Dec 2026, 07:30 UTC" in text_of(page)


async def test_a_tenants_link_means_everybody_there_who_is_to_register(operator: httpx.AsyncClient) -> None:
    page = (await operator.get(f"/p/runs/new?tenant={CONTOSO}")).text

    assert "Who gets it Dee" in text_of(page)
    assert fields_of(page)["filter.to_register"] == "true"


async def test_started_once_a_run_is_one_however_often_the_page_is_sent(
    services: Services, operator: httpx.AsyncClient
) -> None:
    page = await confirmed(operator, f"{EVERYBODY}&filter.to_register=true&template=reminder")

    answers = [await started(operator, page, template="reminder", language="", not_before="") for _ in range(2)]

    [run] = new_runs(services)
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, f"/p/runs/{run.run_id}")] * 2
    assert (run.template, run.recipient_count, run.created_by_name) == ("reminder", 1, "olga@partner.example")


async def test_every_confirmation_has_a_key_of_its_own(operator: httpx.AsyncClient) -> None:
    pages = [await confirmed(operator, DEE) for _ in range(2)]

    assert len({fields_of(page)["key"] for page in pages}) == 2


async def test_a_page_that_is_sent_with_another_mail_is_no_second_run(
    services: Services, operator: httpx.AsyncClient
) -> None:
    page = await confirmed(operator, DEE)
    await started(operator, page)

    answer = await started(operator, page, template="reminder")

    assert answer.status_code == 422
    assert len(new_runs(services)) == 1


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("2", 422), ("one", 422), ("1", 303), (" 1 ", 303)])
async def test_above_the_set_number_it_is_to_be_typed(typed: str, status: int) -> None:
    services = await a_populated_world(typed_above=0)
    read_just_now(services)
    async with visiting(services, **OPERATOR) as operator:
        page = await confirmed(operator, DEE)
        answer = await started(operator, page, typed=typed)

    assert "Type 1 to start" in text_of(page)
    assert answer.status_code == status
    assert len(new_runs(services)) == (status == 303)
    if status == 422:
        assert 'aria-invalid="true"' in answer.text
        assert "Type 1, the number of recipients." in answer.text


async def test_up_to_the_set_number_nothing_is_to_be_typed(operator: httpx.AsyncClient) -> None:
    assert 'name="typed"' not in await confirmed(operator, DEE)


def test_a_thousand_may_be_typed_as_people_write_it() -> None:
    for text in ("1234", "1,234", "1.234", "1 234", "1\u00a0234"):
        assert asked_of([("tenant", CONTOSO), ("all", "1"), ("typed", text)]).typed == "1234"


async def test_a_number_that_is_another_by_now_is_shown_and_confirmed_anew(
    services: Services, operator: httpx.AsyncClient
) -> None:
    page = await confirmed(operator, f"{EVERYBODY}&filter.to_register=true")
    staffed(services, await services.tenants.get(EVERY_TENANT, CONTOSO), a_stored_user("dee"), a_stored_user("eva"))

    answer = await started(operator, page)
    nothing = new_runs(services)
    again = await started(operator, answer.text)

    assert (answer.status_code, nothing, again.status_code) == (409, [], 303)
    assert "It would be 2 recipients now, no longer 1." in text_of(answer.text)
    assert [run.recipient_count for run in new_runs(services)] == [2]


async def test_a_sample_goes_to_whoever_asks_and_once_for_each_page(
    services: Services, operator: httpx.AsyncClient
) -> None:
    page = await confirmed(operator, f"{EVERYBODY}&not_before=2026-12-01T07:30")

    asked = urlencode(fields_of(page))
    parts = [await operator.post("/p/runs/sample", content=asked, headers=FORM | HTMX) for _ in range(2)]
    plain = await operator.post("/p/runs/sample", content=asked, headers=FORM)

    [run] = new_runs(services)
    assert (run.test, run.recipient_count, run.not_before) == (True, 1, None)
    [to] = await services.post.runs.recipients(run.run_id, 0)
    assert to.address == "olga@partner.example"
    assert "on its way to olga@partner.example" in text_of(parts[0].text)
    assert all(f'href="/p/runs/{run.run_id}"' in part.text for part in parts)
    assert (plain.status_code, plain.headers["location"]) == (303, f"/p/runs/{run.run_id}")


async def test_whoever_has_no_address_is_offered_no_sample(services: Services) -> None:
    nobody = principal("Operator", preferred_username="olga")
    async with visiting(services, **nobody) as operator:
        page = await confirmed(operator, DEE)
        answer = await operator.post("/p/runs/sample", content=urlencode(fields_of(page)), headers=FORM | HTMX)

    assert "Send me a sample" not in page
    assert "your sign-in says no mail address" in page
    assert answer.status_code == 422


async def test_nobody_to_notify_is_told_and_cannot_be_started(services: Services, operator: httpx.AsyncClient) -> None:
    page = await confirmed(operator, f"tenant={CONTOSO}&user={guid('ana')}")
    answer = await started(operator, page)

    assert "Nobody to notify Everybody who is chosen is left out; see below why." in text_of(page)
    assert "Start run" not in page
    assert (answer.status_code, new_runs(services)) == (409, [])


async def test_what_takes_too_long_is_told_with_the_arithmetic() -> None:
    services = await a_populated_world(SendingLimits(longest_run=timedelta(minutes=30)))
    read_just_now(services)
    row = await services.post.pacing.read()
    await services.post.pacing.save(replace(row, next_free=NOW + timedelta(hours=2)))
    async with visiting(services, **OPERATOR) as operator:
        text = text_of(await confirmed(operator, DEE))

    assert "The run would take too long" in text
    assert "Ask Microsoft for a higher quota" in text
    assert "Start run" not in text


@pytest.mark.parametrize(
    ("own", "not_used"),
    [(None, None), ("it@contoso.example", "it@contoso.example"), ("DoNotReply@partner.example", None)],
)
async def test_the_confirmation_says_where_the_emails_leave_from(
    services: Services, operator: httpx.AsyncClient, own: str | None, not_used: str | None
) -> None:
    await services.own.save_branding(CONTOSO, Branding(sender_address=own), by="o", at=NOW)

    text = text_of(await confirmed(operator, DEE))

    assert "From donotreply@partner.example First email" in text
    assert (f"Not from {not_used}, which branding names: SSPR_MAIL_SENDERS lacks it" in text) is bool(not_used)
    assert "Start run: 1 email" in text


async def test_where_sending_is_off_the_pages_say_what_to_set_and_start_nothing(services: Services) -> None:
    async with visiting(without_mail(services), **OPERATOR) as operator:
        page = await confirmed(operator, DEE)
        choice = (await operator.get("/p/runs/new")).text
        answer = await started(operator, page)
        sample = await operator.post("/p/runs/sample", content=urlencode(fields_of(page)), headers=FORM | HTMX)

    for html in (page, choice, answer.text, sample.text):
        assert "Sending is off" in html
        assert "SSPR_MAIL_SERVICE" in html
    assert "Start run" not in page
    assert "Send me a sample" not in page
    assert (answer.status_code, new_runs(services)) == (409, [])


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (f"tenant={CONTOSO}", "nobody is selected"),
        (f"tenant={CONTOSO}&user=x", "user"),
        (f"tenant=x&user={guid('dee')}", "tenant"),
        (f"user={guid('dee')}", "1 to 200 tenants"),
        (f"{DEE}&template=nonsense", "template"),
        (f"{DEE}&language=tlh", "language"),
        (f"{DEE}&not_before=tomorrow", "not_before"),
        (f"{DEE}&not_before=2099-01-01T00:00", "30 days"),
        (f"{EVERYBODY}&filter.nonsense=1", "filter"),
    ],
)
async def test_a_form_that_is_none_is_told(operator: httpx.AsyncClient, form: str, says: str) -> None:
    answer = await operator.post("/p/runs/new", content=form, headers=FORM)

    assert answer.status_code == 422
    assert says in text_of(answer.text)


@pytest.mark.parametrize("without", ["key", "recipient_count"])
async def test_only_what_was_confirmed_is_started(
    services: Services, operator: httpx.AsyncClient, without: str
) -> None:
    page = await confirmed(operator, DEE)

    answer = await started(operator, page, **{without: ""})

    assert (answer.status_code, new_runs(services)) == (422, [])


async def test_another_tenant_is_not_found(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/p/runs/new", content=f"tenant={guid('unknown')}&all=1", headers=FORM)

    assert answer.status_code == 404


def chosen_tenants(page: str) -> list[str]:
    return re.findall(r'name="tenant" value="([0-9a-f-]+)" checked', page)


async def test_tenants_are_chosen_by_the_overviews_filter_those_with_most_to_register_first(
    services: Services, operator: httpx.AsyncClient
) -> None:
    for name, waiting in (("fabrikam", 7), ("idle", 0), ("contoso dental", 9)):
        known = a_known(name)
        add(services.tenants, replace(known, status=replace(known.status, counts=counts(to_register=waiting))))  # type: ignore[arg-type]

    everybody = (await operator.get("/p/runs/new")).text
    some = (await operator.get("/p/runs/new?q=contoso&sort=coverage")).text
    nobody = (await operator.get(f"/p/runs/new?q={ILL}")).text

    assert chosen_tenants(everybody) == [guid("contoso dental"), FABRIKAM, CONTOSO]
    assert chosen_tenants(some) == [guid("contoso dental"), CONTOSO]
    assert "as filtered" in text_of(some)
    assert "Nobody to notify" in nobody


async def test_a_choice_is_for_as_many_tenants_as_a_run_may_have(
    services: Services, operator: httpx.AsyncClient
) -> None:
    for number in range(MOST_TENANTS):
        add(services.tenants, a_known(f"tenant{number}"))  # type: ignore[arg-type]

    page = (await operator.get("/p/runs/new")).text

    assert len(chosen_tenants(page)) == MOST_TENANTS
    assert "1 more are left for another run" in text_of(page)


async def test_a_run_of_several_tenants_names_them() -> None:
    services = a_desk(a_stored_user("ana"), a_stored_user("ben", preferred_language="de"))
    fabrikam = a_known("fabrikam")
    staffed(
        services,
        replace(fabrikam, status=replace(fabrikam.status, last_success_at=NOW)),
        a_stored_user("cas"),
        a_stored_user("dee", mail=None),
    )
    read_just_now(services)
    async with visiting(services, **OPERATOR) as operator:
        text = text_of(await confirmed(operator, f"{EVERYBODY}&tenant={FABRIKAM}"))

    assert "2 tenants." in text
    assert "Recipients 3 in 2 tenants" in text
    assert "3 emails: one for each tenant and language" in text
    assert "1 left out: has no mail address Dee (Fabrikam)" in text


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    async def pages(of: str) -> list[Names]:
        services = a_desk(a_stored_user("ana", display_name=of), a_stored_user("ben", display_name=of, mail=None))
        known = a_known("contoso")
        tenant = replace(known.tenant, gdap_name=of)
        staffed(
            services,
            replace(known, tenant=tenant),
            *[row.stored for row in services.registrations.rows[CONTOSO].values()],
        )  # type: ignore[attr-defined]
        read_just_now(services)
        async with visiting(services, **OPERATOR) as operator:
            return [Names((await operator.get(path)).text) for path in ("/p/runs/new", f"/p/runs/new?tenant={CONTOSO}")]

    harmless, shown = await pages("Ana"), await pages(name)

    for page, usual in zip(shown, harmless, strict=True):
        assert page.tags == usual.tags
        assert " ".join(name.split())[:40].strip() in " ".join(page.text.split())
