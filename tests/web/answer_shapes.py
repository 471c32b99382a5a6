"""The OpenAPI schema of an answer, to compare real answers with."""

from typing import Any

from pydantic import BaseModel

from sspr_core.web.openapi import report_shapes, run_shapes, shapes

_SHAPES = (shapes, run_shapes, report_shapes, report_shapes)


def kind_of(operation: dict[str, Any], status: int) -> str:
    """The media type of its answer, for callers without an Accept header."""
    kind: str = next(one for one in operation["responses"][str(status)]["content"] if one.endswith("json"))
    return kind


def shape_of(operation: dict[str, Any], status: int) -> type[BaseModel]:
    """The model of the operation's answer with this status."""
    content = operation["responses"][str(status)]["content"][kind_of(operation, status)]
    name = content["schema"]["$ref"].rsplit("/", 1)[1]
    shape: type[BaseModel] = next(vars(one)[name] for one in _SHAPES if name in vars(one))
    return shape
