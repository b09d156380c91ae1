"""Uploads, renames and deletions on several connections, over each kind of storage; kill -9 at a random moment,
restart. Every 2xx holds, byte by byte, and nothing else remains.

Azurite is killed, too. It writes its index every five seconds (and says 201 before), so what it has stored since it did
so last may be gone with it, and what was removed may be back: such a document must not look whole, and such a blob goes.

NASSAQ_STORAGE_ROUNDS sets how many rounds there are on each storage; NASSAQ_STORAGE_SEED repeats one that was printed.
"""

import hashlib
import math
import os
import random
import threading
import time

import httpx
import pytest

from support.azurite import Azurite
from support.client import PASSWORD, Client, Person
from support.documents import wait_processed
from support.s3 import S3
from support.server import Server, wait_until
from support.state import State
from support.storages import ServiceBlobs

STORAGES = ["local", "azure", "s3"]
ROUNDS = int(os.environ.get("NASSAQ_STORAGE_ROUNDS", 10 if "NASSAQ_FULL" in os.environ else 3))
SEED = os.environ.get("NASSAQ_STORAGE_SEED")
CLIENTS = 5
SIZES = (10, 1_000, 50_000, 2_000_000, 9_000_000)
SMALL_GRACE = {"BLOB_ORPHAN_GRACE_MINUTES": "0", "TRASH_DAYS": "0", "LOG_LEVEL": "info"}


class Known:
    """What the clients were told: document → its name and checksum, or None once it was deleted."""

    def __init__(self):
        self.lock = threading.Lock()
        self.documents = {}
        self.unsure = set()  # A change of theirs was not answered: either state is right.
        self.sent = {}       # name → checksum, of uploads whose answer never came
        self.answered = {}   # document → when its upload was answered


