"""Operators' texts: placeholders are literal, everything else is text, and an error names its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.custom_texts import MOST_CHARACTERS, PLACEHOLDERS, Words, check, fill, without_name
from sspr_core.model.errors import Invalid
from tests.hostile_names import HOSTILE_NAMES

VALUES = {"name": "Ana", "tenant": "Contoso", "company": "Partner", "support": "help@partner.example"}


def refused(**said: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(Words(**said))
    return caught.value


def test_every_placeholder_is_known_in_every_field() -> None:
    text = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)

    check(Words(subject=text, opening=f"{text}\n\n{text}", closing=text))


@pytest.mark.parametrize("field", MOST_CHARACTERS)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Dear {nmae}", "unknown placeholder {nmae} in line 1, column 6"),
        ("{Name}", "unknown placeholder {Name} in line 1, column 1"),
        ("{}", "unknown placeholder {} in line 1, column 1"),
        ("{name} {", "lone brace { in line 1, column 8"),
        ("a } b", "lone brace } in line 1, column 3"),
        ("{{7*7}}", "lone brace { in line 1, column 1"),
        ("{{name}}", "lone brace { in line 1, column 1"),
        ("{name.__class__}", "lone brace { in line 1, column 1"),
        ("{% raw %}", "lone brace { in line 1, column 1"),
        ("{ name }", "lone brace { in line 1, column 1"),
    ],
)
def test_a_placeholder_or_brace_that_means_nothing_is_told_with_its_place(field: str, text: str, says: str) -> None:
    error = refused(**{field: text})

    assert error.field == field
    assert str(error).startswith(says)
    assert "{name}, {tenant}, {company}, {support}" in str(error)


def test_the_place_counts_lines_and_columns() -> None:
    assert "line 3, column 4" in str(refused(opening="Hello {name},\n\nto {who}"))


@pytest.mark.parametrize("field", MOST_CHARACTERS)
def test_words_are_bounded_and_never_blank(field: str) -> None:
    check(Words(**{field: "x" * MOST_CHARACTERS[field]}))

    for text in ("x" * (MOST_CHARACTERS[field] + 1), "", " \n"):
        assert refused(**{field: text}).field == field


@pytest.mark.parametrize(("field", "text"), [("subject", "a\nb"), ("opening", "a\x00b"), ("closing", "a\u202eb")])
def test_a_subject_is_one_line_and_nothing_is_hidden(field: str, text: str) -> None:
    assert refused(**{field: text}).field == field


def test_a_field_that_is_not_ones_own_is_the_defaults() -> None:
    default = Words(subject="Default", opening="Default", version=7)

    assert Words(subject="Mine", version=2).over(default) == Words(subject="Mine", opening="Default", version=2)
    assert Words().over(default) == default


def test_placeholders_are_replaced_once_and_literally() -> None:
    assert fill("{name} of {tenant}, {name}", VALUES) == "Ana of Contoso, Ana"
    assert fill("{name}", {**VALUES, "name": "{tenant} {{7*7}} \\1"}) == "{tenant} {{7*7}} \\1"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_value_stays_what_it_is(name: str) -> None:
    assert fill("<{name}>", {**VALUES, "name": name}) == f"<{name}>"


@given(st.text(alphabet="ab{} \nnametncy", max_size=40))
def test_what_passes_the_check_has_no_brace_left_once_filled(text: str) -> None:
    try:
        check(Words(opening=text))
    except Invalid:
        return
    assert not set("{}") & set(fill(text, VALUES))


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Hello {name},", "Hello,"),
        ("Hola, {name}:", "Hola:"),
        ("{name}, please register.", "Please register."),
        ("Thank you, {name}.\n{name}: do", "Thank you.\nDo"),
        ("Beste {name}", "Beste"),
        ("{name}", ""),
        ("Nothing to take out", "Nothing to take out"),
    ],
)
def test_without_a_name_the_text_reads_as_if_there_never_was_one(text: str, without: str) -> None:
    assert without_name(text) == without
