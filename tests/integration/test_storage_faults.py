"""A storage service that refuses, is slow, breaks off, loses its answers or answers nonsense: what the API makes of it.

Nothing that was answered 201 is ever lost, nothing else remains, and no damaged or cut document looks whole.
"""

import os
import threading
import time

import httpx
import pytest

from support import expect
from support.azurite import Azurite
from support.client import PASSWORD, Person, unique
from support.documents import finish
from support.fault_proxy import FaultProxy
from support.s3 import S3
from support.server import Server, wait_until
from support.state import State
from support.storages import ServiceBlobs

MIB = 1024 * 1024
LARGE = 20 * MIB
SLOW_SECONDS = 10 if "NASSAQ_FULL" in os.environ else 3


@pytest.fixture(scope="module", params=[Azurite, S3], ids=["azure", "s3"])
def setting(request):
    """A service, a proxy before it, and a server that knows the proxy only."""
    service = request.param().start()
    proxy = FaultProxy(service.port)
    blobs = ServiceBlobs(service, port=proxy.port)
    server = Server(**blobs.settings)
    server.storage = blobs
    server.start()
    server.create_admin("faults@example.com", "Faults Admin", PASSWORD)
    with Person(server.address, "faults@example.com") as person:
        person.proxy, person.server, person.state = proxy, server, State(server.data_directory, blobs)
        yield person.log_in()
    server.close()
    proxy.close()
    service.close()


@pytest.fixture
def person(setting):
    yield setting
    setting.proxy.clear()


