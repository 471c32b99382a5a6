"""The runs' pages: the list, one run, and its actions."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx
import pytest

from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.queue_messages import Foreign
from sspr_core.model.run import RunId, RunState
from sspr_core.model.sending import Pacing
from sspr_core.ports.services import Services
from tests.builders import HOUR, MONDAY
from tests.graph_rows import guid
from tests.hostile_names import HOSTILE_NAMES
from tests.runs.delivery_builders import RUN, a_run
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.pages.run_page_helpers import FORM, HTMX, ben_is, now_is, runs_of, text_of, without_mail
from tests.web.pages.test_hostile_names import Names
from tests.web.web_env import NOW, OPERATOR, READER, a_populated_world, begins_again, visiting

PAGE = f"/p/runs/{RUN}"
ACTIONS = ("Pause", "Resume", "Cancel …", "Try again …", "Notify")


def offered(page: str) -> set[str]:
    """The run's actions for which the page has a button or a link."""
    pressed = re.findall(r"<(?:button|a class=\"button)[^>]*>(?:<svg.*?</svg>)?([^<]*)<", page)
    return {text.strip() for text in pressed} & set(ACTIONS)


async def test_runs_are_listed_newest_first_and_paged(services: Services, reader: httpx.AsyncClient) -> None:
    for number in range(3):
        run = a_run(run_id=RunId(f"{int(RUN, 16) + number + 1:014x}"), template="reminder", test=number == 2)
        runs_of(services)[run.run_id] = run

    first = (await reader.get("/p/runs?limit=3")).text
    [following] = re.findall(r'<a class="button" href="(/p/runs\?[^"]+)"', first)
    second = (await reader.get(unescape(following))).text

    found = [int(one, 16) - int(RUN, 16) for one in re.findall(r'href="/p/runs/([0-9a-f]{14})"', first + second)]
    assert found == [3, 2, 1, 0]
    assert "Sample" in text_of(first)
    assert "Finished with failures" in text_of(second)


async def test_the_list_counts_as_the_last_scan_did(services: Services, reader: httpx.AsyncClient) -> None:
    now_is(services, recipient_count=9, counts={"delivered": 3, "accepted": 1, "pending": 2, "unsure": 1, "failed": 2})

    row = text_of(re.findall(r"<tbody>.*?</tbody>", (await reader.get("/p/runs")).text, re.DOTALL)[0])

    assert re.search(r"Contoso 9 4 2 3 $", row)


async def test_messages_that_were_none_of_ours_are_told_below_the_list(
    services: Services, reader: httpx.AsyncClient
) -> None:
    assert "none of ours" not in (await reader.get("/p/runs")).text
    await services.post.runs.save_foreign(Foreign(counts={"send-emails": 2}, last_at=MONDAY))

    assert "2 messages were none of ours" in text_of((await reader.get("/p/runs")).text)


async def test_no_runs_yet_says_where_they_begin(services: Services) -> None:
    runs_of(services).clear()

    async with visiting(services, **OPERATOR) as operator, visiting(services, **READER) as reader:
        assert "choose tenants" in (await operator.get("/p/runs")).text
        assert "An Operator starts them" in (await reader.get("/p/runs")).text


@pytest.mark.parametrize(
    ("state", "name", "may"),
    [
        (RunState.QUEUED, "Queued", {"Pause", "Cancel …"}),
        (RunState.EXPANDING, "Expanding", {"Pause", "Cancel …"}),
        (RunState.SENDING, "Sending", {"Pause", "Cancel …"}),
        (RunState.PAUSED, "Paused", {"Resume", "Cancel …"}),
        (RunState.CANCELLED, "Cancelled", set()),
        (RunState.FINISHED, "Finished", set()),
        (RunState.FINISHED_WITH_FAILURES, "Finished with failures", {"Try again …"}),
    ],
)
async def test_every_state_of_a_run_is_a_page_that_offers_what_is_possible(
    services: Services, state: RunState, name: str, may: set[str]
) -> None:
    if state.unfinished:
        begins_again(services, state)
        now_is(services, expanded=state in (RunState.SENDING, RunState.PAUSED))
    else:
        now_is(services, state=state)
        ben_is(services, state=DeliveryState.FAILED if may else DeliveryState.SKIPPED)

    async with visiting(services, **OPERATOR) as operator, visiting(services, **READER) as reader:
        page, seen = (await operator.get(PAGE)).text, (await reader.get(PAGE)).text

    assert f"{name} Register" in text_of(page).replace("register", "Register")
    assert offered(page) == may
    assert offered(seen) == set()
    assert ('hx-trigger="every' in page) is state.unfinished
    for html in (page, seen):
        assert " style=" not in html
        assert not re.search(r"\son[a-z]+=", html)
        assert re.findall(r"<script(?![^>]* src=)", html) == []


