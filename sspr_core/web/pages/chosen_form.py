"""Whom a form means: the users that are ticked, or all that the filter of their list lets through."""

from pydantic import ValidationError

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import UserId, user_id
from sspr_core.model.user_filter import UserFilter
from sspr_core.web.pages.forms import Form, every, one
from sspr_core.web.requests.queries import UsersQuery

_FILTER = "filter."  # before the names of the list's filter


def users_of(form: Form) -> list[UserId] | UserFilter:
    """Raises Invalid, also when it means nobody."""
    if one(form, "all") is not None:
        return _filter_of(form)
    try:
        ids = [user_id(text) for text in every(form, "user")]
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
