"""Translates errors of tables and queues into the core's."""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.data.tables import TableTransactionError

from sspr_core.model.errors import Conflict, NotFound, TryAgain
from sspr_core.model.problem import Access, AccessError

STORAGE_AWAY = AccessError(word=Access.UNAVAILABLE, code="storage", message="The app's own storage did not answer.")


class RowConflict(Conflict):
    """Says which operation of the transaction met a row that is not as expected."""

    def __init__(self, index: int) -> None:
        super().__init__(f"operation {index} met another row than expected")
        self.index = index


@contextmanager
def translated() -> Iterator[None]:
    """Turns storage's errors into the core's: TryAgain, NotFound, Conflict. Any other error is a bug in this app."""
    try:
        yield
    except TableTransactionError as error:
        if error.status_code in (404, 409, 412):
            raise RowConflict(error.index) from error
        _again_or_raise(error)
    except ResourceNotFoundError as error:
        raise NotFound(_code(error)) from error
    except (ResourceModifiedError, ResourceExistsError) as error:
        raise Conflict(_code(error)) from error
    except (HttpResponseError, ServiceRequestError, ServiceResponseError) as error:
        _again_or_raise(error)


def _code(error: HttpResponseError) -> str:
    return str(getattr(error, "error_code", None) or error.status_code)


def _again_or_raise(error: AzureError) -> None:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if status is None or status >= 500 or status in (408, 429):
        raise TryAgain(trouble=STORAGE_AWAY) from error
    raise error
