"""The main job through the real host: discovery, snapshots of every tenant, status over HTTP."""

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sspr_core.adapters.storage import Storage
from sspr_core.model.ids import EVERY_TENANT, TenantId
from tests.builders import a_header
from tests.e2e.conftest import Product, wait_until
from tests.e2e.stored_state import assert_changes_lead_from, assert_stored_is_the_directory, states_of
from tests.local_stack import ask


def healthy(product: Product) -> list[str]:
    return [one["tenant_id"] for one in product.cloud.says["tenants"] if one["special"] is None]


def test_every_customer_is_on_the_books(product: Product) -> None:
    assert set(product.tenants()) == set(product.cloud.tenant_ids)


@pytest.mark.parametrize(
    ("special", "word"),
    [
        ("consent_missing", "consent_missing"),
        ("permission_missing", "permission_missing"),
        ("conditional_access", "blocked"),
        ("gone", "tenant_gone"),
        ("wrong_tenant", "wrong_tenant"),
        ("html_502", "unavailable"),
        ("truncated", "unavailable"),
        ("foreign_next_link", "other"),
        ("throttled_long", "throttled"),
        ("not_premium", None),
        ("falsely_not_premium", None),
        ("throttled_retry_after", None),
        ("throttled_silent", None),
    ],
)
def test_every_special_tenant_ends_in_its_word_with_code_message_since_and_remedy(
    product: Product, special: str, word: str | None
) -> None:
    tenant = product.get(f"tenants/{product.cloud.special(special)}")

    if word is None:
        assert tenant["problem"] is None
        assert tenant["lifecycle"] == ("ineligible" if special == "not_premium" else "active")
        return
    problem = tenant["problem"]
    assert problem["word"] == word
    assert all(problem[name] for name in ("code", "message", "remedy"))
    assert datetime.fromisoformat(problem["since"]).tzinfo
    assert tenant["population_count"] is None


async def test_what_is_stored_is_what_the_directories_say(product: Product, stored: Storage) -> None:
    for tenant in healthy(product):
        await assert_stored_is_the_directory(stored, product.cloud, tenant)


def test_the_overview_adds_up(product: Product) -> None:
    overview, tenants = product.get("overview"), product.tenants().values()
    active = [one for one in tenants if one["lifecycle"] == "active"]

    for name in ("population_count", "registered_count", "to_register_count", "excluded_count"):
        assert overview["totals"][name] == sum(one[name] for one in active)
    assert overview["completeness"]["fresh"] == len(active)
    assert len(overview["completeness"]["failed"]) == 9


async def test_weeks_later_changes_lead_from_what_was_to_what_is(product: Product, stored: Storage) -> None:
    some = healthy(product)[:4]
    before = {tenant: await states_of(stored, tenant) for tenant in some}

    for _ in range(3):
        product.cloud.ask("POST", "advance", {"days": 30})
        product.snapshot(*some)

    for tenant in some:
        await assert_stored_is_the_directory(stored, product.cloud, tenant)
        await assert_changes_lead_from(stored, tenant, before[tenant])
    changes = product.get(f"tenants/{some[0]}/changes?limit=1000")["items"]
    assert changes
    assert changes[0]["changed_at"] >= changes[-1]["changed_at"]


def test_consent_granted_later_is_seen_with_the_next_snapshot(product: Product) -> None:
    tenant = product.cloud.special("consent_missing")
    product.cloud.ask("POST", "heal", {"tenant": tenant})

    product.snapshot(tenant)

    assert product.tenants()[tenant]["problem"] is None
    product.cloud.ask("POST", "ail", {"tenant": tenant, "special": "consent_missing"})


