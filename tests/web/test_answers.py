"""Every declared answer occurs, and matches its declaration."""

from dataclasses import replace

import httpx
import pytest

from sspr_core.model.errors import TryAgain
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.run import RunId, RunState
from sspr_core.ports.services import Services
from sspr_core.report import prepare as report
from sspr_core.tenants.csv_import import MOST_BYTES
from sspr_core.web.app import create_app
from sspr_core.web.openapi.document import document
from tests.builders import MONDAY, a_world
from tests.graph_rows import guid
from tests.runs.delivery_builders import RUN
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.answer_shapes import kind_of, shape_of
from tests.web.web_env import ADMIN, NOW, OPERATOR, READER, UNKNOWN, begins_again, principal, read_just_now, visiting

OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in document(create_app(a_world()))["paths"].items()
    for method, operation in methods.items()
}
AT_THE_DOOR = {("get_health", "503")}  # see test_health_api: inside the app, health always answers
DECLARED = [
    (name, int(status))
    for name, (_, _, one) in OPERATIONS.items()
    for status, answer in one["responses"].items()
    if any(kind.endswith("json") for kind in answer["content"])  # files have tests of their own
    and (name, status) not in AT_THE_DOOR
]
BODIES = {
    "patch_tenant": b'{"lifecycle": "inactive", "reason": "Contract ended"}',
    "put_tenant": b'{"display_name": "Contoso"}',
    "compose_draft": b'{"tenant_id": "TENANT", "filter": {"q": "dee@"}, "template": "register_now"}',
    "preview_template": b'{"words": {"subject": "Bitte, {tenant}"}}',
    "put_words": b'{"subject": "Bitte, {tenant}", "version": 0}',
    "put_default_branding": b'{"company": "Partner"}',
    "put_branding": b'{"company": "Contoso IT"}',
    "put_default_mail_terms": b'{"language": "de"}',
    "put_mail_terms": b'{"language": "de"}',
    "create_run": b'{"tenant_ids": ["TENANT"], "filter": {"q": "dee@"}, "template": "register_now"}',
    "create_run 200": b'{"tenant_ids": ["TENANT"], "filter": {}, "template": "register_now", "dry_run": true}',
    "retry_failed": b"{}",
    "put_report": b'{"weekday": "monday", "recipients": ["it@contoso.example"]}',
    "put_report_over_all": b'{"day_of_month": 1, "recipients": ["it@partner.example"]}',
    "import_tenants": f"tenant_id\n{guid('new')}\n".encode(),
}

OPEN_RUNS = {"pause_run": RunState.SENDING, "resume_run": RunState.PAUSED, "cancel_run": RunState.SENDING}
ACCEPT = {406: "text/html", 409: "message/rfc822"}
QUERIES = dict.fromkeys(("get_words", "put_words"), "?language=de")
TO_REGISTER, REGISTERED = b"dee@", b"ana@"
CURRENT, STALE = b'"version": 0', b'"version": 7'


ENOUGH = {"Reader": READER, "Operator": OPERATOR, "Admin": ADMIN}
TOO_LITTLE = {"Reader": principal(None), "Operator": READER, "Admin": OPERATOR}


async def away(*_: object, **__: object) -> None:
    raise TryAgain


def prepare(services: Services, name: str, status: int) -> None:
    """A run that allows the action, or does not if a refusal is wanted."""
    read_just_now(services)
    if status == 200 and name in OPEN_RUNS:
        begins_again(services, OPEN_RUNS[name])
    if status == 409 and name == "retry_failed":
        begins_again(services, RunState.PAUSED)


async def sent(services: Services, name: str) -> RunId:
    """The run that has just sent the operation's report."""
    tenant, now = None if "over_all" in name else CONTOSO, NOW
    plan = ReportPlan(weekday="monday", recipients=("it@contoso.example",))
    await services.own.save_report_plan(tenant, plan, begins_at=now, by="olga@partner.example", at=now)
    occasion = report.asked_for(tenant, "before", by=guid("olga"), by_name="olga@partner.example")
    return (await report.prepare(occasion, EVERY_TENANT, services, now=now)).run_id


