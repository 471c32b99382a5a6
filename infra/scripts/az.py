"""The command lines az and azd: who is signed in there does the work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys


class AzError(Exception):
    """A command failed; the message says which, what it said, and what may help."""


def run(*command: str) -> str:
    """What the command printed. Raises AzError."""
    program = shutil.which(command[0])  # on Windows az and azd are scripts with an ending
    if program is None:
        raise AzError(f"{command[0]} was not found: install it first (docs/deploy.md, What you need).")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise AzError(f"{' '.join(command[:2])} failed: {said}{_advice(said)}")
    return done.stdout.strip()


def _advice(said: str) -> str:
    if "az login" in said or "AADSTS" in said:
        return "\nSign in first: az login --tenant YOUR-TENANT --allow-no-subscriptions"
    if "Authorization_RequestDenied" in said or "Forbidden" in said:
        return "\nThis needs somebody who is Global Administrator, or Privileged Role Administrator, in your tenant."
    return ""


def signed_in_tenant() -> str:
    """The tenant that az is signed in to."""
    return str(json.loads(run("az", "account", "show", "--output", "json", "--only-show-errors"))["tenantId"])


def remember(name: str, value: str, *, azd: bool, dry_run: bool) -> None:
    """Show a value that the deployment needs, and keep it in azd's environment."""
    print(f"  {name}={value}")
    if azd and not dry_run and os.environ.get(name) != value:
        run("azd", "env", "set", name, value)


def stop(error: AzError) -> int:
    sys.stderr.write(f"{error}\n")
    return 1
