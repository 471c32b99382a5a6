"""A Functions app in the local host: queues in and out."""

import base64
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from tests.dev.sample import Sample, eventually


@pytest.fixture
def app(running) -> Sample:
    """With an empty queue of results."""
    running[0].received(running[0].done)
    return running[0]


def decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()


def test_a_message_becomes_a_message_in_base64(app):
    app.send("forward", "ana")

    assert [decoded(one) for one in eventually(lambda: app.received(app.done))] == ["done: ana in 東京"]


def test_an_http_function_sets_off_a_chain_over_two_queues(app, running):
    mark = uuid4().hex

    httpx.get(f"{running[1].says['url']}/x/send", params={"id": mark}, timeout=60)

    assert mark in decoded(eventually(lambda: app.received(app.done))[0])


def test_a_message_that_fails_as_often_as_allowed_ends_in_the_poison_queue_as_it_came(app):
    app.send("fail", "bad")

    (poison,) = eventually(lambda: app.received(f"{app.work}-poison"))

    assert '"id": "bad"' in decoded(poison)
    assert app.notes("work", "bad") == [["work", "bad", 1], ["work", "bad", 2], ["work", "bad", 3]]
    assert app.received(app.done) == []


def test_a_message_that_fails_once_is_tried_again_and_done(app):
    app.send("fail once", "shy")

    assert [decoded(one) for one in eventually(lambda: app.received(app.done))] == ["done: shy in 東京"]
    assert app.notes("work", "shy") == [["work", "shy", 1], ["work", "shy", 2]]
    assert app.waiting(f"{app.work}-poison") == 0


def test_a_message_that_is_no_base64_goes_to_poison_without_a_try(app):
    before = app.notes("work")

    app.send_raw("plain text!")

    assert eventually(lambda: app.received(f"{app.work}-poison")) == ["plain text!"]
    assert app.notes("work") == before


def test_a_queue_function_fired_by_hand_gets_the_text_through_its_queue(app, running):
    job = '{"do": "forward", "id": "by hand"}'

    httpx.post(f"{running[1].says['url']}/admin/functions/work", json={"input": job}, timeout=60)

    assert "by hand" in decoded(eventually(lambda: app.received(app.done))[0])
    assert app.notes("work", "by hand") == [["work", "by hand", 1]]


def test_more_messages_than_a_batch_run_at_the_same_time_and_each_once(app):
    names = [f"of many {number}" for number in range(20)]
    for name in names:
        app.send("take", name, seconds=0.05)

    eventually(lambda: app.waiting(app.work) == 0)

    assert sorted(note[1] for note in app.notes("work") if note[1] in names) == sorted(names)


def test_a_message_that_takes_longer_than_its_visibility_is_renewed_and_not_run_twice(sample):
    with sample.host("--lease", "8", "--no-timers"):
        sample.send("take", "long", seconds=10)

        eventually(lambda: sample.notes("took", "long"))
        eventually(lambda: sample.waiting(sample.work) == 0)

    assert sample.notes("work") == [["work", "long", 1]]


def test_a_message_that_ends_just_when_it_is_renewed_is_not_run_twice(sample):
    names = [f"edge {number}" for number in range(8)]
    with sample.host("--lease", "8", "--no-timers"):
        for number, name in enumerate(names):
            sample.send("take", name, seconds=3.99 + number * 0.003)

        eventually(lambda: len(sample.notes("took")) >= len(names))
        eventually(lambda: sample.waiting(sample.work) == 0)

    assert sorted(note[1] for note in sample.notes("work")) == names
    assert "comes back" not in sample.log.read_text()


def test_two_hosts_on_one_queue_run_each_message_once(sample):
    names = sorted(f"shared {number:02d}" for number in range(30))
    with sample.host("--no-timers"), sample.host("--no-timers"):
        for name in names:
            sample.send("take", name, seconds=0.05)

        eventually(lambda: sample.waiting(sample.work) == 0)

    assert sorted(note[1] for note in sample.notes("work")) == names


def test_a_poison_queue_has_none_of_its_own(tmp_path, azurite):
    """As in Azure: a message that fails there stays, and is tried again whenever its lease ends."""
    sample = Sample.in_folder(tmp_path, azurite.connection)
    sample = replace(sample, work=f"{sample.work}-poison")

    with sample.host("--lease", "1", "--no-timers"):
        sample.send("fail", "bad")
        sample.send_raw("plain text!")
        eventually(lambda: len(sample.notes("work", "bad")) > 4)

    assert sample.waiting(sample.work) == 2
    assert sample.waiting(f"{sample.work}-poison") == 0
