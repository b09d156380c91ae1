"""How often each operation waits for PostgreSQL: with a database on another machine, that is what it takes.

Counted by a proxy, of operations that have been done before, so that their statements are prepared. What a node asks by
itself every second is left out, and what it does now and then may come in between, so that the least of several runs counts.
"""

import json
import re
import time
from contextlib import closing, contextmanager
from graphlib import TopologicalSorter
from itertools import pairwise, product

import pyodbc
import pytest

from support.client import PASSWORD, Person, create_person, unique
from support.documents import finish, pdf, upload_text, wait_processed
from support.round_trips import (postgres_behind_a_proxy, requests_of, transactions, trips_of_finish,
                                 until_the_commit_of_an_upload, upload_pages)
from support.server import Server, wait_until

EMAIL = "admin@example.com"
RUNS = 7
IDLE_SECONDS = 3
# Each with the look at who calls.
MOST_OF_REQUESTS = {"/users/me": 1, "list": 4, "log-in": 5, "details": 3, "download": 2, "search": 3, "upload": 12}
MOST_OF_DELETE = 16
MOST_OF_FINISH = {10: 16, 200: 45}
MOST_OF_FORGETTING = 20  # 121 words.


@pytest.fixture(scope="module")
def proxy():
    with postgres_behind_a_proxy() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def person(proxy):
    server = Server(SQL_CONNECTION_STRING=proxy.postgres.connection_string(port=proxy.port), SQL_POOL_SIZE=2)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    with Person(server.address, EMAIL) as person:
        person.log_in()
        proxy.take()
        time.sleep(IDLE_SECONDS)
        proxy.of_an_idle_node = {trip.statement for trip in proxy.take()} - {"BEGIN", "COMMIT"}
        yield person
    server.close()


def least(proxy, operation, count=len):
    """The smallest `count(round trips)` of several runs."""
    counts = []
    for _ in range(RUNS):
        proxy.take()
        operation()
        counts.append(count([trip for trip in proxy.take() if trip.statement not in proxy.of_an_idle_node]))
    return min(counts)


@pytest.mark.parametrize("name", MOST_OF_REQUESTS)
def test_a_request(proxy, person, name):
    operation = requests_of(person)[name]
    assert least(proxy, operation, until_the_commit_of_an_upload if name == "upload" else len) <= MOST_OF_REQUESTS[name]


@pytest.mark.parametrize("pages", MOST_OF_FINISH)
def test_the_end_of_a_job(proxy, person, pages):
    """Of a document whose words are known, with its index."""
    def upload_and_finish():
        upload_pages(person, pages)

    upload_and_finish()
    trips = least(proxy, upload_and_finish, lambda trips: len(trips_of_finish(trips)))
    assert 8 < trips <= MOST_OF_FINISH[pages]


def test_a_deletion(proxy, person):
    """With its blob and its text, which go at once when they can."""
    counts = []
    for _ in range(RUNS):
        document = person.upload(f"{unique('pages')}.pdf", pdf(*(f"words of page {page}" for page in range(10)))).json()
        finish(person, document["doc_id"])
        proxy.take()
        assert person.delete(f"/docs/{document['doc_id']}").status_code == 200
        counts.append(len([trip for trip in proxy.take() if trip.statement not in proxy.of_an_idle_node]))
    assert min(counts) <= MOST_OF_DELETE


def test_the_words_that_go_with_a_document(proxy, person):
    """Those that no other has, behind the deletion: a set at a time, not one by one."""
    words = ["gone" + first + second for first, second in product("abcdefghijk", repeat=2)]
    doc_id = upload_text(person, " ".join(words))["doc_id"]
    finish(person, doc_id)
    with look_past(proxy) as database:
        is_quiet = lambda: database.execute("SELECT COUNT(*) FROM Search_Leftovers").fetchone()[0] == 0
        wait_until(is_quiet, what="the end of what others have left")
        proxy.take()
        assert person.delete(f"/docs/{doc_id}").status_code == 200
        wait_until(is_quiet, what="the end of the words")
        left = database.execute("SELECT COUNT(*) FROM Search_Vocabulary WHERE word LIKE 'gone%'").fetchone()[0]
    found = [trip.statement for trip in proxy.take() if re.search("Search_Vocabulary|Search_Trigrams", trip.statement)]
    assert left == 0 and 2 < len(found) <= MOST_OF_FORGETTING, found


@contextmanager
def look_past(proxy):
    """A connection of our own, which is not counted."""
    with closing(pyodbc.connect(proxy.postgres.connection_string(), autocommit=True)) as connection:
        yield connection


def test_what_is_one_statement_is_one_round_trip(proxy, person):
    """A server makes a transaction of it by itself: of taking a message, of its end, and of that of one in the outbox, as a
    document that cannot be read leaves it."""
    of_one = ("UPDATE Job_Queue SET claimed_until", "DELETE FROM Job_Queue", "DELETE FROM Outbox WHERE outbox_id")
    claim = "UPDATE Processing_Status SET status = 'Processing'"
    proxy.take()
    finish(person, upload_text(person, "some words")["doc_id"])
    wait_processed(person, person.upload(f"{unique('broken')}.pdf", b"%PDF-1.7\nnothing else").json()["doc_id"])
    trips = []
    wait_until(lambda: trips.extend(proxy.take()) or all(of_statement(trips, text) for text in (*of_one, claim)),
               what="the end of a message")
    for text in of_one:
        assert all(len(transaction) == 1 for transaction in of_statement(trips, text)), text
    assert all(len(transaction) <= 5 for transaction in of_statement(trips, claim))


