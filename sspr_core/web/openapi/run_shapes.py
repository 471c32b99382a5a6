"""The shapes of answers about runs, for the API's description."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import RunState
from sspr_core.runs.request import OmissionReason
from sspr_core.web.openapi.shapes import Continuation, Shape


class RunTenantShape(Shape):
    tenant_id: UUID
    display_name: str = Field(description="as it was", examples=["Contoso Dental"])


class RunShape(Shape):
    run_id: str = Field(examples=["19cad3f2a0b47e"])
    state: RunState
    template: str = Field(examples=["register_now"])
    test: bool = Field(description="a sample to whoever asked")
    report: str | None = Field(description="its emails are a report: of the tenant with this id, or all-tenants")
    mailed: bool = Field(description="false: a report that was made while sending was off; nothing is sent of it")
    tenants: list[RunTenantShape]
    created_at: datetime
    created_by: str = Field(description="object id of whoever asked; empty: a schedule")
    created_by_name: str
    not_before: datetime | None
    finished_at: datetime | None
    recipient_count: int = Field(examples=[87])
    left_out_by_reason: dict[OmissionReason, int] = Field(description="chosen users who get no mail")
    counts: dict[DeliveryState, int] = Field(
        description="deliveries by state; recipients whose delivery is not written yet are in none"
    )
    counted_at: datetime | None = Field(
        description="lists, and runs for more than 5,000, show the last scan; null: none yet"
    )
    in_flight_count: int | None = Field(
        description="may be on its way to the mail service just now; null: not counted just now"
    )
    in_doubt_count: int | None = Field(
        description="the mail service did not say clearly whether it took the email, and is asked, unless sending is "
        "off; null: not counted yet"
    )
    first_send_at: datetime | None = Field(description="as foreseen when the run was accepted")
    last_send_at: datetime | None = Field(description="the same")
    eta_at: datetime | None = Field(description="about when the last email goes out, as foreseen now; null: none will")
    held_until: datetime | None = Field(description="the mail service asked to wait")
    sending_off: bool = Field(
        description="nothing leaves: SSPR_MAIL_SERVICE names no mail service; it waits until one does"
    )
    problem: str | None = Field(description="why nothing goes out")
    poisoned_count: int = Field(description="messages of this run that failed ten times over")
    wasted_slot_count: int = Field(description="of the whole quota: times to send that went by unused")
    pass_: int = Field(alias="pass", description="how often failed deliveries were tried again")


class ForeignMessagesShape(Shape):
    counts_by_queue: dict[str, int] = Field(description="dropped ones", examples=[{"delivery-reports": 2}])
    last_at: datetime | None


class RunsShape(Shape):
    items: list[RunShape] = Field(description="newest first")
    continuation: Continuation
    foreign_messages: ForeignMessagesShape = Field(
        description="messages in the queues of sending that were none of ours: another app's, old ones, garbage"
    )


class RunLeftOutShape(Shape):
    tenant_id: UUID | None = Field(description="null: none of several tenants has a user with that id")
    user_id: UUID | None = Field(description="null: the tenant itself, of which nobody is chosen")
    display_name: str | None
    reason: OmissionReason


class RunAcceptedShape(RunShape):
    left_out: list[RunLeftOutShape] | None = Field(
        description="the first 5,000; null where an Idempotency-Key brings back an earlier run"
    )


class RunRecipientShape(Shape):
    tenant_id: UUID
    user_id: UUID
    address: str
    display_name: str
    language: str = Field(examples=["de"])


class RunMailShape(Shape):
    tenant_id: UUID
    tenant_display_name: str
    language: str
    subject: str
    sender: str | None = Field(description="the address it leaves from; null: SSPR_MAIL_SENDER is not set")
    sender_not_used: str | None = Field(
        description="the branding's sender address where SSPR_MAIL_SENDERS does not name it: for prepared mails alone"
    )
    recipient_count: int


class RefusalShape(Shape):
    code: str = Field(examples=["too_long"])
    detail: str


class DryRunShape(Shape):
    recipient_count: int
    left_out_by_reason: dict[OmissionReason, int]
    first_send_at: datetime
    last_send_at: datetime
    seconds_between: float = Field(description="between two emails, by the quota", examples=[37.2])
    refusal: RefusalShape | None = Field(description="null: it would be accepted")
    mails: list[RunMailShape] = Field(description="what they would get; a mail as a whole: GET …/templates")
    recipients: list[RunRecipientShape] = Field(description="the first 5,000")
    left_out: list[RunLeftOutShape] = Field(description="the first 5,000")


class DeliveryShape(Shape):
    tenant_id: UUID
    user_id: UUID
    display_name: str
    address: str
    language: str
    state: DeliveryState
    reason: str | None
    in_doubt: bool
    due_at: datetime | None = Field(description="when it is sent, or asked about next; null: not yet, or not any more")
    posted_at: datetime | None = Field(description="the last time it was handed to the mail service")
    asked_at: datetime | None = Field(description="the last time the mail service was asked what became of it")
    accepted_at: datetime | None
    receipt: str | None = Field(description="the mail service's own word", examples=["Delivered"])
    receipt_at: datetime | None
    arrived_after_all: bool = Field(description="an earlier try did arrive")
    attempt_count: int
    poisoned_count: int
    operation_id: UUID = Field(description="by which the mail service knows it")


class DeliveriesShape(Shape):
    items: list[DeliveryShape]
    continuation: Continuation


class OutcomeDayShape(Shape):
    days: int = Field(examples=[7])
    registered_count: int = Field(description="seen registered so many days after their mail")
    at_most_count: int = Field(description="the same, with those whom only the next snapshot saw registered")
    complete: bool = Field(description="so many days have gone by for everybody")


class OutcomeShape(Shape):
    run_id: str
    mailed_count: int
    looked_at_count: int = Field(description="at most 5,000, who stand for all")
    gone_count: int = Field(description="of those, users whom the directory does not list any more")
    by_day: list[OutcomeDayShape]
