"""The feed: flat rows of all tenants, in pages that can be resumed, and rounds that miss nothing."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.tenant import SwitchedOff
from sspr_core.status import feed as module
from sspr_core.status.feed import OF_A_USER, feed
from sspr_core.status.responses import Json, user_view
from tests.builders import DAY, HOUR, MONDAY, TERMS
from tests.graph_rows import guid
from tests.snapshot.snapshot_env import CONTOSO, Shop, fill

FABRIKAM = TenantId(guid("fabrikam"))
TUESDAY = MONDAY + DAY


async def a_shop() -> Shop:
    """Two tenants read on Monday; on Tuesday Ana had registered, Cas was gone and Dee was new in Contoso."""
    shop = Shop()
    contoso = fill(shop.knows(gdap_name="Contoso"), "ana", "ben", "cas")
    fill(shop.knows(FABRIKAM, gdap_name="Fabrikam"), "eva", "fred", registered=("eva",))
    for tenant in (CONTOSO, FABRIKAM):
        await shop.take(tenant=tenant)
    shop.later(DAY)
    fill(contoso, "ana", "ben", "dee", registered=("ana",))
    for tenant in (CONTOSO, FABRIKAM):
        await shop.take(tenant=tenant)
    return shop


async def page(
    shop: Shop,
    *,
    since: datetime | None = None,
    limit: int = 100,
    continuation: str | None = None,
    scope: Scope = EVERY_TENANT,
) -> Json:
    return await feed(
        shop.tenants,
        shop.registrations,
        scope,
        TERMS,
        changed_since=since,
        limit=limit,
        continuation=continuation,
        now=shop.now,
    )


async def every(shop: Shop, *, since: datetime | None = None, limit: int = 100) -> list[Json]:
    items: list[Json] = []
    continuation = None
    while True:
        answer = await page(shop, since=since, limit=limit, continuation=continuation)
        assert len(answer["items"]) <= limit
        items += answer["items"]
        continuation = answer["continuation"]
        if continuation is None:
            return items


def told(items: list[Json]) -> set[tuple[object, ...]]:
    return {(one["user_id"], one["registration"], one["gone"]) for one in items}


async def test_rows_are_flat_with_the_tenant_in_front_and_methods_in_one_text() -> None:
    shop = await a_shop()

    ana = next(one for one in await every(shop) if one["display_name"] == "Ana")

    stored = await shop.registrations.user(EVERY_TENANT, CONTOSO, ana["user_id"])
    assert list(ana)[:2] == ["tenant_id", "tenant_display_name"]
    assert (ana["tenant_id"], ana["tenant_display_name"]) == (CONTOSO, "Contoso")
    assert {name: ana[name] for name in OF_A_USER} == user_view(stored) | {"methods": ",".join(stored.user.methods)}
    assert (ana["changed_at"], ana["gone"]) == ("2026-11-24T06:00:00.000Z", False)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("since", [None, MONDAY, TUESDAY])
async def test_pages_of_any_size_are_the_whole_in_the_order_of_ids(limit: int, since: datetime | None) -> None:
    shop = await a_shop()

    items = await every(shop, since=since, limit=limit)

    keys = [(one["tenant_id"], one["user_id"]) for one in items]
    assert keys == sorted(set(keys))
    assert items == await every(shop, since=since)


async def test_since_a_time_there_are_only_the_rows_written_since_and_who_is_gone() -> None:
    shop = await a_shop()

    assert told(await every(shop, since=TUESDAY)) == {
        (guid("ana"), "registered", False),
        (guid("dee"), "not_registered", False),
        (guid("cas"), None, True),
    }
    assert await every(shop, since=TUESDAY + HOUR) == []


async def test_a_row_of_who_is_gone_has_every_field_and_only_the_ids() -> None:
    rows = await every(await a_shop(), since=TUESDAY)
    [gone], there = [one for one in rows if one["gone"]], next(one for one in rows if not one["gone"])

    assert list(gone) == list(there)
    assert {name: value for name, value in gone.items() if value is not None} == {
        "tenant_id": CONTOSO,
        "tenant_display_name": "Contoso",
        "user_id": guid("cas"),
        "changed_at": "2026-11-24T06:00:00.000Z",
        "gone": True,
    }


async def test_who_is_back_is_not_gone() -> None:
    shop = await a_shop()
    fill(shop.directories.tenants[CONTOSO], "ana", "ben", "cas", "dee", registered=("ana",))
    shop.later(DAY)
    await shop.take()

    assert (guid("cas"), "not_registered", False) in told(await every(shop, since=TUESDAY))
    assert not [one for one in await every(shop, since=TUESDAY) if one["gone"]]


async def test_a_time_that_was_told_gives_what_was_told_with_it() -> None:
    """Times are answered in milliseconds and stored in microseconds."""
    shop = await a_shop()
    fill(shop.directories.tenants[CONTOSO], "ana", "dee", "new", registered=("ana",))
    shop.later(timedelta(microseconds=1_500))
    await shop.take()

    rows = await every(shop, since=TUESDAY + timedelta(microseconds=1_700))

    assert told(rows) == {(guid("new"), "not_registered", False), (guid("ben"), None, True)}


async def test_a_page_begun_goes_on_after_the_last_row_though_rows_come_and_go_meanwhile() -> None:
    shop = await a_shop()
    before = await every(shop)
    first = await page(shop, limit=2)
    fill(shop.directories.tenants[CONTOSO], "dee", "ana", *(f"new{number}" for number in range(9)))
    shop.later(DAY)
    await shop.take()

    rest = await page(shop, continuation=first["continuation"])

    place = (before[1]["tenant_id"], before[1]["user_id"])
    assert [(one["tenant_id"], one["user_id"]) for one in rest["items"]] == [
        key for one in await every(shop) if (key := (one["tenant_id"], one["user_id"])) > place
    ]


@dataclass
class Copy:
    """The copy that a client program keeps, round after round."""

    shop: Shop
    rows: dict[tuple[object, object], Json] = field(default_factory=dict)
    since: datetime | None = None

    async def round(self) -> None:
        upcoming = datetime.fromisoformat((await page(self.shop, since=self.since))["next_changed_since"])
        for row in await every(self.shop, since=self.since, limit=2):
            key = (row["tenant_id"], row["user_id"])
            if row["gone"]:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        self.since = upcoming

    async def is_true(self) -> bool:
        now = {(one["tenant_id"], one["user_id"]): one for one in await every(self.shop)}
        return self.rows == now


async def test_round_after_round_a_copy_stays_true_also_when_rows_are_written_long_after_their_snapshot_began() -> None:
    shop = await a_shop()
    copy = Copy(shop)
    await copy.round()
    write = shop.registrations.write

    async def late(*args: object, **more: object) -> str:
        shop.later(timedelta(minutes=4))
        await copy.round()  # the snapshot has begun, and has written nothing yet
        return await write(*args, **more)

    shop.registrations.write = late
    for people in (("ben", "eva"), ("ana", "ben"), ("gil",)):
        shop.later(DAY)
        fill(shop.directories.tenants[CONTOSO], *people, registered=people[:1])
        await shop.take()

        assert not await copy.is_true()
        await copy.round()
        assert await copy.is_true()


async def test_an_unfinished_first_snapshot_is_not_told_and_comes_whole_once_it_is_finished() -> None:
    shop = await a_shop()
    copy = Copy(shop)
    tenant = TenantId(guid("new"))
    directory = fill(shop.knows(tenant), "ana", "ben")
    save = shop.tenants.save_status

    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    shop.tenants.save_status = dies
    with pytest.raises(KeyboardInterrupt):
        await shop.take(tenant=tenant)
    assert len(shop.registrations.rows[tenant]) == 2
    shop.later(12 * HOUR)
    await copy.round()
    assert tenant not in {key[0] for key in copy.rows}
    shop.tenants.save_status = save
    shop.later(DAY)
    fill(directory, "ana", "cas")

    await shop.take(tenant=tenant)
    await copy.round()

    assert {key[1] for key in copy.rows if key[0] == tenant} == {guid("ana"), guid("cas")}
    assert await copy.is_true()


async def test_only_tenants_in_relationship_are_told_also_when_they_are_switched_off() -> None:
    shop = await a_shop()
    off = SwitchedOff(by="olga", at=MONDAY, reason="left")
    shop.tenants.rows[FABRIKAM] = replace(shop.tenants.rows[FABRIKAM], switched_off=off)
    assert {one["tenant_id"] for one in await every(shop)} == {CONTOSO, FABRIKAM}

    shop.tenants.rows[FABRIKAM] = replace(shop.tenants.rows[FABRIKAM], removed_at=MONDAY)

    assert {one["tenant_id"] for one in await every(shop)} == {CONTOSO}


async def test_a_tenant_outside_the_scope_is_not_told() -> None:
    answer = await page(await a_shop(), scope=Scope(tenants=frozenset({FABRIKAM})))

    assert {one["tenant_id"] for one in answer["items"]} == {FABRIKAM}
    assert answer["completeness"]["expected"] == 1


async def test_of_many_tenants_without_news_a_page_looks_at_some_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 1)
    shop = await a_shop()

    first = await page(shop, since=TUESDAY + HOUR)
    second = await page(shop, since=TUESDAY + HOUR, continuation=first["continuation"])

    assert first["items"] == second["items"] == []
    assert first["continuation"]
    assert second["continuation"] is None


async def test_the_next_rounds_time_is_that_of_the_rounds_first_page() -> None:
    shop = await a_shop()
    first = await page(shop, limit=1)
    shop.later(DAY)

    second = await page(shop, limit=1, continuation=first["continuation"])

    assert first["next_changed_since"] == second["next_changed_since"] == "2026-11-24T04:00:00.000Z"
    assert (first["as_of"], second["as_of"]) == ("2026-11-24T06:00:00.000Z", "2026-11-25T06:00:00.000Z")


async def test_a_time_before_what_is_kept_is_refused_as_some_who_are_gone_are_no_longer_known() -> None:
    shop = await a_shop()
    earliest = shop.now - TERMS.keep.changes

    assert len((await page(shop, since=earliest))["items"]) == 6
    with pytest.raises(Invalid, match="changes are kept for 400 days") as raised:
        await page(shop, since=earliest - timedelta(seconds=1))

    assert raised.value.field == "changed_since"


async def test_a_continuation_of_another_time_is_refused() -> None:
    shop = await a_shop()
    first = await page(shop, since=MONDAY, limit=1)

    for other in (None, TUESDAY):
        with pytest.raises(Invalid, match="not of this list"):
            await page(shop, since=other, continuation=first["continuation"])
