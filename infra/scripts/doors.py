"""The functions that there should be, read from function_app.py: no second list to keep true."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

FUNCTION_APP = Path(__file__).resolve().parent.parent.parent / "function_app.py"
OPEN = ("healthz", "static_files")  # to everybody, signed in or not


@dataclass(frozen=True)
class Door:
    """A function; without a route it is a timer's or a queue's."""

    name: str
    route: str | None
    methods: tuple[str, ...]

    @property
    def path(self) -> str:
        """An address behind it."""
        return "/" + (self.route or "").replace("{*rest}", "").strip("/")


def doors(file: Path = FUNCTION_APP) -> list[Door]:
    return [one for node in ast.parse(file.read_text(encoding="utf-8")).body for one in _doors(node)]


def _doors(node: ast.stmt) -> Iterator[Door]:
    """A decorated function, or the list of those that have one handler."""
    if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef)):
        found = _door(node)
        if found:
            yield found
    elif isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["WEB_FUNCTIONS"]:
        for name, methods, route in ast.literal_eval(node.value):
            yield Door(name, route, tuple(methods.split()))


def _door(function: ast.AsyncFunctionDef | ast.FunctionDef) -> Door | None:
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and _is_of_app(one.func.value):
            said = {word.arg: word.value for word in one.keywords}
            route = ast.literal_eval(said["route"]) if "route" in said else None
            return Door(function.name, route, tuple(ast.literal_eval(said["methods"])) if "methods" in said else ())
    return None


def _is_of_app(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "app"
