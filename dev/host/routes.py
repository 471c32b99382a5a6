"""Finds the function for an HTTP request: routes are tried in the order of the functions' names, as in Azure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dev.host.worker import Function

_PART = re.compile(r"\{(\*?)(\w+)((?::[^{}]+?)*)(\??)\}")
_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "guid": r"[0-9a-fA-F-]{36}",
    "bool": "(?:true|false)",
    "alpha": "[A-Za-z]+",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A function's pattern and methods."""

    function: Function
    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: str

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route's values; None when the route does not match.

        A method that is not listed does not match and gives 404 in Azure, even HEAD beside GET
        (Azure/azure-functions-host#11625).
        """
        if self.methods and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return {name: value for name, value in found.groupdict().items() if value is not None} if found else None


def routes(functions: Iterable[Function], prefix: str) -> list[Route]:
    """The HTTP functions' routes in the order they are tried. Raises ValueError for a route that is not understood."""
    return [_route(one, prefix) for one in sorted(functions, key=lambda f: f.name) if one.kind == "http"]


def _route(function: Function, prefix: str) -> Route:
    trigger = function.trigger
    template = trigger.get("route") or function.name
    whole = "/" + "/".join(part for part in (prefix, template.strip("/")) if part)
    try:
        compiled = re.compile(pattern(whole), re.IGNORECASE)
    except (ValueError, re.error) as error:
        raise ValueError(f"{function.name}: the route {whole} is not understood here: {error}") from error
    return Route(
        function,
        whole,
        compiled,
        frozenset(str(method).upper() for method in trigger.get("methods") or ()),
        str(trigger.get("authLevel") or "function").lower(),
    )


def pattern(template: str) -> str:
    """ASP.NET's route template as a regular expression: `{name}`, `{name:int}`, `{name?}`, `{*rest}`.

    Raises ValueError for anything else: read as a plain name, it would match requests that Azure does not.
    """
    if stray := set(_PART.sub("", template)) & set("{}"):
        raise ValueError(f"{stray.pop()} without a value it belongs to")
    text, last = "", 0
    for part in _PART.finditer(template):
        before = re.escape(template[last : part.start()])
        star, name, constraint, optional = part.groups()
        if constraint and constraint[1:] not in _CONSTRAINTS:
            raise ValueError(f"the constraint {constraint} is none of {', '.join(_CONSTRAINTS)}")
        value = ".*" if star else _CONSTRAINTS[constraint[1:]] if constraint else "[^/]+"
        group = f"(?P<{name}>{value})"
        if star or optional:
            text += f"{before.removesuffix('/')}(?:/{group})?" if before.endswith("/") else f"{before}{group}?"
        else:
            text += before + group
        last = part.end()
    return text + re.escape(template[last:]) + "/?"
