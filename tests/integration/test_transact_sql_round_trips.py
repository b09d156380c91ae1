"""How often each operation would wait for SQL Server, where there is none: as tests/mssql/test_round_trips.py counts it on a
real one, and with the same bars. The node sends its T-SQL; what is counted is what that becomes on its way to the PostgreSQL
behind the translator (support/transact_sql.py), where a batch is one statement, as it is one message to SQL Server.
"""

from contextlib import closing

import pyodbc
import pytest

from support.client import PASSWORD, Person, unique
from support.documents import finish, pdf
from support.round_trips import (MOST_OF_DELETE, MOST_OF_FINISH, MOST_OF_REQUESTS, least_of_several_runs,
                                 postgres_behind_a_proxy, requests_of, statements_of_an_idle_node, trips_of_finish,
                                 until_the_commit_of_an_upload, upload_pages)
from support.server import Server
from support.transact_sql import TransactSql

EMAIL = "admin@example.com"
RUNS = 12
IDLE_SECONDS = 3


@pytest.fixture(scope="module")
def proxy():
    with postgres_behind_a_proxy() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def person(proxy, tmp_path_factory):
    server = Server(SQL_CONNECTION_STRING=proxy.postgres.connection_string(), SQL_POOL_SIZE=2)
    assert server.run("migrate").returncode == 0
    transact = TransactSql(proxy.postgres, tmp_path_factory.mktemp("transact"))
    with closing(pyodbc.connect(proxy.postgres.connection_string(), autocommit=True)) as connection:
        transact.prepare(connection)
    server.settings["SQL_CONNECTION_STRING"] = transact.connection_string(port=proxy.port)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    with Person(server.address, EMAIL) as person:
        yield person.log_in()
    server.close()
    transact.close()
    assert not transact.refused


@pytest.fixture(scope="module")
def of_an_idle_node(person, proxy):
    return statements_of_an_idle_node(proxy, IDLE_SECONDS)


@pytest.fixture
def least(proxy, of_an_idle_node):
    return lambda operation, count=len: least_of_several_runs(proxy, of_an_idle_node, operation, count, RUNS)


@pytest.fixture(scope="module")
def requests(person):
    return requests_of(person)


@pytest.mark.parametrize("name", MOST_OF_REQUESTS)
def test_a_request(person, requests, least, name):
    if name == "upload":  # Until the worker has nothing to do with it, so that the next one is counted alone.
        trips = least(lambda: finish(person, requests[name]()["doc_id"]), until_the_commit_of_an_upload)
    else:
        requests[name]()
        trips = least(requests[name])
    assert trips <= MOST_OF_REQUESTS[name]


@pytest.mark.parametrize("pages", MOST_OF_FINISH)
def test_the_end_of_a_job(person, least, pages):
    """Of a document whose words are known, with its index."""
    upload_pages(person, pages)
    trips = least(lambda: upload_pages(person, pages), lambda trips: len(trips_of_finish(trips)))
    assert 8 < trips <= MOST_OF_FINISH[pages]


def test_a_deletion(person, least):
    """With its blob and its text, which go at once when they can."""
    documents = [person.upload(f"{unique('pages')}.pdf", pdf(*(f"words of page {page}" for page in range(10)))).json()
                 for _ in range(RUNS)]
    for document in documents:
        finish(person, document["doc_id"])

    def delete():
        assert person.delete(f"/docs/{documents.pop()['doc_id']}").status_code == 200

    assert least(delete) <= MOST_OF_DELETE
