"""Sockets of the local programs."""

import asyncio
import socket

from dev.listening import listener


async def test_what_is_written_to_whoever_asks_is_sent_at_once():
    at_once: list[int] = []

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        at_once.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = listener(0)
    async with await asyncio.start_server(answer, sock=listening):
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        await reader.read()
        writer.close()

    assert at_once == [1]