def text(size, mark):
    return (mark * (size // len(mark) + 1))[:size].encode()


def upload(person, content, name=None):
    return person.upload(name or f"{unique('fault')}.txt", content)


def stored(person, size=1_000):
    """A document that is stored and processed, so that only what a test asks for reaches the proxy from now on."""
    content = text(size, unique("content "))
    body = expect.uploaded(upload(person, content))
    finish(person, body["doc_id"], seconds=60)
    return body, content


def assert_whole(person, body, content):
    response = person.get(f"/docs/{body['doc_id']}/download")
    assert response.status_code == 200 and response.content == content


def assert_not_whole(person, body):
    """An error, or an answer that breaks off."""
    try:
        response = person.get(f"/docs/{body['doc_id']}/download")
    except httpx.RemoteProtocolError:
        return
    assert response.status_code >= 500


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_errors_are_tried_again(person, status):
    person.proxy.add("status", status, method="PUT", times=3)
    content = text(5_000, unique("again "))
    body = expect.uploaded(upload(person, content))
    assert_whole(person, body, content)


def test_the_service_is_asked_to_be_left_alone_for_a_while(person):
    person.proxy.add("status", 503, method="PUT", headers=(("retry-after", "2"),))
    begin = time.monotonic()
    assert upload(person, b"patience").status_code == 201
    assert time.monotonic() - begin >= 2


@pytest.mark.parametrize("size", [1_000, LARGE])
def test_a_lost_answer_is_not_somebody_elses_blob(person, size):
    before = person.state.blobs()
    person.proxy.add("lose", method="PUT")
    person.proxy.add("lose", method="POST")
    name, content = f"{unique('lost')}.txt", text(size, unique("lost "))
    body = expect.uploaded(upload(person, content, name))
    assert body["path"].endswith("/" + name)  # Not a name with a random mark, as after a collision.
    assert person.state.blobs() - before == {name}
    assert_whole(person, body, content)


@pytest.mark.parametrize("request_of", ["comp=blocklist", "uploadId="])
def test_the_answer_to_the_commit_of_a_large_upload_is_lost(person, request_of):
    before = person.state.blobs()
    person.proxy.add("lose", path=request_of, method="POST" if request_of == "uploadId=" else "PUT")
    name, content = f"{unique('commit')}.txt", text(LARGE, unique("commit "))
    body = expect.uploaded(upload(person, content, name))
    assert person.state.blobs() - before == {name}
    assert_whole(person, body, content)


@pytest.mark.parametrize("size", [1_000, LARGE])
def test_a_failed_upload_leaves_nothing(person, size):
    """Everything is stored, and each answer is lost."""
    before = person.state.blobs(), person.state.count("Documents")
    person.proxy.add("lose", method="PUT", times=1_000)
    expect.detail(upload(person, text(size, unique("gone "))), 500, "Storage upload failed")
    person.proxy.clear()
    assert person.state.count("Documents") == before[1]
    # What was sent while it came in is discarded behind the answer.
    wait_until(lambda: person.state.blobs() == before[0], what="the blobs that there were")
    # Files that the workers have fetched come and go there too.
    wait_until(lambda: not person.state.spool(), seconds=300, what="an empty spool")


def test_a_name_that_is_taken_stays_whose_it_was(person):
    """The blob of a renamed document keeps its name: a new document of that name gets another one."""
    first, content = stored(person)
    renamed = person.patch(f"/docs/{first['doc_id']}", json={"filename": f"{unique('renamed')}.txt"})
    assert renamed.status_code == 200
    person.proxy.add("lose", method="PUT")
    second = expect.uploaded(upload(person, b"another", first["filename"]))
    assert second["path"] != first["path"]
    assert_whole(person, first, content)
    assert_whole(person, second, b"another")


def test_a_service_that_is_away(person):
    document, content = stored(person)
    doomed, _ = stored(person)
    before = person.state.blobs()
    person.proxy.close()
    try:
        expect.detail(upload(person, b"nobody there"), 500, "Storage upload failed")
        assert person.get(f"/docs/{document['doc_id']}/download").status_code >= 500
        ready = person.get("//healthz/ready")
        assert ready.status_code == 503 and ready.json()["checks"]["storage"]["status"] == "down"
        assert person.get("/users/me").status_code == 200
        assert person.delete(f"/docs/{doomed['doc_id']}").status_code == 200
        assert person.delete(f"/docs/trash/{doomed['doc_id']}").status_code == 200
        expect.detail(person.get(f"/docs/{doomed['doc_id']}/download"), 404,
                      f"Document with id {doomed['doc_id']} not found.")
    finally:
        person.proxy.open()
    assert person.get("//healthz/ready").status_code == 200
    assert_whole(person, document, content)
    wait_until(lambda: doomed["filename"] not in person.state.blobs(), what="the deletion that was put off")
    assert person.state.blobs() == before - {doomed["filename"]}


@pytest.mark.longer
def test_a_slow_service_keeps_nobody_else_waiting(person):
    person.proxy.add("delay", SLOW_SECONDS, method="PUT", times=8)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(upload(person, b"slow").status_code)) for _ in range(8)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    asked = time.monotonic()
    assert person.get("/users/me").status_code == 200
    assert time.monotonic() - asked < 1
    for thread in threads:
        thread.join()
    assert answers == [201] * 8
    assert time.monotonic() - begin >= SLOW_SECONDS


def test_a_download_that_breaks_off_goes_on(person):
    body, content = stored(person, 3 * MIB)
    for fraction in (0, 0.3, 0.9):
        person.proxy.add("cut", fraction, method="GET")
    assert_whole(person, body, content)


def test_a_range_that_breaks_off_goes_on(person):
    body, content = stored(person, 3 * MIB)
    person.proxy.add("cut", 0.5, method="GET")
    response = person.get(f"/docs/{body['doc_id']}/download", headers={"range": "bytes=1000000-2999999"})
    assert response.status_code == 206 and response.content == content[1_000_000:3_000_000]


@pytest.mark.parametrize("kind, value", [("cut", 0), ("short", 0), ("corrupt", 0)])
def test_what_cannot_be_mended_never_looks_whole(person, kind, value):
    body, content = stored(person, 3 * MIB)
    person.proxy.add(kind, value, method="GET", times=1_000)
    assert_not_whole(person, body)
    person.proxy.clear()
    assert_whole(person, body, content)


def test_a_shorter_answer_is_completed(person):
    """The service says that there is less than there is; what is missing is asked for."""
    body, content = stored(person, 3 * MIB)
    person.proxy.add("short", 0.5, method="GET")
    assert_whole(person, body, content)


def test_the_worker_does_not_believe_damaged_bytes(person):
    person.proxy.add("corrupt", method="GET")  # Its first read; the second one is right.
    body = expect.uploaded(upload(person, text(2_000, unique("word "))))
    wait_until(lambda: any("GET" in line for line in person.proxy.requests), what="the worker's read")
    finish(person, body["doc_id"], seconds=60)
    damaged = [line for line in person.server.log() if "damaged" in str(line.get("reason"))]
    assert damaged


def test_connections_are_used_again(person):
    upload(person, b"first of all")
    before = person.proxy.connections
    for _ in range(20):
        assert upload(person, text(100, unique("kept "))).status_code == 201
    assert person.proxy.connections - before <= 6  # The upload's own, and the workers'.
