"""GET /docs/events: Server-Sent Events with resumption (api.md section 8)."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import expect
from support.client import PASSWORD, Person, create_person, unique
from support.documents import finish, upload_text
from support.events import EventStream
from support.raw import RawConnection, request
from support.server import wait_until
from support.state import State

LIFE = ["Queued", "Processing", "Finished"]


@pytest.fixture
def listen(server):
    streams = []

    def open_stream(person, last_event_id=None):
        streams.append(EventStream(server, person.access_token, last_event_id))
        return streams[-1]

    yield open_stream
    for stream in streams:
        stream.close()


def open_sockets(server):
    """Those of its port that it holds. (Its descriptors are for root to see.)"""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # A socket whose descriptor is closed, which only waits for its last packets, has no inode any more.
    return sum(line[1].endswith(f":{server.port:04X}") and line[9] != "0" for line in lines)


def test_the_answer(user, listen):
    stream = listen(user)
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.headers["cache-control"] == "no-store"
    assert "content-length" not in stream.headers and "x-request-id" in stream.headers


def test_each_change_of_a_document(user, listen):
    stream = listen(user)
    doc_id = upload_text(user)["doc_id"]
    events = [stream.next() for _ in LIFE]
    assert [event.type for event in events] == ["document"] * 3
    assert [list(event.data) for event in events] == [["doc_id", "stage_name", "status", "error_message"]] * 3
    assert [event.data for event in events] == [
        {"doc_id": doc_id, "stage_name": "OCR", "status": status, "error_message": None} for status in LIFE]
    ids = [int(event.id) for event in events]
    assert ids == sorted(set(ids))


def test_a_failure_says_why(user, listen):
    stream = listen(user)
    doc_id = user.upload(f"{unique('broken')}.pdf", b"%PDF-1.4\nnothing\n").json()["doc_id"]
    assert [stream.next().data["status"] for _ in range(2)] == ["Queued", "Processing"]
    failure = stream.next().data
    assert (failure["doc_id"], failure["status"]) == (doc_id, "Failed") and failure["error_message"]


def test_reprocessing_is_told_of(user, listen):
    doc_id = upload_text(user)["doc_id"]
    finish(user, doc_id)
    stream = listen(user)
    assert user.post(f"/docs/{doc_id}/reprocess").status_code == 202
    assert [stream.next().data["status"] for _ in LIFE] == LIFE


def test_one_sees_ones_own_and_an_administrator_all(admin, user, other, listen):
    mine, theirs, all_of_them = listen(user), listen(other), listen(admin)
    doc_id = upload_text(other)["doc_id"]
    assert theirs.until(doc_id, "Finished") == LIFE
    assert all_of_them.until(doc_id, "Finished") == LIFE
    assert mine.is_silent()


def test_it_comes_soon(user, listen):
    stream = listen(user)
    start = time.monotonic()
    doc_id = upload_text(user)["doc_id"]
    stream.next()
    assert time.monotonic() - start < 5
    finish(user, doc_id)  # Its events are none of the next test's.


def test_resuming_misses_nothing_and_repeats_nothing(user, listen):
    stream = listen(user)
    first = upload_text(user)["doc_id"]
    seen = [stream.next()]
    stream.close()
    finish(user, first)
    second = upload_text(user)["doc_id"]
    finish(user, second)
    again = listen(user, seen[0].id)
    seen += [again.next() for _ in range(5)]
    assert [(event.data["doc_id"], event.data["status"]) for event in seen] == [
        (first, status) for status in LIFE] + [(second, status) for status in LIFE]
    assert again.is_silent()


def test_a_stream_that_was_cut_before_its_first_event_can_resume(user, listen):
    stream = listen(user)
    where = stream.last_event_id
    stream.close()
    doc_id = upload_text(user)["doc_id"]
    finish(user, doc_id)
    assert listen(user, where).until(doc_id, "Finished") == LIFE


def test_resuming_from_the_beginning_in_batches(user, listen, state):
    """More than one batch, and still only the caller's own."""
    stream = listen(user)
    where = int(stream.last_event_id)
    for number in range(250):
        state.execute("INSERT INTO Document_Events (doc_id, user_id, stage_name, status, created_at) "
                      "VALUES (?, ?, 'OCR', 'Queued', '2100-01-01T00:00:00.000000')",
                      10**6 + number, user.user_id if number % 2 else 0)
    again = listen(user, where)
    assert [again.next().data["doc_id"] for _ in range(125)] == [10**6 + number for number in range(1, 250, 2)]
    assert [stream.next().data["doc_id"] for _ in range(125)] == [10**6 + number for number in range(1, 250, 2)]


