"""The command lines az and azd: the scripts do their work as the user who is signed in there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

PAUSE = float(os.environ.get("SSPR_PAUSE", "5"))  # seconds between two attempts; tests have no time


class AzError(Exception):
    """A command failed; the message says which, what it said, and what may help."""


def run(*command: str) -> str:
    """What the command printed. Raises AzError."""
    program = shutil.which(command[0])  # on Windows az and azd are scripts with an ending
    if program is None:
        raise AzError(f"{command[0]} was not found: install it first (docs/deploy.md, What you need).")
    # Windows decodes with its code page, and not every byte has a meaning there: better a ? in a name than no answer.
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise AzError(f"{' '.join(command[:2])} failed: {said}{_advice(said)}")
    return done.stdout.strip()


def _advice(said: str) -> str:
    if "claims-challenge" in said or "RequestDisallowedByPolicy" in said:
        return (
            "\nAzure asks for multi-factor authentication: sign in again with the az login command above, then repeat."
        )
    if "az login" in said or "AADSTS" in said:
        return "\nSign in first: az login --tenant YOUR-TENANT --allow-no-subscriptions"
    if "Authorization_RequestDenied" in said or "Forbidden" in said:
        return "\nThis needs a Global Administrator or Privileged Role Administrator of your tenant."
    return ""


def signed_in_tenant() -> str:
    """The tenant that az is signed in to."""
    return str(json.loads(run("az", "account", "show", "--output", "json", "--only-show-errors"))["tenantId"])


def stop(error: AzError) -> int:
    sys.stderr.write(f"{error}\n")
    return 1


def accept_any_character() -> None:
    """Lets a pipe of Windows take a name that its code page cannot write, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
