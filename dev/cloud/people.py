"""A tenant's users, generated from a seed: directory and registration report."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dev.cloud import skus
from dev.cloud.names import COUNTRIES, FAMILY, GIVEN, LANGUAGES

TODAY = datetime(2026, 11, 2, 6, tzinfo=UTC)  # fixed: the same seed gives the same dates
METHODS = ("mobilePhone", "email", "microsoftAuthenticatorPush", "softwareOneTimePasscode", "fido2", "officePhone")
PREFERRED = ("push", "oath", "sms", "voiceMobile", "none", "", None)  # Microsoft's own sample contains the empty one


@dataclass(slots=True)
class Person:
    """One account of any kind."""

    id: str
    name: str | None
    upn: str
    mail: str | None
    kind: str  # member, guest, shared, room, sync, package
    user_type: str | None = "Member"
    account_enabled: bool | None = True
    licences: list[skus.Product] = field(default_factory=list)
    plans_off: list[str] = field(default_factory=list)
    other_mails: list[str] = field(default_factory=list)
    language: str | None = None
    location: str | None = None
    created: str | None = None
    synced: bool | None = None
    in_report: bool = True
    registered: bool = False
    sspr_enabled: bool = True
    admin: bool | None = False
    methods: list[str] = field(default_factory=list)
    preferred: str | None = None
    oddity: int = 0  # a few of a hundred have null where most have a value

    @property
    def reported(self) -> bool:
        """The report leaves out disabled accounts, and some others without giving a reason."""
        return self.in_report and self.account_enabled is not False

    def user(self) -> dict[str, Any]:
        """Graph `user` with every property that may be selected."""
        return {
            "id": self.id,
            "displayName": self.name,
            "userPrincipalName": self.upn,
            "mail": self.mail,
            "otherMails": self.other_mails,
            "preferredLanguage": self.language,
            "accountEnabled": self.account_enabled,
            "userType": self.user_type,
            "assignedLicenses": [{"disabledPlans": self.plans_off, "skuId": sku[0]} for sku in self.licences],
            "createdDateTime": self.created,
            "onPremisesSyncEnabled": self.synced,
            "usageLocation": None if self.oddity < 4 else self.location,
            "givenName": None,
            "surname": None,
            "businessPhones": [],
            "mobilePhone": None,
            "officeLocation": None,
            "jobTitle": None,
        }

    def report_row(self) -> dict[str, Any]:
        """Graph `userRegistrationDetails`."""
        strong = [method for method in self.methods if method != "email"]
        return {
            "id": self.id,
            "userPrincipalName": self.upn,
            "userDisplayName": self.name or "",
            "userType": None if self.oddity in (4, 5) else "guest" if self.user_type == "Guest" else "member",
            "isAdmin": self.admin,
            "isSsprRegistered": self.registered,
            "isSsprEnabled": self.sspr_enabled,
            "isSsprCapable": self.registered and self.sspr_enabled,
            "isMfaRegistered": bool(strong),
            "isMfaCapable": bool(strong),
            "isPasswordlessCapable": "fido2" in self.methods,
            "methodsRegistered": [*self.methods, None] if self.methods and self.oddity < 8 else self.methods,
            "isSystemPreferredAuthenticationMethodEnabled": None if self.preferred is None else True,
            "systemPreferredAuthenticationMethods": [],
            "userPreferredMethodForSecondaryAuthentication": self.preferred,
            "lastUpdatedDateTime": "2026-11-02T04:15:41.6195833Z",
        }

    def register(self, dice: random.Random) -> None:
        self.registered = True
        self.methods = dice.sample(METHODS, dice.choice((1, 2, 2, 3)))


class Maker:
    """Generates the people of one tenant."""

    def __init__(self, dice: random.Random, domain: str, sspr_scope: str, products: list[skus.Product]) -> None:
        self._dice = dice
        self._domain = domain
        self._scope = sspr_scope
        self._products = products
        self._number = 0

    def person(self) -> Person:
        """Generates one account: mostly members, some of every other kind."""
        kind = self._dice.choices(("member", "guest", "shared", "room", "sync", "package"), (880, 60, 30, 15, 3, 3))[0]
        self._number += 1
        given, family = self._dice.choice(GIVEN), self._dice.choice(FAMILY)
        local = f"user{self._number}"
        person = Person(
            id=str(UUID(int=self._dice.getrandbits(128), version=4)),
            name=f"{given} {family}",
            upn=f"{local}@{self._domain}",
            mail=f"{local}@{self._domain}",
            kind=kind,
            created=self._created(),
            location=self._dice.choice(COUNTRIES),
        )
        person.oddity = int(person.id[-4:], 16) % 100
        getattr(self, f"_{kind}")(person)
        person.sspr_enabled = person.admin is True or self._lets(person)
        return person

    def _lets(self, person: Person) -> bool:
        return self._scope == "all" or (self._scope == "some" and person.id[0] in "01234567")

    def _created(self) -> str | None:
        if self._dice.random() < 0.03:
            return None
        at = TODAY - timedelta(seconds=self._dice.randrange(8 * 365 * 86_400))
        return f"{at:%Y-%m-%dT%H:%M:%S}.{self._dice.randrange(10_000_000):07d}Z"

    def _member(self, person: Person) -> None:
        dice = self._dice
        person.language = dice.choice((*LANGUAGES, None))
        person.user_type = None if dice.random() < 0.01 else "Member"
        person.account_enabled = dice.choices((True, False, None), (93, 6, 1))[0]
        person.synced = dice.choice((True, None, False))
        person.admin = dice.choices((False, True, None), (94, 4, 2))[0]
        person.in_report = dice.random() > 0.02
        person.preferred = dice.choice(PREFERRED)
        person.licences = dice.choices(
            (
                [self._products[0]],
                [skus.FLOW_FREE, self._products[0]],
                [skus.FLOW_FREE],
                [skus.POWER_BI_STANDARD, skus.FLOW_FREE],
                [self._products[-1]],
                [],
            ),
            (78, 8, 2, 2, 6, 4),
        )[0]
        person.plans_off = [skus.P1[0]] if dice.random() < 0.02 else []
        person.mail = None if dice.random() < 0.03 else person.mail
        person.other_mails = [f"private{self._number}@mail.example"] if dice.random() < 0.2 else []
        if dice.random() < 0.65:
            person.register(dice)

    def _guest(self, person: Person) -> None:
        person.user_type = "Guest"
        person.upn = f"user{self._number}_partner.example#EXT#@{self._domain}"
        person.mail = f"user{self._number}@partner.example"

    def _shared(self, person: Person) -> None:
        person.name = f"Shared {person.name}"
        person.account_enabled = self._dice.random() < 0.3

    def _room(self, person: Person) -> None:
        person.name = f"Room {self._number}"
        person.account_enabled = self._dice.random() < 0.3
        person.licences = []

    def _sync(self, person: Person) -> None:
        person.name = "On-Premises Directory Synchronization Service Account"
        person.upn, person.mail = f"Sync_DC{self._number:02d}_1a2b3c4d5e6f@{self._domain}", None

    def _package(self, person: Person) -> None:
        person.upn, person.mail = f"package_{person.id}@{self._domain}", None
        person.name = None
