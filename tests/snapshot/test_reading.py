import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sspr_core.model.counts import SsprScope
from sspr_core.model.graph_rows import DirectoryUser, ReportRow
from sspr_core.model.registration import Excluded, Registration, User
from sspr_core.snapshot.reading import Reading, SnapshotBuilder
from tests.builders import MONDAY
from tests.graph_rows import BUSINESS_PREMIUM, PREMIUM, a_report_row, a_row, guid, licensed


def gathered(report: list[ReportRow], users: list[DirectoryUser]) -> Reading:
    gathering = SnapshotBuilder(PREMIUM, started_at=MONDAY)
    gathering.add_report(report)
    gathering.add_users(users)
    return gathering.reading()


def the_user(reading: Reading, name: str = "ana") -> User:
    return msgspec.msgpack.decode(reading.packed[guid(name)], type=User)


def test_a_user_with_a_row_has_what_the_report_says():
    row = a_report_row(is_sspr_registered=True, is_sspr_capable=True, methods_registered=["mobilePhone", "email"])

    user = the_user(gathered([row], [a_row()]))

    assert (user.registration, user.enabled, user.capable) == (Registration.REGISTERED, True, True)
    assert user.methods == ("email", "mobilePhone")


def test_a_user_without_a_row_is_unknown_and_not_unregistered():
    reading = gathered([], [a_row()])

    assert the_user(reading).registration is Registration.UNKNOWN
    assert the_user(reading).enabled is None
    assert (reading.counts.unknown_count, reading.counts.to_register_count) == (1, 0)


def test_null_in_the_report_is_unknown():
    reading = gathered(
        [a_report_row(is_sspr_registered=None, is_sspr_enabled=None, methods_registered=None)], [a_row()]
    )

    assert the_user(reading).registration is Registration.UNKNOWN
    assert reading.counts.not_enabled_count == 0


def test_users_are_joined_by_object_id_whatever_its_case_and_whatever_their_names():
    reading = gathered(
        [msgspec.structs.replace(a_report_row(is_sspr_registered=True), id=guid("ana").upper())], [a_row()]
    )

    assert the_user(reading).registration is Registration.REGISTERED


def test_a_row_of_the_report_without_a_user_is_dropped_and_counted():
    reading = gathered([a_report_row("ana"), a_report_row("gone")], [a_row("ana")])

    assert (len(reading.packed), reading.dropped_count) == (1, 1)


def test_repeated_rows_and_users_count_once():
    reading = gathered([a_report_row(), a_report_row()], [a_row(), a_row()])

    assert reading.counts.population_count == 1
    assert reading.dropped_count == 0


def test_to_register_are_those_in_the_population_enabled_and_not_registered():
    report = [
        a_report_row("ana"),
        a_report_row("off", is_sspr_enabled=False),
        a_report_row("done", is_sspr_registered=True),
        a_report_row("guest"),
    ]
    users = [a_row("ana"), a_row("off"), a_row("done"), a_row("guest", user_type="Guest")]

    counts = gathered(report, users).counts

    assert counts.to_register_count == 1
    assert (counts.population_count, counts.registered_count, counts.not_registered_count) == (3, 1, 2)
    assert (counts.not_enabled_count, counts.excluded_count) == (1, 1)
    assert counts.coverage == 0.5


def test_coverage_is_null_when_sspr_is_enabled_for_nobody():
    assert gathered([a_report_row(is_sspr_enabled=False)], [a_row()]).counts.coverage is None


def test_reasons_add_up_to_the_excluded():
    users = [
        a_row("g", user_type="Guest"),
        a_row("d", account_enabled=None),
        a_row("u", assigned_licenses=[]),
        a_row("a"),
    ]

    reading = gathered([], users)

    assert reading.excluded_by_reason == {Excluded.GUEST: 1, Excluded.DISABLED: 1, Excluded.UNLICENSED: 1}
    assert sum(reading.excluded_by_reason.values()) == reading.counts.excluded_count


def test_the_shortfall_is_the_population_less_its_covered_users():
    other = "c42b9cae-ea4f-4ab7-9717-81576235ccac"
    users = [a_row("a"), a_row("b", assigned_licenses=licensed(other)), a_row("g", user_type="Guest")]

    assert gathered([], users).licence_shortfall_count == 1


def scope_of(*rows: ReportRow) -> SsprScope:
    names = "abcdefgh"[: len(rows)]
    return gathered(
        [msgspec.structs.replace(row, id=guid(name)) for name, row in zip(names, rows, strict=True)],
        [a_row(name) for name in names],
    ).sspr_scope


def test_the_scope_is_derived_from_whom_the_policy_lets():
    on, off, unsaid = a_report_row(), a_report_row(is_sspr_enabled=False), a_report_row(is_sspr_enabled=None)

    assert scope_of(on, on, unsaid) is SsprScope.ALL
    assert scope_of(on, off) is SsprScope.SOME
    assert scope_of(off, unsaid) is SsprScope.NONE
    assert scope_of(unsaid) is SsprScope.UNKNOWN


def test_administrators_say_nothing_about_the_scope():
    off = a_report_row(is_sspr_enabled=False)

    assert scope_of(off, a_report_row(is_admin=True)) is SsprScope.NONE
    assert scope_of(a_report_row(is_admin=True)) is SsprScope.UNKNOWN
    assert scope_of(off, a_report_row(is_admin=None)) is SsprScope.SOME


def test_the_digest_does_not_depend_on_the_order_of_pages():
    report, users = [a_report_row("a"), a_report_row("b")], [a_row("a"), a_row("b"), a_row("c")]

    assert gathered(report, users).digest == gathered(report[::-1], users[::-1]).digest


@given(st.sampled_from(["display_name", "mail", "user_type", "account_enabled", "preferred_language", "id"]))
@settings(max_examples=20)
def test_any_difference_shows_in_the_digest(field):
    other = {"account_enabled": False, "id": guid("bob")}.get(field, "other")

    changed = msgspec.structs.replace(a_row(), **{field: other})

    assert gathered([], [changed]).digest != gathered([], [a_row()]).digest


def test_the_order_of_methods_and_licences_is_no_difference():
    one = gathered([a_report_row(methods_registered=["a", "b"])], [a_row()])
    two = gathered([a_report_row(methods_registered=["b", "a", None])], [a_row()])

    assert one.digest == two.digest


def test_seven_digit_fractions_and_nonsense_dates_lose_no_user():
    users = [a_row("a", created_date_time="2023-03-13T19:15:41.6195833Z"), a_row("b", created_date_time="yesterday")]

    reading = gathered([], users)

    assert the_user(reading, "a").created_at == 1678734941
    assert the_user(reading, "b").created_at is None


def test_a_packed_row_takes_about_180_bytes():
    row = a_row(
        display_name="Ana María Fernández de la Torre",
        user_principal_name="ana.fernandez@contoso-medical.example",
        mail="ana.fernandez@contoso-medical.example",
        preferred_language="es-ES",
        usage_location="ES",
        created_date_time="2023-03-13T19:15:41.6195833Z",
        assigned_licenses=licensed(BUSINESS_PREMIUM),
    )

    packed = gathered([a_report_row(methods_registered=["mobilePhone", "microsoftAuthenticatorPush"])], [row]).packed

    assert 100 < len(packed[guid("ana")]) + len(guid("ana")) < 260
