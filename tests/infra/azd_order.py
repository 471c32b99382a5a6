"""azd as far as its order matters: parameters are resolved, then the hook runs, then they are resolved again.

Azure/azure-dev: `azd up` initializes the provider, which asks for what is missing, before the first hook
(Azure/azure-dev#5806), and resolves the parameters again when it provisions.
"""

import json
import re

from tests.infra.signed_in import ROOT
from tests.project.bicep import INFRA, params

PROMPTED = ("location",)  # azd has a list of regions for what AZURE_LOCATION fills


def hook_line(hook: str, system: str = "posix") -> str:
    """What azure.yaml has azd run."""
    text = (ROOT / "azure.yaml").read_text()
    [block] = re.findall(rf"^  {hook}:\n((?:    .*\n)+)", text, re.MULTILINE)
    [line] = re.findall(rf"^    {system}:\n      kind: \w+\n      run: (.+)", block, re.MULTILINE)
    return str(line)


def parameters(environment: dict[str, str]) -> dict[str, object]:
    """What the template is given. A value whose variables are unset is left out: then the template's default holds."""
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    found: dict[str, object] = {}
    for name, entry in given.items():
        asked = re.findall(r"\$\{(\w+)", json.dumps(entry["value"]))
        value = entry["value"]
        if isinstance(value, str):
            value = re.sub(r"\$\{(\w+)(?:=([^}]*))?\}", lambda one: environment.get(one[1]) or one[2] or "", value)
        if value != "" or all(one in environment for one in asked):
            found[name] = value
    return found


def prompts(environment: dict[str, str]) -> set[str]:
    """The parameters that azd asks for: they have neither a value nor a default."""
    given = parameters(environment)
    return {name for name, needed in params("main.bicep").items() if needed and name not in given} - {*PROMPTED}
