"""Sixteen documents of 50 MB up and down at once, over each kind of storage, cost little memory (issue D)."""

import os
import threading
import time

import pytest

from support.azurite import Azurite
from support.client import PASSWORD, Person
from support.s3 import S3
from support.server import Server
from support.storages import ServiceBlobs

MIB = 1024 * 1024
SIZE = 50 * MIB
AT_ONCE = 16
EACH = 8 * MIB

pytestmark = pytest.mark.measures


def pieces(number):
    """A PDF by its first line only: the worker gives it up at once. No two are the same."""
    name = f"large{number}.pdf"
    yield f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    head = f"%PDF-1.7\n{number}\n".encode()
    block = os.urandom(MIB)
    yield head
    sent = len(head)
    while sent < SIZE:
        yield block[:SIZE - sent]
        sent += len(block)
    yield b"\r\n--b--\r\n"


class Watch:
    """The most memory that the server had while this was open."""

    def __init__(self, server):
        self.server, self.most, self._ended = server, server.rss_bytes(), threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self):
        while not self._ended.wait(0.05):
            self.most = max(self.most, self.server.rss_bytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._ended.set()
        self._thread.join()


def all_at_once(work):
    results = [None] * AT_ONCE

    def run(number):
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("storage", ["local", "azure", "s3"])
def test_memory(storage):
    service = {"local": lambda: None, "azure": Azurite, "s3": S3}[storage]()
    settings = {"BLOB_STORAGE_TYPE": "local"}
    if service:
        settings = ServiceBlobs(service.start()).settings
    server = Server(LOG_LEVEL="info", **settings).start()
    try:
        server.create_admin("memory@example.com", "Memory Admin", PASSWORD)
        with Person(server.address, "memory@example.com") as person:
            person.log_in()
            measure(server, person)
    finally:
        server.close()
        if service:
            service.close()


def measure(server, person):
    def upload(number):
        response = person.post("/docs/upload", content=pieces(number), timeout=600,
                               headers={"content-type": "multipart/form-data; boundary=b"})
        assert response.status_code == 201, response.text
        return response.json()["doc_id"]

    def download(doc_id):
        count = 0
        with person.stream("GET", f"/docs/{doc_id}/download", timeout=600) as response:
            for piece in response.iter_bytes():
                count += len(piece)
        return count

    idle = server.rss_bytes()
    begin = time.monotonic()
    with Watch(server) as up:
        documents = all_at_once(upload)
    uploaded = time.monotonic()
    with Watch(server) as down:
        sizes = all_at_once(lambda number: download(documents[number]))
    print(f"idle {idle / MIB:.1f} MiB, up at most {up.most / MIB:.1f} MiB in {uploaded - begin:.0f} s, "
          f"down at most {down.most / MIB:.1f} MiB in {time.monotonic() - uploaded:.0f} s")
    assert sizes == [SIZE] * AT_ONCE
    assert up.most - idle <= AT_ONCE * EACH
    assert down.most - idle <= AT_ONCE * EACH
