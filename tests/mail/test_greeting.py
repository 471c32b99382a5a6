"""The greeting of a user with only a display name."""

import pytest

from sspr_core.mail.compose import first_name
from tests.hostile_names import HOSTILE_NAMES


@pytest.mark.parametrize(
    ("display_name", "expected"),
    [
        ("Ana Silva", "Ana"),
        ("Silva, Ana Maria", "Ana"),
        ("Ana", "Ana"),
        ("Jean-Luc O'Neill", "Jean-Luc"),
        ("John F. Doe", "John"),
        ("Zoë Müller", "Zoë"),
        ("山田太郎", "山田太郎"),
        ("नेहा शर्मा", "नेहा"),
    ],
)
def test_a_persons_first_name_is_found(display_name: str, expected: str) -> None:
    assert first_name(display_name) == expected


@pytest.mark.parametrize(
    "display_name",
    ["", "IT Support", "SILVA Ana", "Room 2.14", "Scanner (EG)", "Dr. Silva", "info@x.example", "Silva,"],
)
def test_what_does_not_look_like_a_person_has_none(display_name: str) -> None:
    assert first_name(display_name) is None


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_greets_at_most_with_letters(name: str) -> None:
    found = first_name(name)

    assert found is None or (found.replace("'", "").isalpha() and len(found) <= 30)
