"""The queues that have doors."""

QUEUES = ("snapshots", "expand-runs", "send-emails", "delivery-reports", "prepare-reports")


def poison_queue(queue: str) -> str:
    """Where messages end that failed ten times; those that fail there too stay, and are tried every ten minutes."""
    return f"{queue}-poison"
