"""The API's description as a page."""

import re

import pytest

from sspr_core.web.openapi.docs_page import docs_page
from sspr_core.web.static_files import static_url

DOCUMENT = {
    "info": {"version": "1.2.3"},
    "paths": {
        "/api/v1/tenants/{tenant_id}": {
            "get": {
                "operationId": "get_tenant",
                "description": "One tenant",
                "parameters": [{"name": "limit", "schema": {"type": "integer"}, "description": "at <most>"}],
                "responses": {"200": {"description": "The tenant"}},
            },
            "put": {"operationId": "put_tenant", "responses": {"201": {"description": "Added"}}},
        }
    },
}


@pytest.fixture
def page() -> str:
    return docs_page(DOCUMENT, "https://sspr.partner.example")


def test_every_operation_is_in_the_list_of_contents(page):
    assert (
        re.findall(r'href="#(\w+)"', page) == re.findall(r'<section id="(\w+)"', page) == ["get_tenant", "put_tenant"]
    )


def test_headings_go_down_by_one(page):
    assert re.findall(r"<h(\d)", page) == ["1", "2", "2"]


def test_what_scrolls_sideways_can_be_reached_with_the_keyboard_and_has_a_name_of_its_own(page):
    scrolling = re.findall(r'class="scroll" tabindex="0" role="region" aria-label="(.+?)"', page)

    assert page.count("<table") + page.count("<pre") == len(scrolling) == 5
    assert len(set(scrolling)) == 5
    assert "Parameters of GET /api/v1/tenants/{tenant_id}" in scrolling


def test_words_of_the_document_are_text(page):
    assert "at &lt;most&gt;" in page


@pytest.mark.parametrize("name", ["app.css", "docs.css", "favicon.svg"])
def test_it_brings_its_look_and_an_icon_which_browsers_would_else_look_for_in_vain(page, name):
    assert f'href="{static_url(name)}"' in page


def test_a_parameter_says_its_values_and_what_it_means(page):
    assert "<tr><td><code>limit</code></td><td>integer</td><td>at &lt;most&gt;</td></tr>" in page


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "string"}, "string"),
        ({"enum": ["all", "none"]}, "all, none"),
        ({"const": "any"}, "any"),
        ({"$ref": "#/components/schemas/Access"}, "Access"),
        ({"anyOf": [{"$ref": "#/components/schemas/Access"}, {"const": "any"}, {"type": "null"}]}, "Access or any"),
        ({}, ""),
    ],
)
def test_values_of_a_parameter_are_named_from_its_schema(schema, values):
    assert f"<td>{values}</td>" in the_page({"parameters": [{"name": "some", "schema": schema}]})


def test_a_meaning_may_stand_in_the_schema():
    schema = {"type": "string", "description": "UTC day"}

    assert "<td>UTC day</td>" in the_page({"parameters": [{"name": "from", "schema": schema}]})


@pytest.mark.parametrize(
    ("method", "content", "rest"),
    [
        ("get", {}, ""),
        ("post", {}, " -X POST"),
        ("put", {"application/json": {}}, " -X PUT --json &#39;{…}&#39;"),
        ("post", {"text/csv": {}}, " -H &#34;Content-Type: text/csv&#34; --data-binary @tenants.csv"),
    ],
)
def test_a_line_to_copy_asks_as_the_operation_wants_to_be_asked(method, content, rest):
    page = the_page({"requestBody": {"content": content}}, method)

    line = "curl -H &#34;Authorization: Bearer $TOKEN&#34; https://sspr.partner.example/api/v1/runs"
    assert f">{line}{rest}</pre>" in page


def the_page(said, method="get"):
    """Of one operation."""
    operation = {"operationId": "an_operation", "responses": {"200": {"description": "Success"}}} | said
    document = {"info": {"version": "1.2.3"}, "paths": {"/api/v1/runs": {method: operation}}}
    return docs_page(document, "https://sspr.partner.example")
