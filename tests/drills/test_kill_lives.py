"""kill -9 while versions come, documents go into the trash, come back and are removed for good; then restart: what was
answered holds, and what was under way has been done wholly or not at all.

NASSAQ_LIFE_SEED repeats the choices of an earlier run.
"""

import os
import random
import threading
import time

import httpx
import pytest

from support.client import PASSWORD, Person, create_person
from support.documents import upload_text
from support.life_model import Life, check_places
from support.server import wait_until
from support.state import State, numbers_below

ROUNDS = 200 if os.environ.get("NASSAQ_FULL") else 8
SEED = int(os.environ.get("NASSAQ_LIFE_SEED", random.SystemRandom().randrange(2**32)))
PEOPLE = 4
STEPS = {"upload": 4, "replace": 6, "restore_version": 4, "rename": 1, "delete": 5, "bring_back": 4, "purge": 2, "empty": 1}
# Seconds: what a dead process had claimed (messages for 60 s, blob deletions for 30 s) shows again, and is worked off.
LONGEST_LEASE = 90

pytestmark = pytest.mark.longer


def live(life, complaints):
    """One person, until the server is gone."""
    try:
        while True:
            life.step()
    except httpx.HTTPError:
        return
    except AssertionError as complaint:
        complaints.append(str(complaint))


def live_and_kill(server, lives, seconds):
    complaints = []
    threads = [threading.Thread(target=live, args=(life, complaints)) for life in lives]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join()
    assert not complaints, complaints


def trash_of(state):
    return {row["doc_id"] for row in state.query("SELECT doc_id FROM Trashed_Documents")}


@pytest.fixture
def lives(new_server):
    server = new_server().start()
    server.create_admin("lives@example.com", "Lives Admin", PASSWORD)
    with Person(server.address, "lives@example.com") as admin:
        admin.log_in()
        people = [create_person(admin) for _ in range(PEOPLE)]
        yield server, [Life(person, admin, SEED + number, STEPS, most_documents=12) for number, person in enumerate(people)]
        for person in people:
            person.close()


def test_kill_and_restart(lives):
    print(f"NASSAQ_LIFE_SEED={SEED}")
    server, lives = lives
    choices, state = random.Random(SEED), State(server.data_directory, server.storage)
    for number in range(ROUNDS):
        live_and_kill(server, lives, choices.uniform(0.05, 1.0))
        server.start()
        for life in lives:
            life.person.address = server.address
            life.person.log_in()
            life.settle()
        if number % 50 == 49 or number == ROUNDS - 1:
            wait_until(lambda: trash_of(state) == {document.doc_id for life in lives for document in life.documents.values()
                                                   if document.in_trash}, LONGEST_LEASE, what="the end of what was emptied")
            wait_until(lambda: state.query("SELECT outbox_id FROM Outbox WHERE queue_name = 'blob.delete'") == [],
                       LONGEST_LEASE, what="the removals of blobs")
            wait_until(lambda: not state.spool(), LONGEST_LEASE, what="an empty spool/")
            check_places(lives, state)
    counts = {name: sum(life.counts.get(name, 0) for life in lives) for name in STEPS}
    print(f"{ROUNDS} rounds: {counts}")
    assert all(counts.values()), "the drill is worth nothing when a kind of step was never done"


def test_kill_while_files_are_taken_in(new_server):
    """The upgrade of what 0.1.0 has left, killed again and again: it goes on where it was, and takes in everything once."""
    rows, documents = 40_000, 50
    server = new_server().start()
    server.create_admin("taken@example.com", "Taken Admin", PASSWORD)
    state = State(server.data_directory, server.storage)
    with Person(server.address, "taken@example.com") as person:
        ids = [upload_text(person.log_in(), f"text {number}")["doc_id"] for number in range(documents)]
    server.stop()
    # As 0.1.0 leaves them: a name for the blob, and no row in a table that it does not know.
    state.execute("DELETE FROM Document_Files")
    state.execute(f"INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, sha256, blob_name) "
                  f"SELECT 'old ' || n, 1, 1, 'pending', '2026-01-01T00:00:00.000000', 'x', 'old/' || n FROM "
                  f"{numbers_below(rows)}")
    state.execute("UPDATE Daily_Looks SET due_at = '2000-01-01T00:00:00.000000', last_id = 0 WHERE name = 'document files'")
    choices, lives = random.Random(SEED), 0
    while state.count("Document_Files") < rows + documents:
        assert lives < 200, "it does not come to an end"
        server.start()
        # A little longer each time: a busy machine does nothing in so short a life.
        time.sleep(choices.uniform(0, 0.15 + lives / 50))
        server.kill()
        # Who was killed at it counts as being at it for a while, which nobody waits for here.
        state.execute("UPDATE Daily_Looks SET claimed_until = NULL, due_at = '2000-01-01T00:00:00.000000' "
                      "WHERE name = 'document files'")
        lives += 1
    assert state.query("SELECT doc_id FROM Document_Files GROUP BY doc_id HAVING COUNT(*) <> 1") == []
    server.start()
    with Person(server.address, "taken@example.com") as person:
        person.log_in()
        for number, doc_id in enumerate(ids):
            assert person.get(f"/docs/{doc_id}/download").content == f"text {number}".encode()
    print(f"{rows} files taken in over {lives} lives")
    assert lives > 1, "the drill is worth nothing when it was never killed under way"
