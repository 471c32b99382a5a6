"""File names, for any tenant name."""

import pytest

from sspr_core.model.text import file_name, hyphenated


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Contoso Dental", "register-now", "en"), "contoso-dental-register-now-en.eml"),
        (("Müller & Söhne (Zürich)", "2026-11-02"), "muller-sohne-zurich-2026-11-02.eml"),
        (("../../etc/passwd\0", "x"), "etc-passwd-x.eml"),
        (("東京", "reminder"), "reminder.eml"),
        (("!!!", ""), "file.eml"),
        (("a" * 39 + " b", "x"), "a" * 39 + "-x.eml"),
    ],
)
def test_a_file_is_named_in_small_letters_of_ascii(parts: tuple[str, ...], name: str) -> None:
    assert file_name(*parts, ending="eml") == name


@pytest.mark.parametrize(
    ("title", "name"),
    [("Müller & Söhne", "Müller-Söhne"), ("東京 AG", "東京-AG"), ("a/b\u202ec", "a-b-c"), ("e\u0301", "é"), ("…", "")],
)
def test_a_title_keeps_its_script(title: str, name: str) -> None:
    assert hyphenated(title, most=50) == name