TRIED = [
    ("GET", "/p/runs/new"),
    ("POST", "/p/runs/new"),
    ("POST", "/p/runs"),
    ("POST", "/p/runs/sample"),
    *[("POST", f"{PAGE}/{what}") for what in ("pause", "resume", "cancel", "retry")],
    *[("GET", f"{PAGE}/{what}") for what in ("cancel", "retry")],
]


@pytest.mark.parametrize(("method", "path"), TRIED)
async def test_a_reader_who_tries_is_refused(
    services: Services, reader: httpx.AsyncClient, method: str, path: str
) -> None:
    begins_again(services)
    before = dict(runs_of(services))

    answer = await reader.request(method, path, content=f"tenant={CONTOSO}&user={guid('dee')}", headers=FORM)

    assert answer.status_code == 403
    assert "Operator" in text_of(answer.text)
    assert runs_of(services) == before


async def test_a_reader_sees_the_runs_and_is_offered_nothing(reader: httpx.AsyncClient) -> None:
    pages = [(await reader.get(path)).text for path in ("/p", f"/p/tenants/{CONTOSO}", "/p/runs", PAGE)]

    assert not any(offered(page) or "/p/runs/new" in page for page in pages)
    assert all('href="/p/runs"' in page for page in pages)


async def test_an_operator_is_led_from_the_overview_and_from_a_tenant(operator: httpx.AsyncClient) -> None:
    overview = (await operator.get("/p?q=cont%26&sort=-coverage&lifecycle=active")).text
    filtered = (await operator.get("/p?q=contoso&sort=-coverage&lifecycle=active")).text
    tenant = (await operator.get(f"/p/tenants/{CONTOSO}")).text

    assert "/p/runs/new" not in overview
    assert 'href="/p/runs/new?q=contoso&amp;lifecycle=active"' in filtered
    assert re.search(rf'name="tenant" value="{CONTOSO}" formaction="/p/runs/new"', tenant)


async def test_every_delivery_state_has_its_count_and_its_meaning(reader: httpx.AsyncClient) -> None:
    text = text_of((await reader.get(PAGE)).text)

    assert "Delivered 1 The recipient's mail server took it." in text
    assert "Failed 1 Certainly not delivered" in text
    assert "Unsure 0 The mail service did not say" in text
    assert "2 of 2 done" in text
    assert "Started by Olga" in text


async def test_what_holds_a_run_back_is_told(services: Services, reader: httpx.AsyncClient) -> None:
    begins_again(services)
    now_is(services, problem="401 Denied", poisoned_count=1)
    await services.post.pacing.save(replace(await services.post.pacing.read(), hold_until=NOW + HOUR, wasted_count=3))

    text = text_of((await reader.get(PAGE)).text)

    assert "Held until" in text
    assert "asked to wait" in text
    assert "The mail service refuses the emails of this run 401 Denied" in text
    assert "1 message failed ten times" in text
    assert "3 slots of the quota went unused" in text


async def test_a_run_that_was_paused_for_its_sender_says_what_resuming_needs(services: Services) -> None:
    begins_again(services, RunState.PAUSED)
    now_is(services, problem="The mail service does not take emails from it@contoso.example.")

    async with visiting(services, **OPERATOR) as operator:
        page = (await operator.get(PAGE)).text

    assert "does not take emails from it@contoso.example. Nothing is lost. Resume the run when" in text_of(page)
    assert offered(page) == {"Resume", "Cancel …"}


async def test_what_is_in_doubt_or_unsure_is_explained_and_leads_to_whom_it_is(
    services: Services, reader: httpx.AsyncClient
) -> None:
    begins_again(services)
    ben_is(services, doubt_since=MONDAY)
    doubtful = (await reader.get(PAGE)).text
    ben_is(services, state=DeliveryState.UNSURE, reason="6 tries ended without a clear answer", asked_at=MONDAY)
    unsure = (await reader.get(PAGE)).text
    listed = text_of((await reader.get(f"{PAGE}?state=unsure")).text)

    assert "1 in doubt now The mail service was not clear" in text_of(doubtful)
    assert re.search(r"Pending\s+In doubt", text_of(doubtful))
    assert "They are not failed: a receipt may still settle them" in text_of(unsure)
    assert f'href="{PAGE}?state=unsure#deliveries">1 unsure' in unsure
    assert "asked 23 Nov 2026, 06:00 UTC 6 tries ended without a clear answer" in listed


