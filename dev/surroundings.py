"""What a command of the local stack inherits, and what it hands on to the parts it starts."""

import os
from pathlib import Path

STARTED_BY = "SSPR_DEV_STARTED_BY"  # the parent's number, when the parent says it
CALLED_FROM = "SSPR_DEV_CALLED_FROM"  # the folder in which the user typed the command
_OURS = "SSPR_DEV_"


def here(text: str) -> Path:
    """The path as the user meant it: relative to where the command was typed, not to where it runs."""
    return Path(os.environ.get(CALLED_FROM) or Path.cwd(), text)


def reach_this_machine() -> None:
    """Behind a proxy too, the parts speak to each other directly."""
    direct = [part.strip() for part in (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")]
    direct += [name for name in ("localhost", "127.0.0.1") if name not in direct]
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, direct))


def forget_settings() -> None:
    """The app's settings in the shell are for other places than a simulated cloud."""
    for name in list(os.environ):
        if name.startswith("SSPR_") and not name.startswith(_OURS):
            del os.environ[name]
