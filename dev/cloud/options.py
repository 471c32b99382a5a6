"""What the simulated cloud is like."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from dev.cloud.mail_modes import Modes
from dev.surroundings import here
from sspr_core.model.queue_messages import DELIVERY_REPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Every choice; the same ones make the same cloud."""

    state_dir: Path
    port: int = 0
    tenants: int = 40
    users: int = 300
    seed: int = 1
    plain: bool = False  # no special tenants and no limits: for benchmarks
    page_size: int | None = None  # of every tenant; None: they differ
    record: Path | None = None
    receipts: str | None = None  # storage connection string
    receipts_queue: str = DELIVERY_REPORTS
    big_tenant: int = 0  # users of one further tenant
    report_limit: bool = True  # 5 report requests in 10 s per tenant
    mail_per_minute: int = 0  # 0: no quota
    mail_per_hour: int = 0
    lookup_lag: float = 0.2  # seconds for which an accepted email's operation is 404
    mail: str = "{}"  # any of the mail service's modes, a JSON object


def parser() -> argparse.ArgumentParser:
    """The command line's words, one per option."""
    words = argparse.ArgumentParser(prog="python -m dev.cloud", description=__doc__)
    words.add_argument("--state-dir", type=Path, required=True, help="where the CA's certificate is written")
    words.add_argument("--port", type=int, default=0, help="0: any free one")
    words.add_argument("--tenants", type=int, default=40)
    words.add_argument("--users", type=int, default=300, help="roughly, per tenant")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--plain", action="store_true", help="no special tenants, no limits: for benchmarks")
    words.add_argument("--page-size", type=int, help="rows a page in every tenant")
    words.add_argument("--record", type=here, help="write every exchange to this file, a JSON line each")
    words.add_argument("--receipts", help="storage connection string: delivery reports go to a queue there")
    words.add_argument("--receipts-queue", default=DELIVERY_REPORTS)
    words.add_argument("--big-tenant", type=int, default=0, help="one further tenant with so many users")
    words.add_argument("--no-report-limit", dest="report_limit", action="store_false")
    words.add_argument("--mail-per-minute", type=int, default=0)
    words.add_argument("--mail-per-hour", type=int, default=0)
    words.add_argument("--lookup-lag", type=float, default=0.2)
    words.add_argument(
        "--mail", default="{}", metavar="JSON", help="how the mail service behaves: dev/cloud/mail_modes.py"
    )
    return words


def mail_modes(options: Options) -> Modes:
    """How the mail service behaves at first. Raises ValueError or MsgspecError."""
    usual = Modes(per_minute=options.mail_per_minute, per_hour=options.mail_per_hour, lookup_lag=options.lookup_lag)
    return usual.changed(options.mail.encode())


def parse(arguments: list[str]) -> Options:
    return Options(**vars(parser().parse_args(arguments)))
