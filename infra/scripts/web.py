"""Plain requests, as anybody on the internet could send them."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any

_TIMEOUT = 60  # seconds: the first request may find nothing running


@dataclass(frozen=True)
class Answer:
    """Status 0: there was none, and the body says why."""

    status: int
    headers: Message
    body: bytes

    def header(self, name: str) -> str:
        return str(self.headers.get(name, ""))

    @property
    def is_refusal(self) -> bool:
        """Not let in: by its status, or by the way to where one signs in."""
        there = self.header("location")
        to_sign_in = "/.auth/login/" in there or there.startswith("https://login.")
        return self.status in (401, 403) or (self.status in (302, 303, 307) and to_sign_in)

    def told(self) -> str:
        there = f" to {self.header('location').split('?')[0]}" if self.header("location") else ""
        return f"{self.status}{there}" if self.status else f"no answer ({self.body.decode(errors='replace')})"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A redirect is an answer too."""


class Site:
    def __init__(self, url: str, *, timeout: float = _TIMEOUT) -> None:
        self.url, self._timeout = url, timeout
        self._opener = urllib.request.build_opener(_Stay)

    def ask(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, url: str | None = None
    ) -> Answer:
        request = urllib.request.Request((url or self.url) + path, method=method, headers=headers or {})  # noqa: S310
        if method != "GET":
            request.data = b"{}"
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())
        except (OSError, ssl.SSLError) as error:
            return Answer(0, Message(), str(getattr(error, "reason", error)).encode())
