"""Users to register, by tenant: with the client that openapi-python-client generates from the API's description."""

from sspr_manager_client import AuthenticatedClient
from sspr_manager_client.api.status import list_tenants
from sspr_manager_client.models import ProblemShape
from sspr_manager_client.types import UNSET, Unset


def to_register(address: str, token: str) -> dict[str, int | None]:
    """None: the tenant has not been read yet."""
    counts: dict[str, int | None] = {}
    continuation: str | Unset | None = UNSET
    with AuthenticatedClient(base_url=address, token=token) as client:
        while continuation is not None:
            page = list_tenants.sync(client=client, limit=1000, continuation=continuation)
            if isinstance(page, ProblemShape) or page is None:
                raise RuntimeError(page.detail if page else "an answer that the description does not know")
            counts |= {tenant.display_name: tenant.to_register_count for tenant in page.items}
            continuation = page.continuation
    return counts
