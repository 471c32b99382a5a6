"""The shapes of answers, for the API's description; answers themselves are encoded without them, for speed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from sspr_core.mail.selection import Reason
from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded, Registration
from sspr_core.model.tenant import Eligibility, Lifecycle

Share = Annotated[float | None, Field(description="0 to 1; null when nobody is enabled for SSPR", examples=[0.82])]
Change = Annotated[float | None, Field(description="Coverage now less coverage then; null without both")]
Count = Annotated[int | None, Field(description="null before the first snapshot", examples=[120])]


class Shape(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class ProblemShape(BaseModel):
    """RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    code: str = Field(description="stable: for programs", examples=["invalid_request"])
    detail: str = Field(description="for people", examples=["limit: Input should be less than or equal to 1000"])
    field: str | None = Field(None, description="the first field at fault", examples=["limit"])
    errors: list[dict[str, str]] | None = Field(None, examples=[[{"field": "limit", "message": "too large"}]])


class CountsShape(Shape):
    """population = registered + not registered + unknown, whether enabled or not."""

    population_count: Count
    registered_count: Count
    registered_enabled_count: Count
    not_registered_count: Count
    unknown_count: Count
    not_enabled_count: Count
    to_register_count: Count
    excluded_count: Count
    coverage: Share


class WithChanges(CountsShape):
    coverage_change_7d: Change
    coverage_change_30d: Change


class TotalsShape(WithChanges):
    tenant_count: int = Field(examples=[37])


class PointShape(Shape):
    on: date
    population_count: int
    registered_count: int
    registered_enabled_count: int
    to_register_count: int
    coverage: Share


class FailedShape(Shape):
    tenant_id: UUID
    display_name: str
    problem: Access
    since: datetime
    remedy: str


class CompletenessShape(Shape):
    expected: int = Field(description="tenants active or in process", examples=[40])
    fresh: int = Field(examples=[37])
    stale: int = Field(examples=[0])
    failed: list[FailedShape]


class OverviewShape(Shape):
    as_of: datetime
    totals: TotalsShape
    tenants_by_lifecycle: dict[Lifecycle, int]
    tenants_by_sspr_scope: dict[SsprScope, int]
    excluded_by_reason: dict[Excluded, int]
    course: list[PointShape] = Field(description="the last 92 days, oldest first")
    completeness: CompletenessShape


class TenantProblemShape(Shape):
    word: Access
    code: str = Field(examples=["AADSTS700016"])
    message: str
    since: datetime
    remedy: str


class AttentionShape(Shape):
    """Users of the population who deserve a second look; one may be counted in several."""

    admin_to_register_count: int = Field(examples=[1])
    single_method_count: int = Field(description="registered with exactly one method", examples=[17])
    phone_only_count: int = Field(description="registered with phone numbers and nothing else", examples=[21])
    new_to_register_count: int = Field(description="created within 7 days before the snapshot", examples=[2])


class TenantShape(WithChanges):
    tenant_id: UUID
    display_name: str = Field(examples=["Contoso Dental"])
    lifecycle: Lifecycle
    lifecycle_reason: str | None
    problem: TenantProblemShape | None
    sspr_scope: SsprScope | None
    excluded_by_reason: dict[Excluded, int] | None
    licence_shortfall_count: int | None
    attention: AttentionShape | None = Field(description="null before the first snapshot that counted it")
    last_success_at: datetime | None
    fresh: bool


class LicenceShape(Shape):
    sku_id: str
    sku_part_number: str = Field(examples=["SPB"])
    premium: bool
    seat_count: int
    consumed_count: int
    ending_count: int = Field(description="of the seats: past their term, and may be gone any day", examples=[0])


class TenantDetailsShape(TenantShape):
    default_domain: str | None
    user_count: int | None
    eligibility: Eligibility
    eligibility_reason: str
    premium_seat_count: int | None
    licences: list[LicenceShape]
    licences_read_at: datetime | None
    licence_ended_at: datetime | None = Field(
        description="the first reading without premium seats; null: there are some, or there never were"
    )
    relationship_status: str | None
    relationship_ends_at: datetime | None
    next_due_at: datetime | None
    links: dict[str, str] = Field(description="Entra admin centre, in that tenant")


Continuation = Annotated[str | None, Field(description="pass it to get the next page; null: the end")]


class TenantsShape(Shape):
    as_of: datetime
    completeness: CompletenessShape
    items: list[TenantShape]
    continuation: Continuation


class UserShape(Shape):
    user_id: UUID
    display_name: str
    upn: str
    mail: str | None
    registration: Registration
    enabled: bool | None
    capable: bool | None
    admin: bool | None
    methods: list[str]
    excluded_reason: Excluded | None = Field(description="null: in the population")
    covered: bool
    seen_registered_at: datetime | None = Field(description="the first snapshot that saw the user registered")
    registered_after_at: datetime | None = Field(description="the snapshot before it; null: not known")
    first_seen_at: datetime
    created_at: datetime | None


