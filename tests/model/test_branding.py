"""Branding: what is refused and why, and a tenant's values over the default's."""

import pytest

from sspr_core.model.branding import MOST_CHARACTERS, Branding, check, contrast_with_white
from sspr_core.model.errors import Invalid

LOGO = {"logo_url": "https://cdn.partner.example/logo.png", "logo_alt": "Partner"}


def refused(**said: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(Branding(**said))
    return caught.value


def test_branding_with_everything_set_is_taken() -> None:
    check(
        Branding(
            company="Partner & Söhne",
            **LOGO,
            colour="#0F6CBD",
            support_contact="Help desk, +49 30 1234, help@partner.example",
            sender_address="security@partner.example",
            sender_name="Partner Security",
            reply_to="help+sspr@partner.example",
            footer="Partner GmbH\nBerlin",
        )
    )


def test_nothing_has_to_be_set() -> None:
    check(Branding())


@pytest.mark.parametrize(
    ("colour", "contrast"),
    [
        ("#000000", 21.0),
        ("#ffffff", 1.0),
        ("#0f6cbd", 5.39),
        ("#767676", 4.54),  # the lightest grey allowed behind white text
        ("#777777", 4.48),
        ("#ff0000", 4.0),
        ("#ffff00", 1.07),
        ("#00ff00", 1.37),
        ("#0000ff", 8.59),
    ],
)
def test_the_contrast_of_a_colour_with_white_is_that_of_wcag(colour: str, contrast: float) -> None:
    assert contrast_with_white(colour) == pytest.approx(contrast, abs=0.01)


@pytest.mark.parametrize("colour", ["#ffffff", "#777777", "#ff0000", "#FFFF00"])
def test_a_colour_too_light_for_white_text_is_refused_with_its_contrast(colour: str) -> None:
    error = refused(colour=colour)

    assert error.field == "colour"
    assert f"contrast {contrast_with_white(colour):.2f}" in str(error)


@pytest.mark.parametrize("colour", ["red", "#fff", "#0f6cbd;}", "0f6cbd", "#0f6cbg", "#0f6cbd\n", "rgb(0,0,0)", ""])
def test_a_colour_is_six_digits_and_nothing_else(colour: str) -> None:
    assert refused(colour=colour).field == "colour"


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.partner.example/logo.png",
        "//cdn.partner.example/logo.png",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "https:///logo.png",
        "https://user@partner.example/logo.png",
        'https://partner.example/"onerror="x',
        "https://partner.example/a b.png",
        "https://[bad/logo.png",
        "https://localhost/logo.png",
        "logo.png",
    ],
)
def test_a_logo_has_an_https_address_that_a_mail_can_hold(url: str) -> None:
    assert refused(logo_url=url, logo_alt="Partner").field == "logo_url"


def test_a_logo_needs_its_text_and_the_text_a_logo() -> None:
    assert refused(logo_url=LOGO["logo_url"]).field == "logo_alt"
    assert refused(logo_alt="Partner").field == "logo_alt"


@pytest.mark.parametrize("field", ["sender_address", "reply_to"])
@pytest.mark.parametrize(
    "address",
    ["", "olga", "olga@partner", "a@b@c.example", "a b@c.example", "a@c.example\r\nBcc: x@y.example", "<a@c.example>",
     "a@c.example,b@c.example", "é@c.example", "a@-\u202e.example", "x" * 65 + "@c.example", "a@" + "b." * 130 + "de"],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused(field: str, address: str) -> None:
    assert refused(**{field: address}).field == field


@pytest.mark.parametrize("field", MOST_CHARACTERS)
def test_texts_are_bounded_and_never_blank(field: str) -> None:
    of_a_logo = LOGO if field.startswith("logo") else {}

    for text in ("x" * (MOST_CHARACTERS[field] + 1), "   "):
        assert refused(**{**of_a_logo, field: text}).field == field


@pytest.mark.parametrize("field", ["company", "support_contact", "sender_name", "footer"])
@pytest.mark.parametrize("char", ["\r", "\x00", "\x1b", "\u202e", "\u2028"])
def test_what_cannot_be_seen_has_no_place_in_a_text(field: str, char: str) -> None:
    assert refused(**{field: f"Partner{char}GmbH"}).field == field


def test_only_the_footer_has_lines() -> None:
    check(Branding(footer="Partner GmbH\nBerlin"))
    assert refused(company="Partner\nGmbH").field == "company"


def test_a_tenants_branding_goes_over_the_defaults_field_by_field() -> None:
    default = Branding(company="Partner", colour="#0f6cbd", **LOGO)

    merged = Branding(company="Contoso IT", footer="Ours").over(default)

    assert merged == Branding(company="Contoso IT", colour="#0f6cbd", footer="Ours", **LOGO)


def test_a_logo_never_gets_the_text_of_another_logo() -> None:
    mine = Branding(logo_url="https://contoso.example/logo.png")

    assert mine.over(Branding(**LOGO)).logo_alt is None
