"""Starting, stopping and starting again (platform.md section 6)."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from support.client import PASSWORD, Client, Person
from support.documents import TEST_DATA, finish, upload_text
from support.raw import RawConnection, request
from support.server import wait_until
from support.state import State


@pytest.fixture
def server(new_server):
    return new_server().start()


@pytest.fixture
def person(server):
    server.create_admin("admin@example.com", "Admin Person", PASSWORD)
    with Person(server.address, "admin@example.com") as person:
        yield person.log_in()


def half_an_upload(server, person):
    """An upload whose last byte is missing: the connection and that byte."""
    body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\nslow words\r\n--b--\r\n')
    connection = RawConnection(server)
    connection.send(request("POST", "/api/v1/docs/upload", "Content-Type: multipart/form-data; boundary=b",
                            f"Authorization: Bearer {person.access_token}", f"Content-Length: {len(body)}") + body[:-1])
    time.sleep(0.3)
    return connection, body[-1:]


def test_the_first_204_comes_soon(new_server):
    server = new_server(LOG_LEVEL="info")
    start = time.monotonic()
    server.start()
    with Client(server.address) as client:
        assert client.get("//").status_code == 204
    assert time.monotonic() - start < 5


def test_one_line_says_what_serves(server):
    (line,) = [entry for entry in server.log() if entry["message"] == "serving"]
    version = server.run("--version").stdout.split()[1]
    assert version in map(str, line.values())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(server, number):
    """Even with connections that are kept alive."""
    with Client(server.address) as client, RawConnection(server) as silent:
        client.get("//")
        start = time.monotonic()
        server.signal(number)
        assert server.wait() == 0
        assert time.monotonic() - start < 5
        assert silent.is_closed()


def test_a_request_in_flight_finishes(server, person):
    connection, last = half_an_upload(server, person)
    with connection:
        server.signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(OSError):  # nobody new is let in
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        connection.send(last)
        response = connection.read_response()
        assert response.status == 201
        assert server.wait() == 0
    # And what was answered is there after a restart.
    doc_id = response.json()["doc_id"]
    server.start()
    with Client(server.address, person.access_token) as client:
        assert client.get(f"/docs/{doc_id}/download").content == b"slow words"
        finish(client, doc_id)


def test_a_second_signal_stops_at_once(server, person):
    connection, _ = half_an_upload(server, person)
    with connection:
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.running
        server.signal(signal.SIGTERM)
        server.wait()
        assert time.monotonic() - start < 8


def test_everything_outlives_a_restart(server, person):
    document = upload_text(person, "kept words", "kept.txt", description="kept")
    before = person.profile()
    assert server.stop() == 0
    server.start()
    with Client(server.address, person.access_token) as client:
        assert client.get("/users/me").json() == before
        finish(client, document["doc_id"])
        assert client.get(f"/docs/{document['doc_id']}/text").json()["text"].strip() == "kept words"
        assert client.login("admin@example.com").status_code == 200


def test_a_data_folder_may_be_named_from_where_one_stands(new_server):
    """As the default is: extraction works elsewhere, and must find it all the same."""
    server = new_server(DATA_DIR="state", BLOB_STORAGE_TYPE="local")
    server.start()
    server.create_admin("admin@example.com", "Admin Person", PASSWORD)
    with Person(server.address, "admin@example.com") as person:
        person.log_in()
        letter = TEST_DATA / "letter.pdf"
        document = person.post("/docs/upload", files={"file": (letter.name, letter.read_bytes())}).json()
        finish(person, document["doc_id"])
    assert (server.working_directory / "state/blobs").is_dir()


def test_jobs_outlive_a_restart(server, person):
    """Stopped with a queue full of work, it goes on where it was."""
    documents = [upload_text(person, f"words {number}") for number in range(25)]
    assert server.stop() == 0
    server.start()
    with Client(server.address, person.access_token) as client:
        for document in documents:
            finish(client, document["doc_id"])
    state = State(server.data_directory, server.storage)
    assert state.count("Processing_Status") == state.count("Ocr_Results") == 25


def test_rubbish_of_an_earlier_life_is_cleared(server, person):
    """A spool file that no living process is writing belongs to one that was killed."""
    state = State(server.data_directory, server.storage)
    connection, _ = half_an_upload(server, person)
    with connection:
        wait_until(state.spool, what="a spool file")
        server.kill()
    assert state.spool()
    server.start()
    wait_until(lambda: not state.spool(), what="an empty spool/")
    assert state.blobs() == set() and state.count("Documents") == 0


def test_sighup_without_tls_changes_nothing(server):
    server.signal(signal.SIGHUP)
    wait_until(lambda: any("nothing to reload" in entry["message"] for entry in server.log()), 90)
    with Client(server.address) as client:
        assert client.get("//").status_code == 204


def test_signals_change_the_log_level(new_server):
    """Told each time, and no further than debug and error."""
    server = new_server(LOG_LEVEL="info").start()

    def changes():
        return [(entry["before"], entry["now"]) for entry in server.log() if entry["message"] == "the log level is set"]

    expected = []
    for number, before, now in [(signal.SIGUSR1, "info", "debug"), (signal.SIGUSR1, "debug", "debug"),
                                (signal.SIGUSR2, "debug", "info"), (signal.SIGUSR2, "info", "warning"),
                                (signal.SIGUSR2, "warning", "error"), (signal.SIGUSR2, "error", "error"),
                                (signal.SIGUSR1, "error", "warning")]:
        server.signal(number)
        expected.append((before, now))
        wait_until(lambda: changes() == expected, 90, what=f"{before} to {now}")
    with Client(server.address) as client:
        assert client.get("//").status_code == 204
    assert not [entry for entry in server.log()[-1:] if entry["message"] == "request"]


def test_no_thread_that_stays_has_a_lower_priority(server):
    """What takes part in locking and may be kept from the processor would make others wait (decision 65)."""
    server.create_admin("priority@example.com", "Priority Person", PASSWORD)
    with Client(server.address) as client:
        assert client.login("priority@example.com", PASSWORD).status_code == 200
    niceness = {}
    for task in Path(f"/proc/{server.process.pid}/task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        niceness[(task / "comm").read_text().strip()] = int(fields[16])
    assert {"http-hash-0", "http-work-0", "http-search-0"} <= set(niceness)
    assert set(niceness.values()) == {os.getpriority(os.PRIO_PROCESS, server.process.pid)}
