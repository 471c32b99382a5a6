"""The simulated cloud in this process, called without a network."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from dev.cloud.app import Cloud
from dev.cloud.http import Request, Response
from dev.cloud.options import Options
from dev.cloud.tenants import SPECIAL

BASE = "https://cloud.example"
REPORT = "reports/authenticationMethods/userRegistrationDetails"
ALL_SPECIAL = 3 * len(SPECIAL)  # tenants: one in three is special


class Clouds:
    """A cloud and short methods to call it."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.cloud = Cloud(Options(**{"state_dir": folder, "tenants": 3, "users": 30, **options}), BASE)
        self._tokens: dict[str, str] = {}

    @property
    def tenant_ids(self) -> list[str]:
        return list(self.cloud.tenants)

    def special(self, word: str | None) -> str:
        """The first tenant with that failure, or with none."""
        return next(one.tenant_id for one in self.cloud.tenants.values() if one.special == word)

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, content: Any = None) -> Response:
        parts = urlsplit(path)
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        return self.cloud.answer(Request(method, parts.path, parts.query, headers or {}, body))

    def control(self, method: str, path: str, content: Any = None) -> Any:
        answer = self.ask(method, f"/_sim/{path}", content=content)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def ask_token(self, tenant: str, **changed: str | None) -> Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.cloud.client_id,
            "client_secret": self.cloud.client_secret,
            "scope": f"{BASE}/.default",
            **changed,
        }
        body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
        return self.ask("POST", f"/{tenant}/oauth2/v2.0/token", content=body)

    def mail_headers(
        self, tenant: str | None = None, scope: str = "https://communication.azure.com//.default"
    ) -> dict[str, str]:
        """With a token of the partner's for the mail service."""
        answer = self.ask_token(tenant or self.cloud.partner_tenant_id, scope=scope)
        return {"authorization": f"Bearer {json.loads(answer.body)['access_token']}"}

    def graph(self, tenant: str, path: str) -> Response:
        """With a token for that tenant; `path` may be a whole next link."""
        if tenant not in self._tokens:
            self._tokens[tenant] = json.loads(self.ask_token(tenant).body)["access_token"]
        address = path.removeprefix(BASE) if path.startswith(BASE) else f"/graph/v1.0/{path}"
        return self.ask("GET", address, headers={"authorization": f"Bearer {self._tokens[tenant]}"})

    def pages(self, tenant: str, path: str) -> list[list[dict[str, Any]]]:
        """The rows of every page."""
        found: list[list[dict[str, Any]]] = []
        following: str | None = path
        while following:
            answer = self.graph(tenant, following)
            assert answer.status == 200, answer.body
            page = json.loads(answer.body)
            found.append(page["value"])
            following = page.get("@odata.nextLink")
        return found

    def rows(self, tenant: str, path: str) -> list[dict[str, Any]]:
        return [row for page in self.pages(tenant, path) for row in page]


def problem(answer: Response) -> tuple[int, str]:
    """Status and code of a Graph error."""
    return answer.status, json.loads(answer.body)["error"]["code"]
