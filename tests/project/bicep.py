"""Reads of Bicep what the tests compare: parameters, what modules are given, and the list of settings."""

import re
from pathlib import Path

INFRA = Path(__file__).resolve().parent.parent.parent / "infra"
FILES = sorted(INFRA.glob("*.bicep"))


def text_of(name: str) -> str:
    """A file's text without its comments."""
    return re.sub(r"(?m)(?:^|\s)//.*$", "", (INFRA / name).read_text())


def params(name: str) -> dict[str, bool]:
    """The parameters of a file, and whether each must be given."""
    found = re.findall(r"^param (\w+) \w+(.*)$", text_of(name), re.MULTILINE)
    return {param: "=" not in rest for param, rest in found}


def modules() -> dict[str, set[str]]:
    """The modules of main.bicep by their files, and the parameters each is given."""
    given = {}
    for file, body in re.findall(
        r"^module \w+ '([^']+)' = (\{.*?^\})", text_of("main.bicep"), re.MULTILINE | re.DOTALL
    ):
        inner = re.search(r"params: \{(.*)\}\s*\}", body, re.DOTALL)
        assert inner, file
        given[file] = set(re.findall(r"(\w+): ", inner[1]))
    return given


def settings() -> dict[str, str]:
    """The app settings: name and the expression after it."""
    block = re.search(r"^var settings = \{\n(.*?)^\}", text_of("app.bicep"), re.MULTILINE | re.DOTALL)
    assert block
    lines = [line.strip() for line in block[1].splitlines() if line.strip()]
    return dict(line.split(": ", 1) for line in lines)


def declared(name: str, kind: str) -> dict[str, str]:
    """The expressions of a file's outputs or variables (`output`, `var`) that fit on a line."""
    found = re.findall(rf"^{kind} (\w+)(?: \w+)? = (.+)$", text_of(name), re.MULTILINE)
    return {one: expression for one, expression in found if expression[-1] not in "{["}


def alerts() -> dict[str, str]:
    """The alert rules by name, and what each asks."""
    return dict(re.findall(r"name: '([\w-]+)'\n.*?query: '([^']*)'", text_of("alerts.bicep"), re.DOTALL))
