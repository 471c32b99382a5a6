"""What a technician should act on, in order."""

from dataclasses import replace

from sspr_core.model.counts import Attention, SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.tenant import Eligibility, TenantRecord
from sspr_core.status.attention import tenant_count, to_do
from tests.builders import MONDAY, a_known, a_problem


def with_status(known: TenantRecord, **said: object) -> TenantRecord:
    return replace(known, status=replace(known.status, **said))


def content(*tenants: TenantRecord) -> dict[str, list[tuple[str, int | None]]]:
    return {
        group.name: [(task.known.display_name, task.count) for task in group.tasks] for group in to_do(list(tenants))
    }


def quiet(name: str = "quiet", **said: object) -> TenantRecord:
    """A tenant that needs no action."""
    wants_nothing = {"sspr_scope": SsprScope.ALL, "attention": Attention(), "licence_shortfall_count": 0}
    return with_status(a_known(name), **(wants_nothing | said))


def test_a_tenant_in_which_all_is_well_is_in_no_group() -> None:
    assert content(quiet()) == {}


def test_groups_come_in_the_order_in_which_to_act() -> None:
    everything = quiet(
        sspr_scope=SsprScope.SOME,
        licence_shortfall_count=2,
        attention=Attention(admin_to_register_count=1, single_method_count=3, new_to_register_count=4),
    )
    waiting = a_known("waiting", read_at=None, problem=a_problem(Access.CONSENT_MISSING))
    barred = quiet("barred", problem=a_problem(Access.BLOCKED))

    assert list(content(everything, waiting, barred)) == [
        "no_consent",
        "not_readable",
        "scope_not_all",
        "admins",
        "single_method",
        "licence_shortfall",
        "new_users",
    ]


def test_within_a_group_the_most_users_come_first_then_names() -> None:
    few, many, as_many = (
        quiet(name, attention=Attention(admin_to_register_count=count))
        for name, count in (("a few", 1), ("zulu", 5), ("beta", 5))
    )

    assert [name for name, _ in content(few, many, as_many)["admins"]] == [
        known.display_name for known in sorted((many, as_many), key=lambda one: one.display_name.casefold())
    ] + [few.display_name]


def test_trouble_that_passes_by_itself_is_nobodys_task() -> None:
    passing = [quiet(word, problem=a_problem(word)) for word in (Access.THROTTLED, Access.UNAVAILABLE)]

    assert content(*passing) == {}


def test_tenants_nobody_looks_after_are_not_in_the_list() -> None:
    off = quiet("off", sspr_scope=SsprScope.NONE)
    off = replace(off, tenant=replace(off.tenant, removed_at=MONDAY))
    without = with_status(quiet("without", sspr_scope=SsprScope.NONE), eligibility=Eligibility.INELIGIBLE)

    assert content(off, without) == {}


def test_a_snapshot_taken_before_these_were_counted_says_nothing_of_them() -> None:
    assert content(quiet(attention=None)) == {}


def test_each_tenant_is_counted_once() -> None:
    one = quiet(sspr_scope=SsprScope.NONE, attention=Attention(single_method_count=1, admin_to_register_count=1))

    assert tenant_count(to_do([one, quiet("two", sspr_scope=SsprScope.SOME), quiet("well")])) == 2
