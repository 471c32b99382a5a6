"""The app settings: one list, read and validated here (README, the sample and infra name the same)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from sspr_core.model.ids import TenantId, tenant_id

PROOFS = ("SSPR_MANAGED_IDENTITY_CLIENT_ID", "SSPR_CLIENT_CERTIFICATE", "SSPR_CLIENT_SECRET")

DEFAULTS = {
    "SSPR_TENANTS": "[]",
    "SSPR_DISCOVER_GDAP": "true",
    "SSPR_DISCOVERY_SCHEDULE": "0 0 * * * *",
    "SSPR_SNAPSHOT_SCHEDULE": "0 */15 * * * *",
    "SSPR_SNAPSHOT_EVERY": "24h",
    "SSPR_FRESH_WITHIN": "26h",
    "SSPR_AUTHORITY": "https://login.microsoftonline.com",
    "SSPR_GRAPH_URL": "https://graph.microsoft.com/v1.0",
}


class SettingsError(Exception):
    """Settings missing or wrong, every one of them named."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Valid settings. Secrets are never shown."""

    storage_connection: str | None = field(repr=False)
    table_service_uri: str | None
    queue_service_uri: str | None
    storage_client_id: str | None
    partner_tenant_id: TenantId
    client_id: str
    proof: str  # the name of the one setting of PROOFS that is given
    proof_value: str = field(repr=False)
    tenants: Mapping[TenantId, str | None]
    discover_gdap: bool
    snapshot_every: timedelta
    fresh_within: timedelta
    public_url: str
    authority: str
    graph_url: str
    sign_in_enabled: bool


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
    if "SSPR_STORAGE__tableServiceUri" in given and "SSPR_STORAGE__queueServiceUri" not in given:
        problems.append("SSPR_STORAGE__queueServiceUri is missing beside SSPR_STORAGE__tableServiceUri")
    settings = Settings(
        storage_connection=given.get("SSPR_STORAGE"),
        table_service_uri=given.get("SSPR_STORAGE__tableServiceUri"),
        queue_service_uri=given.get("SSPR_STORAGE__queueServiceUri"),
        storage_client_id=given.get("SSPR_STORAGE__clientId"),
        partner_tenant_id=TenantId(take.guid("SSPR_PARTNER_TENANT_ID")),
        client_id=take.guid("SSPR_CLIENT_ID"),
        proof=proofs[0] if proofs else "",
        proof_value=given[proofs[0]] if proofs else "",
        tenants=take.tenants("SSPR_TENANTS"),
        discover_gdap=take.truth("SSPR_DISCOVER_GDAP"),
        snapshot_every=take.duration("SSPR_SNAPSHOT_EVERY"),
        fresh_within=take.duration("SSPR_FRESH_WITHIN"),
        public_url=_public_url(given),
        authority=take.https("SSPR_AUTHORITY"),
        graph_url=take.https("SSPR_GRAPH_URL"),
        sign_in_enabled=given.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
    )
    for name in ("SSPR_DISCOVERY_SCHEDULE", "SSPR_SNAPSHOT_SCHEDULE"):
        take.schedule(name)
    if problems:
        raise SettingsError(problems)
    return settings


def schedule(environment: Mapping[str, str], name: str) -> str:
    """A timer's NCRONTAB expression; the default where the setting is wrong, which `read` reports.

    One bad schedule in a binding would keep the whole app from loading.
    """
    given = environment.get(name, "").strip() or DEFAULTS[name]
    return given if is_schedule(given) else DEFAULTS[name]


_FIELD = re.compile(r"(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/\d+)?(,(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/\d+)?)*")
_LIMITS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def is_schedule(text: str) -> bool:
    """Whether it is an NCRONTAB expression: six fields, seconds first, numbers within their limits."""
    fields = text.split()
    if len(fields) != len(_LIMITS) or not all(_FIELD.fullmatch(one) for one in fields):
        return False
    return all(
        low <= int(number) <= high or "/" in one
        for one, (low, high) in zip(fields, _LIMITS, strict=True)
        for number in re.findall(r"(?<![/\d])\d+", one)
    )


def _public_url(given: Mapping[str, str]) -> str:
    host = given.get("WEBSITE_HOSTNAME", "")
    scheme = "http" if host.startswith(("localhost:", "127.0.0.1:")) else "https"  # a host on this machine has no TLS
    return given.get("SSPR_PUBLIC_URL", f"{scheme}://{host}" if host else "").rstrip("/")


class _Taking:
    """Takes one value after the other and notes what is wrong with each."""

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
        match = re.fullmatch(r"(\d+)\s*([smhd])", self._given[name])
        unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
        value = timedelta(**{unit[match[2]]: int(match[1])}) if match else timedelta(0)
        if value <= timedelta(0) or value > timedelta(days=31):
            self._problems.append(f"{name} is not a duration like 24h, 90m or 1d (at most 31d)")
        return value

    def https(self, name: str) -> str:
        value = self._given[name].rstrip("/")
        if not value.startswith("https://"):
            self._problems.append(f"{name} is not an https:// address")
        return value

    def schedule(self, name: str) -> None:
        if not is_schedule(self._given[name]):
            self._problems.append(
                f"{name} is not a schedule of six fields like {DEFAULTS[name]!r}; the default is used"
            )

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
