"""The queues that have doors."""

QUEUES = ("snapshots", "expand-runs", "send-emails", "delivery-reports", "prepare-reports")


def poison_queues(queue: str) -> tuple[str, ...]:
    """Where messages end that failed five times; in the second those that failed in the first one's door too."""
    return f"{queue}-poison", f"{queue}-poison-poison"
