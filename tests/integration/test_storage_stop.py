"""A storage service that hangs does not hold up the end of the program, whatever is waiting for it."""

import threading
import time

import httpx
import pytest

from support.azurite import Azurite
from support.client import PASSWORD, Person, unique
from support.documents import finish, upload_text
from support.fault_proxy import FaultProxy
from support.s3 import S3
from support.server import Server, wait_until
from support.state import State
from support.storages import ServiceBlobs

HANGING_SECONDS = 600
# What it takes to notice the end, far below the 20 s after which a request would be given up by itself.
SOON_SECONDS = 8
GRACE_SECONDS = 30


@pytest.fixture(scope="module", params=[Azurite, S3], ids=["azure", "s3"])
def service(request):
    service = request.param().start()
    yield service
    service.close()


@pytest.fixture
def proxy(service):
    proxy = FaultProxy(service.port)
    yield proxy
    proxy.close()


@pytest.fixture
def server(service, proxy):
    blobs = ServiceBlobs(service, port=proxy.port)
    server = Server(**blobs.settings)
    server.storage = blobs
    server.start()
    wait_until(lambda: any(line["message"] == "the storage was compared with the documents" for line in server.log()),
               what="the first sweep")
    yield server
    server.close()


@pytest.fixture
def person(server):
    email = f"{unique('stop')}@example.com"
    server.create_admin(email, "Stop Admin", PASSWORD)
    with Person(server.address, email) as person:
        yield person.log_in()


def hang(proxy, method, path=""):
    """From now on such requests get no answer. @return how to wait for the first of them."""
    seen = len(proxy.requests)
    proxy.add("delay", HANGING_SECONDS, method=method, path=path, times=1_000)
    return lambda: wait_until(lambda: any(line.startswith(method or "") and path in line
                                          for line in proxy.requests[seen:]), what="a request that hangs")


def seconds_to_stop(program):
    begin = time.monotonic()
    assert program.stop() == 0
    return time.monotonic() - begin


def test_while_the_sweep_lists_the_blobs(server, proxy):
    server.stop()
    is_hanging = hang(proxy, "GET", "list")
    server.start()
    is_hanging()
    assert seconds_to_stop(server) < SOON_SECONDS


def test_while_the_sweep_looks_for_missing_blobs(server, person, proxy):
    documents = [upload_text(person, "soon missing\n") for _ in range(5)]
    for document in documents:
        finish(person, document["doc_id"])
        server.storage.remove(document["filename"])
    server.stop()
    is_hanging = hang(proxy, "HEAD")
    server.start()
    is_hanging()
    assert seconds_to_stop(server) < SOON_SECONDS


def test_while_blobs_are_removed(server, person, proxy):
    state = State(server.data_directory, server.storage)
    server.stop()
    for name in ("one", "two", "three"):  # As the deletions of documents have left them.
        state.execute("INSERT INTO Outbox (queue_name, body, created_at, available_at) VALUES ('blob.delete', ?, ?, ?)",
                      '{"blob_name":"%s"}' % name, "2026-01-01T00:00:00.000000", "2026-01-01T00:00:00.000000")
    is_hanging = hang(proxy, "DELETE")
    server.start()
    is_hanging()
    assert seconds_to_stop(server) < SOON_SECONDS
    assert len(state.query("SELECT * FROM Outbox WHERE queue_name = 'blob.delete'")) == 3


def test_while_a_worker_reads_a_blob(server, person, proxy):
    is_hanging = hang(proxy, "GET")
    document = upload_text(person, "never read\n")
    is_hanging()
    assert seconds_to_stop(server) < SOON_SECONDS
    proxy.clear()
    server.start()
    with Person(server.address, person.email) as again:
        again.log_in()
        assert finish(again, document["doc_id"])  # Nothing was lost by it.


def test_while_an_upload_is_stored(server, person, proxy):
    """Requests have the time of grace, and no more."""
    is_hanging = hang(proxy, None)
    upload = threading.Thread(target=ignoring_the_end, args=(person.upload, "never stored.txt", b"words"))
    upload.start()
    is_hanging()
    assert seconds_to_stop(server) < GRACE_SECONDS + SOON_SECONDS
    upload.join()


def ignoring_the_end(request, *arguments):
    try:
        request(*arguments)
    except httpx.HTTPError:
        pass  # Cut at the end.
