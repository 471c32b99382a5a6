"""The simulated tenants: healthy ones of many kinds, and special ones, each with a failure."""

import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec

from dev.cloud import skus
from dev.cloud.names import COMPANIES
from dev.cloud.options import Options
from dev.cloud.people import Maker, Person

SPECIAL = (
    "not_premium", "consent_missing", "html_502", "throttled_retry_after", "permission_missing", "wrong_tenant",
    "falsely_not_premium", "conditional_access", "gone", "throttled_silent", "truncated", "foreign_next_link",
    "throttled_long",
)  # fmt: skip

ASKED_FOR = frozenset({"AuditLog.Read.All", "User.Read.All", "Organization.Read.All"})
MAY_BE_GRANTED = ASKED_FOR | {"LicenseAssignment.Read.All", "Directory.Read.All"}


@dataclass(slots=True)
class SimTenant:
    """A directory and how it is split into pages."""

    tenant_id: str
    display_name: str
    domain: str
    special: str | None
    people: list[Person]
    sku_rows: list[dict[str, Any]]
    report_page: int
    users_page: int
    empty_pages: bool
    honours_top: bool
    maker: Maker
    dice: random.Random
    gdap_name: str | None  # its name in the partner's list
    organization_name: str | None  # its own name for itself
    granted: frozenset[str] = ASKED_FOR  # application permissions that an administrator has consented to
    times: dict[str, int] = field(default_factory=dict)  # how often each special failure has occurred
    _pages: dict[tuple[str, str, int], list[bytes]] = field(default_factory=dict)

    @property
    def premium(self) -> bool:
        """Whether an active product includes Entra ID Premium: the report requires it."""
        return any(skus.is_premium(row) and row["capabilityStatus"] in ("Enabled", "Warning") for row in self.sku_rows)

    def changed(self) -> None:
        """The population has changed: discards the prepared pages."""
        self._pages.clear()

    def pages(self, kind: str, select: str, top: int | None) -> list[bytes]:
        """The values of each page as JSON arrays, prepared once; some tenants have an empty page in the middle."""
        size = self._size(kind, top)
        key = (kind, select, size)
        if key not in self._pages:
            rows = self._rows(kind, select)
            made = [msgspec.json.encode(rows[i : i + size]) for i in range(0, len(rows), size)] or [b"[]"]
            if self.empty_pages:
                made.insert(1, b"[]")
            self._pages[key] = made
        return self._pages[key]

    def _size(self, kind: str, top: int | None) -> int:
        if kind == "users":
            return min(top or _USERS_A_PAGE, self.users_page)
        return min(top, self.report_page) if top and self.honours_top else self.report_page

    def _rows(self, kind: str, select: str) -> list[dict[str, Any]]:
        if kind == "report":
            return [person.report_row() for person in self.people if person.reported]
        names = [name for name in select.split(",") if name] or list(_DEFAULT_PROPERTIES)
        return [{name: user.get(name) for name in names} for user in (person.user() for person in self.people)]

    def organization(self) -> dict[str, Any]:
        """Graph `organization`."""
        return {
            "id": self.tenant_id,
            "displayName": self.organization_name,
            "verifiedDomains": [
                {"capabilities": "Email", "isDefault": True, "isInitial": False, "name": self.domain, "type": "Managed"}
            ],
        }


_DEFAULT_PROPERTIES = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip


_USERS_A_PAGE = 100  # unless the client asks for more
_MOST_USERS_A_PAGE = (999, 100, 250, 120, 500)  # a client's page size is only a wish


def guid(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def make_tenants(options: Options) -> list[SimTenant]:
    """All tenants; the options determine them completely."""
    specials = _specials(options)
    made = [_make(options, number, specials.get(number), options.users) for number in range(options.tenants)]
    if options.big_tenant:
        made.append(_make(options, options.tenants, None, options.big_tenant, exactly=True))
    return made


def _specials(options: Options) -> dict[int, str]:
    """At most a third of the tenants, spread over the list."""
    if options.plain:
        return {}
    count = min(len(SPECIAL), options.tenants // 3)
    step = options.tenants / count if count else 1
    return {int(i * step) + 1: SPECIAL[i] for i in range(count)}


def _make(options: Options, number: int, special: str | None, users: int, *, exactly: bool = False) -> SimTenant:
    dice = random.Random(f"{options.seed}:{number}")
    tenant_id = guid(dice)
    company = COMPANIES[number % len(COMPANIES)]
    round_ = number // len(COMPANIES)
    name = f"{company} {round_ + 1}" if round_ else company
    odd = special is None and not options.plain
    domain = f"tenant{number}.example"
    products = [dice.choice((skus.BUSINESS_PREMIUM, skus.E5)), skus.BUSINESS_STANDARD]
    if special == "not_premium":
        products = [skus.BUSINESS_STANDARD, skus.BUSINESS_STANDARD]
    maker = Maker(dice, domain, dice.choices(("all", "some", "none"), (6, 3, 1))[0], products)
    count = users if exactly or options.plain else max(3, int(users * dice.uniform(0.5, 1.5)))
    people = [maker.person() for _ in range(count)]
    seats = sum(products[0] in person.licences for person in people)
    return SimTenant(
        tenant_id=tenant_id,
        display_name=name,
        domain=domain,
        special=special,
        people=people,
        sku_rows=_sku_rows(options, number, special, products[0], max(1, seats - dice.randrange(5))),
        report_page=options.page_size or dice.choice((100, 250, 500, 999, 1000)),
        users_page=options.page_size or (999 if options.plain else _MOST_USERS_A_PAGE[number % 5]),
        empty_pages=not options.plain and dice.random() < 0.2,
        honours_top=dice.random() < 0.5,
        maker=maker,
        dice=dice,
        gdap_name=None if odd and number % 7 == 3 else name,
        organization_name=None if odd and number % 10 == 6 else name,
    )


def _sku_rows(
    options: Options, number: int, special: str | None, product: skus.Product, seats: int
) -> list[dict[str, Any]]:
    """The tenant's products: some have lapsed, for some Graph returns little, some are late in paying."""
    late = number % 4 == 2 and special is None and not options.plain
    status, unit = ("Warning", "warning") if late else ("Enabled", "enabled")
    rows = [
        skus.subscribed(product, seats=seats, consumed=seats, status=status, unit=unit),
        skus.subscribed(skus.BUSINESS_STANDARD, seats=25, consumed=10),
        skus.subscribed(skus.FLOW_FREE, seats=10_000, consumed=12),
        skus.subscribed(skus.POWER_BI_STANDARD, seats=1_000_000, consumed=3),
    ]
    if options.plain:
        return rows
    rows += [skus.lapsed(number)] if number % 3 == 0 or special == "not_premium" else []
    return rows + ([skus.nameless()] if number % 5 == 2 else [])


def next_link(url: str, query: str, token: str) -> str:
    """The address of the next page: same path, unchanged query, and an opaque token."""
    kept = "&".join(part for part in query.split("&") if part and "skiptoken" not in part.lower())
    return f"{url}?{kept}{'&' if kept else ''}$skiptoken={quote(token, safe='')}"
