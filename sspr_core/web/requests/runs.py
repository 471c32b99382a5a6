"""What a caller asks of runs."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from sspr_core.mail.languages import TEMPLATES
from sspr_core.mail.selection import MOST_IDS
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import UserId, tenant_id, user_id
from sspr_core.model.run import RunId
from sspr_core.model.user_filter import UserFilter
from sspr_core.runs.request import MOST_TENANTS, RequestedBy, RunRequest
from sspr_core.web.caller import Caller
from sspr_core.web.requests.mail import Guid, Language, UserChoice
from sspr_core.web.requests.queries import Paged, Rfc3339

TheRun = Annotated[
    RunId, Path(alias="run_id", pattern="^[0-9a-f]{14}$", description="The run's id", examples=["19cad3f2a0b47e"])
]


class RunWanted(BaseModel):
    """Who of which tenants is to get which mail; either `user_ids` or `filter` says who."""

    model_config = ConfigDict(extra="forbid")

    tenant_ids: list[Guid] = Field(
        min_length=1, max_length=MOST_TENANTS, examples=[["6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"]]
    )
    user_ids: list[Guid] | None = Field(
        None,
        min_length=1,
        max_length=MOST_IDS,
        description="looked for in each of the tenants",
        examples=[["1d0f3a52-7c3b-4f0e-9f57-2c9b7a1e4d88"]],
    )
    filter: UserChoice | None = None
    template: str = Field(pattern=f"^({'|'.join(TEMPLATES)})$", examples=["register_now"])
    language: Language | None = Field(None, description="for all; unless given, each user's own")
    not_before: Rfc3339 | None = Field(
        None, description="at most 30 days from now", examples=["2026-11-30T07:00:00+01:00"]
    )
    dry_run: StrictBool = Field(False, description="answer what would happen, and let nothing happen")
    test_to_me: StrictBool = Field(
        False, description="one email to the caller's own address instead, with the first tenant's look"
    )

    def wanted(self) -> RunRequest:
        return RunRequest(
            tenants=[tenant_id(one) for one in self.tenant_ids],
            users=self._users(),
            template=self.template,
            language=self.language,
            not_before=self.not_before,
            sample=self.test_to_me,
        )

    def _users(self) -> list[UserId] | UserFilter | None:
        match self.user_ids, self.filter:
            case None, None:
                return None
            case None, UserChoice() as choice:
                return choice.chosen()
            case list() as ids, None:
                return [user_id(one) for one in ids]
            case _:
                raise Invalid("user_ids", "give either user_ids or filter")


class RetryWanted(BaseModel):
    """What is to be tried again."""

    model_config = ConfigDict(extra="forbid")

    unsure_too: StrictBool = Field(
        False,
        description="also what the mail service never said whether it took: these emails may arrive twice",
        examples=[False],
    )


class DeliveriesQuery(Paged):
    state: DeliveryState | None = None
    format: Literal["json", "csv"] = Field("json", description="csv: a file with all of them, not a page")


class RunsQuery(Paged):
    """A page of them."""


def requester(caller: Caller) -> RequestedBy:
    return RequestedBy(
        object_id=caller.object_id, name=caller.name, display_name=caller.display_name, address=caller.address
    )
