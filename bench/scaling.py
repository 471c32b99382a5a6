"""`python -m bench.scaling`: the tables of docs/scaling.md, from the figures and prices below."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sspr_core.model.sending import SendingLimits

TENANTS = (100, 1_000, 10_000)
USERS, TO_REGISTER = 300, 0.3  # of a tenant; of its users
DAYS, SWEEPS = 30, 96  # of a month; of a day

# Measured by `python -m bench.requests`; a third of the tenants has changes on a day.
ROWS_UNCHANGED, ROWS_CHANGED, ROWS_EMAIL, QUEUE_EMAIL = 7, 12, 6.4, 2.1
QUEUE_SNAPSHOT = 3  # sent, received, deleted
ROWS_EXPIRED = 3  # a tenant and day: expired changes, days and reports
OVERVIEW = 0.43 / 2_000  # seconds a tenant

# Assumed for Azure: how long a snapshot waits for Graph and an email for the mail service, in seconds; and how many an
# instance processes at once (host.json: 8 + 4).
SNAPSHOT, EMAIL, AT_ONCE = 3.0, 0.5, 12  # seconds
INSTANCE = 2  # GB
SHORTEST = 1  # second: the minimum billed for an execution alone on an instance

# US dollars, East US, as known to us; the official price pages decide.
GB_SECOND, FREE_GB_SECONDS = 0.000026, 100_000
EXECUTION, FREE_EXECUTIONS = 0.40 / 1e6, 250_000
TABLE_REQUEST, QUEUE_REQUEST, GB_MONTH = 0.00036 / 1e4, 0.0004 / 1e4, 0.045
MAIL, MAIL_MB, MAIL_SIZE = 0.00025, 0.00012, 0.03  # MB of an email

# What can run at once: the functions of function_app.py in groups that Azure scales separately (all of HTTP is one),
# for each as many instances as infra/main.bicep allows, and a subscription's quota of cores in a region (an instance
# has one).
GROUPS, QUOTA = 17, 250
LIMITS = (1, 5, 10, 40)

# Bytes of a row in Table Storage, keys and names of columns included.
USER_ROW, CHANGE_ROW, DAY_ROW, DELIVERY_ROW = 400, 300, 1_000, 800
CHANGES_A_DAY = USERS * 0.02 / 3
KEPT_CHANGES, KEPT_DAYS, KEPT_DELIVERIES = 400, 5 * 365, 180  # days

QUOTAS = (
    ("Azure-managed domain: 5 a minute, 10 an hour", 5, 10),
    ("own domain: 30 a minute, 100 an hour", 30, 100),
    ("raised: 100 a minute, 1,000 an hour", 100, 1_000),
    ("raised: 1,000 a minute, 10,000 an hour", 1_000, 10_000),
)


@dataclass(frozen=True, slots=True)
class Month:
    """The cost of so many tenants per month when each user to register is mailed once."""

    tenants: int

    @property
    def emails(self) -> float:
        return self.tenants * USERS * TO_REGISTER

    @property
    def snapshots(self) -> int:
        return self.tenants * DAYS

    @property
    def table_requests(self) -> float:
        of_snapshots = self.snapshots * ((2 * ROWS_UNCHANGED + ROWS_CHANGED) / 3 + ROWS_EXPIRED)
        return of_snapshots + self.emails * ROWS_EMAIL

    @property
    def queue_requests(self) -> float:
        return self.snapshots * QUEUE_SNAPSHOT + self.emails * QUEUE_EMAIL

    @property
    def gigabytes(self) -> float:
        """After five years, when the amount no longer grows."""
        of_tenant = USERS * USER_ROW + CHANGES_A_DAY * KEPT_CHANGES * CHANGE_ROW + KEPT_DAYS * DAY_ROW
        mailed = self.emails * KEPT_DELIVERIES / DAYS * DELIVERY_ROW
        return (self.tenants * of_tenant + mailed) / 1e9

    @property
    def timers(self) -> int:
        """Executions: every minute the watch of runs, every five minutes the metrics, every fifteen the sweep for
        work; every hour discovery, and the check whether retention is due.
        """
        return DAYS * (24 * 60 + 24 * 12 + 2 * SWEEPS + 24 + 24)

    @property
    def gb_seconds(self) -> float:
        """A sweep's snapshots are processed together; emails come one at a time, as the quota allows."""
        of_a_sweep = ceil(self.tenants / SWEEPS / AT_ONCE) * SNAPSHOT
        snapshots = DAYS * SWEEPS * of_a_sweep
        return INSTANCE * (snapshots + self.emails * max(EMAIL, SHORTEST) + self.timers * SHORTEST)

    @property
    def storage_cost(self) -> float:
        requests = self.table_requests * TABLE_REQUEST + self.queue_requests * QUEUE_REQUEST
        return requests + self.gigabytes * GB_MONTH

    @property
    def function_cost(self) -> float:
        executions = self.snapshots + 2 * self.emails + self.timers  # an email's receipt is one
        billed = max(0, executions - FREE_EXECUTIONS) * EXECUTION
        return max(0, self.gb_seconds - FREE_GB_SECONDS) * GB_SECOND + billed

    @property
    def mail_cost(self) -> float:
        return self.emails * (MAIL + MAIL_SIZE * MAIL_MB)

    @property
    def full_round(self) -> timedelta:
        """Every tenant at once, on one instance."""
        return timedelta(seconds=ceil(self.tenants / AT_ONCE) * SNAPSHOT)


