"""Lints the API's description by the recommended rules, and generates and compiles a TypeScript and a Python client.

The description is the golden file; the tests compare it with what the app serves. Both clients stay in .local/clients.
Nothing here uses the network.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dev.azurite import ROOT

DOCUMENT = ROOT / "tests" / "web" / "golden_openapi.json"
EXAMPLES = ROOT / "docs" / "clients"
CLIENTS = ROOT / ".local" / "clients"
_NODE = ROOT / "node_modules"
_PYTHON = ROOT / ".venv-check" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

# Without these, the linter reports its use to its makers and asks them for newer versions.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command; exit code 0 means success."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def lint(document: Path) -> Step:
    """Lints by the recommended rules, with warnings as errors."""
    script = str(_NODE / "@redocly" / "cli" / "bin" / "cli.js")
    words = ["lint", "--extends=recommended-strict", "--format=stylish", str(document)]
    return Step(name="linting the description", command=["node", script, *words], environment=QUIET)


def typescript(document: Path, folder: Path) -> list[Step]:
    """Types for openapi-fetch, and an example that uses them, compiled in strict mode."""
    generator = str(_NODE / "openapi-typescript" / "bin" / "cli.js")
    compiler = str(_NODE / "typescript" / "bin" / "tsc")
    return [
        Step(
            name="generating the TypeScript client",
            command=["node", generator, str(document), "--output", str(folder / "api.d.ts")],
        ),
        Step(name="compiling the TypeScript client", command=["node", compiler, "--project", str(folder)]),
    ]


def python(document: Path, folder: Path) -> list[Step]:
    """A package, and an example that uses it, checked by mypy in strict mode against the packages it needs."""
    package = folder / "sspr_manager_client"
    made = ["generate", "--path", str(document), "--config", str(EXAMPLES / "python-client.yml"), "--fail-on-warning"]
    rules = ["--strict", "--config-file=", "--python-executable", str(_PYTHON), f"--cache-dir={folder / '.mypy_cache'}"]
    return [
        Step(
            name="generating the Python client",
            command=[
                *(str(_PYTHON), "-m", "openapi_python_client", *made),
                *("--meta", "none", "--output-path", str(package), "--overwrite"),
            ],
        ),
        Step(
            name="type-checking the Python client",
            command=[sys.executable, "-m", "mypy", *rules, str(package), str(folder / "example.py")],
            environment={"MYPYPATH": str(folder)},
        ),
    ]


def failure(steps: Sequence[Step]) -> str:
    """The output of the first step that failed; "": all succeeded. Stops there, since later steps need the earlier
    ones.
    """
    for step in steps:
        done = subprocess.run(
            step.command, capture_output=True, text=True, check=False, env={**os.environ, **step.environment}
        )
        if done.returncode:
            return f"api: {step.name} failed (exit code {done.returncode}):\n{done.stdout}{done.stderr}"
    return ""


def main() -> int:
    shutil.rmtree(CLIENTS, ignore_errors=True)  # a file that is no longer generated would still compile
    for language, files in (("typescript", ("example.ts", "tsconfig.json")), ("python", ("example.py",))):
        (CLIENTS / language).mkdir(parents=True)
        for one in files:
            shutil.copy(EXAMPLES / one, CLIENTS / language)
    checks = [
        [lint(DOCUMENT)],
        typescript(DOCUMENT, CLIENTS / "typescript"),
        python(DOCUMENT, CLIENTS / "python"),
    ]
    found = [said for steps in checks if (said := failure(steps))]
    print("\n".join(found) or "api: the description is linted, a TypeScript and a Python client made from it compile")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
