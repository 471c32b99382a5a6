"""Which function an HTTP request is for: routes are tried in the order of the functions' names, as in Azure."""

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
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: str

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route's values; None when the request is for another. A wrong method is no match: 404 in Azure."""
        if self.methods and ("GET" if method == "HEAD" else method) not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return {name: value for name, value in found.groupdict().items() if value is not None} if found else None


def routes(functions: Iterable[Function], prefix: str) -> list[Route]:
    """The HTTP functions' routes in the order they are tried."""
    return [_route(one, prefix) for one in sorted(functions, key=lambda f: f.name) if one.kind == "http"]


def _route(function: Function, prefix: str) -> Route:
    trigger = function.trigger
    template = trigger.get("route") or function.name
    whole = "/".join(part for part in (prefix, template.strip("/")) if part)
    return Route(
        function,
        re.compile(pattern(f"/{whole}"), re.IGNORECASE),
        frozenset(str(method).upper() for method in trigger.get("methods") or ()),
        str(trigger.get("authLevel") or "function").lower(),
    )


def pattern(template: str) -> str:
    """ASP.NET's route template as a regular expression: `{name}`, `{name:int}`, `{name?}`, `{*rest}`."""
    text, last = "", 0
    for part in _PART.finditer(template):
        before = re.escape(template[last : part.start()])
        star, name, constraint, optional = part.groups()
        value = ".*" if star else _CONSTRAINTS.get(constraint.lstrip(":"), "[^/]+")
        group = f"(?P<{name}>{value})"
        if star or optional:
            text += f"{before.removesuffix('/')}(?:/{group})?" if before.endswith("/") else f"{before}{group}?"
        else:
            text += before + group
        last = part.end()
    return text + re.escape(template[last:]) + "/?"
