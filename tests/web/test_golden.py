"""The OpenAPI document changes only on purpose."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.web.golden import GOLDEN, differences, served


def test_the_document_means_what_the_golden_file_says() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert list(differences(golden, served())) == [], "if this is meant: python -m tests.web.golden"


A = {
    "tags": ["Status", "Runs"],
    "properties": {"a": {"type": ["string", "null"]}, "b/c": {"const": 1}},
    "required": ["a", "b/c"],
    "items": [1, 2],
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"tags": ["Runs", "Status"], "required": ["b/c", "a"]}, []),
        ({"properties": {"b/c": {"const": 1}, "a": {"type": ["null", "string"]}}}, []),
        ({"items": [2, 1]}, ["/items/0 was 1 and is 2", "/items/1 was 2 and is 1"]),
        ({"items": [1]}, ["/items was [1, 2] and is [1]"]),
        ({"required": ["a"]}, ['/required was ["a", "b/c"] and is ["a"]']),
        ({"more": 1}, ["/more is new"]),
        (
            {"properties": {"a": {"type": ["string", "null"]}, "b/c": {"const": True}}},
            ["/properties/b~1c/const was 1 and is true"],
        ),
        ({"properties": {"a": {"type": ["string", "null"]}}}, ["/properties/b~1c is gone"]),
    ],
)
def test_two_documents_differ_where_their_meaning_does(change: dict[str, Any], said: list[str]) -> None:
    changed = deepcopy(A) | change

    assert list(differences(A, changed)) == said
