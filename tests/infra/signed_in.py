"""A user signed in with az, for whom the scripts run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from tests.graph_rows import guid

ROOT = Path(__file__).resolve().parent.parent.parent
PERMISSIONS = (
    "AuditLog.Read.All",
    "User.Read.All",
    "Organization.Read.All",
    "DelegatedAdminRelationship.Read.All",
    "Directory.Read.All",
    "Mail.Send",
)
MICROSOFT_GRAPH = {
    "id": "microsoft-graph",
    "appId": "00000003-0000-0000-c000-000000000000",
    "appRoles": [{"value": one, "id": str(uuid5(NAMESPACE_DNS, one))} for one in PERMISSIONS],
}
NAME_OF = {str(one["id"]): str(one["value"]) for one in MICROSOFT_GRAPH["appRoles"]}  # type: ignore[index]


class Desk:
    """A folder with fake az and azd, and their state."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._file = folder, folder / "state.json"
        ana = {"id": "ana-id", "userPrincipalName": "ana@partner.example"}
        self.change({"tenant": guid("partner"), "servicePrincipals": [MICROSOFT_GRAPH], "users": [ana]})
        (folder / "python3").symlink_to(sys.executable)
        for name in ("az", "azd"):
            script = folder / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{ROOT}/tests/infra/stand_in_az.py" "$@"\n')
            script.chmod(0o755)

    @property
    def state(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self._file.read_text())
        return read

    def change(self, state: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(state))

    def run(self, *words: str, script: str = "register_apps.py", path: str = "", **environment: str) -> tuple[int, str]:
        """Exit code and output of the script."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "infra" / "scripts" / script), *words],
            env=self._environment | ({"PATH": path} if path else {}) | environment,
            capture_output=True, text=True, check=False, timeout=110,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def shell(self, line: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """How sh runs the line in the project's folder."""
        return subprocess.run(
            ["sh", "-c", line],
            cwd=ROOT, env=self._environment | environment, capture_output=True, text=True, check=False, timeout=110,
        )  # fmt: skip

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": f"{self.folder}:{os.environ['PATH']}", "AZ_STATE": str(self._file), "SSPR_PAUSE": "0"}

    def writes(self) -> list[str]:
        """The writes since the last call."""
        state = self.state
        found: list[str] = state.pop("writes", [])
        self.change(state)
        return found

    def app(self, name: str) -> dict[str, Any]:
        [found] = [one for one in self.state.get("applications", []) if one["displayName"] == name]
        return dict(found)

    def principal(self, name: str) -> dict[str, Any]:
        [found] = [one for one in self.state["servicePrincipals"] if one["appId"] == self.app(name)["appId"]]
        return dict(found)
