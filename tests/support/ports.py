"""Ports for services of the tests that cannot choose one themselves."""

import random
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_given = set()


def free_port():
    """A TCP port on the loopback address that nobody used a moment ago, and that it has not given out before.

    Below those that the kernel takes for outgoing connections (ip_local_port_range): one that is free while its service
    is restarted could else be the source of a connection to that service, which then reaches itself.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
