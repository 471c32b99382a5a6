"""azd's environment: the values that a deployment reads, and those that the hooks keep there."""

from __future__ import annotations

import json
import os

from az import AzError, run

IDS = ("SSPR_PARTNER_TENANT_ID", "SSPR_CLIENT_ID", "SSPR_SIGN_IN_CLIENT_ID")
PROGRAMS = "SSPR_PROGRAM_CLIENT_IDS"
MAIL, MAIL_NAME = "SSPR_MAIL_SERVICE", "SSPR_MAIL_SERVICE_NAME"


class AzdEnvironment:
    """Reads values, and keeps them. Without azd nothing is kept, only shown: the user copies it."""

    def __init__(self, *, azd: bool, dry_run: bool) -> None:
        self.keeps = azd and not dry_run
        self._azd = azd
        self._values: dict[str, str] | None = None

    def get(self, name: str) -> str:
        """Empty where it is unknown. A hook has everything in its own environment; elsewhere azd is asked, once."""
        return os.environ[name] if name in os.environ else self._of_azd().get(name, "")

    def knows(self, name: str) -> bool:
        """Whether it has a value, which may be empty."""
        return name in os.environ or name in self._of_azd()

    def keep(self, name: str, value: str) -> None:
        """Show the value that the deployment needs, and keep it."""
        print(f"  {name}={value}")
        if self.keeps and self.get(name) != value:
            run("azd", "env", "set", name, value)

    def require(self, *names: str) -> None:
        """The deployment takes these from azd: without them it would make an app without a sign-in. Raises AzError.

        azd up has read the parameters before its hook ran, so an empty one stops it no more.
        """
        if not self.keeps:
            return
        kept = self._read()
        # A pipeline gives values as variables of the process: azd reads those, too, and keeps none of them.
        missing = [name for name in names if not kept.get(name) and not os.environ.get(name)]
        if missing:
            raise AzError(
                f"azd's environment has no {' and no '.join(missing)}: set what is missing with azd env set NAME VALUE "
                "(register_apps.py apps prints the values), then repeat."
            )

    def _of_azd(self) -> dict[str, str]:
        if self._values is None:
            self._values = self._read() if self._azd else {}
        return self._values

    def _read(self) -> dict[str, str]:
        """What azd has now, which is newer than what a hook was started with."""
        return dict(json.loads(run("azd", "env", "get-values", "--output", "json") or "{}"))


def keep_mail_service(environment: AzdEnvironment) -> None:
    """An installation that has a mail service keeps it: a new one is made without, by default.

    Without this the first update would take the default, and stop all mail. Raises AzError where it cannot be known.
    """
    if environment.get(MAIL) or not _has_mail_service(environment):
        return
    print("This installation sends through Azure Communication Services, and keeps doing so:")
    environment.keep(MAIL, "communication-services")


def _has_mail_service(environment: AzdEnvironment) -> bool:
    """What azd keeps of the last deployment says so. A pipeline or a fresh clone lacks that: then Azure is asked."""
    name = environment.get("AZURE_ENV_NAME")
    if environment.knows(MAIL_NAME) or not name:
        return bool(environment.get(MAIL_NAME))
    command = ["az", "resource", "list", "--resource-group", f"rg-sspr-{name}", "--query", "[].name"]
    command += ["--resource-type", "Microsoft.Communication/emailServices", "--output", "json", "--only-show-errors"]
    subscription = environment.get("AZURE_SUBSCRIPTION_ID")
    command += ["--subscription", subscription] if subscription else []
    try:
        return bool(json.loads(run(*command) or "[]"))
    except AzError as error:
        if "ResourceGroupNotFound" in str(error):  # a first installation
            return False
        raise AzError(
            f"Azure does not say whether this installation has a mail service: {error}\n"
            f"Set it yourself: azd env set {MAIL} none, or communication-services if it sends emails; then repeat."
        ) from error


def listed(text: str) -> list[str]:
    """The client ids of a list with commas, each once."""
    found: dict[str, None] = {}
    for one in text.split(","):
        if one.strip():
            found[one.strip().lower()] = None
    return list(found)
