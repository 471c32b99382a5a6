"""Stand-ins for the platform's protobuf messages, equally strict: an unknown field or a wrong type raises.

Microsoft's worker library takes the message classes as an argument, so neither grpcio nor protobuf is needed.
"""

from typing import Any, ClassVar


class Message:
    """A message with the fields that its class declares; a missing field has its type's empty value."""

    FIELDS: ClassVar[dict[str, Any]] = {}  # name: type, or a tuple of types; None counts as missing

    def __init__(self, **given: Any) -> None:
        for name, value in given.items():
            kind = self.FIELDS.get(name)
            if kind is None:
                raise ValueError(f'Protocol message {type(self).__name__} has no "{name}" field.')
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{type(self).__name__}.{name}: {type(value).__name__} is not {kind}")
        self._given = {name: value for name, value in given.items() if value is not None}

    def __getattr__(self, name: str) -> Any:
        if name in (given := self.__dict__.get("_given", {})):
            return given[name]
        kind = self.FIELDS.get(name)
        if kind is None:
            raise AttributeError(f"{type(self).__name__} has no field {name}")
        kind = kind[0] if isinstance(kind, tuple) else kind
        return None if issubclass(kind, Message) else kind()

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """The one field that is set."""
        return next(iter(self._given), None)


class NullableString(Message):
    FIELDS: ClassVar = {"value": str}


class NullableBool(Message):
    FIELDS: ClassVar = {"value": bool}


class NullableDouble(Message):
    FIELDS: ClassVar = {"value": (float, int)}


class Timestamp(Message):
    FIELDS: ClassVar = {"seconds": int, "nanos": int}


class NullableTimestamp(Message):
    FIELDS: ClassVar = {"value": Timestamp}


class RpcHttpCookie(Message):
    class SameSite:
        Lax, Strict, ExplicitNone = "Lax", "Strict", "None"


setattr(RpcHttpCookie.SameSite, "None", "")
RpcHttpCookie.FIELDS = {
    "name": str,
    "value": str,
    "domain": NullableString,
    "path": NullableString,
    "expires": NullableTimestamp,
    "secure": NullableBool,
    "http_only": NullableBool,
    "same_site": str,
    "max_age": NullableDouble,
}


class TypedData(Message):
    pass


class RpcHttp(Message):
    FIELDS: ClassVar = {
        "method": str,
        "url": str,
        "headers": dict,
        "body": TypedData,
        "params": dict,
        "query": dict,
        "status_code": (str, int),
        "cookies": list,
        "enable_content_negotiation": bool,
    }


TypedData.FIELDS = {"string": str, "json": str, "bytes": bytes, "http": RpcHttp, "int": int, "double": float}


class ParameterBinding(Message):
    FIELDS: ClassVar = {"name": str, "data": TypedData}

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        return "data"


class TraceContext(Message):
    FIELDS: ClassVar = {"trace_parent": str, "trace_state": str, "attributes": dict}


class RpcException(Message):
    FIELDS: ClassVar = {"message": str, "stack_trace": str, "source": str}


class RetryContext(Message):
    FIELDS: ClassVar = {"retry_count": int, "max_retry_count": int, "exception": RpcException}


class StatusResult(Message):
    Failure, Success, Cancelled = 0, 1, 2
    FIELDS: ClassVar = {"status": int, "exception": RpcException}


class InvocationRequest(Message):
    FIELDS: ClassVar = {
        "invocation_id": str,
        "function_id": str,
        "input_data": list,
        "trigger_metadata": dict,
        "trace_context": TraceContext,
        "retry_context": RetryContext,
    }


class InvocationResponse(Message):
    FIELDS: ClassVar = {"invocation_id": str, "return_value": TypedData, "result": StatusResult, "output_data": list}


class WorkerMetadata(Message):
    FIELDS: ClassVar = {
        "runtime_name": str,
        "runtime_version": str,
        "worker_version": str,
        "worker_bitness": str,
        "custom_properties": dict,
    }


class WorkerInitResponse(Message):
    FIELDS: ClassVar = {"capabilities": dict, "worker_metadata": WorkerMetadata, "result": StatusResult}


class BindingInfo(Message):
    undefined = 0
    FIELDS: ClassVar = {"type": str, "data_type": (int, object), "direction": (int, object)}


setattr(BindingInfo, "in", 0)
BindingInfo.out, BindingInfo.inout = 1, 2  # type: ignore[attr-defined]


class RpcRetryOptions(Message):
    fixed_delay, exponential_backoff = 1, 0
    FIELDS: ClassVar = {
        "max_retry_count": int,
        "retry_strategy": (int, object),
        "delay_interval": object,
        "minimum_interval": object,
        "maximum_interval": object,
    }


class RpcFunctionMetadata(Message):
    FIELDS: ClassVar = {
        "name": str,
        "function_id": str,
        "managed_dependency_enabled": bool,
        "directory": str,
        "script_file": str,
        "entry_point": str,
        "is_proxy": bool,
        "language": str,
        "bindings": dict,
        "raw_bindings": list,
        "retry_options": RpcRetryOptions,
        "properties": dict,
    }


class FunctionMetadataResponse(Message):
    FIELDS: ClassVar = {
        "use_default_metadata_indexing": bool,
        "function_metadata_results": list,
        "result": StatusResult,
    }