async def test_a_pause_tells_what_is_in_flight(services: Services, reader: httpx.AsyncClient) -> None:
    begins_again(services, RunState.PAUSED)
    ben_is(services, state=DeliveryState.CLAIMED, due_at=NOW + timedelta(minutes=1), doubt_since=MONDAY)

    assert "1 is in flight: may still be accepted" in text_of((await reader.get(PAGE)).text)


async def test_deliveries_are_filtered_and_paged_by_the_address(reader: httpx.AsyncClient) -> None:
    async def names(path: str) -> list[str]:
        return re.findall(r'<th scope="row" class="name anywhere">([^<]+)', (await reader.get(path)).text)

    assert sorted(await names(PAGE)) == ["Ana", "Ben"]
    assert await names(f"{PAGE}?state=failed") == ["Ben"]
    assert await names(f"{PAGE}?state=unsure") == []
    first = (await reader.get(f"{PAGE}?limit=1")).text
    [following] = re.findall(rf'<a class="button" href="({PAGE}\?[^"]+continuation[^"]+)"', first)
    both = await names(f"{PAGE}?limit=1") + await names(unescape(following))
    assert sorted(both) == ["Ana", "Ben"]


async def test_the_file_is_of_the_deliveries_that_are_shown(reader: httpx.AsyncClient) -> None:
    async def file(path: str) -> str:
        [link] = re.findall(r'href="(/api/v1/runs/[^"]+)" download', (await reader.get(path)).text)
        return (await reader.get(unescape(link))).text

    assert len((await file(PAGE)).splitlines()) == 3
    assert "Ana" not in await file(f"{PAGE}?state=failed")


async def test_a_delivery_without_a_slot_waits_for_one(services: Services, reader: httpx.AsyncClient) -> None:
    begins_again(services)
    assert "waits for a slot" in (await reader.get(PAGE)).text

    ben_is(services, due_at=MONDAY)
    assert "at 23 Nov 2026, 06:00 UTC" in text_of((await reader.get(PAGE)).text)


async def test_a_page_looks_again_until_nothing_moves(services: Services, reader: httpx.AsyncClient) -> None:
    begins_again(services)
    [again] = re.findall(r'hx-get="([^"]+/live[^"]*)"', (await reader.get(PAGE)).text)
    moving = await reader.get(unescape(again))
    now_is(services, state=RunState.CANCELLED)
    ben_is(services, state=DeliveryState.CANCELLED)
    still = (await reader.get(f"{PAGE}/live")).text

    assert "hx-refresh" not in moving.headers
    assert "<!doctype" not in moving.text
    assert re.search(r'id="state" hx-swap-oob="true"><span class="pill">Sending<', moving.text)
    assert again in re.findall(r'hx-get="([^"]+)"', moving.text)
    assert "hx-trigger" not in still


async def test_the_whole_page_comes_anew_when_it_offers_what_is_not_possible_any_more(services: Services) -> None:
    begins_again(services)
    async with visiting(services, **OPERATOR) as operator:
        [again] = re.findall(r'hx-get="([^"]+/live[^"]*)"', (await operator.get(PAGE)).text)
        same = await operator.get(unescape(again))
        now_is(services, state=RunState.FINISHED, finished_at=MONDAY)
        other = await operator.get(unescape(again))

    assert "hx-refresh" not in same.headers
    assert (other.headers["hx-refresh"], other.text) == ("true", "")


async def test_a_run_is_paused_resumed_and_cancelled_by_forms(services: Services, operator: httpx.AsyncClient) -> None:
    begins_again(services)

    async def done(what: str) -> tuple[int, str, RunState]:
        answer = await operator.post(f"{PAGE}/{what}", content="", headers=FORM)
        return answer.status_code, answer.headers["location"], runs_of(services)[RUN].state

    assert await done("pause") == (303, PAGE, RunState.PAUSED)
    assert await done("resume") == (303, PAGE, RunState.SENDING)
    assert await done("cancel") == (303, PAGE, RunState.CANCELLED)


