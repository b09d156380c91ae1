"""HTTP/1.1 on the wire: keep-alive, pipelining, Expect, chunked bodies, lies about lengths (RFC 9112)."""

import json
import socket
import time

import pytest

from support.client import PASSWORD, unique
from support.documents import finish
from support.raw import RawConnection, request

NOT_AUTHENTICATED = {"detail": "Not authenticated", "code": "not_authenticated"}
LOGIN = "/api/v1/auth/login"
REGISTER = "/api/v1/auth/register"
ME = "/api/v1/users/me"


@pytest.fixture
def connection(server):
    with RawConnection(server, timeout=10) as connection:
        yield connection


def registration():
    return json.dumps({"full_name": "Raw Socket", "email": f"{unique('raw')}@example.com", "password": PASSWORD})


def chunked(*pieces, extension="", trailer=""):
    body = "".join(f"{len(piece.encode()):x}{extension}\r\n{piece}\r\n" for piece in pieces)
    return f"{body}0\r\n{trailer}\r\n"


# -- keep-alive

def test_a_connection_is_kept(connection):
    for _ in range(5):
        connection.send(request("GET", ME))
        response = connection.read_response()
        assert (response.status, response.json()) == (401, NOT_AUTHENTICATED)


@pytest.mark.parametrize("target, status", [("/", 204), ("/nope", 404), ("/api/v1/users", 307), (ME, 401)])
def test_it_is_kept_after_any_answer(connection, target, status):
    for _ in range(2):
        connection.send(request("GET", target))
        assert connection.read_response().status == status


def test_it_is_kept_after_a_refused_body(connection):
    for _ in range(3):
        connection.send(request("POST", REGISTER, "Content-Type: application/json", body="{}"))
        assert connection.read_response().status == 422


def test_connection_close(connection):
    connection.send(request("GET", "/", "Connection: close"))
    response = connection.read_response()
    assert (response.status, response.header("connection").lower()) == (204, "close")
    assert connection.is_closed()


def test_http_1_0_closes(connection):
    connection.send("GET / HTTP/1.0\r\n\r\n")
    assert connection.read_response().status == 204
    assert connection.is_closed()


def test_the_client_may_close_its_side_early(connection):
    """A half-closed connection still gets its answer."""
    connection.send(request("GET", ME, "Connection: close"))
    connection.socket.shutdown(socket.SHUT_WR)
    assert connection.read_response().status == 401


# -- pipelining

def test_pipelined_requests_are_answered_in_order(connection):
    connection.send(b"".join(request("GET", "/" if number % 3 else ME, f"X-Request-Id: number-{number}")
                             for number in range(50)))
    for number in range(50):
        response = connection.read_response()
        assert response.header("x-request-id") == f"number-{number}"
        assert response.status == (204 if number % 3 else 401)


def test_a_slow_request_holds_back_the_ones_behind_it(connection):
    """Login takes a bcrypt hash of time; the quick answer must wait for it."""
    form = "username=nobody@example.com&password=x"
    connection.send(request("POST", LOGIN, "Content-Type: application/x-www-form-urlencoded", body=form)
                    + request("GET", "/") + request("HEAD", ME) + request("GET", "/nope"))
    assert connection.read_response().json() == {"detail": "Incorrect email or password",
                                                 "code": "login_failed"}
    assert connection.read_response().status == 204
    assert connection.read_response(head=True).status == 401
    assert connection.read_response().status == 404


def test_a_body_ends_where_it_says(connection):
    """What follows is the next request, even when it looks like more of the body."""
    connection.send(request("POST", REGISTER, "Content-Type: application/json", body="{}") + request("GET", "/"))
    assert connection.read_response().status == 422
    assert connection.read_response().status == 204


def test_a_body_that_nobody_reads_is_not_taken_for_a_request(connection):
    """GET with a body, and a body for an unknown route."""
    for method, target, status in (("GET", "/", 204), ("POST", "/nope", 404), ("DELETE", "/api/v1/users/1", 401)):
        connection.send(request(method, target, body="GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"))
        response = connection.read_response()
        assert response.status == status
        if response.header("connection") == "close":
            return
    connection.send(request("GET", ME))
    assert connection.read_response().status == 401


def test_one_byte_at_a_time(connection):
    for byte in request("GET", ME, "X-Request-Id: slowly"):
        connection.send(bytes([byte]))
    assert connection.read_response().header("x-request-id") == "slowly"


# -- Expect: 100-continue

def test_expect_continue(connection):
    body = registration()
    connection.send(request("POST", REGISTER, "Content-Type: application/json", "Expect: 100-continue",
                            f"Content-Length: {len(body)}"))
    assert connection.read_response().status == 100
    connection.send(body)
    assert connection.read_response().status == 201


def test_expect_continue_is_not_answered_when_the_request_is_refused(connection):
    connection.send(request("POST", "/api/v1/paths/", "Expect: 100-continue", "Content-Length: 10"))
    assert connection.read_response().status == 401


