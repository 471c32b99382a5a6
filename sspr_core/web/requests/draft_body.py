"""What a caller asks of drafts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from sspr_core.mail.chosen import MOST_IDS
from sspr_core.mail.drafts import MOST_INDIVIDUAL, Mode, Wanted
from sspr_core.mail.languages import known
from sspr_core.mail.templates import TEMPLATES
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import UserId, tenant_id, user_id
from sspr_core.model.registration import Excluded, Registration
from sspr_core.model.user_filter import UserFilter
from sspr_core.web.dependencies import GUID
from sspr_core.web.requests.queries import Day, Text

Guid = Annotated[str, Field(pattern=GUID)]


class UserChoice(BaseModel):
    """The filter of the list of users, with JSON's own truth values; empty: everybody."""

    model_config = ConfigDict(extra="forbid")

    registration: Registration | None = None
    enabled: StrictBool | Literal["unknown"] | None = None
    admin: StrictBool | None = None
    excluded_reason: Excluded | Literal["none"] | None = Field(None, description="none: the population")
    method: Text = None
    to_register: StrictBool | None = Field(None, examples=[True])
    single_method: StrictBool | None = Field(None, description="registered with exactly one method")
    created_since: Day | None = Field(None, description="UTC day", examples=["2026-11-16"])
    q: Text = Field(None, description="in name, UPN, mail or id; from its beginning in tenants too large to sort")

    def chosen(self) -> UserFilter:
        return UserFilter(
            registration=self.registration,
            enabled=self.enabled,
            admin=self.admin,
            excluded=self.excluded_reason,
            method=self.method,
            to_register=self.to_register,
            single_method=self.single_method,
            created_since=self.created_since,
            text=self.q,
        )


class DraftsWanted(BaseModel):
    """Who of a tenant's users is to get which mail; either `user_ids` or `filter` says who."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: Guid = Field(examples=["6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"])
    user_ids: list[Guid] | None = Field(
        None, min_length=1, max_length=MOST_IDS, examples=[["1d0f3a52-7c3b-4f0e-9f57-2c9b7a1e4d88"]]
    )
    filter: UserChoice | None = None
    template: str = Field(pattern=f"^({'|'.join(TEMPLATES)})$", examples=["register_now"])
    language: str | None = Field(
        None, pattern=f"^({'|'.join(known())})$", description="for all; unless given, each user's own", examples=["de"]
    )
    mode: Mode = Field(
        Mode.BCC, description=f"bcc: a draft per language; individual: one per user, at most {MOST_INDIVIDUAL}"
    )

    def wanted(self) -> Wanted:
        return Wanted(
            tenant=tenant_id(self.tenant_id),
            users=self._users(),
            template=self.template,
            language=self.language,
            mode=self.mode,
        )

    def _users(self) -> list[UserId] | UserFilter:
        match self.user_ids, self.filter:
            case None, UserChoice() as choice:
                return choice.chosen()
            case list() as ids, None:
                return [user_id(one) for one in ids]
            case _:
                raise Invalid("user_ids", "give either user_ids or filter")