def test_a_trouble_keeps_the_last_good_figures_and_is_told_beside_them(product: Product) -> None:
    tenant = healthy(product)[5]
    product.snapshot(tenant)  # today's day, even just after midnight
    good = product.tenants()[tenant]
    product.cloud.ask("POST", "ail", {"tenant": tenant, "special": "permission_missing"})
    product.get(f"tenants/{tenant}/refresh", method="POST", role="operator")

    found = wait_until(lambda: product.tenants()[tenant] if product.tenants()[tenant]["problem"] else None, "problem")

    assert found["population_count"] == good["population_count"]
    assert found["last_success_at"] == good["last_success_at"]
    today = product.get(f"tenants/{tenant}/history")["items"][0]
    assert (today["population_count"], today["problem"]["word"]) == (good["population_count"], "permission_missing")
    product.cloud.ask("POST", "heal", {"tenant": tenant})
    product.snapshot(tenant)


async def test_a_day_older_than_five_years_is_deleted_and_todays_stays(product: Product, stored: Storage) -> None:
    tenant, now = TenantId(healthy(product)[0]), datetime.now(UTC)
    long_ago = now - timedelta(days=5 * 365 + 2)
    await stored.coverage.save_snapshot(tenant, a_header(at=long_ago))

    product.fire("delete_expired")

    days = await stored.coverage.days(EVERY_TENANT, tenant, first=long_ago.date(), last=now.date())
    assert days
    assert all(now.date() - day.on < timedelta(days=2) for day in days)


def test_a_message_that_is_no_job_is_out_of_the_way_and_in_the_log(product: Product) -> None:
    before = product.runs("record_poison_snapshot")
    ask(product.url, "/admin/functions/record_poison_snapshot", method="POST", role=None, content={"input": "nonsense"})

    wait_until(lambda: product.runs("record_poison_snapshot") > before, "the poisoned message is worked")

    assert "is no job" in product.host.log.read_text()


def refused(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_health_check_tells_everybody_nothing_but_that(product: Product) -> None:
    assert ask(product.url, "/healthz", role=None) == {"status": "ok"}


def test_a_monitor_may_ask_for_the_head_alone(product: Product) -> None:
    assert httpx.head(f"{product.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("drafts", [b'{"tenant_id"', b": 1}"], 411),
        ("drafts", b'{"tenant_id": 1}', 422),
        ("runs/00000000000000/pause", None, 404),
    ],
)
def test_a_body_in_chunks_does_not_arrive_and_is_asked_for_with_its_length(
    product: Product, path: str, content: list[bytes] | bytes | None, status: int
) -> None:
    headers = {"authorization": "Bearer local-operator", "content-type": "application/json"}

    answer = httpx.post(
        f"{product.url}/api/v1/{path}", headers=headers, content=iter(content) if isinstance(content, list) else content
    )

    assert answer.status_code == status, answer.text


def test_an_admin_is_told_how_every_part_is(product: Product) -> None:
    told = {one["name"]: one for one in product.get("health", role="admin")["checks"]}

    right = ("settings", "storage", "graph", "mail", "discovery", "job discover_tenants", "job schedule_snapshots")
    assert {name: told[name]["status"] for name in right} == dict.fromkeys(right, "ok")
    assert told["snapshots"]["status"] == "warn"
    assert "tenants are fresh" in told["snapshots"]["said"]


def test_a_forged_header_is_stripped_before_the_app_sees_it(product: Product) -> None:
    assert refused(f"{product.url}/api/v1/overview", **{"x-ms-client-principal": "eyJjbGFpbXMiOltdfQ=="}) == 401


def test_every_door_leads_somewhere(product: Product) -> None:
    roles = {"authorization": "Bearer local-reader"}
    for path in ("/", "/api/v1/overview", "/api/v1/tenants", "/api/v1/docs", "/api/v1/openapi.json"):
        assert refused(f"{product.url}{path}", **roles) == 200, path
    assert refused(f"{product.url}/static/none.css") == 404
    assert refused(f"{product.url}/nowhere", **roles) == 404


def test_the_log_has_no_names_addresses_tokens_or_secrets(product: Product) -> None:
    text = product.host.log.read_text()

    assert product.cloud.says["client_secret"] not in text
    assert "eyJ" not in text
    for tenant in healthy(product)[:3]:
        for one in product.cloud.ask("GET", f"directory/{tenant}")["users"]:
            assert one["user"]["userPrincipalName"] not in text
            assert one["user"]["id"] not in text
