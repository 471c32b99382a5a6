"""Identifies the caller, only from what App Service Authentication says."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import msgspec

from sspr_core.model.ids import EVERY_TENANT, Scope
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.text import is_address

_CLAIM = "http://schemas.microsoft.com/identity/claims/"
_TENANT = ("tid", f"{_CLAIM}tenantid")
_OBJECT = ("oid", f"{_CLAIM}objectidentifier")
_NAME = ("preferred_username", "name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
_DISPLAY_NAME = ("name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
_ADDRESS = (  # a user principal name is often no mailbox, so it comes last
    "email",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "preferred_username",
)
_ROLES = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")


class Role(IntEnum):
    """App roles of the sign-in registration; a higher one may do what a lower one may."""

    READER = 1
    OPERATOR = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person or program of the partner's tenant."""

    object_id: str
    name: str
    role: Role
    display_name: str = ""
    address: str | None = None  # the caller's mail address, if the sign-in gives one


class Unauthenticated(Exception):
    """No sign-in that can be trusted."""


class Forbidden(Exception):
    """Signed in, but not allowed; the message says why."""


def caller_of(headers: Mapping[str, str], terms: OperatingLimits) -> Caller:
    """The caller. Raises Unauthenticated or Forbidden; fails closed on anything unexpected.

    While sign-in is off (WEBSITE_AUTH_ENABLED) nothing strips forged headers, so none is trusted. The tenant is
    checked before the roles: roles of a multi-tenant app exist in every customer's tenant.
    """
    text = headers.get("x-ms-client-principal")
    if not terms.sign_in_enabled or not text:
        raise Unauthenticated
    claims = _claims(text)
    tenant = _first(claims, _TENANT)
    if not tenant or tenant.lower() != terms.partner_tenant_id.lower():
        raise Forbidden("This account belongs to another tenant.")
    roles = {value.lower() for name, value in claims if name in _ROLES}
    role = max((role for role in Role if role.name.lower() in roles), default=None)
    if role is None:
        raise Forbidden("This account has none of the app roles Reader, Operator and Admin.")
    who = _first(claims, _OBJECT)
    if not who:
        raise Unauthenticated
    return Caller(
        object_id=who,
        name=_first(claims, _NAME) or who,
        role=role,
        display_name=_first(claims, _DISPLAY_NAME) or "",
        address=next((value for name in _ADDRESS for typ, value in claims if typ == name and is_address(value)), None),
    )


def scope_of(caller: Caller) -> Scope:  # noqa: ARG001 - the place for scopes narrower than roles, if they are added
    """The tenants that the caller may see."""
    return EVERY_TENANT


class _Claim(msgspec.Struct):
    typ: str
    val: str


class _Principal(msgspec.Struct):
    claims: list[_Claim]


def _claims(text: str) -> list[tuple[str, str]]:
    """The principal's claims, from base64 that may lack padding."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        return [(one.typ, one.val) for one in msgspec.json.decode(raw, type=_Principal).claims]
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Unauthenticated from error


def _first(claims: list[tuple[str, str]], names: tuple[str, ...]) -> str | None:
    return next((value for name in names for typ, value in claims if typ == name), None)
