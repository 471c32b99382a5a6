"""The API follows its description for any request."""

import asyncio
import json
import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sspr_core.web.app import create_app
from sspr_core.web.dependencies import SIGN_IN
from sspr_core.web.openapi.document import document
from sspr_core.web.openapi.shapes import ProblemShape
from tests.builders import PARTNER, TERMS, a_world
from tests.runs.delivery_builders import RUN
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.answer_shapes import shape_of
from tests.web.web_env import ADMIN, ILL, a_populated_world, visiting

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

app = create_app(asyncio.run(a_populated_world()))
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=ADMIN)


@schema.parametrize()
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True, database=None)
def test_no_answer_is_a_server_error_or_undeclared(case: schemathesis.Case) -> None:
    case.headers.update(ADMIN)
    case.call_and_validate(checks=CHECKS)


@schema.include(path_regex="tenant_id").given(tenant=st.sampled_from([CONTOSO, ILL]))
@schema.include(path_regex="tenant_id").parametrize()
@settings(
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
)
def test_nor_is_any_about_a_tenant_that_is_there(case: schemathesis.Case, tenant: str) -> None:
    case.path_parameters["tenant_id"] = tenant
    case.headers.update(ADMIN)
    case.call_and_validate(checks=CHECKS)


@schema.include(path_regex="run_id").parametrize()
@settings(
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
)
def test_nor_is_any_about_a_run_that_is_there(case: schemathesis.Case) -> None:
    case.path_parameters["run_id"] = RUN
    case.headers.update(ADMIN)
    case.call_and_validate(checks=CHECKS)


@schema.parametrize()
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True, database=None)
def test_nor_is_it_for_somebody_without_a_role(case: schemathesis.Case) -> None:
    case.headers = {}
    case.call_and_validate(checks=CHECKS)


DOCUMENT = document(create_app(a_world()))
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for method, path, operation in OPERATIONS:
        assert operation["description"], path
        assert {"401", "403", "503"} <= set(operation["responses"]), (method, path)
        for status, answer in operation["responses"].items():
            kind = "application/problem+json" if status >= "400" else "application/json"
            files = {one for one, content in answer["content"].items() if content["schema"].get("type") == "string"}
            assert set(answer["content"]) - files == ({kind} if kind in answer["content"] or not files else set()), path
            assert status == "200" or not files, (path, status)


def test_every_problem_has_an_example_as_it_is_answered() -> None:
    for _, path, operation in OPERATIONS:
        for status, answer in operation["responses"].items():
            if status >= "400":
                example = ProblemShape.model_validate(answer["content"]["application/problem+json"]["example"])
                assert example.status == int(status), path
                assert example.title == HTTPStatus(int(status)).phrase, path
                assert bool(example.field and example.errors) is (status == "422"), path
            assert ("Retry-After" in answer.get("headers", {})) is (status == "503"), path


def test_every_success_has_an_example_with_something_in_it_that_is_of_its_shape() -> None:
    for _, path, operation in OPERATIONS:
        for status, answer in operation["responses"].items():
            if status < "400" and "application/json" in answer["content"]:
                example = answer["content"]["application/json"]["example"]
                shape_of(operation, int(status)).model_validate_json(json.dumps(example))
                assert example.get("items") != [], path


def test_every_body_has_an_example() -> None:
    for _, path, operation in OPERATIONS:
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            assert "example" in content or _has_examples(content["schema"]), (path, kind)


def _has_examples(of: dict[str, Any]) -> bool:
    name = of["$ref"].rsplit("/", 1)[1]
    return any(
        "examples" in field or "anyOf" in field
        for field in DOCUMENT["components"]["schemas"][name]["properties"].values()
    )


def test_operations_have_names_a_generated_client_can_use() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]{3,40}", name) for name in names), names


def test_every_operation_says_in_words_and_to_tools_which_role_it_needs() -> None:
    for _, path, operation in OPERATIONS:
        [[role]] = [requirement[SIGN_IN] for requirement in operation["security"]]

        assert role in ("Reader", "Operator", "Admin"), path
        assert operation["description"].endswith(f"\n\nNeeds the role {role}."), path


def test_every_operation_is_under_one_tag_and_every_tag_is_described() -> None:
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}

    assert all(len(operation["tags"]) == 1 for _, _, operation in OPERATIONS)
    assert {operation["tags"][0] for _, _, operation in OPERATIONS} == described


def test_callers_learn_where_the_api_is_and_where_they_sign_in() -> None:
    terms = replace(TERMS, authority="https://login.microsoftonline.us", public_url="https://sspr.fabrikam.example")

    made = document(create_app(a_world(terms=terms)))

    assert made["servers"] == [{"url": "https://sspr.fabrikam.example"}]
    assert made["info"]["contact"]["url"] == "https://sspr.fabrikam.example/"
    assert made["components"]["securitySchemes"][SIGN_IN]["openIdConnectUrl"] == (
        f"https://login.microsoftonline.us/{PARTNER}/v2.0/.well-known/openid-configuration"
    )


def test_without_a_public_address_the_api_is_where_its_document_was_found() -> None:
    made = document(create_app(a_world(terms=replace(TERMS, public_url=""))))

    assert made["servers"] == [{"url": "/"}]
    assert made["info"]["contact"] == {"name": "The administrators of this installation"}


async def test_the_description_is_for_signed_in_people_only() -> None:
    async with visiting() as nobody:
        answer: httpx.Response = await nobody.get("/api/v1/openapi.json")

    assert answer.status_code == 401