def instances(limit: int) -> int:
    """As many as can run at once when each group may have so many."""
    return min(GROUPS * limit, QUOTA)


def tables() -> str:
    """Markdown."""
    return "\n".join([*_costs(), "", *_hours(), "", *_upper_ends()])


def _costs() -> Iterator[str]:
    months = [Month(tenants) for tenants in TENANTS]
    yield "| a month | " + " | ".join(f"{one.tenants:,} tenants" for one in months) + " |"
    yield "|---|" + "---:|" * len(months)
    rows = {
        "snapshots": [f"{one.snapshots:,}" for one in months],
        "emails, each who is to register once": [f"{one.emails:,.0f}" for one in months],
        "table requests": [f"{one.table_requests:,.0f}" for one in months],
        "queue requests": [f"{one.queue_requests:,.0f}" for one in months],
        "stored after five years": [f"{one.gigabytes:,.1f} GB" for one in months],
        "storage": [f"${one.storage_cost:,.2f}" for one in months],
        "GB-seconds of functions": [f"{one.gb_seconds:,.0f}" for one in months],
        "functions, free grant taken off": [f"${one.function_cost:,.2f}" for one in months],
        "mail service": [f"${one.mail_cost:,.2f}" for one in months],
        "**together**": [f"**${one.storage_cost + one.function_cost + one.mail_cost:,.2f}**" for one in months],
        "every tenant read at once, one instance": [_time(one.full_round) for one in months],
        "overview of all of them": [f"{one.tenants * OVERVIEW:.2g} s" for one in months],
    }
    for name, values in rows.items():
        yield f"| {name} | " + " | ".join(values) + " |"


def _hours() -> Iterator[str]:
    yield (
        "| quota | one email every | emails a day | " + " | ".join(f"{tenants:,} tenants" for tenants in TENANTS) + " |"
    )
    yield "|---|---:|---:|" + "---:|" * len(TENANTS)
    for name, per_minute, per_hour in QUOTAS:
        spacing = SendingLimits(per_minute=per_minute, per_hour=per_hour).spacing
        times = [_time(Month(tenants).emails * spacing) for tenants in TENANTS]
        each = f"{spacing.total_seconds():.3g} s"
        yield f"| {name} | {each} | {timedelta(days=1) / spacing:,.0f} | " + " | ".join(times) + " |"


def _upper_ends() -> Iterator[str]:
    yield "| `maximumInstanceCount` | instances at once | an hour | a day | 30 days |"
    yield "|---:|---:|---:|---:|---:|"
    for limit in LIMITS:
        hour = instances(limit) * INSTANCE * GB_SECOND * 3_600
        costs = " | ".join(f"${hour * hours:,.0f}" for hours in (1, 24, 24 * DAYS))
        yield f"| {limit} | {instances(limit)} | {costs} |"


def _time(taken: timedelta) -> str:
    hours = taken / timedelta(hours=1)
    if hours < 1:
        return f"{taken.total_seconds() / 60:.3g} minutes"
    return f"{hours:,.0f} hours" if hours < 72 else f"{hours / 24:,.0f} days"


if __name__ == "__main__":
    print(tables())
