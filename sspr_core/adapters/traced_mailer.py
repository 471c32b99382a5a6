"""A mail service with telemetry: a span for each POST or lookup, and the kind of its answer."""

from datetime import timedelta

from sspr_core.model.mail import Accepted, LookupAnswer, Mail, MailAnswer, SenderRefused, Unauthorized
from sspr_core.ports.mail import Mailer
from sspr_core.ports.telemetry import Metric, Telemetry


class TracedMailer:
    """The port Mailer, around another one."""

    def __init__(self, mailer: Mailer, telemetry: Telemetry) -> None:
        self._mailer = mailer
        self._telemetry = telemetry

    async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - the port's
        with self._telemetry.span("mail POST", {"http.request.method": "POST"}, outside=True) as span:
            answer = await self._mailer.send(mail, timeout=timeout)
            span.note({"answer": type(answer).__name__}, failed=not isinstance(answer, Accepted))
        if isinstance(answer, (Unauthorized, SenderRefused)):
            self._telemetry.count(Metric.CREDENTIAL_FAILURES, {"service": "mail"})
        return answer

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109
        with self._telemetry.span("mail lookup", {"http.request.method": "GET"}, outside=True) as span:
            answer = await self._mailer.ask(operation_id, timeout=timeout)
            span.note({"answer": type(answer).__name__})
            return answer
