"""Loads and calls the app through Microsoft's worker library. One app per process: the library's registry is global."""

import json
import os
import re
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import azure_functions_runtime as runtime

from dev.host import messages
from dev.host.messages import InvocationRequest, ParameterBinding, RetryContext, StatusResult, TraceContext, TypedData


class LoadError(Exception):
    """The app does not load, as it would not in Azure."""


class FunctionFailed(Exception):
    """The function raised; the message is the exception's."""

    def __init__(self, message: str, stack: str) -> None:
        super().__init__(message)
        self.stack = stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function and its bindings as they are in Azure's function.json."""

    name: str
    function_id: str
    bindings: tuple[dict[str, Any], ...]

    @property
    def trigger(self) -> dict[str, Any]:
        return next(one for one in self.bindings if one["type"].lower().endswith("trigger"))

    @property
    def kind(self) -> str:
        return str(self.trigger["type"]).removesuffix("Trigger").lower()

    def outputs(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.bindings if one["type"] == kind and one["direction"].lower() == "out"]


async def load(folder: Path) -> list[Function]:
    """The functions of the folder's function_app.py, by name. Raises LoadError with the reason."""
    if not (folder / "function_app.py").is_file():
        raise LoadError(f"there is no function_app.py in {folder}")
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    runtime.start_threadpool_executor()
    init = SimpleNamespace(capabilities={}, function_app_directory=str(folder))
    request = SimpleNamespace(
        request=SimpleNamespace(worker_init_request=init), properties={"host": "127.0.0.1", "protos": messages}
    )
    answer = await runtime.worker_init_request(request)
    if answer.result.status != StatusResult.Success:
        raise LoadError(answer.result.exception.stack_trace or answer.result.exception.message)
    indexed = (await runtime.functions_metadata_request(request)).function_metadata_results
    if not indexed:
        raise LoadError(f"function_app.py in {folder} has no functions")
    functions = [
        Function(
            name=one.name,
            function_id=one.function_id,
            bindings=tuple(json.loads(binding) for binding in one.raw_bindings),
        )
        for one in indexed
    ]
    return sorted(functions, key=lambda function: function.name)


_TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def of_the_host(asked_by: str = "") -> str:
    """The traceparent passed to a worker: the host's own span, in the trace of the HTTP request if it has one.

    Its flags say "not sampled", whatever the host itself records (Azure/azure-sdk-for-net#61703).
    """
    found = _TRACE_PARENT.fullmatch(asked_by)
    return f"00-{found[1] if found else secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a call."""

    return_value: TypedData | None
    outputs: dict[str, TypedData]


async def call(
    function: Function, data: TypedData, metadata: dict[str, TypedData] | None = None, *, trace_parent: str = ""
) -> Result:
    """Calls the function with its trigger's data, in the caller's trace. Raises FunctionFailed."""
    invocation_id = str(uuid4())
    runtime.invocation_id_cv.set(invocation_id)  # the library does so for sync functions only; the logs need the id
    request = InvocationRequest(
        invocation_id=invocation_id,
        function_id=function.function_id,
        input_data=[ParameterBinding(name=function.trigger["name"], data=data)],
        trigger_metadata=metadata or {},
        trace_context=TraceContext(trace_parent=of_the_host(trace_parent), trace_state="", attributes={}),
        retry_context=RetryContext(retry_count=0, max_retry_count=0),
    )
    answer = await runtime.invocation_request(SimpleNamespace(request=SimpleNamespace(invocation_request=request)))
    if answer.result.status != StatusResult.Success:
        raise FunctionFailed(answer.result.exception.message, answer.result.exception.stack_trace)
    return Result(answer.return_value, {one.name: one.data for one in answer.output_data})
