"""What the description says of an answer, to hold real answers against."""

from typing import Any

from pydantic import BaseModel

from sspr_core.web import schemas


def shape_of(operation: dict[str, Any], status: int) -> type[BaseModel]:
    """The model of the operation's answer with this status."""
    [content] = operation["responses"][str(status)]["content"].values()
    shape: type[BaseModel] = getattr(schemas, content["schema"]["$ref"].rsplit("/", 1)[1])
    return shape
