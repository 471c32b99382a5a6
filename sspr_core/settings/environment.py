"""Reads and validates the app settings from one list. README and the sample have the same list, as a test checks."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

import msgspec

from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.model.limits import OperatingLimits, Retention
from sspr_core.model.mail_service import MailService
from sspr_core.model.sending import SendingLimits
from sspr_core.model.text import is_address
from sspr_core.settings.certificate import AppCertificate, CertificateError, certificate
from sspr_core.settings.ncrontab import is_schedule
from sspr_core.settings.overrides import mail_connection, scaled

PROOFS = ("SSPR_MANAGED_IDENTITY_CLIENT_ID", "SSPR_CLIENT_CERTIFICATE", "SSPR_CLIENT_SECRET")

DEFAULTS = {
    "SSPR_TENANTS": "[]",
    "SSPR_DISCOVER_GDAP": "true",
    "SSPR_DISCOVERY_SCHEDULE": "0 0 * * * *",
    "SSPR_SNAPSHOT_SCHEDULE": "0 */15 * * * *",
    "SSPR_REPORT_SCHEDULE": "0 */15 * * * *",
    "SSPR_SNAPSHOT_EVERY": "24h",
    "SSPR_FRESH_WITHIN": "26h",
    "SSPR_MAIL_SENDERS": "[]",
    "SSPR_MAIL_PER_MINUTE": "30",
    "SSPR_MAIL_PER_HOUR": "100",
    "SSPR_MAIL_COOL_DOWN": "7d",
    "SSPR_MAIL_LONGEST_RUN": "24h",
    "SSPR_MAIL_TYPED_ABOVE": "100",
    "SSPR_MAIL_NUMBERS": "{}",
    "SSPR_KEEP_CHANGES": "400d",
    "SSPR_KEEP_COVERAGE": "1825d",
    "SSPR_KEEP_DELIVERIES": "180d",
    "SSPR_AUTHORITY": "https://login.microsoftonline.com",
    "SSPR_GRAPH_URL": "https://graph.microsoft.com/v1.0",
}

# Days that the app itself looks back: a month's report, and a run's outcome after 30; the course, with its gap.
_LOOKED_BACK, _COURSE = 40, 110


class SettingsError(Exception):
    """Settings are missing or wrong; names every one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Valid settings. Secrets are never shown."""

    terms: OperatingLimits
    numbers: SendingLimits  # SSPR_MAIL_PER_MINUTE, _PER_HOUR, _LONGEST_RUN and _NUMBERS
    storage_connection: str | None = field(repr=False)
    table_service_uri: str | None
    queue_service_uri: str | None
    storage_client_id: str | None
    proof: str  # the name of the one setting of PROOFS that is given
    proof_value: str = field(repr=False)
    certificate: AppCertificate | None  # SSPR_CLIENT_CERTIFICATE's; None when the credential is another one
    tenants: Mapping[TenantId, str | None]
    discover_gdap: bool
    mail_service: MailService
    mail_connection: str | None = field(repr=False)
    mail_endpoint: str | None  # one of the two is set if a mail service sends
    mail_sender: str
    mail_senders: tuple[str, ...]  # further addresses that the mail service accepts, for tenants' branding
    graph_url: str


@cache
def settings() -> Settings:
    """The process's settings, cached once they are valid. Until then raises SettingsError naming every problem."""
    return read(os.environ)


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in the environment. Raises SettingsError naming every problem at once."""
    given = {**DEFAULTS, **{name: value.strip() for name, value in environment.items() if value.strip()}}
    problems: list[str] = []
    take = _Taking(given, problems)
    proofs = [name for name in PROOFS if name in given]
    if len(proofs) != 1:
        problems.append(f"exactly one of {', '.join(PROOFS)} is needed, {len(proofs)} are set")
    if "SSPR_STORAGE" not in given and "SSPR_STORAGE__tableServiceUri" not in given:
        problems.append("SSPR_STORAGE (or SSPR_STORAGE__tableServiceUri and __queueServiceUri) is missing")
    if "SSPR_STORAGE" in given and not _is_connection(given["SSPR_STORAGE"]):
        problems.append("SSPR_STORAGE is not a connection string with AccountName and AccountKey")
    if "SSPR_STORAGE__tableServiceUri" in given and "SSPR_STORAGE__queueServiceUri" not in given:
        problems.append("SSPR_STORAGE__queueServiceUri is missing beside SSPR_STORAGE__tableServiceUri")
    problems += _problems_of_mail(given)
    found = Settings(
        terms=OperatingLimits(
            partner_tenant_id=take.guid("SSPR_PARTNER_TENANT_ID"),
            client_id=take.guid("SSPR_CLIENT_ID"),
            authority=take.https("SSPR_AUTHORITY"),
            public_url=take.public_url("SSPR_PUBLIC_URL"),
            snapshot_every=take.duration("SSPR_SNAPSHOT_EVERY"),
            fresh_within=take.duration("SSPR_FRESH_WITHIN"),
            sign_in_enabled=given.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
            cool_down=take.duration("SSPR_MAIL_COOL_DOWN"),
            typed_above=take.count("SSPR_MAIL_TYPED_ABOVE"),
            keep=Retention(
                changes=take.days("SSPR_KEEP_CHANGES", least=_LOOKED_BACK),
                coverage=take.days("SSPR_KEEP_COVERAGE", least=_COURSE),
                deliveries=take.days("SSPR_KEEP_DELIVERIES", least=_LOOKED_BACK),
            ),
        ),
        numbers=take.numbers(
            "SSPR_MAIL_NUMBERS",
            per_minute=take.count("SSPR_MAIL_PER_MINUTE") or None,  # 0: no limit
            per_hour=take.count("SSPR_MAIL_PER_HOUR") or None,
            longest_run=take.duration("SSPR_MAIL_LONGEST_RUN"),
        ),
        storage_connection=given.get("SSPR_STORAGE"),
        table_service_uri=given.get("SSPR_STORAGE__tableServiceUri"),
        queue_service_uri=given.get("SSPR_STORAGE__queueServiceUri"),
        storage_client_id=given.get("SSPR_STORAGE__clientId"),
        proof=proofs[0] if proofs else "",
        proof_value=given[proofs[0]] if proofs else "",
        certificate=take.certificate("SSPR_CLIENT_CERTIFICATE"),
        tenants=take.tenants("SSPR_TENANTS"),
        discover_gdap=take.truth("SSPR_DISCOVER_GDAP"),
        mail_service=_mail_service(given),
        mail_connection=given.get("SSPR_MAIL_CONNECTION_STRING"),
        mail_endpoint=take.https("SSPR_MAIL_ENDPOINT") if "SSPR_MAIL_ENDPOINT" in given else None,
        mail_sender=given.get("SSPR_MAIL_SENDER", ""),
        mail_senders=take.addresses("SSPR_MAIL_SENDERS"),
        graph_url=take.https("SSPR_GRAPH_URL"),
    )
    for name in ("SSPR_DISCOVERY_SCHEDULE", "SSPR_SNAPSHOT_SCHEDULE", "SSPR_REPORT_SCHEDULE"):
        take.schedule(name)
    if problems:
        raise SettingsError(problems)
    return found


def schedule(environment: Mapping[str, str], name: str) -> str:
    """A timer's NCRONTAB expression; the default if the setting is wrong, which `read` reports.

    Azure's host leaves out a function whose binding has a schedule that it cannot read. It writes an error only to its
    own log and does not inform the app; the local host refuses to start. The value is read when the app is loaded: a
    changed setting restarts the app, but if no instance runs, the platform may wake it once more by the old schedule.
    """
    given = environment.get(name, "").strip() or DEFAULTS[name]
    return given if is_schedule(given) else DEFAULTS[name]


_ENOUGH_TO_CONNECT = ({"usedevelopmentstorage"}, {"accountname", "accountkey"}, {"sharedaccesssignature"})


def _is_connection(text: str) -> bool:
    names = {name.strip().lower() for name, equals, _ in (part.partition("=") for part in text.split(";")) if equals}
    return any(enough <= names for enough in _ENOUGH_TO_CONNECT)


_CONNECTIONS = ("SSPR_MAIL_ENDPOINT", "SSPR_MAIL_CONNECTION_STRING")  # of the mail service


def _mail_service(given: Mapping[str, str]) -> MailService:
    """The named service, else the one with a connection. A wrong value gives none; `_problems_of_mail` reports it."""
    if "SSPR_MAIL_SERVICE" in given:
        chosen = given["SSPR_MAIL_SERVICE"]
        return MailService(chosen) if chosen in set(MailService) else MailService.NONE
    reachable = any(name in given for name in _CONNECTIONS)
    return MailService.COMMUNICATION_SERVICES if reachable else MailService.NONE


def _problems_of_mail(given: Mapping[str, str]) -> list[str]:
    """Each given value must be valid; whether they fit together matters only if a mail service sends."""
    problems = []
    if given.get("SSPR_MAIL_SERVICE", MailService.NONE) not in set(MailService):
        problems.append(f"SSPR_MAIL_SERVICE is neither {' nor '.join(MailService)}")
    if _mail_service(given) is MailService.COMMUNICATION_SERVICES:
        problems += _misfits_of_mail(given)
    if "SSPR_MAIL_CONNECTION_STRING" in given:
        connection = mail_connection(given["SSPR_MAIL_CONNECTION_STRING"])
        if connection is None or not _is_address(connection[0], "https"):
            problems.append("SSPR_MAIL_CONNECTION_STRING is not like endpoint=https://…/;accesskey=…")
    if "SSPR_MAIL_SENDER" in given and not is_address(given["SSPR_MAIL_SENDER"]):
        problems.append("SSPR_MAIL_SENDER is not a mail address")
    return problems


def _misfits_of_mail(given: Mapping[str, str]) -> list[str]:
    reachable_by = [name for name in _CONNECTIONS if name in given]
    if not reachable_by:
        return [f"SSPR_MAIL_SERVICE is {given['SSPR_MAIL_SERVICE']}, and neither {' nor '.join(_CONNECTIONS)} is set"]
    problems = [f"{' and '.join(_CONNECTIONS)} are both set"] if len(reachable_by) > 1 else []
    if "SSPR_MAIL_SENDER" not in given:
        problems.append(f"SSPR_MAIL_SENDER is missing beside {reachable_by[0]}")
    return problems


def _is_address(text: str, *schemes: str) -> bool:
    """Whether it is an address to which paths can be added."""
    try:
        parts = urlsplit(text)
        well_formed = parts.port != 0
    except ValueError:  # invalid brackets or port
        return False
    return well_formed and parts.scheme in schemes and bool(parts.hostname) and not re.search(r"[\s?#]", text)


class _Taking:
    """Reads one value after the other and collects the problems."""

    def __init__(self, given: Mapping[str, str], problems: list[str]) -> None:
        self._given = given
        self._problems = problems

    def guid(self, name: str) -> str:
        if name not in self._given:
            self._problems.append(f"{name} is missing")
            return ""
        try:
            return tenant_id(self._given[name])
        except ValueError:
            self._problems.append(f"{name} is not a GUID")
            return ""

    def truth(self, name: str) -> bool:
        value = self._given[name].lower()
        if value not in ("true", "false"):
            self._problems.append(f"{name} is neither true nor false")
        return value == "true"

    def duration(self, name: str) -> timedelta:
        match = re.fullmatch(r"([0-9]{1,7})\s*([smhd])", self._given[name])
        unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
        value = timedelta(**{unit[match[2]]: int(match[1])}) if match else timedelta(0)
        if value <= timedelta(0) or value > timedelta(days=31):
            self._problems.append(f"{name} is not a duration like 24h, 90m or 1d (at most 31d)")
        return value

    def days(self, name: str, *, least: int) -> timedelta:
        match = re.fullmatch(r"([0-9]{1,4})\s*d", self._given[name])
        if match is None or int(match[1]) < least:
            self._problems.append(f"{name} is not a number of days like {DEFAULTS[name]} (from {least}d to 9999d)")
            return timedelta(days=least)
        return timedelta(days=int(match[1]))

    def count(self, name: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", self._given[name]):
            self._problems.append(f"{name} is not a whole number from 0 to 999999")
            return 0
        return int(self._given[name])

    def addresses(self, name: str) -> tuple[str, ...]:
        try:
            found = tuple(one.strip() for one in msgspec.json.decode(self._given[name], type=list[str]))
        except msgspec.MsgspecError as error:
            self._problems.append(f'{name} is not a JSON list like ["security@partner.example"]: {error}')
            return ()
        if wrong := [one for one in found if not is_address(one)]:
            self._problems.append(f"{name} is not all mail addresses: {wrong[0][:60]!r}")
        return found

    def numbers(
        self, name: str, *, per_minute: int | None, per_hour: int | None, longest_run: timedelta
    ) -> SendingLimits:
        """The limits with their own settings, the others scaled; refused if sending would break its guarantees."""
        usual = SendingLimits(per_minute=per_minute, per_hour=per_hour, longest_run=longest_run)
        try:
            found = scaled(usual, self._given[name])
        except ValueError as error:
            self._problems.append(f"{name} is not a JSON object of numbers: {error}")
            return usual
        self._problems.extend(f"{name} is no set that can be: {one}" for one in found.problems())
        return found

    def https(self, name: str) -> str:
        value = self._given[name].rstrip("/")
        if not _is_address(value, "https"):
            self._problems.append(f"{name} is not an https:// address")
        return value

    def public_url(self, name: str) -> str:
        """The setting, else the site's own address, else an empty text."""
        if name in self._given:
            value = self._given[name].rstrip("/")
            if not _is_address(value, "https", "http"):
                self._problems.append(f"{name} is not an http:// or https:// address")
            return value
        host = self._given.get("WEBSITE_HOSTNAME", "")
        local = host.startswith(("localhost:", "127.0.0.1:"))  # a host on this machine has no TLS
        return f"{'http' if local else 'https'}://{host}" if host else ""

    def certificate(self, name: str) -> AppCertificate | None:
        if name not in self._given:
            return None
        try:
            return certificate(self._given[name])
        except CertificateError as error:
            self._problems.append(f"{name} {error}")
            return None

    def schedule(self, name: str) -> None:
        if not is_schedule(self._given[name]):
            self._problems.append(f"{name} is not a schedule of six fields like {DEFAULTS[name]!r}")

    def tenants(self, name: str) -> Mapping[TenantId, str | None]:
        try:
            listed = msgspec.json.decode(self._given[name], type=list[_Listed])
            return {tenant_id(one.tenant_id): one.display_name for one in listed}
        except (msgspec.MsgspecError, ValueError) as error:
            self._problems.append(
                f'{name} is not a JSON list of {{"tenant_id": "<GUID>", "display_name": "<name>"}}: {error}'
            )
            return {}


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    tenant_id: str
    display_name: str | None = None