@pytest.mark.parametrize("value", ["", "abc", "-1", "1.5", "99999999999999999999", "9223372036854775807", "0x10"])
def test_an_id_that_is_none_means_from_now_on(user, listen, value):
    stream = listen(user, value)
    assert stream.status == 200 and stream.is_silent(0.6)
    doc_id = upload_text(user)["doc_id"]
    assert stream.until(doc_id, "Finished") == LIFE


def test_events_outlive_a_restart(new_server):
    server = new_server().start()
    server.create_admin("root@example.com", "Root Person", PASSWORD)
    with Person(server.address, "root@example.com").log_in() as person:
        with EventStream(server, person.access_token) as stream:
            where = stream.last_event_id
        doc_id = upload_text(person)["doc_id"]
        finish(person, doc_id)
        server.restart()
        with EventStream(server, person.access_token, where) as stream:
            assert stream.until(doc_id, "Finished") == LIFE


def test_a_comment_comes_every_15_seconds(user, listen):
    stream = listen(user)
    start = time.monotonic()
    stream.comments.get(timeout=25)
    assert 13 < time.monotonic() - start < 20
    doc_id = upload_text(user)["doc_id"]
    assert stream.until(doc_id, "Finished") == LIFE


def test_the_stream_ends_with_the_session(admin, listen):
    with create_person(admin) as person:
        logged_out, deactivated = listen(person), None
        with Person(person.address, person.email).log_in() as second:
            deactivated = listen(second)
            assert person.post("/auth/logout").status_code == 204
            assert logged_out.ended.wait(25) and not deactivated.ended.is_set()
            assert admin.patch(f"/users/{person.user_id}", json={"is_active": False}).status_code == 200
            assert deactivated.ended.wait(25)


def test_the_stream_ends_with_the_role(admin, listen):
    with create_person(admin) as person:
        assert admin.patch(f"/users/{person.user_id}", json={"role_id": 99}).status_code == 200
        stream = listen(person)
        assert admin.patch(f"/users/{person.user_id}", json={"role_id": 1}).status_code == 200
        assert stream.ended.wait(25)


def test_clients_that_go_leave_nothing(server, user, listen):
    listen(user).close()
    before = open_sockets(server)
    for _ in range(3):
        streams = [listen(user) for _ in range(20)]
        for number, stream in enumerate(streams):
            if number % 2:
                stream._connection.socket.shutdown(2)
            stream.close()
    wait_until(lambda: open_sockets(server) <= before + 2, what="all connections closed")
    assert user.get("/docs/me").status_code == 200


def test_many_listeners_do_not_take_the_threads(user, listen):
    """A stream occupies no thread of a pool while it waits."""
    streams = [listen(user) for _ in range(100)]
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: user.get("/users/me").status_code, range(50))) == {200}
    doc_id = upload_text(user)["doc_id"]
    for stream in streams:
        assert stream.until(doc_id, "Finished") == LIFE


def test_what_a_client_says_meanwhile_is_not_answered(server, user):
    with RawConnection(server) as connection:
        get = request("GET", "/api/v1/docs/events", f"Authorization: Bearer {user.access_token}")
        connection.send(get + request("GET", "/") + b"x" * 100_000)
        head = connection._read_until(b"\r\n\r\n")
        assert b"200 OK" in head and b"connection: close" in head.lower()
        doc_id = upload_text(user)["doc_id"]
        assert str(doc_id).encode() in connection._read_until(b"Queued")


def test_head(user):
    response = user.head("/docs/events")
    assert response.status_code == 200 and response.headers["content-type"] == "text/event-stream"


def test_stopping_does_not_wait_for_listeners(new_server):
    server = new_server().start()
    server.create_admin("root@example.com", "Root Person", PASSWORD)
    with Person(server.address, "root@example.com").log_in() as person:
        with EventStream(server, person.access_token) as stream:
            start = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - start < 25  # the grace period of requests in flight is 30
            assert stream.ended.wait(5)


def test_it_needs_a_token(anyone, pending):
    expect.detail(anyone.get("/docs/events"), 401, "Not authenticated")
    assert pending.get("/docs/events").status_code == 403


def test_old_events_are_removed(new_server):
    server = new_server().start()
    state = State(server.data_directory, server.storage)
    for time_ in ("2020-01-01T00:00:00.000000", "2100-01-01T00:00:00.000000"):
        state.execute("INSERT INTO Document_Events (doc_id, user_id, stage_name, status, created_at) "
                      "VALUES (1, 1, 'OCR', 'Queued', ?)", time_)
    server.restart()
    rows = state.query("SELECT created_at FROM Document_Events")
    assert rows == [{"created_at": "2100-01-01T00:00:00.000000"}]
