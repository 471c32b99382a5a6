"""The doors: every function documented, none in another's way, and a door for every address."""

import json
import re
from pathlib import Path

import pytest

import function_app
from sspr_core.web import operator_routes, page_routes, static_files, tenant_routes

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()


def functions() -> dict[str, dict[str, object]]:
    """The trigger of each function, as the worker library sees it."""
    found = {}
    for function in function_app.app.get_functions():
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


def test_routes_have_prefixes_that_do_not_overlap_because_azure_orders_them_by_name() -> None:
    prefixes = [route.split("{")[0].strip("/") for route in ROUTES.values()]

    for one in prefixes:
        others = [other for other in prefixes if other != one]
        assert not [other for other in others if one and other.startswith(f"{one}/")], one
    assert len(set(prefixes)) == len(prefixes)


PATHS = [
    (method, route.path)
    for module in (operator_routes, page_routes, static_files, tenant_routes)
    for route in module.router.routes
    for method in route.methods
]


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


def test_the_poison_queue_is_the_name_the_platform_gives_it() -> None:
    assert FUNCTIONS["record_poison_snapshot"]["queueName"] == f"{FUNCTIONS['take_snapshot']['queueName']}-poison"


def test_the_hosts_routes_begin_at_the_root() -> None:
    assert json.loads((ROOT / "host.json").read_text())["extensions"]["http"]["routePrefix"] == ""
