"""Reads the pages' forms, and the users chosen in one."""

from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import UserId, user_id
from sspr_core.model.user_filter import UserFilter
from sspr_core.web.requests.lengths import read_needed
from sspr_core.web.requests.queries import UsersQuery

MOST_BYTES = 200_000
MOST_FIELDS = 2_000

type Form = list[tuple[str, str]]

_FILTER = "filter."  # prefix of the user list's filter fields


async def read_form(request: Request) -> Form:
    """Names and values in order. Raises Invalid if the body is no form or is too large, RequestRefused if the body
    did not arrive.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Invalid("form", "is not application/x-www-form-urlencoded")
    body = await read_needed(request)
    if len(body) > MOST_BYTES:
        raise Invalid("form", f"is larger than {MOST_BYTES} bytes")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Invalid("form", "cannot be read") from error


def checked[T: BaseModel](model: type[T], form: Form) -> T:
    """The model from the form's fields; an empty field counts as absent. Raises Invalid with the first bad field."""
    return validated(model, {name: value for name, value in form if name in model.model_fields and value})


def validated[T: BaseModel](model: type[T], given: dict[str, str]) -> T:
    """The model from these values. Raises Invalid with the first bad field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "query"
        raise Invalid(field, "unknown parameter" if first["type"] == "extra_forbidden" else first["msg"]) from None


def value_of(form: Form, name: str) -> str | None:
    """The last value of that name; None when it is absent or empty."""
    return next((value for key, value in reversed(form) if key == name and value), None)


def values_of(form: Form, name: str) -> list[str]:
    return [value for key, value in form if key == name and value]


def users_of(form: Form) -> list[UserId] | UserFilter:
    """The users chosen in the form. Raises Invalid, also if none is chosen."""
    if value_of(form, "all") is not None:
        return _filter_of(form)
    try:
        ids = [user_id(text) for text in values_of(form, "user")]
    except ValueError as error:
        raise Invalid("user", "has a value that is not one") from error
    if not ids:
        raise Invalid("user", "nobody is selected")
    return ids


def kept(form: Form) -> Form:
    """The fields that choose the users, to repeat them in the next form."""
    return [(name, value) for name, value in form if name in ("user", "all") or name.startswith(_FILTER)]


def _filter_of(form: Form) -> UserFilter:
    given = {name.removeprefix(_FILTER): value for name, value in form if name.startswith(_FILTER) and value}
    try:
        return UsersQuery.model_validate(given).chosen()
    except ValidationError as error:
        raise Invalid("filter", "is not one of the list's") from error
