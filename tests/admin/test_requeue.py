"""Moving poison messages back to their queue."""

import base64
from collections.abc import Iterator
from uuid import uuid4

import pytest
from azure.storage.queue import QueueClient, QueueServiceClient

from admin.requeue import Moved, requeue
from dev import __main__ as command_line
from dev.azurite import Azurite
from dev.commands import requeue as command
from sspr_core.model.queue_messages import QUEUES, SnapshotJob
from tests.builders import MONDAY
from tests.snapshot.snapshot_env import CONTOSO

JOB = base64.b64encode(SnapshotJob.first(CONTOSO, now=MONDAY).to_json()).decode()


@pytest.fixture
def queues(azurite: Azurite) -> Iterator[QueueServiceClient]:
    with QueueServiceClient.from_connection_string(azurite.connection) as one:
        yield one


@pytest.fixture
def name(queues: QueueServiceClient) -> str:
    """A queue for this test only."""
    name = f"q{uuid4().hex[:10]}"
    queues.create_queue(name)
    return name


def set_aside(queues: QueueServiceClient, queue: str, *texts: str) -> QueueClient:
    poison = queues.create_queue(queue)
    for text in texts:
        poison.send_message(text)
    return poison


def texts_in(queues: QueueServiceClient, queue: str) -> list[str]:
    return [one.content for one in queues.get_queue_client(queue).receive_messages()]


def test_they_go_back_as_they_are(queues: QueueServiceClient, name: str) -> None:
    set_aside(queues, f"{name}-poison", JOB, "no base64 <&>")

    assert requeue(queues, name) == Moved(f"{name}-poison", 2)
    assert sorted(texts_in(queues, name)) == sorted([JOB, "no base64 <&>"])
    assert texts_in(queues, f"{name}-poison") == []


def test_no_more_go_back_than_there_were_at_the_beginning(queues: QueueServiceClient, name: str) -> None:
    poison = set_aside(queues, f"{name}-poison", JOB, JOB)
    as_if_one = poison.get_queue_properties()
    as_if_one.approximate_message_count = 1
    poison.get_queue_properties = lambda: as_if_one  # type: ignore[method-assign]
    queues.get_queue_client = {poison.queue_name: poison, name: queues.get_queue_client(name)}.__getitem__  # type: ignore[method-assign,assignment]

    assert requeue(queues, name) == Moved(f"{name}-poison", 1)
    assert texts_in(queues, f"{name}-poison") == [JOB]


def test_one_that_somebody_else_is_at_is_left_to_them(queues: QueueServiceClient, name: str) -> None:
    poison = set_aside(queues, f"{name}-poison", JOB, JOB)
    poison.receive_message(visibility_timeout=300)

    assert requeue(queues, name) == Moved(f"{name}-poison", 1)


def test_counting_moves_nothing(queues: QueueServiceClient, name: str) -> None:
    set_aside(queues, f"{name}-poison", JOB)

    assert requeue(queues, name, only_count=True) == Moved(f"{name}-poison", 1)
    assert texts_in(queues, name) == []


def test_the_command_says_what_it_did(
    queues: QueueServiceClient,
    name: str,
    azurite: Azurite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "QUEUES", (*QUEUES, name))
    storage = ["--storage", azurite.connection]
    assert command_line.main(["requeue", name, *storage]) == 0
    assert capsys.readouterr().out == "Nothing was ever set aside.\n"
    set_aside(queues, f"{name}-poison", JOB)

    assert command_line.main(["requeue", name, *storage, "--count"]) == 0
    assert command_line.main(["requeue", name, *storage]) == 0

    assert capsys.readouterr().out == f"1 messages wait in {name}-poison\n1 messages moved from {name}-poison\n"


def test_storage_that_is_away_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;QueueEndpoint=http://127.0.0.1:9/a;"

    assert command_line.main(["requeue", "snapshots", "--storage", nowhere]) == 1
    assert capsys.readouterr().err.startswith("snapshots: ")
