"""Microsoft Graph, asked through az: no token of anybody's passes through here."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from az import PAUSE, AzError, run

GRAPH = "https://graph.microsoft.com/v1.0"
NEW = "(new)"  # stands for the id of what a dry run did not make
NOT_YET = ("Request_ResourceNotFound", "does not reference a valid application object")  # made a moment ago


class Graph:
    """Reads are done, also in a dry run; what would be written is then only printed."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("get", path)

    def find(self, path: str, **equal: str) -> list[dict[str, Any]]:
        """All entries of a list whose properties are so."""
        condition = " and ".join(f"{name} eq '{_quoted(text)}'" for name, text in equal.items())
        if NEW in path + condition:  # of something that a dry run did not make
            return []
        query = [f"$filter={condition}"] if condition else []
        found: list[dict[str, Any]] = []
        while True:
            page = self._ask("get", path, query=query)
            found += page["value"]
            if "@odata.nextLink" not in page:
                return found
            query = [f"{name}={value}" for name, value in parse_qsl(urlsplit(page["@odata.nextLink"]).query)]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._write("post", path, body) or {"id": NEW, "appId": NEW, **body}

    def patch(self, path: str, body: dict[str, Any]) -> None:
        self._write("patch", path, body)

    def _write(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.dry_run:
            print(f"  would {method.upper()} {path}\n    {json.dumps(body)}")
            return {}
        return self._ask(method, path, body)

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, query: list[str] | None = None
    ) -> dict[str, Any]:
        """Entra's servers learn of new things from each other, within half a minute: reads fail until then, too."""
        for _ in range(6):
            try:
                return self._ask_once(method, path, body, query)
            except AzError as error:
                if not any(words in str(error) for words in NOT_YET):
                    raise
                time.sleep(PAUSE)
        return self._ask_once(method, path, body, query)

    def _ask_once(self, method: str, path: str, body: dict[str, Any] | None, query: list[str] | None) -> dict[str, Any]:
        """The query goes beside the address and the body in a file: cmd.exe would read their signs as its own."""
        command = ["az", "rest", "--method", method, "--url", f"{GRAPH}{path}", "--only-show-errors"]
        if query:
            command += ["--url-parameters", *query]
        if body is None:
            return dict(json.loads(run(*command) or "{}"))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "body.json"
            file.write_text(json.dumps(body), encoding="utf-8")
            kind = "Content-Type=application/json"
            return dict(json.loads(run(*command, "--headers", kind, "--body", f"@{file}") or "{}"))


def _quoted(text: str) -> str:
    return text.replace("'", "''")