def test_expect_continue_with_the_body_behind_it(connection):
    """A client need not wait for the 100."""
    connection.send(request("POST", REGISTER, "Content-Type: application/json", "Expect: 100-continue",
                            body=registration()))
    response = connection.read_response()
    if response.status == 100:
        response = connection.read_response()
    assert response.status == 201


def test_another_expectation(connection):
    connection.send(request("GET", "/", "Expect: a-miracle"))
    assert connection.read_response().status in (204, 417)


# -- chunked bodies

@pytest.mark.parametrize("split", [1, 7, 1000])
@pytest.mark.parametrize("options", [{}, {"extension": ";name=value"}, {"trailer": "X-Trailer: late\r\n"}],
                         ids=["plain", "extension", "trailer"])
def test_a_chunked_body(connection, split, options):
    body = registration()
    pieces = [body[at:at + split] for at in range(0, len(body), split)]
    head = request("POST", REGISTER, "Content-Type: application/json", "Transfer-Encoding: chunked")
    connection.send(head + chunked(*pieces, **options).encode() + request("GET", "/"))
    assert connection.read_response().status == 201
    assert connection.read_response().status == 204


@pytest.mark.parametrize("body", ["zz\r\nx\r\n0\r\n\r\n", "-1\r\nx\r\n0\r\n\r\n", "5\r\nabcdefgh\r\n0\r\n\r\n",
                                  "fffffffffffffffff\r\nx", "\r\n\r\n\r\n"])
def test_a_broken_chunk(connection, server, body):
    head = request("POST", REGISTER, "Content-Type: application/json", "Transfer-Encoding: chunked")
    connection.send(head + body.encode())
    assert connection.read_response().status in (400, 413)
    assert connection.is_closed()


# -- lies and rubbish

@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET / SPDY/3\r\nHost: x\r\n\r\n",
    b"GET / /x HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n: no name\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Nul: a\0b\r\n\r\n",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nhello",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100 + b"\r\n\r\n",
], ids=lambda value: ascii(value)[:60])
def test_rubbish_is_refused_and_the_connection_closed(connection, anyone, data):
    connection.send(data)
    response = connection.read_response()
    assert response.status in (400, 413, 505)
    assert list(response.json()) == ["detail", "code"] and response.header("x-request-id")
    assert connection.is_closed()
    assert anyone.get("//").status_code == 204


def test_a_request_without_a_host(connection):
    """RFC 9112 section 3.2: 400."""
    connection.send("GET / HTTP/1.1\r\n\r\n")
    assert connection.read_response().status == 400


def test_the_absolute_form_of_a_target(connection):
    """RFC 9112 section 3.2.2: a server must accept it."""
    connection.send(request("GET", f"http://127.0.0.1{ME}?a=b"))
    assert connection.read_response().json() == NOT_AUTHENTICATED


@pytest.mark.parametrize("method", ["get", "FOO", "G3T"])
def test_a_method_is_compared_with_case(connection, method):
    connection.send(request(method, ME))
    assert connection.read_response().status in (400, 405, 501)


def test_a_body_shorter_than_announced(server, anyone):
    """The client goes away before the end."""
    for _ in range(5):
        with RawConnection(server) as connection:
            connection.send(request("POST", REGISTER, "Content-Type: application/json", "Content-Length: 500")
                            + b'{"full_name":')
    assert anyone.get("//").status_code == 204


@pytest.mark.parametrize("query", ["skip=%ff", "skip=%C0%AF", "status=%ED%A0%80", "limit=%00", "%ff=1"])
def test_a_query_that_is_no_text(user, query):
    response = user.get(f"/docs/me?{query}")
    assert response.status_code in (400, 422) or (query == "%ff=1" and response.status_code == 200)


def test_many_connections_at_once(server):
    connections = [RawConnection(server) for _ in range(200)]
    for connection in connections:
        connection.send(request("GET", ME))
    assert [connection.read_response().status for connection in connections] == [401] * 200
    for connection in connections:
        connection.socket.close()


def test_a_client_that_reads_nothing_does_not_hold_up_others(server, user):
    """Downloads of 20 MB that nobody reads: the server's memory and the other clients don't notice."""
    body = user.upload(f"{unique('big')}.txt", b"slow reader\n" * 1_700_000)
    assert body.status_code == 201
    finish(user, body.json()["doc_id"])  # The worker's memory is not what is measured.
    target = f"/api/v1/docs/{body.json()['doc_id']}/download"
    before = server.rss_bytes()
    stuck = [RawConnection(server) for _ in range(10)]
    for connection in stuck:
        connection.send(request("GET", target, f"Authorization: Bearer {user.access_token}"))
    time.sleep(1)
    start = time.monotonic()
    assert user.get("/users/me").status_code == 200
    assert time.monotonic() - start < 1
    assert server.rss_bytes() - before < 64 * 1024 * 1024
    for connection in stuck:
        connection.socket.close()
