"""A run that is only looked ahead to: who would get what, who would not, and what speaks against it."""

from collections import Counter

from sspr_core.mail.compose import subject
from sspr_core.model.senders import Senders
from sspr_core.model.times import rfc3339
from sspr_core.runs.left_out import by_reason
from sspr_core.runs.of_tenant import pinned_key
from sspr_core.runs.plan import Plan
from sspr_core.runs.responses import MOST_LISTED, Json, left_out_view


def plan_view(found: Plan, template: str, senders: Senders) -> Json:
    when, refusal = found.timing, found.refusal
    return {
        "recipient_count": len(found.recipients),
        "left_out_by_reason": by_reason(found.left_out),
        "first_send_at": rfc3339(when.first_send_at),
        "last_send_at": rfc3339(when.last_send_at),
        "seconds_between": when.spacing.total_seconds(),
        "refusal": {"code": refusal.code, "detail": refusal.detail} if refusal else None,
        "mails": _mails(found, template, senders),
        "recipients": [
            {
                "tenant_id": one.tenant_id,
                "user_id": one.user_id,
                "address": one.address,
                "display_name": one.display_name,
                "language": one.language,
            }
            for one in found.recipients[:MOST_LISTED]
        ],
        "left_out": left_out_view(found.left_out),
    }


def _mails(found: Plan, template: str, senders: Senders) -> list[Json]:
    """Each tenant's mail in each language, where it leaves from, and for how many."""
    counted = Counter((one.tenant_id, one.language) for one in found.recipients)
    mails: list[Json] = []
    for (tenant, language), count in counted.items():
        name, pinned = found.tenants[tenant], found.pinned[pinned_key(tenant, language)]
        line = subject(template, language, branding=pinned.branding, words=pinned.words, tenant_name=name)
        mails.append(
            {
                "tenant_id": tenant,
                "tenant_display_name": name,
                "language": language,
                "subject": line,
                "sender": senders.in_effect(pinned.branding) or None,
                "sender_not_used": senders.not_used(pinned.branding),
                "recipient_count": count,
            }
        )
    return mails
