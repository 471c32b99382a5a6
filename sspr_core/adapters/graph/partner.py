"""The partner's own tenant on Graph: its customers through GDAP."""

import msgspec
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.httpx_request_adapter import HttpxRequestAdapter
from msgraph.generated.tenant_relationships.delegated_admin_customers.delegated_admin_customers_request_builder import (
    DelegatedAdminCustomersRequestBuilder,
)
from msgraph.generated.tenant_relationships.delegated_admin_relationships.delegated_admin_relationships_request_builder import (  # noqa: E501
    DelegatedAdminRelationshipsRequestBuilder,
)

from sspr_core.adapters.graph.pages import Page, pages
from sspr_core.adapters.graph.throttling import NoBrake, Patience
from sspr_core.model.graph_rows import Customer, Relationship

_CUSTOMERS = msgspec.json.Decoder(Page[Customer])
_RELATIONSHIPS = msgspec.json.Decoder(Page[Relationship])

MOST_A_PAGE = 300  # GDAP's limit


async def customers(adapter: HttpxRequestAdapter, patience: Patience) -> list[Customer]:
    """Graph `delegatedAdminCustomers`, all of it."""
    builder = DelegatedAdminCustomersRequestBuilder
    query = builder.DelegatedAdminCustomersRequestBuilderGetQueryParameters(top=MOST_A_PAGE)
    request = builder(adapter, {}).to_get_request_information(RequestConfiguration(query_parameters=query))
    found = pages(adapter, request, _CUSTOMERS, patience=patience, brake=NoBrake())
    return [one async for page in found for one in page]


async def relationships(adapter: HttpxRequestAdapter, patience: Patience) -> list[Relationship]:
    """Graph `delegatedAdminRelationships`, all of it: expired and unapproved ones too."""
    builder = DelegatedAdminRelationshipsRequestBuilder
    query = builder.DelegatedAdminRelationshipsRequestBuilderGetQueryParameters(top=MOST_A_PAGE)
    request = builder(adapter, {}).to_get_request_information(RequestConfiguration(query_parameters=query))
    found = pages(adapter, request, _RELATIONSHIPS, patience=patience, brake=NoBrake())
    return [one async for page in found for one in page]
