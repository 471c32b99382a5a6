"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The sizes of a run. The peer takes minutes where the app takes seconds, hence fewer rounds."""

    quick: bool
    rounds: int
    peer_rounds: int
    report_pages: int
    peer_report_pages: int
    tenants: int  # of the first and the next snapshot
    users: int  # a tenant
    growing_from: int  # tenants, to four times as many
    large_tenant: int  # users
    emails: int  # of the run that is sent
    peer_emails: int  # of them; the peer takes 3 s for each
    large_run: int  # recipients, to be expanded
    reports: int  # tenants, each with one
    memory_runs: tuple[tuple[int, int], ...]  # recipients, and of how many the emails are sent; the largest last

    def remark(self, text: str) -> str:
        """A note for the table when the run is smaller than the goal requires."""
        return f"quick: {text}" if self.quick else ""

    @property
    def peer_remark(self) -> str:
        return f"the peer has {self.peer_rounds} round{'s' if self.peer_rounds > 1 else ''}"


FULL = Size(
    quick=False,
    rounds=5,
    peer_rounds=3,
    report_pages=10,
    peer_report_pages=2,
    tenants=40,
    users=300,
    growing_from=40,
    large_tenant=200_000,
    emails=300,
    peer_emails=3,
    large_run=50_000,
    reports=1_000,
    memory_runs=((1_000, 1_000), (10_000, 10_000), (50_000, 1_000)),
)
QUICK = Size(
    quick=True,
    rounds=3,
    peer_rounds=1,
    report_pages=10,
    peer_report_pages=1,
    tenants=10,
    users=300,
    growing_from=8,
    large_tenant=30_000,
    emails=100,
    peer_emails=2,
    large_run=5_000,
    reports=50,
    memory_runs=((100, 100), (1_000, 100)),
)
