"""A client for the app's API and its host, with retries."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from dev.commands.parts import StackError

type Json = dict[str, Any]


class Api:
    """The app's API, as a signed-in person of the local host."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str) -> Json:
        request = urllib.request.Request(self._url + path, headers={"Authorization": "Bearer local-reader"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
            content: Json = json.load(answer)
            return content

    def fire(self, function: str) -> None:
        """Runs a function now. Raises urllib.error.HTTPError, whose body gives the reason why it cannot run."""
        request = urllib.request.Request(f"{self._url}/admin/functions/{function}", b"{}", method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - our own address

    def runs(self, function: str) -> int:
        """How often the function has finished."""
        counts = self.get("/admin/host/status")["functions"][function]
        return int(counts["runs"]) - int(counts["running"])

    def tenants(self) -> list[Json]:
        """All tenants, every page."""
        items: list[Json] = []
        path = "/api/v1/tenants?limit=1000"
        while True:
            page = self.get(path)
            items += page["items"]
            if not page["continuation"]:
                return items
            path = f"/api/v1/tenants?limit=1000&continuation={page['continuation']}"


class Patience:
    """A retry budget in seconds, for an app that is busy or away."""

    def __init__(self, seconds: float, check: Callable[[], None] = lambda: None) -> None:
        self._until = time.monotonic() + seconds
        self._check = check  # raises StackError when the app has ended

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until

    def ask[T](self, question: Callable[[], T]) -> T:
        """The answer. Raises StackError when the request is refused, or when the budget ends with an error."""
        while True:
            self._check()
            try:
                return question()
            except urllib.error.HTTPError as error:
                trouble: Exception = error
                if error.code < 500:
                    raise StackError(f"The app refuses {error.url}: {error}") from error
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                trouble = error
            if not self.lasts:
                raise StackError(f"The app does not answer: {trouble}") from trouble
            time.sleep(0.25)