class UsersShape(Shape):
    items: list[UserShape]
    continuation: Continuation
    order: str = Field(description="by what the users are sorted", examples=["display_name"])
    search: str = Field(description="substring, or prefix in tenants too large to sort", examples=["substring"])


class RegistrationShape(Shape):
    """A user of any tenant, flat; of who is gone only the ids are left."""

    tenant_id: UUID
    tenant_display_name: str
    user_id: UUID
    display_name: str | None
    upn: str | None
    mail: str | None
    registration: Registration | None
    enabled: bool | None
    capable: bool | None
    admin: bool | None
    methods: str | None = Field(description="joined with commas", examples=["email,mobilePhone"])
    excluded_reason: Excluded | None = Field(description="null: in the population")
    covered: bool | None
    seen_registered_at: datetime | None
    registered_after_at: datetime | None
    first_seen_at: datetime | None
    created_at: datetime | None
    changed_at: datetime = Field(description="start of the snapshot that wrote the row, or found the user gone")
    gone: bool = Field(description="the directory does not list the user any more; with `changed_since` only")


class RegistrationsShape(Shape):
    as_of: datetime
    completeness: CompletenessShape
    next_changed_since: datetime = Field(
        description="`changed_since` of the next round, when this one is read to its end: some rows come twice then, "
        "and none is missed"
    )
    items: list[RegistrationShape]
    continuation: Continuation


class StateShape(Shape):
    registration: Registration
    enabled: bool | None
    excluded_reason: Excluded | None


class ChangeShape(Shape):
    user_id: UUID
    changed_at: datetime
    before: StateShape | None = Field(description="null: the user appeared")
    after: StateShape | None = Field(description="null: the user is gone")


class ChangesShape(Shape):
    items: list[ChangeShape]
    continuation: Continuation


class DayProblemShape(Shape):
    word: Access
    code: str
    message: str
    at: datetime | None


class DayShape(CountsShape):
    on: date
    excluded_by_reason: dict[Excluded, int] | None
    licence_shortfall_count: int | None
    started_at: datetime | None
    finished_at: datetime | None
    problem: DayProblemShape | None = Field(description="the day's last failed attempt, if any")


class HistoryShape(Shape):
    items: list[DayShape] = Field(description="newest first")
    continuation: Continuation


class RefreshShape(Shape):
    tenant_id: UUID
    next_due_at: datetime


class ImportShape(Shape):
    tenant_count: int = Field(examples=[2])
    new_count: int = Field(examples=[1])


class RecipientShape(Shape):
    user_id: UUID
    address: str
    display_name: str


class DraftShape(Shape):
    language: str
    subject: str
    text: str
    html: str
    recipients: list[RecipientShape]
    mailto: list[str] = Field(description="as many links as the addresses need, each of at most 2,000 characters")
    body_shortened: bool = Field(description="the links' body ends early, or is missing, to leave room for addresses")
    not_in_mailto: list[str] = Field(description="addresses too long for any link")


class LeftOutShape(Shape):
    user_id: UUID
    display_name: str | None = Field(description="null: nobody is known by that id")
    reason: Reason


class DraftsShape(Shape):
    drafts: list[DraftShape]
    left_out: list[LeftOutShape] = Field(description="chosen users who get no mail, and why")


class LanguageShape(Shape):
    tag: str = Field(examples=["pt-BR"])
    name: str = Field(examples=["Português (Brasil)"])


class TemplateShape(Shape):
    id: str = Field(examples=["register_now"])
    names: dict[str, str] = Field(description="by language")


class PlaceholderShape(Shape):
    placeholder: str = Field(examples=["{tenant}"])
    meaning: str


class TemplatesShape(Shape):
    items: list[TemplateShape] = Field(description="in the order in which a user would get them")
    languages: list[LanguageShape]
    default_language: str = Field(description="of tenants that set none", examples=["en"])
    placeholders: list[PlaceholderShape]


class SampleShape(Shape):
    template: str
    language: str
    subject: str
    text: str
    html: str
    brief: str = Field(description="the text, short enough for the body of a mailto link")


class WordsTextsShape(Shape):
    subject: str | None
    opening: str | None
    closing: str | None


class WordsShape(Shape):
    tenant_id: UUID | None = Field(description="null: the default")
    template: str
    language: str
    version: int = Field(description="0: nobody has saved any here")
    own: WordsTextsShape = Field(description="null: the default's, or the template's")
    in_force: WordsTextsShape


class BrandingTextsShape(Shape):
    company: str | None
    logo_url: str | None
    logo_alt: str | None
    colour: str | None
    support_contact: str | None
    sender_address: str | None
    sender_name: str | None
    reply_to: str | None
    footer: str | None


class BrandingShape(Shape):
    tenant_id: UUID | None = Field(description="null: the default")
    own: BrandingTextsShape = Field(description="null: the default's")
    in_force: BrandingTextsShape


class MailTermsTextsShape(Shape):
    language: str | None
    use_other_mails: bool | None


class MailTermsShape(Shape):
    tenant_id: UUID | None = Field(description="null: the default")
    own: MailTermsTextsShape = Field(description="null: the default's")
    in_force: MailTermsTextsShape
