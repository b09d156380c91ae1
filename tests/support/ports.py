"""Ports for services of the tests that cannot choose one themselves, and the beginning and the end of such services."""

import random
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# After that, something that is being started will never serve. Long, since much else may run on the machine.
START_SECONDS = 180

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


def wait_until_serving(name, process, log_file, answers):
    """Until `answers()`; says what its log holds when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if time.monotonic() > deadline or process.poll() is not None:
            raise RuntimeError(f"{name} did not start ({process.poll()}):\n{log_file.read_text()}")
        time.sleep(0.05)


def wait_until_listening(name, process, port, log_file):
    """Until `process` takes connections on `port`."""
    def is_listening():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False
    wait_until_serving(name, process, log_file, is_listening)


def end(process):
    """SIGTERM, and SIGKILL for one that does not end by it. None, or one that has ended, is fine."""
    if process and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
