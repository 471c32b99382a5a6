"""The languages: every text in each, and which one a user gets."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sspr_core.mail import languages
from sspr_core.mail.languages import TEMPLATES, choose, known
from sspr_core.mail.rendering import ADDRESS
from sspr_core.model.custom_texts import PLACEHOLDERS

FILES = sorted((Path(languages.__file__).parent / "languages").glob("*.toml"))
OTHERS = sorted(set(known()) - {"en"})


def texts(of: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its place."""
    match of:
        case dict():
            for key, value in of.items():
                yield from texts(value, f"{path}.{key}")
        case list():
            for at, value in enumerate(of):
                yield from texts(value, f"{path}[{at}]")
        case str():
            yield path, of


BY_LANGUAGE = {path.stem: dict(texts(tomllib.loads(path.read_text(encoding="utf-8")))) for path in FILES}


def test_there_are_six_languages() -> None:
    assert set(known()) == {"en", "de", "fr", "es", "nl", "pt-BR"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_text_of_english_and_none_left_in_english(language: str) -> None:
    english, other = BY_LANGUAGE["en"], BY_LANGUAGE[language]

    assert set(other) == set(english)
    assert [place for place, text in other.items() if text == english[place] or not text.strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_uses_the_placeholders_that_it_uses_in_english(language: str) -> None:
    def used(text: str) -> list[str]:
        return sorted(set(re.findall(r"\{.*?\}", text)))

    other = BY_LANGUAGE[language]

    assert {place: used(other[place]) for place in other} == {
        place: used(text) for place, text in BY_LANGUAGE["en"].items()
    }


@pytest.mark.parametrize("language", known())
def test_only_the_greeting_needs_a_name_and_no_placeholder_is_misspelt(language: str) -> None:
    for place, text in BY_LANGUAGE[language].items():
        names = set(re.findall(r"\{(.*?)\}", text))
        assert names <= set(PLACEHOLDERS), place
        assert ("name" in names) == (place == ".greeting"), place


@pytest.mark.parametrize("language", known())
def test_the_three_templates_differ_in_every_text(language: str) -> None:
    letters = [known()[language].letter(template) for template in TEMPLATES]

    for field in letters[0].__struct_fields__:
        assert len({getattr(letter, field) for letter in letters}) == len(TEMPLATES), field


@pytest.mark.parametrize("language", known())
def test_no_text_names_an_address_but_the_one_to_type(language: str) -> None:
    for place, text in BY_LANGUAGE[language].items():
        addresses = re.findall(r"\S+\.\S+/\S*|https?:\S+|www\.\S+", text)
        assert addresses in ([], [ADDRESS]), place


@pytest.mark.parametrize(
    ("language", "formal", "familiar"),
    [
        ("de", r"\b(Sie|Ihr|Ihrem|Ihres)\b", r"\b(du|dein\w*|dir|dich|euch|euer)\b"),
        ("fr", r"\b(vous|votre)\b", r"\b(tu|ton|ta|tes|toi)\b"),
        ("es", r"\b(usted|su)\b", r"\b(tú|tu|tus|ti|te)\b"),
        ("nl", r"\b(u|uw)\b", r"\b(je|jij|jou|jouw)\b"),
        ("pt-BR", r"\b(você|sua)\b", r"\b(tu|teu|tua|te)\b"),
    ],
)
def test_people_are_addressed_formally(language: str, formal: str, familiar: str) -> None:
    whole = " ".join(BY_LANGUAGE[language].values())

    assert re.search(formal, whole)
    assert re.findall(familiar, whole, re.IGNORECASE) == []


def test_german_is_written_with_umlauts_and_french_with_its_spaces() -> None:
    german, french = (" ".join(BY_LANGUAGE[tag].values()) for tag in ("de", "fr"))

    assert re.findall(r"\b\w*(?:fuer|ueber|koenn|zurueck|moech|waehl|aend)\w*", german, re.IGNORECASE) == []
    assert re.findall(r"[^\u00a0][:;?!»]|«[^\u00a0]", french) == []


@pytest.mark.parametrize(
    ("preferred", "tenant", "chosen"),
    [
        ("de", None, "de"),
        ("de-AT", None, "de"),
        ("DE-at", None, "de"),
        ("pt-PT", None, "pt-BR"),
        ("pt", None, "pt-BR"),
        ("pt_br", None, "pt-BR"),
        ("en-GB", "de", "en"),
        ("nl-BE", "fr", "nl"),
        ("da", "de-CH", "de"),
        ("da", None, "en"),
        ("da", "sv", "en"),
        (None, "fr", "fr"),
        ("", "fr", "fr"),
        (None, None, "en"),
        ("den", None, "en"),
        ("../en", "de", "de"),
    ],
)
def test_the_users_language_goes_before_the_tenants_and_english_comes_last(
    preferred: str | None, tenant: str | None, chosen: str
) -> None:
    assert choose(preferred, tenant) == chosen


def test_a_file_that_lacks_a_text_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FILES[0].read_text(encoding="utf-8")
    (tmp_path / "da.toml").write_text(re.sub(r"^regards = .*\n", "", whole, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setattr(languages, "_FOLDER", tmp_path)

    with pytest.raises(ValueError, match="regards"):
        known.__wrapped__()


def test_one_more_file_is_one_more_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "da.toml").write_text(FILES[0].read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(languages, "_FOLDER", tmp_path)

    assert list(known.__wrapped__()) == ["da"]
