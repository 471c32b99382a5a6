"""Writes every exchange as a JSON line, without secrets."""

from pathlib import Path
from typing import Any

import msgspec

from dev.cloud.http import Request, Response


class Recorder:
    """Appends to a file; lines are complete even when the process is killed."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._file = path.open("ab", buffering=0)
        self._url = base_url

    def write(self, request: Request, response: Response) -> None:
        secret = "/oauth2/" in request.path
        line = {
            "method": request.method,
            "url": f"{self._url}{request.path}{'?' if request.query else ''}{request.query}",
            "status": response.status,
            "request_body": None if secret else _parsed(request.body),
            "response_body": None if secret or response.cut else _parsed(response.body),
        }
        self._file.write(msgspec.json.encode(line) + b"\n")


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return None
