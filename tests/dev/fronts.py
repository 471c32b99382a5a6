"""The host's HTTP front without a process, with functions that return what the test sets."""

from types import SimpleNamespace
from typing import Any

import httpx

from dev.host.http import Front
from dev.host.messages import RpcHttp, TypedData
from dev.host.routes import routes
from dev.host.signin import SignIn
from dev.host.status import Status
from dev.host.worker import Function, Result

PARTNER = "11111111-2222-4333-8444-555555555555"


def a_function(name: str, kind: str = "http", **trigger: object) -> Function:
    binding = {"type": f"{kind}Trigger", "name": "req", "direction": "IN", "authLevel": "ANONYMOUS", **trigger}
    return Function(name=name, function_id=name, bindings=(binding,))


A_TABLE = {"type": "table", "name": "rows", "direction": "OUT", "connection": "STORAGE"}


class Site:
    """A front whose functions return what the test sets, and record their calls."""

    def __init__(self, *, signs_in: bool = True) -> None:
        functions = [
            a_function("open", route="open/{*rest}"),
            a_function("locked", authLevel="FUNCTION"),
            a_function("sweep", "timer"),
            Function(name="tabled", function_id="tabled", bindings=(*a_function("tabled").bindings, A_TABLE)),
        ]
        self.answer: TypedData | Exception | None = TypedData(string="fine")
        self.asked: list[RpcHttp] = []
        self.asked_by: list[str] = []  # traceparents
        self.fired: list[tuple[str, str]] = []
        self.sign_in = SignIn(PARTNER) if signs_in else None
        caller: Any = SimpleNamespace(call=self._call, status=Status())
        self.front = Front(
            routes(functions, ""), {one.name: one for one in functions}, caller, self.sign_in, "the-key", self._fire
        )

    async def _call(self, _function: Function, data: TypedData, *, trace_parent: str) -> Result:
        self.asked.append(data.http)
        self.asked_by.append(trace_parent)
        if isinstance(self.answer, Exception):
            raise self.answer
        return Result(self.answer, {})

    async def _fire(self, function: Function, text: str) -> None:
        self.fired.append((function.name, text))

    async def ask(self, method: str, path: str, *, port: int = 80, **said: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.front)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"http://localhost:{port}") as client:
            return await client.request(method, path, **said)