async def ask(services: Services, name: str, status: int) -> httpx.Response:
    """The request that is answered with this status."""
    method, path, operation = OPERATIONS[name]
    tenant, body, who, query = (
        CONTOSO,
        BODIES.get(f"{name} {status}", BODIES.get(name, b"")),
        ENOUGH[operation["security"][0]["entra"][0]],
        QUERIES.get(name, ""),
    )
    template = "reminder"
    prepare(services, name, status)
    run = await sent(services, name) if "report" in name and status != 409 else RUN
    match status:
        case 201:
            tenant = guid("new")
        case 401:
            who = {}
        case 403:
            who = TOO_LITTLE[operation["security"][0]["entra"][0]]
        case 404:
            tenant, template, run = UNKNOWN, "birthday", RunId("0" * 14)
        case 409:
            body = body.replace(TO_REGISTER, REGISTERED).replace(CURRENT, STALE)
            services.tenants.rows[CONTOSO] = replace(services.tenants.rows[CONTOSO], removed_at=MONDAY)
        case 413:
            body = b"x" * (MOST_BYTES + 1)
            services.tenants.statuses[CONTOSO] = replace(services.tenants.statuses[CONTOSO], user_count=1_000_000)
        case 422:
            query = "?colour=red"
        case 503:
            services.tenants.get = services.tenants.known = away
            for asked in ("branding", "mail_terms", "words", "save_words", "report_plan"):
                setattr(services.own, asked, away)
            services.reports.sent = away
            services.post.runs.get = services.post.runs.recent = away
    kind = "text/csv" if name == "import_tenants" else "application/json"
    body = body.replace(b"TENANT", tenant.encode())
    async with visiting(services, **who, **{"content-type": kind, "accept": ACCEPT.get(status, "*/*")}) as client:
        address = path.format(tenant_id=tenant, template=template, run_id=run) + query
        request = client.build_request(method, address, content=b"" if status == 411 else body)
        return await client.send(in_chunks(request) if status == 411 else request)


def in_chunks(request: httpx.Request) -> httpx.Request:
    """A request whose body the platform has dropped."""
    request.headers.pop("content-length", None)
    request.headers["transfer-encoding"] = "chunked"
    return request


@pytest.mark.parametrize("name", ["refresh_tenant", "pause_run", "send_report_over_all_now"])
async def test_where_no_body_is_needed_none_is_missed(services: Services, name: str) -> None:
    method, path, operation = OPERATIONS[name]
    prepare(services, name, 200)
    await sent(services, name)
    async with visiting(services, **OPERATOR) as client:
        request = client.build_request(method, path.format(tenant_id=CONTOSO, run_id=RUN))

        answer = await client.send(in_chunks(request))

    assert answer.is_success, answer.text
    assert "411" not in operation["responses"]


@pytest.mark.parametrize(
    ("who", "announced", "status"),
    [
        (OPERATOR, {"transfer-encoding": "chunked"}, 411),
        (OPERATOR, {"content-type": "application/json"}, 411),  # over HTTP/2
        (OPERATOR, {"content-type": "application/json", "content-length": "0"}, 200),
        (OPERATOR, {}, 200),
        (READER, {"transfer-encoding": "chunked"}, 403),
        ({}, {"transfer-encoding": "chunked"}, 401),
    ],
)
async def test_where_a_body_may_be_left_out_one_that_was_dropped_is_missed_by_those_who_may_ask(
    services: Services, who: dict[str, str], announced: dict[str, str], status: int
) -> None:
    prepare(services, "retry_failed", 200)
    async with visiting(services, **who) as client:
        request = client.build_request("POST", f"/api/v1/runs/{RUN}/retry-failed")
        request.headers.pop("content-length", None)
        request.headers.update(announced)

        answer = await client.send(request)

    assert answer.status_code == status, answer.text


async def test_a_body_that_is_empty_by_its_own_length_is_the_callers_mistake(operator: httpx.AsyncClient) -> None:
    for path, kind in (("/api/v1/drafts", "application/json"), ("/api/v1/tenants/import", "text/csv")):
        answer = await operator.post(path, content=b"", headers={"content-type": kind})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), path


async def test_a_form_that_did_not_arrive_is_refused_as_such(operator: httpx.AsyncClient) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    request = operator.build_request("POST", "/p/branding", headers=kind)

    answer = await operator.send(in_chunks(request))

    assert answer.status_code == 411


@pytest.mark.parametrize(("name", "status"), DECLARED)
async def test_every_declared_answer_occurs_and_is_of_its_shape(services: Services, name: str, status: int) -> None:
    operation = OPERATIONS[name][2]

    answer = await ask(services, name, status)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == kind_of(operation, status)
    shape_of(operation, status).model_validate_json(answer.content)
    assert answer.json().get("items") != []
    for header in operation["responses"][str(status)].get("headers", {}):
        assert header in answer.headers


async def test_shapes_are_exact(services: Services) -> None:
    operation = OPERATIONS["get_overview"][2]
    answer = (await ask(services, "get_overview", 200)).json()

    for wrong in (answer | {"more": 1}, {name: value for name, value in answer.items() if name != "course"}):
        with pytest.raises(ValueError, match="validation error"):
            shape_of(operation, 200).model_validate(wrong)


@pytest.mark.parametrize(
    "name",
    [
        "patch_tenant",
        "refresh_tenant",
        "import_tenants",
        "compose_draft",
        "put_words",
        "export_users",
        "create_run",
        "pause_run",
        "send_report_now",
        "send_report_over_all_now",
    ],
)
async def test_a_refusal_of_its_own_is_answered_in_the_words_of_the_example(services: Services, name: str) -> None:
    [(status, answer)] = [
        (int(status), one) for status, one in OPERATIONS[name][2]["responses"].items() if status in ("409", "413")
    ]

    problem = (await ask(services, name, status)).json()

    example = answer["content"]["application/problem+json"]["example"]
    assert problem | {"detail": ""} == example | {"detail": ""}
