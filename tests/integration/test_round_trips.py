"""How often each operation waits for PostgreSQL: with a database on another machine, that is what it takes.

Counted by a proxy, of operations that have been done before, so that their statements are prepared. What a node asks by
itself every second is left out, and what it does now and then may come in between, so that the least of several runs counts.
"""

import time

import pytest

from support.client import PASSWORD, Person, unique
from support.documents import finish, pdf, upload_text
from support.postgres import Postgres
from support.round_trips import (CountingProxy, requests_of, transactions, trips_of_finish, until_the_commit_of_an_upload,
                                 upload_pages)
from support.server import Server

EMAIL = "admin@example.com"
RUNS = 7
IDLE_SECONDS = 3
# Each with the look at who calls.
MOST_OF_REQUESTS = {"/users/me": 1, "list": 4, "log-in": 5, "details": 3, "download": 2, "search": 3, "upload": 12}
MOST_OF_DELETE = 16
MOST_OF_FINISH = {10: 16, 200: 45}


@pytest.fixture(scope="module")
def proxy():
    postgres = Postgres().start()
    proxy = CountingProxy(postgres.port)
    proxy.postgres = postgres
    yield proxy
    proxy.close()
    postgres.close()


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


def test_what_holds_up_others_is_held_for_two_round_trips(proxy, person):
    """The lock of the events, which everybody who uploads or finishes takes, is behind everything else."""
    proxy.take()
    for _ in range(3):
        finish(person, upload_text(person, "some words")["doc_id"])
    found = [[trip.statement for trip in transaction] for transaction in transactions(proxy.take())]
    found = [statements for statements in found
             if any("INSERT INTO Document_Events" in statement for statement in statements)]
    assert len(found) >= 9  # Uploaded, begun, finished.
    for statements in found:
        [place] = [i for i, statement in enumerate(statements) if "INSERT INTO Document_Events" in statement]
        assert statements[place].startswith("WITH lock AS") and statements[place + 1:] == ["COMMIT"], statements
