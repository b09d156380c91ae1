"""Uploads that go on while something happens, and what has become of them."""

import statistics
import threading
import time
from dataclasses import dataclass

import httpx

from support.client import Client
from support.documents import finish
from support.server import wait_until


@dataclass
class Answer:
    moment: float  # of time.monotonic()
    status: int
    filename: str
    seconds: float


class Load:
    """Uploads through one node, or a proxy before many, one after the other, and notes every answer."""

    def __init__(self, node, token, name, pause=0.0):
        self.answers = []
        self._pause = pause
        self._stop = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(node, token, name), daemon=True)
        self._thread.start()

    def _run(self, *arguments):
        try:
            self._upload(*arguments)
        except Exception as error:  # For stop(), which a test sees.
            self._error = error

    def _upload(self, node, token, name):
        with Client(node.address, token) as client:
            number = 0
            while not self._stop.is_set():
                number += 1
                filename = f"{name}-{number}.txt"
                began = time.monotonic()
                try:
                    response = client.upload(filename, text_of(filename))
                except httpx.HTTPError:
                    wait_until(lambda: not node.running, what="the end of a node that breaks connections")
                    return
                ended = time.monotonic()
                self.answers.append(Answer(ended, response.status_code, filename, ended - began))
                time.sleep(self._pause)
                if response.status_code == 503:
                    assert int(response.headers["retry-after"]) > 0
                    time.sleep(0.2)

    def stop(self):
        self._stop.set()
        self._thread.join(180)
        assert not self._thread.is_alive()
        if self._error:
            raise self._error


class SteadyUploads:
    """Several loads at once: `with SteadyUploads(node, token, "name") as uploads:`. The name begins those of the files."""

    def __init__(self, node, token, name, clients=3, pause=0.3):
        self.name = name
        self.loads = [Load(node, token, f"{name}-{number}", pause) for number in range(clients)]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for load in self.loads:
            load.stop()

    @property
    def answers(self):
        return [answer for load in self.loads for answer in list(load.answers)]

    @property
    def filenames(self):
        return uploaded(self.loads)

    def wait_for_more(self, count=9, seconds=90):
        """Until so many more uploads have been answered 201."""
        before = len(self.filenames)
        wait_until(lambda: len(self.filenames) >= before + count, seconds, what=f"{count} more uploads")

    def median_seconds(self, begin=0.0, end=float("inf")):
        return statistics.median([answer.seconds for answer in self.answers
                                  if answer.status == 201 and begin <= answer.moment <= end] or [float("nan")])


def text_of(filename):
    """What a file of a load says."""
    return f"words of {filename}"


def uploaded(loads):
    return [answer.filename for load in loads for answer in list(load.answers) if answer.status == 201]


def upload(person, name):
    """A file that says what one of a load says."""
    return person.upload(name, text_of(name), content_type="text/plain")


def documents_named(person, name):
    found, skip = [], 0
    while page := person.get("/docs/", params={"skip": skip, "limit": 100}).json()["items"]:
        found += [item for item in page if item["filename"] == name]
        skip += len(page)
    return found


def assert_stored_once(person, name):
    [document] = documents_named(person, name)
    assert finish(person, document["doc_id"])
    assert person.get(f"/docs/{document['doc_id']}/download").text == text_of(name)
