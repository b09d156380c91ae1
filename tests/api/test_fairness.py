"""Nobody can take all that there is: threads, uploads in flight, event streams, memory (decisions 0066 and 0094)."""

import select
import threading
import time

import pytest

from support.client import create_person
from support.events import EventStream
from support.raw import RawConnection, allow_connections, request
from support.server import wait_until

UPLOADS_OF_ONE, STREAMS_OF_ONE = 128, 256
MIB = 1024 * 1024


@pytest.fixture
def greedy(admin):
    with create_person(admin) as person:
        yield person


def begun_upload(server, token):
    """An upload of which only the beginning comes."""
    connection = RawConnection(server)
    connection.send(request("POST", "/api/v1/docs/upload", f"Authorization: Bearer {token}",
                            "Content-Type: multipart/form-data; boundary=b", "Content-Length: 100000") + b"--b\r\n")
    return connection


def test_uploads_in_flight(server, greedy, user):
    held = [begun_upload(server, greedy.access_token) for _ in range(UPLOADS_OF_ONE + 1)]
    # Until all have come, an upload would take one of the places and give it back.
    [[refused], _, _] = select.select([connection.socket for connection in held], [], [], 20)
    held = [connection for connection in held if connection.socket is not refused]
    refused.close()
    response = greedy.upload("one-too-many.txt", b"words")
    assert response.status_code == 429
    assert response.json() == {"detail": "Too many uploads at once, please retry.", "code": "too_many_uploads"}
    assert int(response.headers["retry-after"]) >= 1
    assert user.upload("of somebody else.txt", b"words").status_code == 201
    assert greedy.get("/users/me").status_code == 200
    held.pop().socket.close()
    wait_until(lambda: greedy.upload("one-too-many.txt", b"words").status_code in (201, 409), what="a place")
    for connection in held:
        connection.socket.close()


def test_event_streams(server, greedy, user):
    streams = [EventStream(server, greedy.access_token) for _ in range(STREAMS_OF_ONE)]
    assert {stream.status for stream in streams} == {200}
    with RawConnection(server) as connection:
        connection.send(request("GET", "/api/v1/docs/events", f"Authorization: Bearer {greedy.access_token}"))
        response = connection.read_response()
        assert (response.status, response.json()) == (
            429, {"detail": "Too many event streams at once, please retry.", "code": "too_many_event_streams"})
        assert int(response.header("retry-after")) >= 1
    with EventStream(server, user.access_token) as stream:
        assert stream.status == 200
    streams.pop().close()

    def has_place():
        with EventStream(server, greedy.access_token) as stream:
            return stream.status == 200
    wait_until(has_place, what="a place")
    for stream in streams:
        stream.close()


def test_a_flood_of_one_users_requests(server, greedy, user):
    """A thousand requests at once: whoever else comes takes the next turn, not the thousandth."""
    stop = threading.Event()
    read = request("GET", "/api/v1/docs/stats", f"Authorization: Bearer {greedy.access_token}")
    connections = [RawConnection(server, timeout=60) for _ in range(1000)]

    def flood(part):
        while not stop.is_set():
            for connection in part:
                connection.send(read)
            for connection in part:
                assert connection.read_response().status in (200, 503)

    threads = [threading.Thread(target=flood, args=(connections[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(50):
            assert user.get("/docs/stats").status_code == 200
            assert user.get("//").status_code == 204
        assert user.get("//healthz/ready").json()["status"] == "ok"
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)
        for connection in connections:
            connection.socket.close()


# -- bodies

class UnfinishedBody:
    """A mebibyte of a body, less its last bytes."""

    def __init__(self, server, method, target, *headers):
        self.connection = RawConnection(server)
        self.connection.send(request(method, target, *headers, f"Content-Length: {MIB}") + b"x" * (MIB - 10))

    def finish(self):
        self.connection.send(b"x" * 10)
        return self.answer()

    def answer(self):
        with self.connection:
            return self.connection.read_response()


def answered(bodies):
    ready, _, _ = select.select([body.connection.socket for body in bodies], [], [], 0)
    return [body for body in bodies if body.connection.socket in ready]


@pytest.mark.parametrize("is_known", [True, False], ids=["of a user", "of nobody"])
def test_bodies_in_memory(server, greedy, user, anyone, is_known):
    """16 MiB for one: about 8 to 16 of them, since a body that grows takes up to twice its size."""
    target = ("PATCH", "/api/v1/users/me") if is_known else ("POST", "/api/v1/auth/register")
    headers = ["Content-Type: application/json"] + [f"Authorization: Bearer {greedy.access_token}"] * is_known
    bodies = [UnfinishedBody(server, *target, *headers) for _ in range(40)]
    wait_until(lambda: len(answered(bodies)) >= 23, what="refusals")
    refused = answered(bodies)
    for body in refused:
        response = body.answer()
        assert (response.status, response.json()) == (503, {"detail": "Server is busy, please retry.",
                                                             "code": "server_busy"})
        assert int(response.header("retry-after")) >= 1
    # Neither others nor what is small is refused.
    large = {"full_name": "x" * (MIB // 2)}
    assert user.patch("/users/me", json=large).status_code == 422
    assert anyone.login("nobody@example.com").status_code == 401
    assert greedy.patch("/users/me", json={"full_name": "Greedy Person"}).status_code == 200
    held = [body for body in bodies if body not in refused]
    assert len(held) >= 6
    assert {body.finish().status for body in held} <= {422, 503}
    assert greedy.patch("/users/me", json=large).status_code == 422
    assert anyone.post("/auth/register", json=large).status_code == 422


@pytest.mark.parametrize("method, target, status", [("GET", "/", 204), ("GET", "/healthz/ready", 200),
                                                    ("POST", "/api/v1/auth/refresh", 401), ("GET", "/nowhere", 404)])
def test_bodies_that_nobody_takes(server, method, target, status):
    before = server.rss_bytes()
    bodies = [UnfinishedBody(server, method, target) for _ in range(100)]
    time.sleep(0.5)
    assert server.rss_bytes() - before < 48 * MIB
    assert {body.finish().status for body in bodies} == {status}


# -- whether all is well

@pytest.mark.parametrize("target", ["/healthz/ready", "/metrics"])
def test_however_many_ask_at_once(server, target):
    allow_connections(1500)
    connections = [RawConnection(server, timeout=60) for _ in range(1500)]
    for connection in connections:
        connection.send(request("GET", target))
    assert {connection.read_response().status for connection in connections} == {200}
    for connection in connections:
        connection.socket.close()
