"""The text of figures and times."""

from datetime import timedelta

import pytest

from sspr_core.mail.selection import Reason
from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Change, Excluded, Registration, State
from sspr_core.model.tenant import Lifecycle
from sspr_core.status.responses import rfc3339
from sspr_core.web.pages import labels
from sspr_core.web.pages.labels import change_sentence
from tests.builders import MONDAY
from tests.graph_rows import guid


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (0.0, "0%"), (1.0, "100%"), (0.676, "67.6%"), (0.9999, "99.9%"), (0.0001, "0.1%")],
)
def test_only_all_is_a_hundred_percent_and_only_nothing_is_none(share: float | None, text: str) -> None:
    assert labels.percent(share) == text


@pytest.mark.parametrize(
    ("change", "text", "tone"),
    [(None, "–", ""), (0.0, "±0.0", ""), (0.0312, "+3.1", "up"), (-0.02, "−2.0", "down"), (0.0004, "±0.0", "")],
)
def test_a_change_has_its_sign_and_its_tone(change: float | None, text: str, tone: str) -> None:
    assert (labels.points(change), labels.tone_of(change)) == (text, tone)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=40), "40 days ago"),
    ],
)
def test_an_age_is_in_one_unit(age: timedelta, text: str) -> None:
    assert labels.ago(rfc3339(MONDAY - age), MONDAY) == text
    assert labels.ago(None, MONDAY) == "never"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ana Silva", "AS"), ("olga@partner.example", "OP"), ("Ana", "A"), ("", "?"), ("山田 太郎", "山太")],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert labels.initials(name) == letters


def test_every_state_has_a_word() -> None:
    assert set(labels.SCOPES) == set(SsprScope) == set(labels.SCOPE_TONES)
    assert set(labels.LIFECYCLES) == set(Lifecycle) == set(labels.LIFECYCLE_TONES)
    assert set(labels.PROBLEMS) == set(Access) == set(labels.REMEDY_LINKS)
    assert labels.remedy_link("unavailable", "https://learn.microsoft.com/x") == "service health"
    assert labels.remedy_link("unavailable", "https://login.microsoftonline.com/t/adminconsent?x") == "consent link"
    assert set(labels.REGISTRATIONS) == set(Registration) == set(labels.REGISTRATION_TONES)
    assert set(labels.EXCLUDED) == set(Excluded)
    assert set(labels.LEFT_OUT) == set(Reason)


def a_state(
    registration: Registration = Registration.NOT_REGISTERED,
    *,
    enabled: bool | None = True,
    excluded: Excluded | None = None,
) -> State:
    return State(registration=registration, enabled=enabled, excluded=excluded)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (None, a_state(), "appeared, not registered"),
        (a_state(), None, "is gone"),
        (a_state(), a_state(Registration.REGISTERED), "registered"),
        (a_state(Registration.REGISTERED), a_state(), "is no longer registered"),
        (a_state(Registration.UNKNOWN), a_state(), "is known now: not registered"),
        (a_state(), a_state(Registration.UNKNOWN), "is unknown to the report"),
        (a_state(), a_state(excluded=Excluded.DISABLED), "is excluded now: disabled"),
        (a_state(excluded=Excluded.GUEST), a_state(), "counts again"),
        (a_state(enabled=False), a_state(), "is enabled now"),
        (a_state(), a_state(enabled=False), "is no longer enabled"),
        (a_state(), a_state(enabled=None), "is enabled or not: unknown now"),
    ],
)
def test_a_change_is_told_by_what_matters_most(before: State | None, after: State | None, text: str) -> None:
    change = Change(user_id=guid("ana"), changed_at=MONDAY, before=before, after=after)

    assert change_sentence(change) == text
