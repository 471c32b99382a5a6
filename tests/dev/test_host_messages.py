"""Messages between host and worker library, as strict as protobuf's; outputs; counts."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ServiceRequestError

from dev.host import calls
from dev.host.calls import Caller
from dev.host.messages import NullableDouble, ParameterBinding, RpcHttp, RpcHttpCookie, StatusResult, TypedData
from dev.host.outputs import encoded, texts
from dev.host.queues import metadata_of
from dev.host.settings import HostSettings
from dev.host.status import Status
from dev.host.worker import Function, FunctionFailed, LoadError, Result, load, of_the_host

WORK = Function(
    name="work",
    function_id="1",
    bindings=(
        {"type": "queue", "name": "out", "direction": "OUT", "queueName": "done", "connection": "STORAGE"},
        {"type": "queueTrigger", "name": "message", "direction": "IN", "queueName": "work", "connection": "STORAGE"},
    ),
)


def test_a_field_that_the_platform_does_not_know_is_refused():
    with pytest.raises(ValueError, match='RpcHttp has no "statuscode" field'):
        RpcHttp(statuscode="200")


def test_a_value_of_the_wrong_type_is_refused():
    with pytest.raises(TypeError, match=r"TypedData\.bytes"):
        TypedData(bytes="text")


def test_a_field_not_given_is_empty_and_none_is_not_given():
    http = RpcHttp(method="GET", body=None)

    assert (http.url, dict(http.headers), http.body, http.method) == ("", {}, None, "GET")


def test_reading_an_unknown_field_is_an_error():
    with pytest.raises(AttributeError, match="no field colour"):
        _ = TypedData(string="x").colour


def test_a_message_says_which_of_its_fields_is_set():
    assert TypedData(json="{}").WhichOneof("data") == "json"
    assert TypedData().WhichOneof("data") is None
    assert ParameterBinding(name="req").WhichOneof("rpc_data") == "data"


def test_nested_messages_are_kept_and_zero_is_a_value():
    cookie = RpcHttpCookie(name="a", value="b", max_age=NullableDouble(value=0))

    assert cookie.max_age.value == 0
    assert cookie.expires is None


def test_statuses_have_the_numbers_of_the_protocol():
    assert (StatusResult.Failure, StatusResult.Success, StatusResult.Cancelled) == (0, 1, 2)


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        (TypedData(string="one"), ["one"]),
        (TypedData(bytes="é".encode()), ["é"]),
        (TypedData(json='["one", "two"]'), ["one", "two"]),
        (TypedData(json='{"a": 1}'), ['{"a": 1}']),
        (TypedData(json='[{"a": 1}]'), ['{"a": 1}']),
        (TypedData(json='{"id": "7", "body": "only this"}'), ["only this"]),
        (TypedData(), []),
    ],
)
def test_an_output_is_a_text_or_a_list_and_of_a_message_only_its_body(data, messages):
    assert texts(data) == messages


def test_messages_travel_in_base64():
    assert base64.b64decode(encoded("東京")).decode() == "東京"


def test_a_function_knows_its_trigger_and_its_outputs():
    assert (WORK.kind, WORK.trigger["name"]) == ("queue", "message")
    assert [one["queueName"] for one in WORK.outputs("queue")] == ["done"]


def test_a_message_comes_with_what_the_platform_tells_of_it():
    at = datetime(2026, 11, 2, tzinfo=UTC)
    message = SimpleNamespace(
        id="7", dequeue_count=3, pop_receipt="r", inserted_on=at, expires_on=None, next_visible_on=at
    )

    told = metadata_of(message)

    assert (told["Id"].string, told["DequeueCount"].json, told["PopReceipt"].string) == ("7", "3", "r")
    assert (told["InsertionTime"].json, told["ExpirationTime"].json) == ('"2026-11-02T00:00:00+00:00"', "null")


def test_the_host_is_in_error_while_any_part_is():
    status = Status()
    status.of("work").runs += 1
    assert status.as_json()["state"] == "Running"

    status.errors["queue work"] = "storage does not answer"

    assert status.as_json() == {
        "state": "Error",
        "errors": ["storage does not answer"],
        "functions": {"work": {"runs": 1, "failures": 0, "running": 0, "longest": 0}},
    }


class _Outputs:
    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[Result] = []
        self._error = error

    async def send(self, _function: Function, result: Result) -> None:
        if self._error:
            raise self._error
        self.sent.append(result)


def a_caller(monkeypatch: pytest.MonkeyPatch, function: object, outputs: _Outputs, **settings: object) -> Caller:
    monkeypatch.setattr(calls, "call", function)
    return Caller(HostSettings(**settings), Status(), outputs)  # type: ignore[arg-type]


async def _good(*_: object, **_more: object) -> Result:
    return Result(None, {})


async def _bad(*_: object, **_more: object) -> Result:
    raise FunctionFailed("no luck", "stack")


async def _endless(*_: object, **_more: object) -> Result:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("function", "error", "failures"),
    [
        (_good, None, 0),
        (_bad, None, 1),
        (_endless, None, 1),
        (_good, ServiceRequestError("storage is away"), 1),
        (_good, ValueError("the setting STORAGE is missing"), 1),
    ],
)
async def test_a_call_is_counted_and_fails_with_its_function_its_time_or_its_outputs(
    monkeypatch, function, error, failures
):
    caller = a_caller(monkeypatch, function, _Outputs(error), function_timeout=timedelta(milliseconds=50))

    answers = await asyncio.gather(caller.call(WORK, TypedData(bytes=b"")), return_exceptions=True)

    counts = caller.status.of("work")
    assert (counts.runs, counts.running, counts.failures) == (1, 0, failures)
    assert isinstance(answers[0], FunctionFailed if failures else Result)


async def test_outputs_of_a_failed_function_are_not_sent(monkeypatch):
    outputs = _Outputs()

    with pytest.raises(FunctionFailed, match="no luck"):
        await a_caller(monkeypatch, _bad, outputs).call(WORK, TypedData(bytes=b""))

    assert outputs.sent == []


async def test_an_aborted_call_fails_and_nothing_of_the_functions_runs_any_more(monkeypatch):
    unwound: list[bool] = []

    async def endless(*_: object, **_more: object) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            unwound.append(True)
        raise AssertionError

    caller = a_caller(monkeypatch, endless, _Outputs())
    asyncio.get_running_loop().call_later(0.01, caller.aborted.set)

    with pytest.raises(FunctionFailed, match="drained"):
        await caller.call(WORK, TypedData(bytes=b""))

    assert unwound == []


async def test_a_call_whose_time_is_up_runs_until_its_function_has_ended_and_how_that_failed_is_logged(
    monkeypatch, caplog
):
    running: list[int] = []

    async def ends_slowly(*_: object, **_more: object) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            running.append(caller.status.of("work").running)
            raise FunctionFailed("no luck at the end", "")

    caller = a_caller(monkeypatch, ends_slowly, _Outputs(), function_timeout=timedelta(milliseconds=10))

    with pytest.raises(FunctionFailed, match="timed out"):
        await caller.call(WORK, TypedData(bytes=b""))

    assert (running, caller.status.of("work").running) == ([1], 0)
    assert "no luck at the end" in caplog.text


@pytest.mark.parametrize("asked_by", ["", "00-0-0-01", "nothing", f"00-{'4b' * 16}-{'00' * 7}b7-01"])
def test_the_host_tells_a_function_of_a_span_of_its_own_that_is_not_sampled(asked_by):
    told = of_the_host(asked_by)

    version, trace, span, flags = told.split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "00")
    assert (trace == asked_by[3:35]) == (len(asked_by) == 55)
    assert told != asked_by


async def test_a_folder_without_an_app_is_said_to_have_none(tmp_path):
    with pytest.raises(LoadError, match=r"no function_app\.py"):
        await load(tmp_path)
