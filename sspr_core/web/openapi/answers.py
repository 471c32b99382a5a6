"""The answers a route declares; its problems with the very words it would answer."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from sspr_core.model.errors import Invalid, NotFound, TryAgain
from sspr_core.web.caller import Forbidden, Unauthenticated
from sspr_core.web.problems import RequestRefused, answer_to

type Answers = dict[int | str, dict[str, Any]]

TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}  # bytes: CSV too, whose byte order mark is part of it


def answers(
    model: type[BaseModel] | None,
    *statuses: int,
    ok: int = 200,
    description: str = "Success",
    refused: RequestRefused | Sequence[RequestRefused] = (),
    files: Sequence[str] = (),
) -> Answers:
    """The route's own answer, problems with these statuses beside 401, 403 and 503, and those it alone has.

    `files`: media types that it also comes in; without a model they are all it comes in.
    """
    own = [refused] if isinstance(refused, RequestRefused) else refused
    errors = {status: _USUAL[status] for status in (401, 403, *statuses, 503)} | {one.status: one for one in own}
    declared = {status: _declared(status, errors[status]) for status in sorted(errors)}
    return success(model, ok, description, files) | declared


def success(model: type[BaseModel] | None, status: int, description: str, files: Sequence[str] = ()) -> Answers:
    content = {kind: {"schema": TEXT if kind in ("text/html", "text/plain") else FILE} for kind in files}
    answer: dict[str, Any] = {"description": description}
    if model:
        answer["model"] = model
    if content:
        answer["content"] = content
    return {status: answer}


def declared(error: Exception) -> dict[str, Any]:
    """A problem, with the words in which it is answered."""
    return _declared(answer_to(error).status_code, error)


def _declared(status: int, error: Exception) -> dict[str, Any]:
    example = answer_to(error)
    content = {"schema": {"$ref": "#/components/schemas/ProblemShape"}, "example": json.loads(bytes(example.body))}
    declared: dict[str, Any] = {"description": _WHY[status], "content": {"application/problem+json": content}}
    if "retry-after" in example.headers:
        declared["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}}
    return declared


_USUAL: dict[int, Exception] = {
    401: Unauthenticated(),
    403: Forbidden("This account has none of the app roles Reader, Operator and Admin."),
    404: NotFound(),
    422: Invalid("limit", "Input should be less than or equal to 1000"),
    503: TryAgain(),
}

_WHY = {
    401: "Nobody is signed in",
    403: "Another tenant's account, a missing role, or a foreign origin",
    404: "No such thing, or not yours to see",
    406: "None of the media types it comes in",
    409: "Not possible as things are",
    411: "A body is needed, and none came with a Content-Length",
    413: "Too large",
    422: "An unknown parameter or a bad value; `field` names it",
    503: "Storage is away; try again after Retry-After",
}
