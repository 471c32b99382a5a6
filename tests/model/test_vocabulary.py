"""Ids, scopes, problems, jobs."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId, tenant_id, user_id
from sspr_core.model.problem import (
    FALSELY_NOT_PREMIUM,
    MANAGED_IDENTITY,
    Access,
    AccessError,
    consent_link,
    remedy,
    with_since,
)
from sspr_core.model.queue_messages import SnapshotJob
from tests.builders import HOUR, MONDAY, a_problem
from tests.graph_rows import guid

A = TenantId(guid("a"))
PUBLIC, US = "https://login.microsoftonline.com", "https://login.microsoftonline.us"


WITH_A_REMEDY_OF_THEIR_OWN = [
    *((Access.UNAVAILABLE, code) for code in FALSELY_NOT_PREMIUM),
    (Access.APP_CREDENTIAL, "AADSTS700213"),
    (Access.APP_CREDENTIAL, MANAGED_IDENTITY),
]


@given(st.uuids())
def test_an_id_is_the_same_however_it_is_written(of: object) -> None:
    text = str(of)

    assert tenant_id(f" {text.upper()} ") == user_id(text) == text


@pytest.mark.parametrize("text", ["", "x", A[:-1], A + "0", A.replace("-", ""), f"{{{A}}}", f"{A}\n{A}", "../" + A])
def test_what_is_no_guid_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="not a GUID"):
        tenant_id(text)


def test_a_scope_allows_its_tenants_and_no_others() -> None:
    assert EVERY_TENANT.allows(A)
    assert Scope(tenants=frozenset({A})).allows(A)
    assert not Scope(tenants=frozenset()).allows(A)


def test_a_problem_keeps_its_since_when_the_word_changes() -> None:
    trouble = AccessError(word=Access.THROTTLED, code="429", message="Too many requests.")

    assert with_since(trouble, None, now=MONDAY).since == MONDAY
    assert with_since(trouble, a_problem(since=MONDAY), now=MONDAY + HOUR).since == MONDAY


def test_a_problem_also_keeps_since_when_it_has_had_its_word() -> None:
    trouble = AccessError(word=Access.THROTTLED, code="429", message="Too many requests.")
    first = with_since(trouble, a_problem(since=MONDAY), now=MONDAY + HOUR)

    again = with_since(trouble, first, now=MONDAY + 2 * HOUR)

    assert (again.since, again.began_at) == (MONDAY, MONDAY + HOUR)
    assert a_problem(since=MONDAY).began_at == MONDAY  # a row of a version without that column


@pytest.mark.parametrize(
    ("before", "code", "begins"),
    [
        ("AADSTS7000222", "AADSTS700213", True),  # the secret expired; now a federated credential is used
        ("AADSTS7000222", "managed_identity", True),
        ("managed_identity", "AADSTS700213", True),  # the identity exists, but is not trusted yet
        ("AADSTS700213", "AADSTS700213", False),
        ("AADSTS70021", "AADSTS700213", False),  # differing caches must not retry without end
        ("AADSTS700213", "managed_identity", False),
        ("AADSTS700213", "AADSTS7000222", False),
    ],
)
def test_a_credentials_trouble_that_may_pass_begins_with_its_code(before: str, code: str, begins: bool) -> None:
    trouble = AccessError(word=Access.APP_CREDENTIAL, code=code, message="Refused.")
    known = replace(a_problem(Access.APP_CREDENTIAL, since=MONDAY), code=before)

    problem = with_since(trouble, known, now=MONDAY + HOUR)

    assert (problem.since, problem.began_at) == (MONDAY, MONDAY + HOUR if begins else MONDAY)


@pytest.mark.parametrize(("word", "code"), [*((word, "") for word in Access), *WITH_A_REMEDY_OF_THEIR_OWN])
def test_every_word_has_one_sentence_and_one_link_to_where_it_helps(word: Access, code: str) -> None:
    sentence, _, link = remedy(word, A, "client", PUBLIC, "https://sspr.example", code=code).rpartition(": ")

    assert sentence[0].isupper()
    assert ". " not in sentence
    assert "http" not in sentence
    assert re.fullmatch(r"https://[a-z.]+\.com/[^\s{}]+", link)


@pytest.mark.parametrize("code", FALSELY_NOT_PREMIUM)
def test_a_licence_that_graph_does_not_see_is_remedied_by_a_permission_and_consent_to_it(code: str) -> None:
    text = remedy(Access.UNAVAILABLE, A, "client", PUBLIC, code=code)

    assert "Directory.Read.All" in text
    assert "register_apps.py apps --with-directory-read" in text
    assert text.endswith(consent_link(A, "client", PUBLIC))


def test_a_missing_consent_comes_with_the_link_for_that_tenant_and_the_way_back() -> None:
    assert consent_link(A, "client", PUBLIC, "https://sspr.example") == (
        f"https://login.microsoftonline.com/{A}/adminconsent?client_id=client"
        "&redirect_uri=https%3A%2F%2Fsspr.example%2Fstatic%2Fconsented.html"
    )
    assert "redirect_uri" not in consent_link(A, "client", PUBLIC)
    assert consent_link(A, "client", PUBLIC) in remedy(Access.CONSENT_MISSING, A, "client", PUBLIC)


@pytest.mark.parametrize(("word", "code"), [*((word, "") for word in Access), *WITH_A_REMEDY_OF_THEIR_OWN])
def test_in_a_national_cloud_no_remedy_sends_anybody_to_the_public_one(word: Access, code: str) -> None:
    text = remedy(word, A, "client", US, code=code)

    assert "microsoftonline.com" not in text
    assert "entra.microsoft.com" not in text


@given(st.integers(0, 100), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_job_comes_out_of_the_queue_as_it_went_in(attempt: int, age: timedelta) -> None:
    job = SnapshotJob(tenant_id=A, queued_at=MONDAY, first_at=MONDAY - age, attempt=attempt)

    assert SnapshotJob.from_json(job.to_json()) == job


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"tenant_id":"x","queued_at":"2026-11-23T06:00:00Z","first_at":"2026-11-23T06:00:00Z"}',
        b'{"tenant_id":"%s","queued_at":"2026-11-23T06:00:00","first_at":"2026-11-23T06:00:00"}' % A.encode(),
        b'{"tenant_id":"%s","queued_at":"now","first_at":"now"}' % A.encode(),
    ],
    ids=["empty", "null", "list", "no tenant id", "no zone", "no time"],
)
def test_a_body_that_is_no_job_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which one is the decoder's affair
        SnapshotJob.from_json(body)


def test_trying_again_counts_up_and_keeps_when_it_all_began() -> None:
    job = SnapshotJob.first(A, now=MONDAY)

    copy = job.next_try(due_at=MONDAY + HOUR)
    assert (copy.attempt, copy.first_at, copy.queued_at, copy.due_at) == (1, MONDAY, MONDAY, MONDAY + HOUR)
