"""Query parameters: what they may be, and what the API calls them. Unknown ones are refused."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded, Registration
from sspr_core.model.tenant import Lifecycle
from sspr_core.model.user_filter import UserFilter
from sspr_core.status import tenant_list, user_list

Text = Annotated[str | None, Field(min_length=1, max_length=200)]


class NoQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Paged(NoQuery):
    limit: int = Field(100, ge=1, le=1000, description="items a page")
    continuation: str | None = Field(None, min_length=1, max_length=2000, description="from the answer before")


def _sorts(names: dict[str, object]) -> str:
    return f"^-?({'|'.join(names)})$"


class TenantsQuery(Paged):
    lifecycle: Lifecycle | None = None
    problem: Access | Literal["any", "none"] | None = Field(None, description="a word, any, or none")
    sspr_scope: SsprScope | None = None
    coverage_below: float | None = Field(None, ge=0, le=1, allow_inf_nan=False, examples=[0.8])
    q: Text = Field(None, description="in name, id or default domain")
    sort: str = Field(
        "display_name", pattern=_sorts(dict(tenant_list.SORTS)), description="a field; - before it: descending"
    )

    def chosen(self) -> tenant_list.TenantFilter:
        return tenant_list.TenantFilter(
            lifecycle=self.lifecycle,
            problem=self.problem,
            sspr_scope=self.sspr_scope,
            coverage_below=self.coverage_below,
            text=self.q,
        )


def _as_written(text: object) -> object:
    """Only days as they are documented: dates could also be read from numbers and from times."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("is not a day written YYYY-MM-DD")
    return text


Day = Annotated[date, BeforeValidator(_as_written)]


class UsersChosen(NoQuery):
    registration: Registration | None = None
    enabled: Literal["true", "false", "unknown"] | None = None
    admin: Literal["true", "false"] | None = None
    excluded_reason: Excluded | Literal["none"] | None = Field(None, description="none: the population")
    method: Text = Field(None, examples=["mobilePhone"])
    to_register: Literal["true", "false"] | None = None
    single_method: Literal["true", "false"] | None = Field(None, description="registered with exactly one method")
    created_since: Day | None = Field(None, description="UTC day", examples=["2026-11-16"])
    q: Text = Field(None, description="in name, UPN, mail or id; from its beginning in tenants too large to sort")
    sort: str | None = Field(
        None, pattern=_sorts(dict(user_list.SORTS)), description="a field; - before it: descending"
    )

    def chosen(self) -> UserFilter:
        return UserFilter(
            registration=self.registration,
            enabled="unknown" if self.enabled == "unknown" else _truth(self.enabled),
            admin=_truth(self.admin),
            excluded=self.excluded_reason,
            method=self.method,
            to_register=_truth(self.to_register),
            single_method=_truth(self.single_method),
            created_since=self.created_since,
            text=self.q,
        )


class UsersQuery(UsersChosen, Paged):
    """A page of them."""


class ExportQuery(UsersChosen):
    format: Literal["csv", "xlsx"] = "csv"


def _truth(text: str | None) -> bool | None:
    return None if text is None else text == "true"


class HistoryQuery(Paged):
    first: Day | None = Field(None, alias="from", description="UTC day; 91 days before `to` unless given")
    last: Day | None = Field(None, alias="to", description="UTC day; today unless given")


OneLine = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]


def _as_rfc3339(text: object) -> object:
    """Only times as they are documented; those of our century, whatever their zone, can be stored and compared."""
    if isinstance(text, str) and not re.fullmatch(
        r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", text
    ):
        raise ValueError("is not a time written as in RFC 3339 (a + in an address is written %2B)")
    return text


Rfc3339 = Annotated[AwareDatetime, BeforeValidator(_as_rfc3339)]


class RegistrationsQuery(NoQuery):
    changed_since: Rfc3339 | None = Field(
        None,
        description="only rows not written before that time, and who is gone since; the same on every page. Refused"
        " when longer ago than changes are kept: begin anew then, without it",
        examples=["2026-11-24T04:00:00.000Z"],
    )
    limit: int = Field(1000, ge=1, le=5000, description="rows a page")
    continuation: str | None = Field(None, min_length=1, max_length=2000, description="from the answer before")


class TenantPatch(BaseModel):
    """What an operator may change."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    lifecycle: Literal["active", "inactive"] = Field(examples=["inactive"])
    reason: OneLine | None = Field(
        None, max_length=500, description="one line; with inactive only", examples=["Contract ended"]
    )


class TenantPut(BaseModel):
    """A tenant without GDAP."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    display_name: OneLine | None = Field(None, max_length=200, description="one line", examples=["Contoso Dental"])
