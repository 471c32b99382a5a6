"""What a caller sets of reports."""

from typing import Annotated, Literal

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from sspr_core.model.report_plan import MOST_RECIPIENTS, WEEKDAYS, ReportPlan
from sspr_core.report.languages import known

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="the same report under the same key is sent once, however often it is asked for",
    ),
]


class ReportPlanBody(BaseModel):
    """Either `weekday` or `day_of_month`; what is left out is as if it had never been set."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    scheduled: StrictBool = Field(False, description="let it go out by itself; else it is only sent when asked for")
    weekday: str | None = Field(None, pattern=f"^({'|'.join(WEEKDAYS)})$", examples=["monday"])
    day_of_month: StrictInt | None = Field(
        None, ge=1, le=31, description="past the month's end: its last day", examples=[None]
    )
    hour: StrictInt = Field(8, ge=0, le=23)
    zone: str = Field("Etc/UTC", min_length=1, max_length=60, description="IANA", examples=["Europe/Berlin"])
    recipients: list[Annotated[str, Field(min_length=1, max_length=254)]] = Field(
        default_factory=list, max_length=MOST_RECIPIENTS, examples=[["it@contoso-dental.example"]]
    )
    language: str | None = Field(
        None, pattern=f"^({'|'.join(known())})$", description="unless given: the tenant's", examples=["de"]
    )
    names: StrictBool = Field(False, description="users' names, not only how many")
    attachments: list[Literal["csv", "xlsx"]] = Field(
        default_factory=list,
        max_length=2,
        description="of a tenant the users to register, which needs names; over all the tenants",
        examples=[["xlsx"]],
    )

    def plan(self) -> ReportPlan:
        return ReportPlan(
            scheduled=self.scheduled,
            weekday=self.weekday,
            day_of_month=self.day_of_month,
            hour=self.hour,
            zone=self.zone,
            recipients=tuple(self.recipients),
            language=self.language,
            names=self.names,
            attachments=tuple(self.attachments),
        )