async def test_what_is_not_possible_is_told_on_a_page(services: Services, operator: httpx.AsyncClient) -> None:
    paused = await operator.post(f"{PAGE}/pause", content="", headers=FORM)
    cancelling = await operator.get(f"{PAGE}/cancel")
    now_is(services, state=RunState.CANCELLED)
    retried = await operator.post(f"{PAGE}/retry", content="", headers=FORM)

    assert (paused.status_code, cancelling.status_code, retried.status_code) == (409, 409, 409)
    assert "cannot be paused" in text_of(paused.text)
    assert "nothing to cancel" in text_of(cancelling.text)


async def test_cancelling_is_asked_about_first(services: Services, operator: httpx.AsyncClient) -> None:
    begins_again(services)

    part, page = await operator.get(f"{PAGE}/cancel", headers=HTMX), await operator.get(f"{PAGE}/cancel")

    assert runs_of(services)[RUN].state is RunState.SENDING
    assert "1 email is not done yet" in text_of(part.text)
    assert ("<!doctype" in part.text, "<!doctype" in page.text) == (False, True)
    assert f'method="post" action="{PAGE}/cancel"' in page.text


async def test_what_failed_is_tried_again_and_what_is_unsure_only_with_the_tick(
    services: Services, operator: httpx.AsyncClient
) -> None:
    without = (await operator.get(f"{PAGE}/retry", headers=HTMX)).text
    await operator.post(f"{PAGE}/retry", content="", headers=FORM)
    first = runs_of(services)[RUN]
    now_is(services, state=RunState.FINISHED_WITH_FAILURES, expanded=True)
    ben_is(services, state=DeliveryState.UNSURE, failed_in=1)
    with_tick = (await operator.get(f"{PAGE}/retry", headers=HTMX)).text
    unticked = await operator.post(f"{PAGE}/retry", content="", headers=FORM)
    await operator.post(f"{PAGE}/retry", content="unsure_too=1", headers=FORM)
    second = runs_of(services)[RUN]

    assert "unsure_too" not in without
    assert (first.state, first.number_of_pass, first.unsure_too) == (RunState.EXPANDING, 1, False)
    assert "may arrive twice" in text_of(with_tick)
    assert unticked.status_code == 409
    assert (second.number_of_pass, second.unsure_too) == (2, True)


async def test_the_outcome_is_a_chart_with_its_figures(reader: httpx.AsyncClient) -> None:
    part = (await reader.get(f"{PAGE}/outcome", headers=HTMX)).text
    page = (await reader.get(f"{PAGE}/outcome")).text

    assert "<!doctype" not in part
    assert page.startswith("<!doctype html>")
    assert re.search(r'role="img" aria-label="Of 1 mailed, registered within: 1 day 1', part)
    assert re.search(r"1 day 1 1 100% (Yes|Not yet)", text_of(part))


async def test_without_anybody_mailed_there_is_no_chart(services: Services, reader: httpx.AsyncClient) -> None:
    services.post.deliveries.rows.clear()  # type: ignore[attr-defined]

    assert "Nobody was mailed yet" in (await reader.get(f"{PAGE}/outcome", headers=HTMX)).text


async def test_a_sample_has_no_outcome(services: Services, reader: httpx.AsyncClient) -> None:
    now_is(services, test=True)

    page = (await reader.get(PAGE)).text

    assert "/outcome" not in page
    assert "Sample of" in text_of(page)


@pytest.mark.parametrize("path", ["/p/runs/0019a1b2c3d4e6", "/p/runs/0019a1b2c3d4e6/live", "/p/runs/x"])
async def test_a_run_that_there_is_not_is_told_on_a_page(reader: httpx.AsyncClient, path: str) -> None:
    answer = await reader.get(path)

    assert answer.status_code == (422 if path.endswith("/x") else 404)
    assert 'href="/p"' in answer.text


@pytest.mark.parametrize(
    "query", ["state=nonsense", "nonsense=1", "limit=0", "continuation=x", "continuation=WyJydW5zIiwgMV0"]
)
async def test_a_wrong_address_is_told_on_a_page(reader: httpx.AsyncClient, query: str) -> None:
    assert (await reader.get(f"{PAGE}?{query}")).status_code == 422
    assert (await reader.get(f"/p/runs?{query}")).status_code == 422


