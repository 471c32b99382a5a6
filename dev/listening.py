"""Where the local programs are asked: a port of this machine alone."""

import socket


def listener(port: int) -> socket.socket:
    """Bound; 0: any free port. What is accepted there is answered at once.

    The protocol is named because asyncio turns off Nagle's algorithm only then: otherwise an answer in two pieces
    waits 40 ms for whoever asks one thing after the other.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made
