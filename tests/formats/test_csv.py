"""Cells that a spreadsheet would run as formulas are escaped, and no others."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.formats.csv import escape_formula
from tests.hostile_names import HOSTILE_NAMES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("   =1", "'   =1"),
        ("\u00a0\u200b\ufeff=1", "'\u00a0\u200b\ufeff=1"),
        ("\u202e=1", "'\u202e=1"),
        ("\tAna", "'\tAna"),
        (" \rAna", "' \rAna"),
        ("\nAna", "'\nAna"),
        ("\x00Ana", "'\x00Ana"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff201", "'\uff201"),
        ("Ana;=1", "Ana;'=1"),
        ("Ana\n =1", "Ana\n' =1"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_an_apostrophe_stands_wherever_a_cell_could_begin_with_a_formula(text: str, expected: str) -> None:
    assert escape_formula(text) == expected


@pytest.mark.parametrize(
    "text", ["", "Ana", "ana+tag@contoso.example", "Ana - extern", "a,b", "1-2", "🙂", "日本 太郎", "Ana;Ben", "'=1"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert escape_formula(text) == text


def runs(cell: str) -> bool:
    """Whether a spreadsheet might run it as a formula, decided in another way than in the code."""
    seen = [one for one in cell if unicodedata.category(one)[0] not in "ZC"]
    return bool(seen) and unicodedata.normalize("NFKC", seen[0]) in ("=", "+", "-", "@")


@given(st.text(st.sampled_from("=+-@＝＋－＠ \t\r\n\x00\u00a0\u200b\u202e\u061c\ufeff;'aé"), max_size=8))
def test_no_cell_runs_wherever_it_is_cut(text: str) -> None:
    assert not any(runs(cell) for cell in re.split("[;\t\r\n]", escape_formula(text)))


@given(st.text(max_size=20) | st.sampled_from(HOSTILE_NAMES))
def test_only_apostrophes_are_added(text: str) -> None:
    assert escape_formula(text).replace("'", "") == text.replace("'", "")
