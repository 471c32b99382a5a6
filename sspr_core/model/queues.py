"""The queues that have doors."""

SNAPSHOTS = "snapshots"
EXPAND_RUNS = "expand-runs"
SEND_EMAILS = "send-emails"
DELIVERY_REPORTS = "delivery-reports"  # filled by Event Grid: infra names it too
PREPARE_REPORTS = "prepare-reports"
QUEUES = (SNAPSHOTS, EXPAND_RUNS, SEND_EMAILS, DELIVERY_REPORTS, PREPARE_REPORTS)


def poison_queue(queue: str) -> str:
    """Where messages end that failed ten times; those that fail there too stay, and are tried every ten minutes."""
    return f"{queue}-poison"
