"""The portal's pages: content, permissions and errors."""

import re
from dataclasses import replace
from html import unescape

import httpx
import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.mail_service import Senders
from sspr_core.model.tenant import Eligibility
from sspr_core.ports.services import Services
from tests.builders import DAY, MONDAY
from tests.graph_rows import guid
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import ILL, OPERATOR, READER, UNKNOWN, a_populated_world, visiting

FORM = {"content-type": "application/x-www-form-urlencoded"}
HTMX = FORM | {"hx-request": "true"}
EVERY_PAGE = [
    "/p",
    "/p/to-do",
    f"/p/tenants/{CONTOSO}",
    f"/p/tenants/{ILL}",
    "/p/templates",
    f"/p/templates?template=reminder&language=de&tenant={CONTOSO}",
    "/p/branding",
    f"/p/branding?tenant={CONTOSO}",
    "/p/reports",
    "/p/reports/all-tenants",
    f"/p/tenants/{CONTOSO}/report",
]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("path", EVERY_PAGE)
async def test_every_page_is_html_that_needs_no_inline_style_or_script(reader: httpx.AsyncClient, path: str) -> None:
    answer = await reader.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert not re.search(r"\son[a-z]+=", answer.text)
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []
    assert answer.headers["cache-control"] == "no-store"


async def test_a_tenant_whose_licence_ended_says_since_when_and_shows_its_last_snapshot() -> None:
    services = await a_populated_world()
    known = await services.tenants.get(EVERY_TENANT, CONTOSO)
    await services.tenants.save_status(
        replace(
            known.status,
            eligibility=Eligibility.INELIGIBLE,
            premium_seat_count=0,
            seats_seen_at=MONDAY + DAY,
            licence_ended_at=MONDAY + 2 * DAY,
        )
    )

    async with visiting(services, **READER) as reader:
        page = text_of((await reader.get(f"/p/tenants/{CONTOSO}")).text)

    assert "The licence ended: since 25 Nov 2026 (last seen on 24 Nov 2026)" in page
    assert "What is shown below is from the last snapshot." in page
    assert "Dee" in page


@pytest.mark.parametrize("path", ["/p", "/p/to-do", f"/p/tenants/{CONTOSO}?registration=registered&q=a"])
async def test_whoever_opens_a_page_unsigned_comes_back_to_it_with_its_query(path: str) -> None:
    async with visiting() as nobody:
        answer = await nobody.get(path)

    assert answer.status_code == 302
    wanted = httpx.URL(answer.headers["location"]).params["post_login_redirect_uri"]
    assert wanted == path


