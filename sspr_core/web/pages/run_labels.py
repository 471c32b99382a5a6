"""Formats runs and deliveries for the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.mail_service import TO_SEND
from sspr_core.model.sending import SendingLimits
from sspr_core.web.pages import labels
from sspr_core.web.pages.labels import at


@dataclass(frozen=True, slots=True)
class Word:
    name: str
    tone: str
    means: str


RUNS = {
    "queued": Word("Queued", "", "Accepted; its deliveries are about to be written."),
    "expanding": Word("Expanding", "", "Deliveries are being written, and emails go out as their slots come."),
    "sending": Word("Sending", "", "Every delivery is written; emails go out as their slots come."),
    "paused": Word("Paused", "warn", "Nothing is sent until it is resumed. Slots that go by are given anew then."),
    "cancelled": Word("Cancelled", "", "Nothing more is sent. What is in doubt is asked about, unless sending is off."),
    "finished": Word("Finished", "good", "Every email went out, or was no longer wanted."),
    "finished_with_failures": Word(
        "Finished with failures", "bad", "Done, but some emails failed, bounced, were suppressed, or are unsure."
    ),
}
DELIVERIES = {
    "pending": Word("Pending", "", "Not sent yet; waits for its slot."),
    "claimed": Word("Claimed", "", "Being handed over, or to be asked about because the mail service was not clear."),
    "accepted": Word("Accepted", "good", "The mail service has it. What became of it is still to be reported."),
    "delivered": Word("Delivered", "good", "The recipient's mail server took it."),
    "bounced": Word("Bounced", "bad", "The recipient's mail server refused it. Later runs leave the address out."),
    "suppressed": Word("Suppressed", "bad", "The mail service kept it back: the address has bounced before."),
    "failed": Word("Failed", "bad", "Certainly not delivered: refused, or given up by the mail service."),
    "skipped": Word("Skipped", "", "Not sent: looked at once more, it was no longer wanted."),
    "cancelled": Word("Cancelled", "", "Not sent: the run was cancelled first."),
    "unsure": Word("Unsure", "warn", "The mail service did not say whether it took it. A receipt may still settle it."),
}
IN_DOUBT = (
    "The mail service was not clear whether it took these emails. They are asked about, and sent again only when it is "
    "certain that they were not taken."
)
IN_DOUBT_WHILE_OFF = (
    "The mail service was not clear whether it took these emails. They cannot be asked about while sending is off, and "
    "become unsure after 20 hours, because the mail service remembers them no longer."
)
UNSURE = (
    "The mail service did not say whether it took these emails, and is not asked again. They are not failed: a receipt "
    "may still settle them, and nothing needs to be done."
)
TWICE = "Nobody knows whether the mail service took them the first time. What a receipt has settled is not sent again."
REFUSALS = {
    "no_mail_service": "Sending is off",
    "nobody_to_send_to": "Nobody to notify",
    "too_long": "The run would take too long",
    "recipients_changed": "The number has changed meanwhile",
}
SENDING_OFF = (
    "SSPR_MAIL_SERVICE names no mail service: runs and samples are refused, and reports are made and kept under "
    "Reports. All else works, and Create email on a tenant's page prepares messages for your own mail program. "
    f"{TO_SEND}"
)


def left_out(reason: str, terms: OperatingLimits) -> str:
    """Why a user gets no email."""
    return (
        labels.LEFT_OUT
        | {
            "tenant_inactive": "the tenant is not active",
            "snapshot_stale": "the tenant's last snapshot is older than 3 days: nobody knows who has registered since",
            "suppressed": "the address has bounced before",
            "in_another_run": "waits in another run that is not finished",
            "cooled_down": f"was emailed within {lasting(terms.cool_down)}",
        }
    )[reason]


def templates() -> dict[str, str]:
    return {one: known()["en"].letter(one).name for one in TEMPLATES}


def languages() -> dict[str, str]:
    return {tag: texts.name for tag, texts in known().items()}


def lasting(time: timedelta) -> str:
    """A duration in at most two units, rounded up to the smaller one: 1 h 22 min."""
    if time < timedelta(minutes=1):
        return f"{max(0, round(time.total_seconds()))} s"
    minutes = -(-time // timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (0 if days else rest, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def until(text: str | None, now: datetime) -> str:
    """The time that is left until then."""
    then = at(text)
    if then is None:
        return ""
    return f"in {lasting(then - now)}" if then - now >= timedelta(seconds=1) else "now"


def quota(numbers: SendingLimits) -> str:
    """The mail service's limits, as set."""
    limits = ((numbers.per_minute, "a minute"), (numbers.per_hour, "an hour"))
    return " and ".join(f"{most:,} {window}" for most, window in limits if most)
