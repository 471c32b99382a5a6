"""Which functions this host can run. The others are reported, not silently left out."""

from dev.host.worker import Function

_TRIGGERS = ("httpTrigger", "timerTrigger", "queueTrigger")
_OUTPUTS = ("http", "queue")


def hindrance(function: Function) -> str | None:
    """Why the function cannot run here although it runs in Azure; None: it can run."""
    for binding in function.bindings:
        kind, out = str(binding["type"]), str(binding["direction"]).lower() == "out"
        if kind not in (_OUTPUTS if out else _TRIGGERS):
            words = f"a binding of type {kind} ({'out' if out else 'in'})"
            return f"{function.name} does not run in this local host, which has no support for {words}"
    return None
