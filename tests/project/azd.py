"""`azd up` and infra/: which parameters it asks for, and what it passes to Azure.

After cli/azd/pkg/infra/provisioning/bicep/bicep_provider.go of Azure/azure-dev: parameters are asked for before the
preprovision hook runs, and read again after it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.project.bicep import INFRA, typed_params
from tests.project.bicep_values import Names, Value, value_of

type Environment = dict[str, str]  # of azd, with the values that hooks and deployments set

_NAMED = re.compile(r"\$\{(\w+)(?:=([^}]*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    asked: list[str]  # parameters that the user is asked for before the hook
    given: dict[str, Value]  # passed to Azure


def up(environment: Environment, hook: Callable[[Environment], None]) -> Up:
    """What `azd up` does until it passes the parameters to Azure. The user answers the region and no other question."""
    asked = _ensure(environment)[1]
    if "location" in asked:
        environment["AZURE_LOCATION"] = "swedencentral"
    hook(environment)
    return Up(asked=asked, given=_ensure(environment)[0])


def hook_line(hook: str, system: str = "posix") -> str:
    """The command of a hook in azure.yaml."""
    text = (INFRA.parent / "azure.yaml").read_text()
    [block] = re.findall(rf"^  {hook}:\n((?:    .*\n)+)", text, re.MULTILINE)
    [line] = re.findall(rf"^    {system}:\n      kind: \w+\n      run: (.+)", block, re.MULTILINE)
    return str(line)


def names_of(given: Mapping[str, Value], *, this_month: str = "2026-12-01") -> Names:
    """The values that main.bicep's parameters have in Azure; those not given have their defaults."""
    in_azure: dict[str, Value] = {"thisMonth": this_month, "partnerTenantId": "the tenant of the subscription"}
    defaults = {
        name: value_of(param.default, {})
        for name, param in typed_params("main.bicep").items()
        if param.default and name not in in_azure
    }
    return defaults | in_azure | given


def _ensure(environment: Environment) -> tuple[dict[str, Value], list[str]]:
    """The parameters with a value, and those that the user is asked for."""
    from_file = _from_file(environment)
    given: dict[str, Value] = {}
    asked = []
    for name, param in sorted(typed_params("main.bicep").items()):
        value = _taken(param.type, from_file.get(name), param.default)
        if value is not None:
            given[name] = value
        elif param.default is None:
            asked.append(name)
    return given, asked


def _from_file(environment: Environment) -> dict[str, Value]:
    """Names are replaced in each parameter's JSON text, so a value with a quotation mark breaks it."""
    found = {}
    for name, entry in json.loads((INFRA / "main.parameters.json").read_text())["parameters"].items():
        text = json.dumps(entry)
        value = json.loads(_NAMED.sub(lambda one: environment.get(one[1]) or one[2] or "", text))["value"]
        if value == "" and any(one not in environment for one, _ in _NAMED.findall(text)):
            continue
        found[name] = value
    return found


def _taken(kind: str, value: Value | None, default: str | None) -> Value | None:
    if not isinstance(value, str):
        return value
    if kind == "int":
        return int(value) if value.isdecimal() else None  # anything but a number is dropped silently
    return value if value or default not in (None, "''") else None
