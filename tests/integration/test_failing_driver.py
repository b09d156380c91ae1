"""A node whose database fails as SQL Server and Azure SQL do, by their numbers: through an ODBC driver of ours that fails as
it is told, over a real PostgreSQL. Nothing is lost, nothing is done twice, the node serves again by itself, and no thread
waits for longer than its limit."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from support.client import PASSWORD, Client, Person, unique
from support.failing_driver import DRIVER, FailingDriver, Rule
from support.load import SteadyUploads, assert_stored_once, documents_named, text_of, upload
from support.postgres import Postgres
from support.server import Server, wait_until

EMAIL = "admin@example.com"
OUTAGE_SECONDS = 70 if os.environ.get("NASSAQ_FULL") else 4
# Of a statement 30 s, and of its answer 5 s more; looked at every half second.
LONGEST_CALL = 37
POOL_SIZE = 6
STORING = "INSERT INTO Documents"
READING_THE_CALLER = "FROM Users u"


@pytest.fixture(scope="module")
def postgres():
    assert DRIVER.is_file(), f"there is no {DRIVER}: scripts/build release"
    server = Postgres().start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def driver(postgres, tmp_path_factory):
    return FailingDriver(postgres, tmp_path_factory.mktemp("driver"))


@pytest.fixture(scope="module")
def node(driver):
    server = Server(SQL_CONNECTION_STRING=driver.connection_string(), SQL_CONNECT_TIMEOUT=2, SQL_POOL_SIZE=POOL_SIZE)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    yield server
    driver.heal()
    server.close()


@pytest.fixture
def person(node, driver):
    driver.heal()
    with Person(node.address, EMAIL) as person:
        yield person.log_in()
    driver.heal()


@contextmanager
def healed_after(driver, seconds):
    timer = threading.Timer(seconds, driver.heal)
    timer.start()
    yield
    timer.join()


# -- The start


@pytest.mark.longer
@pytest.mark.parametrize("numbers", [(40613,), (4060, 18456), (10928,)], ids=str)
def test_the_start_waits_for_a_database_that_wakes_up(driver, new_server, numbers):
    server = new_server(SQL_CONNECTION_STRING=driver.connection_string(), SQL_MAX_RETRIES=0)
    driver.follow(Rule("connect", "fail", numbers=numbers))
    began = time.monotonic()
    with healed_after(driver, OUTAGE_SECONDS):
        server.start()
    assert OUTAGE_SECONDS < time.monotonic() - began < OUTAGE_SECONDS + 15
    assert Client(server.address).get("//healthz/ready").status_code == 200
    told = [line for line in server.log_lines if "asked again" in line]
    assert told and str(numbers[0]) in told[0] and not any("tests only" in line for line in server.log_lines)


@pytest.mark.longer
@pytest.mark.parametrize("command", ["migrate", "doctor", "jobs list"])
def test_commands_wait_too_and_say_so(driver, node, command):
    driver.follow(Rule("connect", "fail", numbers=(40613,)))
    with healed_after(driver, OUTAGE_SECONDS):
        done = node.run(*command.split(), timeout=OUTAGE_SECONDS + 30, SQL_MAX_RETRIES=0)
    assert "asked again" in done.stderr and "40613" in done.stderr and "tests only" not in done.stderr
    assert "has the current schema" in done.stdout if command == "migrate" else "cannot connect" not in done.stdout


def test_the_patience_of_a_start_has_an_end(driver, node):
    driver.follow(Rule("connect", "fail", numbers=(40613,)))
    began = time.monotonic()
    done = node.run("migrate", SQL_MAX_RETRIES=0, SQL_START_PATIENCE=3)
    assert done.returncode == 1 and "40613" in done.stderr
    assert 2 < time.monotonic() - began < 10
    driver.heal()


def test_a_wrong_password_is_told_at_once(driver, node):
    driver.follow(Rule("connect", "fail", numbers=(18456,)))
    began = time.monotonic()
    done = node.run("serve", "--with-worker")
    driver.heal()
    assert done.returncode == 1 and "Login failed" in done.stderr and "asked again" not in done.stderr
    assert time.monotonic() - began < 10


def test_a_node_that_waits_can_be_stopped(driver, new_server):
    server = new_server(SQL_CONNECTION_STRING=driver.connection_string())
    driver.follow(Rule("connect", "fail", numbers=(40613,)))
    starting = ThreadPoolExecutor(1).submit(server.start)
    wait_until(lambda: any("asked again" in line for line in server.log_lines), what="a node that waits")
    began = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.wait() == 1
    assert time.monotonic() - began < 5
    assert starting.exception() is not None
    driver.heal()
    server.start()  # So that it can end well.


# -- Errors of statements


@pytest.mark.parametrize("number, status, retry_after", [
    (40501, 503, "10"), (10928, 503, "10"), (40549, 503, "10"), (701, 503, "10"), (1204, 503, "2"),
    (9002, 507, None), (1105, 507, None), (40552, 507, None)])
def test_what_the_database_cannot_do_now_is_told_and_asked_once(driver, person, number, status, retry_after):
    driver.follow(Rule("execute", "fail", READING_THE_CALLER, numbers=(number,)))
    answer = person.get("/users/me")
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after), answer.text
    assert driver.times_met() == 1, "it was asked again at once"
    driver.heal()
    assert person.get("/users/me").status_code == 200


@pytest.mark.parametrize("number, status", [(40501, 503), (10929, 503), (9002, 507), (1101, 507)])
def test_an_upload_that_there_is_no_room_or_time_for_leaves_nothing(driver, node, person, number, status):
    name = f"{unique('refused')}.txt"
    blobs = node.storage.names()
    driver.follow(Rule("execute", "fail", STORING, numbers=(number,)))
    assert upload(person, name).status_code == status
    assert driver.times_met() == 1
    driver.heal()
    assert documents_named(person, name) == []
    wait_until(lambda: node.storage.names() == blobs, what="the end of the blob")
    assert upload(person, name).status_code == 201
    assert_stored_once(person, name)


@pytest.mark.parametrize("number", [1205, 3960, 3906, 40613, 983], ids=str)
def test_what_was_undone_for_certain_is_done_again(driver, person, number):
    name = f"{unique('again')}.txt"
    driver.follow(Rule("execute", "fail", STORING, times=1, numbers=(number,)))
    assert upload(person, name).status_code == 201
    assert driver.times_met() == 1
    assert_stored_once(person, name)


def test_a_victim_of_a_deadlock_in_the_middle_of_a_transaction(driver, person):
    """Its first statements are done already, and undone with it."""
    name = f"{unique('victim')}.txt"
    driver.follow(Rule("execute", "fail", "INSERT INTO Document_Events", times=1, numbers=(1205,)))
    assert upload(person, name).status_code == 201
    assert driver.times_met() == 1
    assert_stored_once(person, name)


# -- COMMIT


def test_a_commit_whose_answer_is_lost_is_not_repeated(driver, person):
    name = f"{unique('done')}.txt"
    driver.follow(Rule("commit", "lose-answer", STORING, times=1))
    answer = upload(person, name)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "2"
    assert driver.times_met() == 1
    assert_stored_once(person, name)  # With its blob.
    assert upload(person, name).status_code == 409


def test_a_lost_answer_is_found_again_by_a_key(driver, person):
    """Whose client names its upload by a key need not know what has become of it: the same upload is stored once, and
    answered as what it is."""
    name = f"{unique('keyed')}.txt"
    driver.follow(Rule("commit", "lose-answer", STORING, times=1))
    first, again = (person.post("/docs/upload", files={"file": (name, text_of(name), "text/plain")},
                                headers={"Idempotency-Key": name}) for _ in range(2))
    assert driver.times_met() == 1
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["doc_id"] == again.json()["doc_id"]
    assert_stored_once(person, name)


def test_a_commit_that_never_came_has_done_nothing(driver, person):
    name = f"{unique('undone')}.txt"
    driver.follow(Rule("commit", "lose", STORING, times=1))
    assert upload(person, name).status_code == 503
    assert documents_named(person, name) == []
    assert upload(person, name).status_code == 201
    assert_stored_once(person, name)


@pytest.mark.longer
def test_what_a_commit_that_never_came_leaves_goes_with_a_sweep(driver, new_server):
    """Nobody can know that it never came, so the blob stays; a sweep finds that no document has it. Sweeps are a minute
    apart here, as short as they can be; otherwise what is left is as old as BLOB_ORPHAN_GRACE_MINUTES before it goes."""
    node = new_server(SQL_CONNECTION_STRING=driver.connection_string(), BLOB_ORPHAN_GRACE_MINUTES=0)
    node.start()
    with Person(node.address, EMAIL) as person:
        person.log_in()
        wait_until(lambda: sweeps(node), what="the sweep of the start")
        names = node.storage.names()
        driver.follow(Rule("commit", "lose", STORING, times=1))
        assert upload(person, f"{unique('left')}.txt").status_code == 503
        driver.heal()
        began = time.monotonic()
        assert len(node.storage.names() - names) == 1
        wait_until(lambda: node.storage.names() == names, 100, what="the end of the blob")
        assert time.monotonic() - began < 75
    wait_until(lambda: any("a blob that no document has is removed" in line for line in node.log_lines), what="its line")


def sweeps(node):
    return sum("the storage was compared with the documents" in line for line in node.log_lines)


@pytest.mark.slow
def test_a_commit_that_hangs_frees_its_thread(driver, node, person):
    """It is done, but the network swallows everything from then on: what comes of a failover at the wrong moment."""
    name = f"{unique('hanging')}.txt"
    driver.follow(Rule("commit", "hang-answer", STORING, times=1))
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(upload, person, name)
        wait_until(lambda: driver.times_met() == 1, what="a COMMIT that hangs")
        with Client(node.address, person.access_token) as other:
            assert other.get("/users/me").status_code == 200
        assert answer.result().status_code == 503
    assert 29 < time.monotonic() - began < LONGEST_CALL
    assert_stored_once(person, name)


# -- Outages


@pytest.mark.longer
def test_a_database_that_sleeps_in_the_middle(driver, node, person, postgres):
    """All connections go, and new ones are refused as Azure SQL does while a database wakes up."""
    with SteadyUploads(node, person.access_token, "sleep") as uploads:
        uploads.wait_for_more(6)
        driver.follow(Rule("connect", "fail", numbers=(40613,)), Rule("any", "lose"))
        with healed_after(driver, OUTAGE_SECONDS):
            pass
        healed = time.monotonic()
        uploads.wait_for_more(6)
    assert node.running
    answers = uploads.answers
    assert {answer.status for answer in answers} <= {201, 503}, answers
    first = min(answer.moment for answer in answers if answer.status == 201 and answer.moment > healed)
    assert first - healed < 10
    for name in uploads.filenames:
        assert_stored_once(person, name)
    assert connections_to(postgres) <= POOL_SIZE + 1


@pytest.mark.slow
def test_a_black_hole(driver, node, person, postgres):
    """Whatever is sent is swallowed, on all connections and on new ones."""
    clients = 2 * POOL_SIZE
    with ThreadPoolExecutor(clients) as pool:
        with SteadyUploads(node, person.access_token, "hole") as uploads:
            uploads.wait_for_more(6)
            driver.follow(Rule("connect", "hang"), Rule("any", "hang"))
            began = time.monotonic()
            times = list(pool.map(lambda _: time_of_a_request(node, person), range(clients)))
            assert max(times) < LONGEST_CALL + 5, times
            assert Client(node.address).get("//").status_code == 204
            time.sleep(max(0, LONGEST_CALL + 1 - (time.monotonic() - began)))  # Until each that hung has been given up.
            driver.heal()
            healed = time.monotonic()
            wait_until(lambda: person.get("/users/me").status_code == 200, 10, what="a node that serves again")
            assert time.monotonic() - healed < 10
            uploads.wait_for_more(6)
    assert {answer.status for answer in uploads.answers} <= {201, 503}, uploads.answers
    for name in uploads.filenames:
        assert_stored_once(person, name)
    assert connections_to(postgres) <= POOL_SIZE + 1


def time_of_a_request(node, person):
    began = time.monotonic()
    with Client(node.address, person.access_token) as client:
        assert client.get("/users/me", timeout=120).status_code in (200, 503)
    return time.monotonic() - began


def connections_to(postgres):
    """Those that were given up are gone: neither the server nor the node keeps any."""
    import pyodbc
    connection = pyodbc.connect(postgres.connection_string(), autocommit=True)
    try:
        return connection.execute("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'nassaq'").fetchone()[0]
    finally:
        connection.close()
