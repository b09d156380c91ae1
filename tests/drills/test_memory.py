"""Memory: an idle server is small, and thirty-two uploads of 50 MB at once cost little more (issue A)."""

import threading
import time

import pytest

from support.client import PASSWORD, Person
from support.server import Server

MIB = 1024 * 1024
UPLOADS = 32

pytestmark = pytest.mark.measures


@pytest.fixture
def person():
    server = Server(LOG_LEVEL="info").start()
    server.create_admin("memory@example.com", "Memory Admin", PASSWORD)
    with Person(server.address, "memory@example.com") as person:
        person.server = server
        yield person.log_in()
    server.close()


def pieces(name, size):
    """A PDF by its first line only: the worker gives it up at once, so that what is measured is uploading."""
    yield f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    block = b"fifty megabytes of words " * (MIB // 25)
    head = b"%PDF-1.7\n"
    yield head
    sent = len(head)
    while sent < size:
        yield block[:size - sent]
        sent += len(block)
    yield b"\r\n--b--\r\n"


def test_idle_and_under_large_uploads(person):
    server = person.server
    idle = server.rss_bytes()
    assert idle <= 30 * MIB
    answers, most, done = [], [idle], threading.Event()

    def upload(number):
        response = person.post("/docs/upload", content=pieces(f"large{number}.pdf", 50 * MIB),
                               headers={"content-type": "multipart/form-data; boundary=b"}, timeout=300)
        answers.append(response.status_code)

    def watch():
        while not done.is_set():
            most[0] = max(most[0], server.rss_bytes())
            time.sleep(0.05)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(UPLOADS)]
    watcher = threading.Thread(target=watch)
    watcher.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watcher.join()
    print(f"idle {idle / MIB:.1f} MiB, at most {most[0] / MIB:.1f} MiB")
    assert answers == [201] * UPLOADS
    assert most[0] - idle <= 64 * MIB
