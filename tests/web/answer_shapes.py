"""What the description says of an answer, to hold real answers against."""

from typing import Any

from pydantic import BaseModel

from sspr_core.web.openapi import report_shapes, run_shapes, shapes

_SHAPES = (shapes, run_shapes, report_shapes, report_shapes)


def kind_of(operation: dict[str, Any], status: int) -> str:
    """Its media type, for callers who wish for no other."""
    kind: str = next(one for one in operation["responses"][str(status)]["content"] if one.endswith("json"))
    return kind


def shape_of(operation: dict[str, Any], status: int) -> type[BaseModel]:
    """The model of the operation's answer with this status."""
    content = operation["responses"][str(status)]["content"][kind_of(operation, status)]
    name = content["schema"]["$ref"].rsplit("/", 1)[1]
    shape: type[BaseModel] = next(vars(one)[name] for one in _SHAPES if name in vars(one))
    return shape
