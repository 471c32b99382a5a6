"""The benchmark environment: one simulated cloud for all figures, and a storage emulator for each."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from bench.size import Size
from dev.commands import stack
from dev.commands.parts import Parts

PAGE = 1000  # rows of the report


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The cloud's description and the storage's connection string."""

    cloud: dict[str, Any]
    storage: str

    @property
    def tenants(self) -> list[str]:
        """All tenants of equal size."""
        return [one["tenant_id"] for one in self.cloud["tenants"][:-1]]

    @property
    def with_long_report(self) -> str:
        """One further tenant, whose report has many pages."""
        return str(self.cloud["tenants"][-1]["tenant_id"])

    def change(self, tenant: str, users: int) -> None:
        """So many users of the tenant register, or lose their registration."""
        self._control("POST", "change", {"tenant": tenant, "users": users})

    def mail_service(self, *, running_for: float = 0) -> None:
        """Empties the mailbox and sets how long an accepted email's final status stays unknown."""
        self._control("DELETE", "mailbox")
        self._control("DELETE", "posts")
        self._control("POST", "mail", {"lookup_lag": 0, "running_for": running_for})

    def _control(self, method: str, path: str, wanted: object = None) -> None:
        with httpx.Client(verify=ssl.create_default_context(cafile=self.cloud["ca_file"])) as client:
            client.request(method, f"{self.cloud['url']}/_sim/{path}", json=wanted).raise_for_status()


@contextmanager
def cloud(size: Size) -> Iterator[dict[str, Any]]:
    """The simulated cloud, trusted by this process from now on.

    Import its clients afterwards: aiohttp reads the trusted certificates at import.
    """
    tenants = max(size.tenants, 4 * size.growing_from)
    # More people than rows are needed: the report leaves some accounts out.
    long_report = (size.report_pages + 1) * PAGE * 10 // 9
    arguments = ["--plain", "--tenants", str(tenants), "--users", str(size.users), "--page-size", str(PAGE)]
    with Parts() as parts:
        described = stack.cloud(parts, [*arguments, "--big-tenant", str(long_report)])
        os.environ |= {"SSL_CERT_FILE": described["ca_file"], "REQUESTS_CA_BUNDLE": described["ca_file"]}
        yield described


@contextmanager
def stage(described: dict[str, Any]) -> Iterator[Stage]:
    """With empty storage, so that no figure depends on the data of another."""
    with Parts() as parts:
        yield Stage(cloud=described, storage=stack.azurite(parts, None).connection)
