"""The environment that a command of the local stack inherits and passes on to its parts."""

import os
from pathlib import Path

STARTED_BY = "SSPR_DEV_STARTED_BY"  # the parent's process id, if the parent passed it
CALLED_FROM = "SSPR_DEV_CALLED_FROM"  # the folder in which the user typed the command
_OURS = "SSPR_DEV_"


def here(text: str) -> Path:
    """Resolves a path against the folder where the user typed the command, not the working directory."""
    return Path(os.environ.get(CALLED_FROM) or Path.cwd(), text)


def reach_this_machine() -> None:
    """Makes the parts connect to each other directly, even when a proxy is configured."""
    direct = [part.strip() for part in (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")]
    direct += [name for name in ("localhost", "127.0.0.1") if name not in direct]
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, direct))


def forget_settings() -> None:
    """Removes the app's settings from the environment: the shell's are not meant for a simulated cloud."""
    for name in list(os.environ):
        if name.startswith("SSPR_") and not name.startswith(_OURS):
            del os.environ[name]