async def test_the_way_in_leads_to_the_overview(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/")).headers["location"] == "/p"
    assert (await reader.get("/p/")).headers["location"] == "/p"


async def test_the_overview_says_how_complete_it_is_with_the_remedy_one_click_away(reader: httpx.AsyncClient) -> None:
    text = text_of((await reader.get("/p")).text)

    assert "1 of 2 tenants fresh" in text
    assert "1 could not be read" in text
    assert "let an administrator of the tenant grant consent" in text.replace("Let", "let")


async def test_how_long_ago_a_tenant_was_read_is_told_by_the_apps_clock(reader: httpx.AsyncClient) -> None:
    for path in ("/p", f"/p/tenants/{CONTOSO}"):
        assert "1 hour ago" in text_of((await reader.get(path)).text)


async def test_the_overviews_table_is_filtered_sorted_and_paged_by_its_address(reader: httpx.AsyncClient) -> None:
    async def rows(query: str) -> list[str]:
        return re.findall(r'class="name"><a href="/p/tenants/([0-9a-f-]+)"', (await reader.get(f"/p?{query}")).text)

    assert set(await rows("")) == {CONTOSO, ILL}
    assert await rows("q=contoso") == [CONTOSO]
    assert await rows("problem=any&q=&lifecycle=") == [ILL]
    assert await rows("lifecycle=active") == [CONTOSO]
    assert await rows("q=nobody+is+called+so") == []
    assert (await rows("sort=-display_name")) == (await rows("sort=display_name"))[::-1]
    first = (await reader.get("/p?limit=1")).text
    [following] = re.findall(r'<a class="button" href="(/p\?[^"]+)"', first)
    assert len(re.findall(r'class="name"><a', (await reader.get(unescape(following))).text)) == 1


async def test_a_world_without_tenants_says_how_they_come_in() -> None:
    services = await a_populated_world()
    services.tenants.rows.clear()  # type: ignore[attr-defined]
    async with visiting(services, **READER) as reader:
        assert "No tenants yet" in (await reader.get("/p")).text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/p?sort=nonsense", 422, "sort"),
        ("/p?nonsense=1", 422, "nonsense"),
        ("/p?coverage_below=2", 422, "coverage_below"),
        ("/p?limit=0", 422, "limit"),
        (f"/p/tenants/{CONTOSO}?limit=1001", 422, "limit"),
        ("/p/nowhere", 404, "Not found"),
        (f"/p/tenants/{UNKNOWN}", 404, "Not found"),
        ("/p/tenants/x", 422, "Not understood"),
        ("/p/templates?template=nonsense", 422, "template"),
        (f"/p/branding?tenant={UNKNOWN}", 404, "Not found"),
        (f"/p/tenants/{CONTOSO}/preview?template=nonsense&language=en", 404, "Not found"),
        (f"/p/tenants/{CONTOSO}/progress?since=nonsense", 422, "since"),
        (f"/p/tenants/{CONTOSO}/progress?since=2026-11-23T06:00:00", 422, "since"),
    ],
)
async def test_what_goes_wrong_is_told_on_a_page_with_a_way_on(
    reader: httpx.AsyncClient, path: str, status: int, says: str
) -> None:
    answer = await reader.get(path)

    assert answer.status_code == status
    assert says in text_of(answer.text)
    assert 'href="/p"' in answer.text


async def test_storage_away_is_told_on_a_page_too(services: Services) -> None:
    async def away(*_: object) -> None:
        from sspr_core.model.errors import TryAgain

        raise TryAgain

    services.tenants.known = away  # type: ignore[method-assign]
    async with visiting(services, **READER) as reader:
        answer = await reader.get("/p")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Storage did not answer" in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (f"/p/tenants/{CONTOSO}/refresh", ""),
        ("/p/templates", "template=reminder&language=en&version=0&subject=x"),
        ("/p/branding", "company=x"),
    ],
)
async def test_what_a_reader_may_not_do_is_not_offered_and_is_refused(services: Services, path: str, form: str) -> None:
    async with visiting(services, **READER) as reader:
        pages = [(await reader.get(one)).text for one in EVERY_PAGE]
        answer = await reader.post(path, content=form, headers=FORM)

    assert not any("Refresh now</button>" in page or ">Save</button>" in page for page in pages)
    assert not any("Check now" in page for page in pages)
    assert answer.status_code == 403
    assert "Operator" in text_of(answer.text)
    async with visiting(services, **OPERATOR) as operator:
        pages = [(await operator.get(one)).text for one in EVERY_PAGE]
    assert any("Refresh now</button>" in page for page in pages)
    assert any(">Save</button>" in page for page in pages)
    assert any("Check now" in page for page in pages)


async def test_a_form_sent_from_elsewhere_changes_nothing(services: Services) -> None:
    async with visiting(services, **OPERATOR) as operator:
        answer = await operator.post(
            "/p/branding", content="company=x", headers=FORM | {"origin": "https://evil.example"}
        )

    assert answer.status_code == 403
    assert await services.own.branding(EVERY_TENANT, None) == Branding()


async def test_the_tenants_page_has_its_links_its_users_and_what_changed(reader: httpx.AsyncClient) -> None:
    page = (await reader.get(f"/p/tenants/{CONTOSO}")).text
    text = text_of(page)

    assert f"entra.microsoft.com/{CONTOSO}/#view/Microsoft_AAD_IAM/PasswordResetMenuBlade" in page
    assert "Authentication methods report" in text
    assert "Ana registered" in text
    assert f"User {guid('cas')[:8]}… is gone" in text
    assert "Dee appeared, not registered" in text
    assert "before 23 Nov 2026" in text


