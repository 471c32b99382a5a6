"""A Functions app in the local host: the state after a crash, a stop, or a storage outage."""

import signal
import threading
from pathlib import Path

import httpx

from dev.azurite import on_free_ports
from tests.conftest import start_azurite
from tests.dev.sample import Sample, eventually


def test_a_message_in_work_when_its_host_is_killed_comes_back_to_the_next_host(sample):
    with sample.host("--lease", "2", "--no-timers") as host:
        sample.send("hang once", "survivor")
        eventually(lambda: sample.notes("work", "survivor"))
        host.kill()

    with sample.host("--no-timers"):
        eventually(lambda: sample.received(sample.done))

    assert sample.notes("work") == [["work", "survivor", 1], ["work", "survivor", 2]]


def test_a_drained_host_aborts_what_runs_and_is_killed_and_the_message_counts_as_failed(sample):
    with sample.host("--no-timers") as host:
        sample.send("hang once", "survivor")
        eventually(lambda: sample.notes("work", "survivor"))

        assert host.drain() == -signal.SIGTERM

    assert not sample.notes("unwound") + sample.notes("ended in order")
    with sample.host("--no-timers"):
        eventually(lambda: sample.received(sample.done))
    assert sample.notes("work") == [["work", "survivor", 1], ["work", "survivor", 2]]


def test_a_host_told_to_stop_lets_messages_calls_and_what_was_fired_by_hand_finish(sample):
    answers: list[httpx.Response] = []
    with sample.host("--no-timers") as host:
        url = host.says["url"]
        sample.send("take", "last one", seconds=1)
        eventually(lambda: sample.notes("work", "last one"))
        httpx.post(f"{url}/admin/functions/long_tick", timeout=60)
        call = threading.Thread(target=lambda: answers.append(httpx.get(f"{url}/x/slow", timeout=60)))
        call.start()
        eventually(lambda: sample.notes("slow") and sample.notes("long_tick", "begun"))

        assert host.stop() == 0
        call.join()

    assert answers[0].text == "done"
    assert sample.notes("long_tick", "ended")
    assert sample.notes("took", "last one")
    assert sample.notes("ended in order")
    assert sample.waiting(sample.work) == 0


def test_storage_that_goes_away_does_not_end_the_host_and_work_goes_on_when_it_is_back(tmp_path: Path):
    emulator = on_free_ports(tmp_path / "storage")
    sample = Sample.in_folder(tmp_path, emulator.connection)

    def state() -> str:
        return str(httpx.get(f"{host.says['url']}/admin/host/status", timeout=60).json()["state"])

    azurite = start_azurite(emulator)
    try:
        with sample.host() as host:
            sample.send("forward", "before")
            eventually(lambda: sample.received(sample.done))
            azurite.terminate()
            azurite.wait()
            eventually(lambda: state() == "Error")
            assert httpx.get(f"{host.says['url']}/x/send?id=lost", timeout=60).status_code == 500
            azurite = start_azurite(emulator)
            sample.send("forward", "after")
            eventually(lambda: sample.notes("work", "after"))
            eventually(lambda: state() == "Running")
            assert host.process.poll() is None
    finally:
        azurite.terminate()
        azurite.wait()


def test_a_timer_that_was_missed_while_no_host_ran_runs_at_the_start_and_knows_that_it_is_late(sample):
    (sample.folder / "state").mkdir()
    (sample.folder / "state" / "tick.json").write_text('{"Last": "2020-06-01T00:00:00+00:00"}')

    with sample.host():
        eventually(lambda: sample.notes("tick"))

    assert sample.notes("tick", True) == [["tick", True]]  # on 1 January possibly one that is not late
