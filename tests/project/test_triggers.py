"""The triggers: every function is documented, no route hides another, and every address has a function."""

import inspect
import json
import re
from pathlib import Path
from types import SimpleNamespace

import azure.functions as func
import pytest
from fastapi.routing import iter_route_contexts

import function_app
from sspr_core import wiring
from sspr_core.model import queue_messages
from sspr_core.settings.environment import SettingsError
from sspr_core.web.app import create_app
from sspr_core.web.security_headers import PROTECTING
from tests.builders import a_world
from tests.runs.simulation.simulation import MOST_DEQUEUED
from tests.triggers import DOORS

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()


def functions() -> dict[str, dict[str, object]]:
    """The trigger of each function, as the worker library sees it."""
    found = {}
    for function in DOORS:
        content = json.loads(str(function))
        found[function.get_function_name()] = next(
            one for one in content["bindings"] if one["type"].lower().endswith("trigger")
        )
    return found


FUNCTIONS = functions()
ROUTES = {name: str(one["route"]) for name, one in FUNCTIONS.items() if one["type"] == "httpTrigger"}


def test_the_readme_lists_every_function_and_no_other() -> None:
    section = README.split("## Functions")[1].split("## ")[0]

    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == sorted(
        FUNCTIONS, key=lambda name: section.index(f"`{name}`")
    )


def test_operators_are_told_how_many_functions_to_count() -> None:
    assert f"until Azure knows all {len(FUNCTIONS)} functions" in (ROOT / "docs" / "operate.md").read_text()


def test_routes_have_prefixes_that_do_not_overlap_because_azure_orders_them_by_name() -> None:
    prefixes = [route.split("{")[0].strip("/") for route in ROUTES.values()]

    for one in prefixes:
        others = [other for other in prefixes if other != one]
        assert not [other for other in others if one and other.startswith(f"{one}/")], one
    assert len(set(prefixes)) == len(prefixes)


PATHS = [
    (method, route.path) for route in iter_route_contexts(create_app(a_world()).routes) for method in route.methods
]


def test_all_addresses_are_looked_at() -> None:
    assert {"/", "/static/{name}", "/api/v1/overview", "/api/v1/tenants/import"} <= {path for _, path in PATHS}


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_address_has_exactly_one_door_for_its_method(method: str, path: str) -> None:
    doors = [
        name
        for name, route in ROUTES.items()
        if _leads(route, path) and method in [str(one) for one in FUNCTIONS[name]["methods"]]
    ]

    assert len(doors) == 1, doors


def _leads(route: str, path: str) -> bool:
    literal, _, rest = route.strip("/").partition("{")
    wanted = path.strip("/")
    return wanted == literal.rstrip("/") or (bool(rest) and wanted.startswith(literal))


def test_http_doors_are_anonymous_to_the_host_because_the_app_asks_who_is_calling() -> None:
    assert {str(FUNCTIONS[name]["authLevel"]).lower() for name in ROUTES} == {"anonymous"}


QUEUES = {name: str(one["queueName"]) for name, one in FUNCTIONS.items() if one["type"] == "queueTrigger"}


def test_every_queue_has_a_door_for_its_poison_by_the_name_the_platform_gives_it() -> None:
    work = {queue for queue in QUEUES.values() if not queue.endswith("-poison")}

    assert sorted(QUEUES.values()) == sorted({*work, *(f"{queue}-poison" for queue in work)})


def test_every_timer_and_every_queue_is_told_of_and_poison_is_counted_by_the_queue_it_was_of() -> None:
    counted = {}
    for function in DOORS:
        name, door = function.get_function_name(), function.get_user_function()
        if name not in ROUTES:
            counted[name] = inspect.getclosurevars(door).nonlocals["poison_of"]

    assert counted == {name: "" for name in FUNCTIONS if name not in ROUTES} | {
        name: queue.removesuffix("-poison") for name, queue in QUEUES.items() if queue.endswith("-poison")
    }


def test_nothing_in_the_doors_looks_like_an_app_of_fastapis_for_which_the_worker_has_another_runtime() -> None:
    text = (ROOT / "function_app.py").read_text()  # Azure/azure-functions-python-worker, proxy_worker/dispatcher.py

    assert not re.search(r"from fastapi import|FastAPI\(", text)


def test_every_timer_leaves_word_of_how_it_ended() -> None:
    timers = {name for name, one in FUNCTIONS.items() if one["type"] == "timerTrigger"}

    assert set(re.findall(r'recorded\("(\w+)"', (ROOT / "function_app.py").read_text())) == timers


def test_queues_keep_the_names_under_which_messages_wait_in_them() -> None:
    doors = ("take_snapshot", "expand_run", "send_email", "record_delivery_report", "prepare_report")

    names = ["snapshots", "expand-runs", "send-emails", "delivery-reports", "prepare-reports"]
    assert [QUEUES[door] for door in doors] == list(queue_messages.QUEUES) == names


HOST = json.loads((ROOT / "host.json").read_text())["extensions"]


def test_the_hosts_routes_begin_at_the_root() -> None:
    assert HOST["http"]["routePrefix"] == ""


def test_a_message_fails_as_often_before_it_is_poison_as_the_words_say_and_the_protocol_is_tried_with() -> None:
    poisons = [one.get_user_function().__doc__ or "" for one in DOORS if one.get_function_name() in QUEUES]

    assert HOST["queues"]["maxDequeueCount"] == MOST_DEQUEUED == 10
    assert sum("failed ten times" in one for one in poisons) == 4
    assert "fails ten times" in (ROOT / "docs" / "operate.md").read_text()


@pytest.fixture
def misconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> None:
        raise SettingsError(["SSPR_STORAGE is missing"])

    monkeypatch.setattr(function_app, "settings", wrong)
    monkeypatch.setattr(wiring, "services", wrong)


A_CALL = SimpleNamespace(
    function_name="a_door", invocation_id="1", trace_context=SimpleNamespace(trace_parent="", trace_state="")
)


async def call(name: str, url: str) -> func.HttpResponse:
    [function] = [one for one in DOORS if one.get_function_name() == name]
    request = func.HttpRequest(method="GET", url=url, body=b"")
    door = function.get_user_function()
    return await (door(request) if name == "healthz" else door(request, A_CALL))


@pytest.mark.usefixtures("misconfigured")
async def test_with_wrong_settings_callers_are_told_to_come_back_and_nothing_else() -> None:
    answer = await call("overview", "https://h/api/v1/overview")

    problem = json.loads(answer.get_body())
    assert (answer.status_code, problem["status"], problem["code"]) == (503, 503, "misconfigured")
    assert "SSPR_STORAGE" not in problem["detail"]
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.mimetype == "application/problem+json"
    assert {name: answer.headers[name] for name in PROTECTING} == PROTECTING


@pytest.mark.usefixtures("misconfigured")
async def test_the_health_of_the_app_is_told_under_the_same_headers() -> None:
    answer = await call("healthz", "https://h/healthz")

    assert (answer.status_code, json.loads(answer.get_body())) == (200, {"status": "misconfigured"})
    assert {name: answer.headers[name] for name in PROTECTING} == PROTECTING
    assert "retry-after" not in answer.headers
