"""How often each operation waits for SQL Server: with a database on another machine, that is what it takes.

As tests/integration/test_round_trips.py does for PostgreSQL: of operations that have been done before, without what a node asks
by itself every second, and the least of several runs. FreeTDS, which has to prepare more often, may take half as many again.
"""

import pytest

from support.client import unique
from support.database import database
from support.documents import finish, pdf, upload_text
from support.round_trips import (COMMITS, MOST_OF_DELETE, MOST_OF_FINISH, MOST_OF_REQUESTS, least_of_several_runs,
                                 requests_of, statements_of_an_idle_node, transactions, trips_of_finish,
                                 until_the_commit_of_an_upload, upload_pages)
from support.tds_proxy import is_of_freetds

SERVER_SETTINGS = {"SQL_POOL_SIZE": 2}
RUNS = 7
IDLE_SECONDS = 5


@pytest.fixture(scope="module")
def most():
    factor = 1.5 if is_of_freetds(database().connection_string("master")) else 1
    return lambda number: factor * number


@pytest.fixture(scope="module")
def of_an_idle_node(node, proxy):
    return statements_of_an_idle_node(proxy, IDLE_SECONDS)


@pytest.fixture
def least(proxy, of_an_idle_node):
    return lambda operation, count=len, runs=RUNS: least_of_several_runs(proxy, of_an_idle_node, operation, count, runs)


@pytest.mark.parametrize("name", MOST_OF_REQUESTS)
def test_a_request(person, least, most, name):
    requests = requests_of(person)
    if name == "upload":  # Until the worker has nothing to do with it, so that the next one is counted alone.
        operation = lambda: finish(person, requests["upload"]()["doc_id"])
    else:
        operation = requests[name]
    assert least(operation, until_the_commit_of_an_upload if name == "upload" else len) <= most(MOST_OF_REQUESTS[name])


@pytest.mark.parametrize("pages", MOST_OF_FINISH)
def test_the_end_of_a_job(person, least, most, pages):
    """Of a document whose words are known, with its index."""
    def upload_and_finish():
        upload_pages(person, pages)

    upload_and_finish()
    trips = least(upload_and_finish, lambda trips: len(trips_of_finish(trips)), runs=3)
    assert 8 < trips <= most(MOST_OF_FINISH[pages])


def test_a_deletion(person, least, most):
    """With its blob and its text, which go at once when they can."""
    documents = [person.upload(f"{unique('pages')}.pdf", pdf(*(f"words of page {page}" for page in range(10)))).json()
                 for _ in range(RUNS)]
    for document in documents:
        finish(person, document["doc_id"])

    def delete():
        assert person.delete(f"/docs/{documents.pop()['doc_id']}").status_code == 200

    assert least(delete) <= most(MOST_OF_DELETE)


def test_what_holds_up_others_is_held_for_two_round_trips(proxy, person):
    """The lock of the events, which everybody who uploads or finishes takes, is behind everything else."""
    proxy.take()
    for _ in range(3):
        doc_id = upload_text(person, "some words")["doc_id"]
        finish(person, doc_id)
        assert person.post(f"/docs/{doc_id}/reprocess").status_code == 202
        finish(person, doc_id)
    found = [[trip.statement for trip in transaction if not trip.statement.startswith("sp_unprepare")]
             for transaction in transactions(proxy.take())]
    found = [statements for statements in found
             if any("INSERT INTO Document_Events" in statement for statement in statements)]
    assert len(found) >= 18  # Uploaded, begun, finished, queued again, begun, finished.
    for statements in found:
        [place] = [i for i, statement in enumerate(statements) if "INSERT INTO Document_Events" in statement]
        assert "sp_getapplock" in statements[place] and len(statements) == place + 2, statements
        assert statements[-1] in COMMITS
