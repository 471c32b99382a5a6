"""Reads from Bicep what the tests compare: parameters, module arguments, and the list of settings."""

import re
from dataclasses import dataclass
from pathlib import Path

INFRA = Path(__file__).resolve().parent.parent.parent / "infra"
FILES = sorted(INFRA.glob("*.bicep"))


def text_of(name: str) -> str:
    """A file's text without its comments."""
    return re.sub(r"(?m)(?:^|\s)//.*$", "", (INFRA / name).read_text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    type: str
    default: str | None  # an expression; None: required


def params(name: str) -> dict[str, bool]:
    """The parameters of a file, and whether each is required."""
    return {param: one.default is None for param, one in typed_params(name).items()}


def typed_params(name: str) -> dict[str, Param]:
    """The parameters of a file."""
    found = re.findall(r"^param (\w+) (\w+)(?: = (.+))?$", text_of(name), re.MULTILINE)
    return {param: Param(type=kind, default=default or None) for param, kind, default in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    symbol: str
    name: str  # the deployment's name, an expression
    scope: str  # empty: the subscription
    condition: str  # an expression; empty: always deployed
    given: dict[str, str]  # parameter and expression


def modules() -> dict[str, Module]:
    """The modules of main.bicep by file."""
    found = {}
    for symbol, file, condition, body in re.findall(
        r"^module (\w+) '([^']+)' = (?:if \((\w+)\) )?(\{.*?^\})", text_of("main.bicep"), re.MULTILINE | re.DOTALL
    ):
        inner = re.search(r"params: \{(.*)\}\s*\}", body, re.DOTALL)
        assert inner, file
        given = re.split(r"(?:^|[,\n])\s*(\w+): ", inner[1].strip())[1:]
        expressions = [one.strip() for one in given[1::2]]
        about = dict(re.findall(r"^  (name|scope): (.+)$", body, re.MULTILINE))
        found[file] = Module(
            symbol=symbol,
            name=about["name"],
            scope=about.get("scope", ""),
            condition=condition,
            given=dict(zip(given[::2], expressions, strict=True)),
        )
    return found


def settings() -> dict[str, str]:
    """The app settings: name and the expression after it."""
    block = re.search(r"^var settings = \{\n(.*?)^\}", text_of("app.bicep"), re.MULTILINE | re.DOTALL)
    assert block
    lines = [line.strip() for line in block[1].splitlines() if line.strip()]
    return dict(line.split(": ", 1) for line in lines)


def declared(name: str, kind: str) -> dict[str, str]:
    """The one-line expressions of a file's outputs or variables (`output`, `var`)."""
    found = re.findall(rf"^{kind} (\w+)(?: \w+)? = (.+)$", text_of(name), re.MULTILINE)
    return {one: expression for one, expression in found if expression[-1] not in "{["}
