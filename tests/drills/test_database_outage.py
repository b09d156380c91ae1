"""The database goes away and comes back, under nodes that serve."""

import os
import threading
import time

import pytest

from support.client import PASSWORD, Client, Person, unique
from support.documents import wait_processed
from support.load import Load, uploaded
from support.postgres import Postgres
from support.proxy import Proxy
from support.server import Server, wait_until
from support.state import State

OUTAGE_SECONDS = 20 if os.environ.get("NASSAQ_FULL") else 8
NODES = 4


@pytest.fixture
def postgres():
    server = Postgres().start()
    yield server
    server.close()


@pytest.mark.longer
def test_four_nodes_live_through_an_outage(postgres):
    """Nothing that was answered 201 is lost or doubled, other answers are 503 only, and no node is started again."""
    settings = {"SQL_CONNECTION_STRING": postgres.connection_string(), "OCR_CONCURRENCY": 1}
    nodes = [Server(**settings)]
    shared = nodes[0].settings["DATA_DIR"]
    nodes += [Server(**settings, DATA_DIR=shared) for _ in range(NODES - 1)]
    try:
        threads = [threading.Thread(target=node.start) for node in nodes]  # All migrate the empty database at once.
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        nodes[0].create_admin("drill@example.com", "Drill Admin", PASSWORD)
        with Person(nodes[0].address, "drill@example.com") as person:
            token = person.log_in().access_token
            loads = [Load(node, token, f"node{number}") for number, node in enumerate(nodes)]
            time.sleep(3)
            postgres.stop()
            time.sleep(OUTAGE_SECONDS)
            assert Client(nodes[0].address).get("//").status_code == 204
            postgres.start()
            back = time.monotonic()
            time.sleep(8)
            for load in loads:
                load.stop()
            assert all(node.running for node in nodes)
            statuses = {answer.status for load in loads for answer in load.answers}
            assert statuses <= {201, 503} and 201 in statuses, statuses
            for load in loads:
                first = min(answer.moment for answer in load.answers if answer.status == 201 and answer.moment > back)
                assert first - back < 5, f"recovery took {first - back:.1f} s"
            check_documents(person, uploaded(loads))
    finally:
        for node in nodes:
            node.close()


def check_documents(person, answered):
    found = []
    while page := person.get("/docs/", params={"skip": len(found), "limit": 100}).json()["items"]:
        found += page
    names = [item["filename"] for item in found]
    assert len(names) == len(set(names)), "a document was stored twice"
    assert not set(answered) - set(names), "a document whose upload was answered is not there"
    for item in found:
        assert wait_processed(person, item["doc_id"], seconds=120)["status"] == "Finished"


@pytest.fixture
def node(postgres):
    """A server that reaches its database through a proxy; (server, proxy)."""
    proxy = Proxy(postgres.port)
    server = Server(SQL_CONNECTION_STRING=postgres.connection_string(port=proxy.port), SQL_CONNECT_TIMEOUT=3,
                    OCR_CONCURRENCY=1)
    yield server, proxy
    server.close()
    proxy.close()


@pytest.fixture
def person(node):
    server, _ = node
    server.start()
    server.create_admin("drill@example.com", "Drill Admin", PASSWORD)
    with Person(server.address, "drill@example.com") as person:
        yield person.log_in()


def test_connections_that_are_cut_are_replaced(node, person):
    _, proxy = node
    for _ in range(10):
        proxy.cut()
        assert person.get("/users/me").status_code == 200
    answers = {}
    stop = threading.Event()

    def cut_on():
        while not stop.wait(0.05):
            proxy.cut()

    thread = threading.Thread(target=cut_on)
    thread.start()
    end = time.monotonic() + 15
    while time.monotonic() < end:
        name = f"{unique('cut')}.txt"
        answers[name] = person.upload(name, f"words of {name}").status_code
    stop.set()
    thread.join()
    assert set(answers.values()) <= {201, 503}, answers
    wait_until(lambda: person.get("/users/me").status_code == 200, 5, what="an answer")
    check_documents(person, [name for name, status in answers.items() if status == 201])


def test_a_request_waits_for_a_database_that_wakes_up(node, person):
    _, proxy = node
    proxy.refuse()
    threading.Timer(3, proxy.heal).start()
    began = time.monotonic()
    assert person.get("/users/me").status_code == 200
    assert 2.5 < time.monotonic() - began < 6


def test_after_its_patience_it_says_503_at_once(node, person):
    server, proxy = node
    proxy.refuse()
    answer = person.get("/users/me")
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    began = time.monotonic()
    assert person.get("/users/me").status_code == 503
    assert time.monotonic() - began < 4
    assert person.get("//").status_code == 204
    ready = person.get("//healthz/ready")
    assert ready.status_code == 503 and ready.json()["checks"]["database"]["status"] == "down"
    proxy.heal()
    wait_until(lambda: person.get("/users/me").status_code == 200, 5, what="an answer")
    metrics = person.get("//metrics").text
    assert "nassaq_database_retries" in metrics and "nassaq_database_pool_in_use" in metrics
    assert not any("tests only" in line for line in server.log_lines), "the password is in the log"


def test_it_starts_when_the_database_has_woken_up(node):
    server, proxy = node
    proxy.refuse()
    threading.Timer(4, proxy.heal).start()
    server.start()
    assert sum("asked again" in line for line in server.log_lines) == 2  # After 2 and after 4 more seconds.


def test_it_does_not_start_without_a_database(node):
    server, proxy = node
    proxy.refuse()
    done = server.run("serve", SQL_MAX_RETRIES=1, SQL_RETRY_DELAY_BASE=1, SQL_START_PATIENCE=0)
    assert done.returncode == 1 and "cannot connect" in done.stderr and "tests only" not in done.stderr


@pytest.mark.slow
def test_a_connection_that_says_nothing_more_is_given_up(node, person):
    """The proxy takes every byte and answers none: only a clock of one's own tells."""
    _, proxy = node
    proxy.stall()
    began = time.monotonic()
    assert person.get("/users/me", timeout=90).status_code == 503
    assert time.monotonic() - began < 60
    assert person.get("//").status_code == 204
    proxy.heal()
    wait_until(lambda: person.get("/users/me").status_code == 200, 10, what="an answer")


def test_a_killed_backend_costs_no_request(node, postgres, person):
    server, _ = node
    state_of = State(server.data_directory)
    assert state_of.spool() == set()
    for _ in range(5):
        kill_backends(postgres)
        assert person.get("/users/me").status_code == 200
        assert person.patch("/users/me", json={"full_name": "Another Name"}).status_code == 200


def kill_backends(postgres):
    import pyodbc
    connection = pyodbc.connect(postgres.connection_string(), autocommit=True)
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                       "AND backend_type = 'client backend'").fetchall()
    connection.close()
