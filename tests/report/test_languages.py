"""Reports support every language of the users' mails, with every text in each."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec
import pytest

from sspr_core.formats.chart import ENGLISH, ChartLocale, chart
from sspr_core.formats.chart_png import FRAME, LIGHT, png
from sspr_core.mail import languages as mails
from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Lifecycle
from sspr_core.report.languages import Texts, known, say

EVERY = [pytest.param(texts, id=tag) for tag, texts in known().items()]
AT = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)


def texts_in(texts: Texts) -> Iterator[tuple[str, str]]:
    def inside(path: str, found: object) -> Iterator[tuple[str, str]]:
        match found:
            case str():
                yield path, found
            case dict():
                for key, one in found.items():
                    yield from inside(f"{path}.{key}", one)
            case list():
                for place, one in enumerate(found):
                    yield from inside(f"{path}.{place}", one)

    yield from inside("", msgspec.to_builtins(texts))


def test_reports_and_mails_speak_the_same_languages() -> None:
    assert set(known()) == set(mails.known())
    assert {tag: texts.name for tag, texts in known().items()} == {tag: one.name for tag, one in mails.known().items()}


@pytest.mark.parametrize("texts", EVERY)
def test_every_word_of_the_model_has_one_in_the_language(texts: Texts) -> None:
    assert set(texts.problems) == set(Access)
    assert set(texts.excluded) == set(Excluded)
    assert set(texts.lifecycles) == set(Lifecycle)
    assert set(texts.scopes) == set(SsprScope)
    assert set(texts.columns) == set(known()["en"].columns)
    assert len(texts.dates.months) == len(texts.dates.short_months) == 12


@pytest.mark.parametrize("texts", EVERY)
def test_every_text_has_the_places_that_english_has(texts: Texts) -> None:
    english = dict(texts_in(known()["en"]))

    for path, text in texts_in(texts):
        assert text, path
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[path])), path


@pytest.mark.parametrize("tag", [tag for tag in known() if tag != "en"])
def test_nothing_was_left_in_english(tag: str) -> None:
    english = dict(texts_in(known()["en"]))
    alike = {path for path, text in texts_in(known()[tag]) if text == english[path] and len(text) > 20}

    assert alike == set()


@pytest.mark.parametrize("texts", EVERY)
def test_nobody_is_addressed_as_a_friend_and_no_address_is_named(texts: Texts) -> None:
    whole = " ".join(text for _, text in texts_in(texts))

    assert not re.findall(r"\b(dein\w*|dir|dich|tu|ton|tus|jij|jouw|teu)\b", whole, re.IGNORECASE)
    assert not re.findall(r"https?:|www\.", whole)


def test_french_is_written_with_its_spaces() -> None:
    for path, text in texts_in(known()["fr"]):
        assert not re.search(r"[^\u00a0][:;?!»]|«[^\u00a0]", text), path


@pytest.mark.parametrize("texts", EVERY)
def test_every_label_of_a_chart_is_drawn_whole(texts: Texts) -> None:
    def drawn(*labels: str) -> bytes:
        return png(
            chart(
                [(date(2026, 1, 1), 0.5)] * 4,
                what="",
                frame=FRAME,
                saying=ChartLocale(percent=lambda _: "", day=lambda _: labels[0], summary=ENGLISH.summary),
            ),
            LIGHT,
        )

    chars = set("".join((*texts.dates.short_months, texts.numbers.round_share(0.5), "0123456789"))) - set(
        " \u00a0\u202f"
    )
    empty = drawn("")

    assert [char for char in chars if drawn(char) == empty] == []


@pytest.mark.parametrize("texts", EVERY)
def test_the_months_follow_each_other(texts: Texts) -> None:
    months = [texts.dates.day(date(2026, month, 1)) for month in range(1, 13)]

    assert all(one != other for one, other in pairwise(months))
    assert len(set(texts.dates.short_months)) == 12


@pytest.mark.parametrize(
    ("tag", "count", "share", "change", "day", "short", "at"),
    [
        ("en", "1,234,567", "74.5%", "+3.2 percentage points", "6 March 2026", "6 Mar", "{day}, 00:30"),
        ("de", "1.234.567", "74,5\u00a0%", "+3,2 Prozentpunkte", "6. März 2026", "6. März", "{day}, 00:30 Uhr"),
        (
            "fr",
            "1\u202f234\u202f567",
            "74,5\u202f%",
            "+3,2 points de pourcentage",
            "6 mars 2026",
            "6 mars",
            "{day} à 00:30",
        ),
        ("es", "1.234.567", "74,5\u00a0%", "+3,2 puntos porcentuales", "6 de marzo de 2026", "6 mar", "{day}, 00:30"),
        ("nl", "1.234.567", "74,5%", "+3,2 procentpunt", "6 maart 2026", "6 mrt", "{day}, 00:30"),
        ("pt-BR", "1.234.567", "74,5%", "+3,2 pontos percentuais", "6 de março de 2026", "6 mar.", "{day}, 00:30"),
    ],
)
def test_numbers_and_dates_are_the_languages_own(
    tag: str, count: str, share: str, change: str, day: str, short: str, at: str
) -> None:
    numbers, dates = known()[tag].numbers, known()[tag].dates

    assert numbers.count(1_234_567) == count
    assert numbers.share(0.745) == share
    assert numbers.point_change(0.032) == change
    assert dates.on(AT, "Europe/Berlin") == day
    assert dates.short_day(date(2026, 3, 6)) == short
    assert dates.at(AT, "Europe/Berlin") == at.replace("{day}", day)


@pytest.mark.parametrize(
    ("share", "written"), [(0.0, "0%"), (1.0, "100%"), (0.99996, "99.9%"), (0.0001, "0.1%"), (0.5, "50.0%")]
)
def test_a_whole_is_written_only_where_it_is_one(share: float, written: str) -> None:
    assert known()["en"].numbers.share(share) == written


@pytest.mark.parametrize(("change", "written"), [(0.0, "0.0"), (0.0004, "0.0"), (-0.0312, "−3.1"), (0.0006, "+0.1")])
def test_a_change_has_its_sign_and_none_has_none(change: float, written: str) -> None:
    assert known()["en"].numbers.point_change(change) == f"{written} percentage points"


def test_what_fills_a_place_is_not_looked_at_again() -> None:
    assert say("{a} and {b}", a="{b}", b="b") == "{b} and b"
