"""Which function a request is for."""

import re

import pytest

from dev.host.routes import pattern, routes
from dev.host.worker import Function

GUID = "6f9619ff-8b86-4011-b42d-00cf4fc964ff"


def a_function(name: str, **trigger: object) -> Function:
    binding = {"type": "httpTrigger", "name": "req", "direction": "IN", **trigger}
    return Function(name=name, function_id=name, bindings=(binding,))


def values(template: str, path: str) -> dict[str, str] | None:
    found = re.compile(pattern(template), re.IGNORECASE).fullmatch(path)
    return {name: value for name, value in found.groupdict().items() if value is not None} if found else None


def who(method: str, path: str, *functions: Function, prefix: str = "") -> str | None:
    """The name of the function that answers the request."""
    for route in routes(functions, prefix):
        if route.match(method, path) is not None:
            return route.function.name
    return None


@pytest.mark.parametrize(
    ("template", "path", "found"),
    [
        ("/tenants", "/tenants", {}),
        ("/tenants", "/tenants/", {}),
        ("/tenants", "/Tenants", {}),
        ("/tenants", "/tenants/abc", None),
        ("/tenants/{id}", "/tenants/abc", {"id": "abc"}),
        ("/tenants/{id}", "/tenants", None),
        ("/tenants/{id}", "/tenants/abc/users", None),
        ("/tenants/{id?}", "/tenants", {}),
        ("/tenants/{id}/users", "/tenants/abc/users", {"id": "abc"}),
        ("/static/{*rest}", "/static/css/main.css", {"rest": "css/main.css"}),
        ("/static/{*rest}", "/static", {}),
        ("/static/{*rest}", "/statics", None),
        ("/a.b", "/axb", None),
        ("/", "/", {}),
    ],
)
def test_a_template_matches_what_azure_would_match(template, path, found):
    assert values(template, path) == found


@pytest.mark.parametrize(
    ("constraint", "fits", "does_not"),
    [
        ("int", "-7", "seven"),
        ("long", "12", "1.2"),
        ("guid", GUID, "abc"),
        ("bool", "true", "1"),
        ("alpha", "ab", "a1"),
    ],
)
def test_a_constraint_sends_other_values_elsewhere(constraint, fits, does_not):
    assert values(f"/x/{{it:{constraint}}}", f"/x/{fits}") == {"it": fits}
    assert values(f"/x/{{it:{constraint}}}", f"/x/{does_not}") is None


def test_a_constrained_part_may_be_left_out_when_it_is_optional():
    assert values("/x/{number:int?}", "/x") == {}
    assert values("/x/{number:int?}", "/x/3") == {"number": "3"}
    assert values("/x/{number:int?}", "/x/three") is None


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ("x/{id:minlength(2)}", ":minlength(2) is none of"),
        ("x/{id:int:min(1)}", ":int:min(1) is none of"),
        ("x/{id", "{ without a value"),
        ("x/{id=3}", "without a value"),
        ("x/{id}/{id}", "redefinition of group name"),
    ],
)
def test_a_route_that_is_not_understood_stops_the_start_and_names_the_function(route, reason):
    with pytest.raises(ValueError, match=r"^lost: the route /x/") as error:
        routes([a_function("lost", route=route)], "")

    assert reason in str(error.value)


def test_routes_are_tried_in_the_order_of_the_functions_names_even_a_catch_all():
    first, second = a_function("a_catch_all", route="{*rest}"), a_function("b_exact", route="tenants")

    assert who("GET", "/tenants", second, first) == "a_catch_all"


def test_a_wrong_method_is_no_match_so_another_function_may_have_it():
    reads, writes = a_function("a", route="x", methods=["GET"]), a_function("b", route="x", methods=["PUT"])

    assert who("PUT", "/x", reads, writes) == "b"
    assert who("DELETE", "/x", reads, writes) is None


@pytest.mark.parametrize(("methods", "answers"), [(["GET"], None), (["GET", "HEAD"], "a")])
def test_head_is_answered_only_where_it_is_named(methods, answers):
    assert who("HEAD", "/x", a_function("a", route="x", methods=methods)) == answers


def test_a_function_without_methods_takes_every_one():
    assert who("PATCH", "/x", a_function("a", route="x")) == "a"


def test_the_prefix_stands_before_every_route():
    assert who("GET", "/api/x", a_function("a", route="x"), prefix="api") == "a"
    assert who("GET", "/x", a_function("a", route="x"), prefix="api") is None


def test_without_a_route_the_functions_name_is_its_address():
    assert who("GET", "/ping", a_function("ping")) == "ping"


def test_a_function_asks_for_a_key_unless_it_says_anonymous():
    levels = [one.level for one in routes([a_function("a"), a_function("b", authLevel="ANONYMOUS")], "")]

    assert levels == ["function", "anonymous"]


def test_timers_and_queues_have_no_route():
    timer = Function(name="t", function_id="t", bindings=({"type": "timerTrigger", "direction": "IN"},))

    assert routes([timer], "") == []
