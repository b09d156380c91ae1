"""The worker of the platform, which may share the queue and the container: it moves a file that it has read to
`domain/category/filename` in lower case, and tells that to MongoDB alone."""

import pytest

from support import expect
from support.azurite import Azurite
from support.client import PASSWORD, Person
from support.documents import finish
from support.server import Server, wait_until
from support.storages import ServiceBlobs


@pytest.fixture
def server():
    service = Azurite().start()
    blobs = ServiceBlobs(service)
    server = Server(**blobs.settings)
    server.storage = blobs
    yield server.start()
    server.close()
    service.close()


def last_sweep(server):
    def sweeps():
        return [line for line in server.log() if line["message"] == "the storage was compared with the documents"]
    seen = len(sweeps())
    server.start()
    return wait_until(lambda: sweeps()[seen:], what="a sweep")[0]


def test_a_sweep_leaves_a_document_of_ours_that_was_moved(server):
    server.create_admin("moved@example.com", "Moved Admin", PASSWORD)
    with Person(server.address, "moved@example.com").log_in() as person:
        for name in ("Lease 7.TXT", "kept.txt", "gone.txt"):
            finish(person, expect.uploaded(person.upload(name, f"the words of {name}".encode()))["doc_id"], seconds=60)
    server.stop()
    blobs = server.storage
    blobs.service.move(blobs.container, "Lease 7.TXT", "law/court rulings/lease 7.txt")
    blobs.service.move(blobs.container, "gone.txt", "law/between.txt")  # It had another name at that time.
    blobs.service.put(blobs.container, "of another program.txt", b"not ours")
    before = blobs.names()
    server.settings["BLOB_ORPHAN_GRACE_MINUTES"] = "0"
    sweep = last_sweep(server)
    assert (sweep["given_up"], sweep["doubtful"], sweep["of_other_programs"], sweep["missing"]) == (0, 2, 1, 2)
    assert blobs.names() == before
