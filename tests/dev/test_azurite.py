"""The ports that Azurite is started on."""

import socket

from dev.azurite import on_free_ports


def test_its_ports_are_none_that_a_system_hands_out_by_itself():
    azurite = on_free_ports()

    assert len({azurite.blob, azurite.queue, azurite.table}) == 3
    assert max(azurite.blob, azurite.queue, azurite.table) < 32768  # Linux assigns ports from there on


def test_ports_that_somebody_has_are_passed_over(monkeypatch):
    taken = on_free_ports()
    with socket.create_server(("127.0.0.1", taken.table)):
        free = on_free_ports()
        monkeypatch.setattr("dev.azurite._FIRST_PORTS", [taken.blob, free.blob])

        assert {on_free_ports().blob for _ in range(20)} == {free.blob}
