"""One tenant's directory in Microsoft Graph, and the partner's customers and relationships."""

from collections.abc import AsyncIterator

import msgspec
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.httpx_request_adapter import HttpxRequestAdapter
from msgraph.generated.organization.organization_request_builder import OrganizationRequestBuilder
from msgraph.generated.reports.authentication_methods.user_registration_details.user_registration_details_request_builder import (  # noqa: E501
    UserRegistrationDetailsRequestBuilder,
)
from msgraph.generated.subscribed_skus.subscribed_skus_request_builder import SubscribedSkusRequestBuilder
from msgraph.generated.tenant_relationships.delegated_admin_customers.delegated_admin_customers_request_builder import (
    DelegatedAdminCustomersRequestBuilder,
)
from msgraph.generated.tenant_relationships.delegated_admin_relationships.delegated_admin_relationships_request_builder import (  # noqa: E501
    DelegatedAdminRelationshipsRequestBuilder,
)
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from sspr_core.adapters.graph.errors import unreadable
from sspr_core.adapters.graph.pages import Page, pages
from sspr_core.adapters.graph.throttling import NoBrake, RateLimiter, RetryPolicy
from sspr_core.model.graph_rows import (
    USER_PROPERTIES,
    Customer,
    DirectoryUser,
    Organization,
    Relationship,
    ReportRow,
    SubscribedSku,
)

_ORGANIZATIONS = msgspec.json.Decoder(Page[Organization])
_SKUS = msgspec.json.Decoder(Page[SubscribedSku])
_REPORT = msgspec.json.Decoder(Page[ReportRow])
_USERS = msgspec.json.Decoder(Page[DirectoryUser])

MOST_USERS_A_PAGE = 999  # Graph refuses 1,000

_CUSTOMERS = msgspec.json.Decoder(Page[Customer])
_RELATIONSHIPS = msgspec.json.Decoder(Page[Relationship])

MOST_A_PAGE = 300  # GDAP's limit


class GraphDirectory:
    """Reads with the adapter's token; every method raises TryAgain or GiveUp."""

    def __init__(self, adapter: HttpxRequestAdapter, *, patience: RetryPolicy, report_brake: RateLimiter) -> None:
        self._adapter = adapter
        self._patience = patience
        self._report_brake = report_brake

    async def organization(self) -> Organization:
        """Graph `organization`: that of the token's tenant."""
        query = OrganizationRequestBuilder.OrganizationRequestBuilderGetQueryParameters(
            select=["id", "displayName", "verifiedDomains"]
        )
        request = OrganizationRequestBuilder(self._adapter, {}).to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )
        found = [
            one
            async for page in pages(self._adapter, request, _ORGANIZATIONS, patience=self._patience, brake=NoBrake())
            for one in page
        ]
        if not found:
            raise unreadable("no_organization", "Graph names no organization for this token.")
        return found[0]

    async def licences(self) -> list[SubscribedSku]:
        """Graph `subscribedSkus`."""
        request = SubscribedSkusRequestBuilder(self._adapter, {}).to_get_request_information()
        found = pages(self._adapter, request, _SKUS, patience=self._patience, brake=NoBrake())
        return [sku async for page in found for sku in page]

    def report(self) -> AsyncIterator[list[ReportRow]]:
        """Graph `userRegistrationDetails`, in pages of the service's own size: `$top` is not documented for it."""
        request = UserRegistrationDetailsRequestBuilder(self._adapter, {}).to_get_request_information()
        return pages(self._adapter, request, _REPORT, patience=self._patience, brake=self._report_brake)

    def users(self) -> AsyncIterator[list[DirectoryUser]]:
        """Graph `users`, only the properties that are kept."""
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            select=list(USER_PROPERTIES), top=MOST_USERS_A_PAGE
        )
        request = UsersRequestBuilder(self._adapter, {}).to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )
        return pages(self._adapter, request, _USERS, patience=self._patience, brake=NoBrake())


async def customers(adapter: HttpxRequestAdapter, patience: RetryPolicy) -> list[Customer]:
    """Graph `delegatedAdminCustomers`, the complete list."""
    builder = DelegatedAdminCustomersRequestBuilder
    query = builder.DelegatedAdminCustomersRequestBuilderGetQueryParameters(top=MOST_A_PAGE)
    request = builder(adapter, {}).to_get_request_information(RequestConfiguration(query_parameters=query))
    found = pages(adapter, request, _CUSTOMERS, patience=patience, brake=NoBrake())
    return [one async for page in found for one in page]


async def relationships(adapter: HttpxRequestAdapter, patience: RetryPolicy) -> list[Relationship]:
    """Graph `delegatedAdminRelationships`, the complete list: expired and unapproved ones too."""
    builder = DelegatedAdminRelationshipsRequestBuilder
    query = builder.DelegatedAdminRelationshipsRequestBuilderGetQueryParameters(top=MOST_A_PAGE)
    request = builder(adapter, {}).to_get_request_information(RequestConfiguration(query_parameters=query))
    found = pages(adapter, request, _RELATIONSHIPS, patience=patience, brake=NoBrake())
    return [one async for page in found for one in page]