async def test_the_users_table_is_filtered_by_its_address(reader: httpx.AsyncClient) -> None:
    async def names(query: str) -> list[str]:
        page = (await reader.get(f"/p/tenants/{CONTOSO}?{query}")).text
        return re.findall(r'<th scope="row" class="name anywhere">([^<]+)', page)

    assert await names("") == ["Ana", "Ben", "Dee"]
    assert await names("registration=not_registered&q=&method=") == ["Dee"]
    assert await names("q=be") == ["Ben"]
    assert await names("sort=-display_name") == ["Dee", "Ben", "Ana"]


async def test_the_export_has_the_filters_of_the_list(reader: httpx.AsyncClient) -> None:
    page = (await reader.get(f"/p/tenants/{CONTOSO}?registration=registered&q=a%26b")).text

    links = [unescape(link) for link in re.findall(r'href="(/api/v1/[^"]+/export[^"]+)"', page)]
    assert links == [
        f"/api/v1/tenants/{CONTOSO}/users/export?registration=registered&q=a%26b&format={kind}"
        for kind in ("csv", "xlsx")
    ]


async def test_a_refresh_is_asked_for_and_watched_until_it_is_there(services: Services) -> None:
    async with visiting(services, **OPERATOR) as operator:
        part = (await operator.post(f"/p/tenants/{CONTOSO}/refresh", content="", headers=HTMX)).text
        [looking] = re.findall(r'hx-get="([^"]+)"', part)
        waiting = (await operator.get(unescape(looking))).text
        plain = await operator.post(f"/p/tenants/{CONTOSO}/refresh", content="", headers=FORM)

    assert "Reading the tenant" in waiting
    assert len(services.jobs.sent) == 2  # type: ignore[attr-defined]
    assert (plain.status_code, plain.headers["location"]) == (303, f"/p/tenants/{CONTOSO}")


async def test_the_draft_dialog_names_whom_it_reaches_and_whom_it_leaves_out(reader: httpx.AsyncClient) -> None:
    form = f"user={guid('ana')}&user={guid('dee')}&user={guid('cas')}"

    part = (await reader.post(f"/p/tenants/{CONTOSO}/draft", content=form, headers=HTMX)).text

    text = text_of(part)
    assert "1 recipient at Contoso" in text
    assert "2 left out" in text
    assert "registered already" in text
    assert "not among the tenant's users any more" in text
    assert re.search(r'href="mailto:\?bcc=dee', part)
    assert "<!doctype" not in part


async def test_all_matching_are_those_the_filter_lets_through(reader: httpx.AsyncClient) -> None:
    part = (
        await reader.post(
            f"/p/tenants/{CONTOSO}/draft", content="all=1&filter.registration=not_registered", headers=HTMX
        )
    ).text

    assert "1 recipient at Contoso" in text_of(part)


async def test_without_the_script_a_draft_is_a_page_of_its_own(reader: httpx.AsyncClient) -> None:
    page = (await reader.post(f"/p/tenants/{CONTOSO}/draft", content=f"user={guid('dee')}", headers=FORM)).text

    assert page.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "form", ["", "user=x", "mode=nonsense", "all=1&filter.nonsense=1", f"user={guid('dee')}&mode=x"]
)
async def test_a_selection_that_is_none_is_told(reader: httpx.AsyncClient, form: str) -> None:
    answer = await reader.post(f"/p/tenants/{CONTOSO}/draft", content=form, headers=HTMX)

    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
async def test_only_a_form_is_a_form(reader: httpx.AsyncClient, kind: str) -> None:
    answer = await reader.post(f"/p/tenants/{CONTOSO}/draft", content="{}", headers={"content-type": kind})

    assert answer.status_code == 422


async def test_the_file_has_the_same_recipients(reader: httpx.AsyncClient) -> None:
    answer = await reader.post(f"/p/tenants/{CONTOSO}/draft.eml", content=f"user={guid('dee')}", headers=FORM)

    assert answer.headers["content-type"] == "message/rfc822"
    assert "attachment" in answer.headers["content-disposition"]
    assert b'Bcc: "Dee" <dee@contoso.example>' in answer.content


