"""Forms of the pages: reading them, and the users that one chooses."""

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

_FILTER = "filter."  # before the names of the list's filter


async def read_form(request: Request) -> Form:
    """Names and values in their order. Raises Invalid for what is not a form, or a very large one, Refused for one
    that did not arrive.
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
    """The model's fields as the form has them; an empty one is not there. Raises Invalid naming the first bad one."""
    return validated(model, {name: value for name, value in form if name in model.model_fields and value})


def validated[T: BaseModel](model: type[T], given: dict[str, str]) -> T:
    """Raises Invalid naming the first bad value."""
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
    """Raises Invalid, also when it means nobody."""
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
    """The fields that say so, to be asked with again."""
    return [(name, value) for name, value in form if name in ("user", "all") or name.startswith(_FILTER)]


def _filter_of(form: Form) -> UserFilter:
    given = {name.removeprefix(_FILTER): value for name, value in form if name.startswith(_FILTER) and value}
    try:
        return UsersQuery.model_validate(given).chosen()
    except ValidationError as error:
        raise Invalid("filter", "is not one of the list's") from error
