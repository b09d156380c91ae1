"""Uploads that go on while something happens."""

import threading
import time

import httpx

from support.client import Client
from support.server import wait_until


class Load:
    """Uploads through one node, one after the other, and notes every answer."""

    def __init__(self, node, token, name, pause=0.0):
        self.answers = []  # (time, status, filename)
        self.durations = []  # Seconds, of those that were answered 201
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(node, token, name), daemon=True)
        self._thread.start()

    def _run(self, node, token, name):
        with Client(node.address, token) as client:
            number = 0
            while not self._stop.is_set():
                number += 1
                filename = f"{name}-{number}.txt"
                began = time.monotonic()
                try:
                    response = client.upload(filename, f"words of {filename}")
                except httpx.HTTPError:
                    wait_until(lambda: not node.running, 5, what="the end of a node that breaks connections")
                    return
                self.answers.append((time.monotonic(), response.status_code, filename))
                if response.status_code == 201:
                    self.durations.append(time.monotonic() - began)
                time.sleep(self._pause)
                if response.status_code == 503:
                    assert int(response.headers["retry-after"]) > 0
                    time.sleep(0.2)

    def stop(self):
        self._stop.set()
        self._thread.join(90)
        assert not self._thread.is_alive()


def uploaded(loads):
    return [filename for load in loads for _, status, filename in load.answers if status == 201]
