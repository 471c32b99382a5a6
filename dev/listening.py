"""The listening socket of the local programs: on this machine only."""

import socket


def listener(port: int) -> socket.socket:
    """A bound socket; 0: any free port. Connections accepted there are answered without delay.

    The protocol is set because only then asyncio turns off Nagle's algorithm: otherwise an answer in two pieces delays
    a client with sequential requests by 40 ms.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made
