"""A chart as a picture in a mail, drawn as the page draws it."""

import struct
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from sspr_core.formats import chart_png
from sspr_core.formats.chart import ENGLISH, Chart, ChartLocale, chart, svg
from sspr_core.formats.chart_png import DARK, FRAME, LIGHT, ZOOM, png

DAYS = [(date(2026, 8, 25) + timedelta(days=number), 0.4 + number / 200) for number in range(60)]
HOSTILE = '"><script>alert(1)</script>&'
CHARTS = {"page": chart(DAYS, what="Coverage"), "mail": chart(DAYS, what="Coverage", frame=FRAME)}


@pytest.mark.parametrize("made", CHARTS.values(), ids=CHARTS)
def test_a_drawing_has_its_labels_its_line_and_its_sentence(made: Chart) -> None:
    root = ElementTree.fromstring(svg(made))

    texts = [one.text for one in root.findall(".//{*}text")]
    assert set(texts) == {text for _, text in made.rows} | {text for _, text in made.columns}
    assert [one.get("points") for one in root.findall(".//{*}polyline")] == made.lines
    assert root.get("aria-label") == made.summary
    assert root.get("viewBox") == f"0 0 {made.frame.width} {made.frame.height}"


def test_a_drawing_has_no_style_of_its_own() -> None:
    assert all(
        not {"style", "fill", "stroke"} & set(one.keys()) for one in ElementTree.fromstring(svg(CHARTS["page"])).iter()
    )


def test_what_a_chart_says_cannot_leave_its_place() -> None:
    root = ElementTree.fromstring(svg(chart(DAYS, what=HOSTILE)))

    assert (root.get("aria-label") or "").startswith(HOSTILE)
    assert not list(root.findall(".//{*}script"))


def test_a_picture_is_twice_as_fine_as_it_is_shown() -> None:
    header = png(CHARTS["mail"], LIGHT)[:24]

    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", header[16:]) == (FRAME.width * ZOOM, FRAME.height * ZOOM)


def test_the_same_course_is_the_same_picture_and_each_look_has_its_own() -> None:
    assert png(CHARTS["mail"], LIGHT) == png(CHARTS["mail"], LIGHT)
    assert png(CHARTS["mail"], LIGHT) != png(CHARTS["mail"], DARK)


@pytest.mark.parametrize("char", "0123456789%.,-–−ABCXYZabcxyzäöüßéèêàâçñóúíãõœû")
def test_the_font_that_comes_along_has_what_labels_are_written_with(char: str) -> None:
    empty, written = (
        chart(
            DAYS,
            what="",
            frame=FRAME,
            saying=ChartLocale(percent=lambda _: "", day=lambda _, is_=text: is_, summary=ENGLISH.summary),
        )
        for text in ("", char)
    )

    assert png(written, LIGHT) != png(empty, LIGHT)


def test_no_font_of_the_machine_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    with_font = png(CHARTS["mail"], LIGHT)
    monkeypatch.setattr(chart_png, "FONT", f"{tmp_path}/none.ttf")

    without = png(CHARTS["mail"], LIGHT)

    bare = chart(
        DAYS, what="", frame=FRAME, saying=ChartLocale(percent=lambda _: "", day=lambda _: "", summary=ENGLISH.summary)
    )
    assert without == png(bare, LIGHT) != with_font


def test_labels_along_the_bottom_do_not_touch_each_other() -> None:
    for made, width in ((CHARTS["page"], 45), (CHARTS["mail"], 60)):
        places = [x for x, _ in made.columns]

        assert all(after - before > width for before, after in pairwise(places))
        assert places[-1] == made.frame.width - made.frame.right
