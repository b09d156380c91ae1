"""A full disk: a clear 507, nothing left behind, and a server that goes on."""

import os
import subprocess

import pytest

from support import expect
from support.client import PASSWORD, Person, unique
from support.documents import finish
from support.server import Server, wait_until
from support.state import State

MIB = 1024 * 1024


class SmallDisk:
    """A file system of a few MiB in memory."""

    def __init__(self, folder, size):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"only root can mount a small file system: {done.stderr.strip()}")

    def fill(self, leave=0):
        """Until `leave` bytes are free."""
        status = os.statvfs(self.folder)
        with open(self.folder / "filler", "ab") as filler:
            os.posix_fallocate(filler.fileno(), filler.tell(), status.f_bavail * status.f_bsize - leave)

    def empty(self):
        (self.folder / "filler").unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", self.folder], check=True)


@pytest.fixture
def start():
    """Starts a server with a small disk below its DATA_DIR."""
    servers, disks = [], []

    def start(folder, size, elsewhere=()):
        """`elsewhere`: folders of DATA_DIR that are on another disk."""
        server = Server(BLOB_STORAGE_TYPE="local")
        disks.append(SmallDisk(server.data_directory / folder, size))
        for name in elsewhere:
            (server.directory / name).mkdir()
            (server.data_directory / name).symlink_to(server.directory / name)
        servers.append(server.start())
        server.create_admin("full@example.com", "Full Admin", PASSWORD)
        person = Person(server.address, "full@example.com").log_in()
        person.state = State(server.data_directory)
        return person, disks[-1]

    yield start
    for server in servers:
        server.stop()
    for disk in disks:
        disk.close()
    for server in servers:
        server.close()


def text(size):
    return (unique("words ") * size)[:size].encode()


def assert_refused_and_alive(person, size):
    before = person.state.uploads()
    expect.detail(person.upload(f"{unique('large')}.txt", text(size)), 507, "Storage is full")
    wait_until(lambda: person.state.uploads() == before, what="the end of what was refused")
    assert person.get("/users/me").status_code == 200


def assert_stores(person, size):
    content = text(size)
    body = expect.uploaded(person.upload(f"{unique('small')}.txt", content))
    finish(person, body["doc_id"])
    assert person.get(f"/docs/{body['doc_id']}/download").content == content


def test_there_is_no_room_for_the_upload(start):
    person, _ = start(".", 16 * MIB)
    assert_stores(person, 100_000)
    assert_refused_and_alive(person, 30 * MIB)
    assert_stores(person, 100_000)


def test_there_is_no_room_at_all(start):
    person, disk = start(".", 16 * MIB)
    assert_stores(person, 1_000)
    disk.fill(leave=20_000)
    assert_refused_and_alive(person, 100_000)
    disk.fill()
    assert_refused_and_alive(person, 1_000)
    disk.empty()
    assert_stores(person, 100_000)


def test_there_is_no_room_for_the_row(start):
    """The files have a disk of their own; the database's is full."""
    person, disk = start(".", 16 * MIB, elsewhere=("blobs", "spool"))
    assert_stores(person, 1_000)
    before = person.state.uploads()
    disk.fill()
    answers = [person.upload(f"{unique('row')}.txt", b"x") for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert refused
    for answer in refused:
        expect.detail(answer, 507, "Storage is full")
    disk.empty()
    stored = {answer.json()["doc_id"] for answer in answers if answer.status_code == 201}
    for doc_id in stored:
        assert person.get(f"/docs/{doc_id}/download").content == b"x"
    assert len(person.state.blobs()) == len(before["blobs"]) + len(stored)
    assert_stores(person, 1_000)


def test_there_is_no_room_where_the_documents_are(start):
    """The spool is on another file system: the bytes are copied."""
    person, _ = start("blobs", 4 * MIB)
    assert_stores(person, 100_000)
    assert_refused_and_alive(person, 10 * MIB)
    assert_stores(person, 100_000)