@pytest.mark.parametrize("path", ["/p/runs", "/p", f"/p/tenants/{CONTOSO}"])
async def test_where_sending_is_off_a_page_says_so_in_place_of_its_button(services: Services, path: str) -> None:
    async with visiting(without_mail(services), **OPERATOR) as operator:
        off = (await operator.get(path)).text
    async with visiting(services, **OPERATOR) as operator:
        on = (await operator.get(path)).text

    assert ("ending is off" in off, "ending is off" in on) == (True, False)
    assert ("/p/runs/new" in off, "/p/runs/new" in on) == (False, True)


@pytest.mark.parametrize(("state", "may"), [(RunState.SENDING, {"Pause", "Cancel …"}), (RunState.PAUSED, {"Cancel …"})])
async def test_where_sending_is_off_an_unfinished_run_says_why_nothing_leaves(
    services: Services, state: RunState, may: set[str]
) -> None:
    begins_again(services, state)
    now_is(services, expanded=True)

    async with visiting(without_mail(services), **OPERATOR) as operator:
        page, runs = (await operator.get(PAGE)).text, (await operator.get("/p/runs")).text

    assert "Sending is off: nothing leaves" in text_of(page)
    assert "SSPR_MAIL_SERVICE" in page
    assert "Sending is off" in text_of(runs.split("<tbody>")[1])
    assert offered(page) == may


@pytest.mark.parametrize("state", [RunState.SENDING, RunState.CANCELLED])
async def test_where_sending_is_off_no_page_says_that_what_is_in_doubt_is_asked_about(
    services: Services, state: RunState
) -> None:
    begins_again(services, state)
    ben_is(services, state=DeliveryState.CLAIMED, claim="a claim", due_at=NOW - HOUR, doubt_since=NOW - HOUR)

    async with visiting(without_mail(services), **OPERATOR) as operator:
        page = text_of((await operator.get(PAGE)).text)
        asking = text_of((await operator.get(f"{PAGE}/cancel")).text)

    assert "1 in doubt now" in page
    assert "They cannot be asked about while sending is off" in page
    assert not any(re.search(r"(?:is|are) asked about(?!, unless)", one) for one in (page, asking))


async def test_the_run_of_a_report_that_was_not_mailed_says_so_and_offers_nothing(services: Services) -> None:
    why = "Sending was off when this report was made."
    now_is(services, state=RunState.CANCELLED, report=CONTOSO, mailed=False, problem=why)

    async with visiting(services, **OPERATOR) as operator:
        page, runs = (await operator.get(PAGE)).text, (await operator.get("/p/runs")).text
        api = (await operator.get(f"/api/v1/runs/{RUN}")).json()

    assert f"Not mailed {why}" in text_of(page)
    assert offered(page) == set()
    assert ("Not mailed" in text_of(runs), "Problem" in text_of(runs.split("<tbody>")[1])) == (True, False)
    assert (api["state"], api["mailed"]) == ("cancelled", False)


async def test_where_sending_is_off_failed_emails_are_not_tried_again(services: Services) -> None:
    now_is(services, state=RunState.FINISHED_WITH_FAILURES)
    ben_is(services, state=DeliveryState.FAILED)

    async with visiting(without_mail(services), **OPERATOR) as operator:
        page = (await operator.get(PAGE)).text
        refused = [await operator.get(f"{PAGE}/retry"), await operator.post(f"{PAGE}/retry", headers=FORM)]

    assert offered(page) == set()
    assert [one.status_code for one in refused] == [409, 409]
    assert all("Sending is off" in one.text for one in refused)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    async def pages(of: str) -> list[Names]:
        services = await a_populated_world()
        begins_again(services)
        now_is(services, created_by_name=of, tenants={CONTOSO: of}, problem=of)
        ben_is(services, display_name=of, address=of, reason=of, due_at=NEVER)
        async with visiting(services, **OPERATOR) as operator:
            return [Names((await operator.get(path)).text) for path in ("/p/runs", PAGE, f"{PAGE}/cancel")]

    harmless, shown = await pages("Ana"), await pages(name)

    assert [page.tags for page in shown] == [page.tags for page in harmless]
    for page in shown[:2]:
        assert " ".join(name.split())[:40].strip() in " ".join(page.text.split())


async def test_a_held_pacing_is_only_told_while_it_lasts(services: Services, reader: httpx.AsyncClient) -> None:
    begins_again(services)
    row = await services.post.pacing.read()
    await services.post.pacing.save(Pacing(hold_until=MONDAY - HOUR, etag=row.etag))

    assert "Held until" not in (await reader.get(PAGE)).text
