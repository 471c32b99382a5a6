"""The API's description, OpenAPI: the routes' own, with an example of every answer."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sspr_core.web.answers import declared
from sspr_core.web.examples import examples
from sspr_core.web.problems import length_required
from sspr_core.web.schemas import ProblemShape

VERSION = "0.1.0"

type Json = dict[str, Any]


@cache
def document(app: FastAPI) -> Json:
    """The OpenAPI document of this application."""
    made = get_openapi(
        title="sspr-manager",
        version=VERSION,
        description="SSPR registration of every customer tenant: status, history, operation. Bodies need a "
        "Content-Length: the platform drops one that comes in chunks, which is answered with 411, `length_required`.",
        routes=app.routes,
    )
    made["components"]["schemas"]["ProblemShape"] = ProblemShape.model_json_schema()
    by_shape = examples(app.state.world.terms)
    for methods in made["paths"].values():
        for operation in methods.values():
            if "requestBody" in operation:
                answers = operation["responses"] | {"411": declared(length_required())}
                operation["responses"] = dict(sorted(answers.items()))
            for answer in operation["responses"].values():
                if content := answer["content"].get("application/json"):
                    content["example"] = by_shape[content["schema"]["$ref"].rsplit("/", 1)[1]]
    return made
