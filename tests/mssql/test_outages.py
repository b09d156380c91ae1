"""What a server or the network before it does wrong, on the wire of SQL Server: nothing is lost, nothing is done twice, and
the node serves again by itself."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.client import Client, unique
from support.load import SteadyUploads, assert_stored_once, documents_named, upload
from support.server import wait_until

POOL_SIZE = 6
SERVER_SETTINGS = {"SQL_CONNECT_TIMEOUT": 3, "SQL_POOL_SIZE": POOL_SIZE}
# Of a statement 30 s, and of its answer 5 s more; looked at every half second.
LONGEST_CALL = 37


def test_a_commit_whose_answer_is_cut_is_not_repeated(proxy, person):
    name = f"{unique('done')}.txt"
    proxy.cut_behind_commit(name)
    met = proxy.faults_met
    answer = upload(person, name)
    assert proxy.faults_met == met + 1
    assert answer.status_code == 503 and answer.headers["retry-after"] == "2"
    assert_stored_once(person, name)  # With its blob.
    assert upload(person, name).status_code == 409


def test_a_commit_that_never_came_has_done_nothing(proxy, person):
    name = f"{unique('undone')}.txt"
    proxy.cut_before_commit(name)
    met = proxy.faults_met
    assert upload(person, name).status_code == 503
    assert proxy.faults_met == met + 1
    assert documents_named(person, name) == []
    assert upload(person, name).status_code == 201
    assert_stored_once(person, name)


@pytest.mark.parametrize("number", [1205, 40613], ids=str)
def test_what_was_undone_for_certain_is_done_again(proxy, person, number):
    name = f"{unique('again')}.txt"
    proxy.fail("INSERT INTO Documents", number)
    met = proxy.faults_met
    assert upload(person, name).status_code == 201
    assert proxy.faults_met == met + 1
    assert_stored_once(person, name)


@pytest.mark.parametrize("number, status, retry_after", [(40501, 503, "10"), (1105, 507, None)])
def test_what_the_database_cannot_do_now_is_told(proxy, person, number, status, retry_after):
    name = f"{unique('refused')}.txt"
    proxy.fail("INSERT INTO Documents", number)
    answer = upload(person, name)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after), answer.text
    assert documents_named(person, name) == []
    assert upload(person, name).status_code == 201
    assert_stored_once(person, name)


def test_a_black_hole(node, proxy, person):
    """Whatever is sent is swallowed, on all connections and on new ones, until the network is well again."""
    clients = 2 * POOL_SIZE
    with ThreadPoolExecutor(clients) as pool, SteadyUploads(node, person.access_token, unique("hole")) as uploads:
        uploads.wait_for_more(6)
        proxy.swallow()
        began = time.monotonic()
        times = list(pool.map(lambda _: time_of_a_request(node, person), range(clients)))
        assert max(times) < LONGEST_CALL + 5, times
        assert Client(node.address).get("//").status_code == 204
        time.sleep(max(0, LONGEST_CALL + 1 - (time.monotonic() - began)))  # Until each that hung has been given up.
        proxy.heal()
        healed = time.monotonic()
        wait_until(lambda: person.get("/users/me").status_code == 200, 10, what="a node that serves again")
        print(f"longest request {max(times):.1f} s, served again after {time.monotonic() - healed:.1f} s")
        uploads.wait_for_more(6)
    assert {answer.status for answer in uploads.answers} <= {201, 503}, uploads.answers
    for name in uploads.filenames:
        assert_stored_once(person, name)


def time_of_a_request(node, person):
    began = time.monotonic()
    with Client(node.address, person.access_token) as client:
        assert client.get("/users/me", timeout=120).status_code in (200, 503)
    return time.monotonic() - began