class Actor:
    def __init__(self, number, seed, address, token, known, ended):
        self.choices, self.number = random.Random(seed), number
        self.address, self.token, self.known, self.ended = address, token, known, ended
        self.complaints, self.mine, self.made = [], [], 0

    def run(self):
        with Client(self.address, self.token) as client:
            while not self.ended.is_set():
                act = self.choices.choice([self.upload, self.upload, self.rename, self.delete])
                try:
                    act(client)
                except httpx.HTTPError:
                    return

    def upload(self, client):
        self.made += 1
        name = f"{self.number}-{self.made}-{self.choices.randrange(10**9)}.txt"
        size = self.choices.choice(SIZES)
        content = (f"{name} تجربة ".encode() * (size // 10 + 1))[:size]
        while content and content[-1] & 0xC0 == 0x80:
            content = content[:-1]  # Not within a character.
        checksum = hashlib.sha256(content).hexdigest()
        self.known.sent[name] = checksum
        response = client.upload(name, content)
        if response.status_code == 201:
            with self.known.lock:
                self.known.documents[response.json()["doc_id"]] = (name, checksum)
                self.known.answered[response.json()["doc_id"]] = time.time()
            self.mine.append(response.json()["doc_id"])
        elif response.status_code != 500:  # The service was killed.
            self.complaints.append(f"upload: {response.status_code} {response.text}")

    def rename(self, client):
        if not self.mine:
            return
        doc_id = self.choices.choice(self.mine)
        name = f"renamed-{self.number}-{self.choices.randrange(10**9)}.txt"
        self.change(doc_id, lambda: client.patch(f"/docs/{doc_id}", json={"filename": name}),
                    lambda old: (name, old[1]), (200,))

    def delete(self, client):
        if not self.mine:
            return
        doc_id = self.mine.pop(self.choices.randrange(len(self.mine)))
        self.change(doc_id, lambda: client.delete(f"/docs/{doc_id}"), lambda old: None, (200, 409))

    def change(self, doc_id, request, after, expected):
        with self.known.lock:
            self.known.unsure.add(doc_id)
        response = request()
        if response.status_code not in expected:
            self.complaints.append(f"change of {doc_id}: {response.status_code} {response.text}")
        with self.known.lock:
            self.known.unsure.discard(doc_id)
            if response.status_code == 200:
                self.known.documents[doc_id] = after(self.known.documents[doc_id])
            else:
                self.mine.append(doc_id)


def act_and_kill(server, service, token, choices, known):
    """Kills the server, or Azurite, or both. @return when Azurite has last written its index before it was killed."""
    ended = threading.Event()
    actors = [Actor(number, choices.random(), server.address, token, known, ended) for number in range(CLIENTS)]
    threads = [threading.Thread(target=actor.run) for actor in actors]
    for thread in threads:
        thread.start()
    time.sleep(choices.uniform(0.2, 2.5))
    killed = choices.choice(["server", "service", "both"]) if isinstance(service, Azurite) else "server"
    if killed != "server":
        service.kill()
        time.sleep(choices.uniform(0, 1))
        saved = service.saved_at()
        service.start()
    if killed == "service":
        time.sleep(choices.uniform(0, 1))
    else:
        server.kill()
    ended.set()
    for thread in threads:
        thread.join()
    complaints = [complaint for actor in actors for complaint in actor.complaints]
    assert not complaints, complaints
    return saved if killed != "server" else math.inf


def is_whole(client, doc_id, row):
    try:
        response = client.get(f"/docs/{doc_id}/download")
    except httpx.RemoteProtocolError:
        return False  # Broken off.
    assert response.status_code != 200 or hashlib.sha256(response.content).hexdigest() == row["sha256"]
    return response.status_code == 200


def check(client, state, known, saved):
    rows = {row["doc_id"]: row for row in state.query("SELECT doc_id, filename, sha256, blob_name FROM Documents")}
    for doc_id, document in known.documents.items():
        if doc_id in known.unsure:
            continue
        assert (document is None) == (doc_id not in rows), f"document {doc_id}: {document}"
        assert document is None or (rows[doc_id]["filename"], rows[doc_id]["sha256"]) == document
    lost = set()
    for doc_id, row in rows.items():
        status = wait_processed(client, doc_id, seconds=180)
        if not is_whole(client, doc_id, row):
            assert known.answered.get(doc_id, math.inf) > saved - 1, f"document {doc_id} {row} is lost"
            assert client.delete(f"/docs/{doc_id}").status_code == 200
            known.documents[doc_id], lost = None, lost | {doc_id}
            continue
        assert status["status"] == "Finished", status
        if doc_id not in known.documents:  # Its answer was lost on the way.
            assert known.sent[row["filename"]] == row["sha256"]
            known.documents[doc_id] = (row["filename"], row["sha256"])
        elif doc_id in known.unsure:
            known.documents[doc_id] = (row["filename"], row["sha256"])
    for doc_id in known.unsure - set(rows):
        known.documents[doc_id] = None
    known.unsure.clear()
    wanted = {row["blob_name"] for doc_id, row in rows.items() if doc_id not in lost}
    wait_until(lambda: state.blobs() == wanted, 90, every=0.5, what="a storage with the documents and nothing else")
    wait_until(lambda: not state.spool(), what="an empty spool")


@pytest.mark.longer
@pytest.mark.parametrize("storage", STORAGES)
def test_rounds(storage):
    service = {"local": lambda: None, "azure": Azurite, "s3": S3}[storage]()
    blobs = ServiceBlobs(service.start()) if service else None
    settings = blobs.settings if blobs else {"BLOB_STORAGE_TYPE": "local"}
    server = Server(**SMALL_GRACE, **settings).start()
    server.create_admin("drill@example.com", "Drill Admin", PASSWORD)
    with Person(server.address, "drill@example.com") as person:
        token = person.log_in().access_token
    known, state = Known(), State(server.data_directory, blobs)
    try:
        for number in range(ROUNDS):
            seed = SEED or str(random.SystemRandom().randrange(2**32))
            print(f"{storage}, round {number}: NASSAQ_STORAGE_SEED={seed}", flush=True)
            saved = act_and_kill(server, service, token, random.Random(seed), known)
            if not server.running:
                server.start()
            with Client(server.address, token) as client:
                check(client, state, known, saved)
        assert known.documents  # All may have been deleted since, or have gone with Azurite.
    finally:
        server.close()
        if service:
            service.close()