def test_a_message_is_given_back_in_one_round_trip(proxy, person):
    """By a worker that could not even begin."""
    doc_id = upload_text(person, "some words")["doc_id"]
    finish(person, doc_id)
    body = json.dumps({"doc_id": doc_id, "file_path": "http://127.0.0.1/documents/none", "filename": "none.txt"})
    trips = []
    with look_past(proxy) as database, without_table(database, "Page_Usage"):
        proxy.take()
        database.execute("INSERT INTO Job_Queue (queue_name, message_id, body, enqueued_at, deliveries) "
                         "VALUES ('ocr_queue', 'given back', ?, '2026-01-01', 0)", body)
        text = "UPDATE Job_Queue SET claimed_until = NULL"
        wait_until(lambda: trips.extend(proxy.take()) or of_statement(trips, text), what="a message that is given back")
    assert all(len(transaction) == 1 for transaction in of_statement(trips, text))


@contextmanager
def without_table(database, name):
    database.execute(f"ALTER TABLE {name} RENAME TO {name}_away")
    try:
        yield
    finally:
        database.execute(f"ALTER TABLE {name}_away RENAME TO {name}")


def of_statement(trips, text):
    """The transactions that are over and have a statement with that text."""
    return [transaction for transaction in transactions(trips) if any(text in trip.statement for trip in transaction)]


def test_what_holds_up_others_is_held_for_two_round_trips(proxy, person):
    """The lock of the events, which everybody who uploads or finishes takes, is behind everything else."""
    proxy.take()
    for _ in range(3):
        doc_id = upload_text(person, "some words")["doc_id"]
        finish(person, doc_id)
        assert person.post(f"/docs/{doc_id}/reprocess").status_code == 202
        finish(person, doc_id)
    found = [[trip.statement for trip in transaction] for transaction in transactions(proxy.take())]
    found = [statements for statements in found
             if any("INSERT INTO Document_Events" in statement for statement in statements)]
    assert len(found) >= 18  # Uploaded, begun, finished, queued again, begun, finished.
    for statements in found:
        [place] = [i for i, statement in enumerate(statements) if "INSERT INTO Document_Events" in statement]
        assert statements[place].startswith("WITH lock AS") and statements[place + 1:] == ["COMMIT"], statements


def test_named_locks_are_taken_in_one_order(proxy, person):
    """Nobody who holds one of a kind waits for one of another whose holder waits for one of the first."""
    proxy.take()
    take_all_locks(person)
    before = {}
    for transaction in transactions(proxy.take()):
        for first, second in pairwise(kind_of(lock) for trip in transaction for lock in trip.locks):
            if first != second:
                before.setdefault(second, set()).add(first)
    TopologicalSorter(before).prepare()  # Raises CycleError.
    kinds = before.keys() | set().union(*before.values())
    assert kinds >= KINDS_OF_LOCKS, before
    assert not any("document events" in earlier for earlier in before.values()), before


KINDS_OF_LOCKS = {"administrators", "blob", "document events", "paths", "search words of user", "user"}


def kind_of(lock):
    return "blob" if lock.startswith("blob ") else re.sub(r" \d+$", "", lock)


def take_all_locks(admin):
    path = unique("folder")
    assert admin.post("/paths/", json={"full_path": path}).status_code == 201
    with create_person(admin) as owner:
        doc_id = upload_text(owner, "words of their own", f"{unique('locks')}.txt", full_path=path)["doc_id"]
        finish(owner, doc_id)
        for change in ({"filename": f"{unique('renamed')}.txt"}, {"full_path": "/"}, {"full_path": path}):
            assert owner.patch(f"/docs/{doc_id}", json=change).is_success
        assert owner.post(f"/docs/{doc_id}/reprocess").status_code == 202
        finish(owner, doc_id)
        [path_id] = [one["id"] for one in admin.get(f"/paths/?prefix={path}").json() if one["full_path"] == path]
        assert admin.patch(f"/paths/{path_id}", json={"full_path": unique("moved")}).is_success
        assert admin.put(f"/users/{owner.user_id}/quota", json={"documents": 1_000}).is_success
        finish(owner, upload_text(owner, "others")["doc_id"])
        assert owner.patch("/users/me", json={"full_name": "Another Name"}).is_success
        for change in ({"role_id": 99}, {"role_id": 1}):
            assert admin.patch(f"/users/{owner.user_id}", json=change).is_success
        owner.log_in()
        for document in owner.get("/docs/me").json()["items"]:
            assert owner.delete(f"/docs/{document['doc_id']}").is_success
        owner.post("/auth/logout")
        assert admin.delete(f"/users/{owner.user_id}").status_code == 204
