"""The ASGI application: routes each address to the service that answers it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from dev.cloud import entra, faults, graph, mail_contract
from dev.cloud.control import Control, Stats
from dev.cloud.entra import Entra
from dev.cloud.faults import Faults, InTrouble
from dev.cloud.graph import PREFIX, Graph
from dev.cloud.http import Request, Response, as_json, packed
from dev.cloud.mail import Mail
from dev.cloud.options import Options, mail_modes
from dev.cloud.record import Recorder
from dev.cloud.tenants import guid, make_tenants

type Message = dict[str, Any]


class Cloud:
    """The whole cloud behind one address."""

    def __init__(self, options: Options, base_url: str) -> None:
        dice = random.Random(f"{options.seed}:app")
        self.base_url = base_url
        self.partner_tenant_id, self.client_id = guid(dice), guid(dice)
        self.client_secret = f"simulated-{options.seed}-secret"
        self.access_key = "c2ltdWxhdGVkLWFjY2Vzcy1rZXk="
        self.tenants = {tenant.tenant_id: tenant for tenant in make_tenants(options)}
        mail_dice = random.Random(f"{options.seed}:mail")
        self.mail = Mail(self.access_key, self.partner_tenant_id, base_url, mail_modes(options), mail_dice)
        self._entra = Entra(self.tenants, self.partner_tenant_id, self.client_id, self.client_secret, base_url)
        limited = options.report_limit and not options.plain
        self._packs = not options.plain
        self._graph = Graph(self.tenants, self.partner_tenant_id, base_url, report_limit=limited)
        self._faults, self._stats = Faults(), Stats()
        self._control = Control(self.tenants, self.partner_tenant_id, self._faults, self.mail, self._stats)
        self._recorder = Recorder(options.record, base_url) if options.record else None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        response = self.answer(request)
        await asyncio.sleep(response.after)
        if response.drop:
            await _hang_up(send)
            return
        if self._packs and "gzip" in request.headers.get("accept-encoding", ""):
            response = packed(response)
        await _write(response, send)

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/_sim/"):
            return self._control.answer(request)
        kind, tenant, response = self._answer(request)
        self._stats.count(kind, response.status, tenant)
        if self._recorder and not response.drop:
            self._recorder.write(request, response)
        return response

    def _answer(self, request: Request) -> tuple[str, str | None, Response]:
        """The kind of request, its tenant, and the answer: the service's, unless a fault replaces it."""
        path = request.path
        if path.endswith("/oauth2/v2.0/token"):
            name = path.split("/")[1].lower()
            return "token", name, self._unless(name, request, entra.fault, lambda: self._entra.token(request, name))
        if path.startswith(PREFIX):
            claims = self._graph.caller(request)
            tenant = claims.tid if claims else None
            kind = path.removeprefix(PREFIX).split("/")[-1]
            return kind, tenant, self._unless(tenant, request, graph.fault, lambda: self._graph.answer(request))
        if path.replace("//", "/").startswith("/emails"):
            response = self._unless(None, request, mail_contract.fault, lambda: self.mail.answer(request))
            self.mail.note(request, response)
            return "mail", None, response
        return "unknown", None, as_json(404, {"error": "nothing is simulated here"})

    def _unless(
        self,
        tenant: str | None,
        request: Request,
        in_trouble: InTrouble,
        well: Callable[[], Response],
    ) -> Response:
        fault = self._faults.meet(tenant, f"{request.path}?{request.query}")
        return faults.answer(fault, in_trouble) if fault else well()


async def _read(scope: Message, receive: Callable[[], Awaitable[Message]]) -> Request:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path = scope["raw_path"].decode() if scope.get("raw_path") else scope["path"]
    return Request(scope["method"], path, scope["query_string"].decode(), headers, b"".join(parts))


async def _hang_up(send: Callable[[Message], Awaitable[None]]) -> None:
    """Closes the connection without a byte. ASGI has no message for that, so it uses the server's own request cycle."""
    cycle: Any = getattr(send, "__self__")  # noqa: B009 - of a bound method
    cycle.transport.abort()
    while not cycle.disconnected:  # noqa: ASYNC110 - the server sets a flag, no event
        await asyncio.sleep(0)  # otherwise the server would send a 500 itself


async def _write(response: Response, send: Callable[[Message], Awaitable[None]]) -> None:
    length = len(response.body) * 2 if response.cut else len(response.body)
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(length).encode()),
        *((name.encode(), value.encode()) for name, value in response.headers.items()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.cut:
        await send({"type": "http.response.body", "body": response.body, "more_body": True})
        await asyncio.sleep(0)
        raise ConnectionAbortedError("cut off, as asked for")
    await send({"type": "http.response.body", "body": response.body})
