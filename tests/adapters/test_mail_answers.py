"""The meaning of the mail service's answers, by status and error code."""

import pytest

from sspr_core.adapters.acs_answers import answer_to_post
from sspr_core.model.mail import (
    Accepted,
    Mail,
    MailAnswer,
    Rejected,
    SenderRefused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
)

OWN, OTHER = "DoNotReply@register.partner.example", "security@contoso.example"
SAME_DOMAIN = "security@register.partner.example"
STATUSES = [400, 401, 403, 404, 409, 422, 429, 500, 503]


def a_mail(sender: str) -> Mail:
    return Mail(operation_id="1", sender=sender, to="ana@x.example", to_name="Ana", subject="", text="", html="")


def answered(status: int, code: str, *, sender: str = OWN, header: str = "") -> MailAnswer:
    headers = {"x-ms-error-code": header} if header else {}
    return answer_to_post(status, headers, a_mail(sender), code=code, own_sender=OWN)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("code", "sender", "kind"),
    [
        ("InvalidSenderUserName", OWN, Unauthorized),
        ("InvalidSenderUserName", OWN.lower(), Unauthorized),
        ("invalidSenderUsername", SAME_DOMAIN, SenderRefused),
        ("InvalidSenderUserName", OTHER, SenderRefused),
        ("DomainNotLinked", OWN, Unauthorized),
        ("DomainNotLinked", SAME_DOMAIN, Unauthorized),
        ("DomainNotLinked", OTHER, SenderRefused),
        ("SubscriptionBlocked", OWN, Unauthorized),
        ("SubscriptionBlocked", OTHER, Unauthorized),
        ("DeniedByResourceManagement", OTHER, Unauthorized),
    ],
)
def test_a_refused_sender_or_subscription_is_told_by_its_word_whatever_the_status(
    status: int, code: str, sender: str, kind: type[Unauthorized | SenderRefused]
) -> None:
    in_body, in_header = answered(status, code, sender=sender), answered(status, "", sender=sender, header=code)
    beside_another = answered(status, code, sender=sender, header="BadRequest")

    assert in_body == in_header == beside_another == kind(f"{status} {code}")


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (202, "SubscriptionBlocked", Accepted()),
        (400, "", Rejected("400")),
        (400, "InvalidSenderUserNameToo", Rejected("400 InvalidSenderUserNameToo")),
        (404, "NotFound", Rejected("404 NotFound")),
        (429, "TooManyRequests", Throttled(None)),
        (403, "Forbidden", Unauthorized("403 Forbidden")),
        (500, "InternalServerError", UnknownOutcome("500 InternalServerError")),
    ],
)
def test_with_any_other_word_the_status_says_what_the_answer_is(status: int, code: str, answer: MailAnswer) -> None:
    assert answered(status, code) == answer
