"""Microsoft Graph and azd through their command lines: who is signed in there does the work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

GRAPH = "https://graph.microsoft.com/v1.0"
NEW = "(new)"  # stands for the id of what a dry run did not make
NOT_YET = ("Request_ResourceNotFound", "does not reference a valid application object")  # made a moment ago
PAUSE = float(os.environ.get("SSPR_PAUSE", "5"))  # seconds


class AzError(Exception):
    """A command failed; the message says which, what it said, and what may help."""


def run(*command: str) -> str:
    """What the command printed. Raises AzError."""
    program = shutil.which(command[0])  # on Windows az and azd are scripts with an ending
    if program is None:
        raise AzError(f"{command[0]} was not found: install it first (docs/deploy.md, What you need).")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise AzError(f"{' '.join(command[:2])} failed: {said}{_advice(said)}")
    return done.stdout.strip()


def _advice(said: str) -> str:
    if "az login" in said or "AADSTS" in said:
        return "\nSign in first: az login --tenant YOUR-TENANT --allow-no-subscriptions"
    if "Authorization_RequestDenied" in said or "Forbidden" in said:
        return "\nThis needs somebody who is Global Administrator, or Privileged Role Administrator, in your tenant."
    return ""


class Graph:
    """Reads are done, also in a dry run; what would be written is then only told."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("get", path)

    def find(self, path: str, **equal: str) -> list[dict[str, Any]]:
        """The entries of a list. The condition is no part of the address: cmd.exe would read its signs as its own."""
        condition = " and ".join(f"{name} eq '{value}'" for name, value in _quoted(equal).items())
        if NEW in path + condition:  # of something that a dry run did not make
            return []
        found: list[dict[str, Any]] = self._ask("get", path, condition=condition)["value"]
        return found

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._write("post", path, body) or {"id": NEW, "appId": NEW, **body}

    def patch(self, path: str, body: dict[str, Any]) -> None:
        self._write("patch", path, body)

    def _write(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.dry_run:
            print(f"  would {method.upper()} {path}\n    {json.dumps(body)}")
            return {}
        for _ in range(6):  # Entra's servers tell each other of new things within half a minute
            try:
                return self._ask(method, path, body)
            except AzError as error:
                if not any(words in str(error) for words in NOT_YET):
                    raise
                time.sleep(PAUSE)
        return self._ask(method, path, body)

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, condition: str = ""
    ) -> dict[str, Any]:
        command = ["az", "rest", "--method", method, "--url", f"{GRAPH}{path}", "--only-show-errors"]
        if condition:
            command += ["--url-parameters", f"$filter={condition}"]
        if body is None:
            return dict(json.loads(run(*command) or "{}"))
        with tempfile.TemporaryDirectory() as folder:  # in a file: no two shells agree on quotes
            file = Path(folder) / "body.json"
            file.write_text(json.dumps(body), encoding="utf-8")
            kind = "Content-Type=application/json"
            return dict(json.loads(run(*command, "--headers", kind, "--body", f"@{file}") or "{}"))


def _quoted(texts: dict[str, str]) -> dict[str, str]:
    return {name: text.replace("'", "''") for name, text in texts.items()}


def signed_in_tenant() -> str:
    """The tenant that az is signed in to."""
    return str(json.loads(run("az", "account", "show", "--output", "json", "--only-show-errors"))["tenantId"])


def remember(name: str, value: str, *, azd: bool, dry_run: bool) -> None:
    """Show a value that the deployment needs, and keep it in azd's environment."""
    print(f"  {name}={value}")
    if azd and not dry_run and os.environ.get(name) != value:
        run("azd", "env", "set", name, value)


def stop(error: AzError) -> int:
    sys.stderr.write(f"{error}\n")
    return 1