async def test_words_are_saved_and_shown_and_what_is_wrong_stays_as_typed(services: Services) -> None:
    async with visiting(services, **OPERATOR) as operator:
        wrong = await operator.post(
            "/p/templates", content="template=reminder&language=en&version=0&subject=Hi+%7Bfoo%7D", headers=FORM
        )
        right = await operator.post(
            "/p/templates", content="template=reminder&language=en&version=0&subject=Hi+%7Btenant%7D", headers=FORM
        )
        late = await operator.post(
            "/p/templates", content="template=reminder&language=en&version=0&subject=Mine", headers=FORM
        )
        shown = (await operator.get(right.headers["location"])).text

    assert (wrong.status_code, right.status_code, late.status_code) == (422, 303, 409)
    assert 'value="Hi {foo}"' in unescape(wrong.text)
    assert 'aria-invalid="true"' in wrong.text
    assert "Somebody else has saved" in late.text
    assert 'value="Hi {tenant}"' in unescape(shown)
    assert "Saved as version 1" in shown


async def test_a_preview_shows_what_is_not_saved_or_says_what_is_wrong(services: Services) -> None:
    async with visiting(services, **READER) as reader:
        typed = await reader.post(
            "/p/templates/preview", content="template=reminder&language=en&closing=See+you+%26+thanks", headers=FORM
        )
        wrong = await reader.post(
            "/p/templates/preview", content="template=reminder&language=en&closing=%7Bx%7D", headers=FORM
        )
        colour = await reader.post("/p/branding/preview", content="colour=%23eeeeee", headers=FORM)

    assert "See you &amp; thanks" in typed.text
    assert "There is no preview yet" in wrong.text
    assert "colour" in colour.text
    assert await services.own.words(EVERY_TENANT, None, "reminder", "en") == Words()
    for answer in (typed, wrong, colour):
        assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("default", "own", "says"),
    [
        (None, None, "leave from donotreply@partner.example, unless SSPR_MAIL_SENDERS has this address."),
        (
            None,
            "it@contoso.example",
            "leave from donotreply@partner.example: SSPR_MAIL_SENDERS lacks it@contoso.example.",
        ),
        ("it@x.example", None, "leave from donotreply@partner.example: SSPR_MAIL_SENDERS lacks it@x.example."),
        (None, "Security@partner.example", "leave from security@partner.example too."),
    ],
)
async def test_branding_says_what_its_sender_does_and_what_not(
    services: Services, default: str | None, own: str | None, says: str
) -> None:
    listed = Senders(usual="donotreply@partner.example", others=("security@partner.example",))
    services = replace(services, post=replace(services.post, senders=listed))
    for tenant, address in ((None, default), (CONTOSO, own)):
        await services.own.save_branding(tenant, Branding(sender_address=address), by="o", at=MONDAY)

    async with visiting(services, **READER) as reader:
        page = (await reader.get(f"/p/branding?tenant={CONTOSO}")).text

    assert f"Emails that the app sends {says}" in page
    assert "Emails that the app sends show the name that the mail service has" in page


async def test_branding_is_saved_whole_or_not_at_all(services: Services) -> None:
    async with visiting(services, **OPERATOR) as operator:
        refused = await operator.post(
            "/p/branding", content="company=Partner&colour=%23ffffff&language=de", headers=FORM
        )
        nothing = await services.own.branding(EVERY_TENANT, None)
        saved = await operator.post(
            "/p/branding", content="company=Partner&colour=%230f6cbd&language=de&use_other_mails=true", headers=FORM
        )

    assert (refused.status_code, nothing) == (422, Branding())
    assert 'value="#ffffff"' in refused.text
    assert saved.status_code == 303
    assert (await services.own.branding(EVERY_TENANT, None)).company == "Partner"
    terms = await services.own.mail_terms(EVERY_TENANT, None)
    assert (terms.language, terms.use_other_mails) == ("de", True)


async def test_the_list_of_work_leads_to_consent_and_to_those_waiting(services: Services) -> None:
    async with visiting(services, **OPERATOR) as operator:
        page = (await operator.get("/p/to-do")).text

    text = text_of(page)
    assert "Tenants without consent" in text
    assert f"/{ILL}/adminconsent?client_id=" in page
    assert MONDAY.strftime("%b %Y") in text
