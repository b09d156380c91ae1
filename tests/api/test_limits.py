"""Limits on headers and bodies: 431 and 413, before more is read than need be (issue A)."""

import pytest

from support import expect
from support.raw import RawConnection, request

KIB, MIB = 1024, 1024 * 1024
REGISTER = "/api/v1/auth/register"


@pytest.fixture
def connection(server):
    with RawConnection(server, timeout=10) as connection:
        yield connection


def detail_of(response):
    assert list(response.json()) == ["detail", "code"]
    return response.json()["detail"]


@pytest.mark.parametrize("size", [1 * KIB, 8 * KIB, 15 * KIB])
def test_a_header_that_fits(connection, size):
    connection.send(request("GET", "/", "X-Long: " + "x" * size))
    assert connection.read_response().status == 204


@pytest.mark.parametrize("headers", [
    ["X-Long: " + "x" * 17 * KIB],
    [f"X-Many-{number}: {'x' * 20}" for number in range(1000)],
    ["Authorization: Bearer " + "x" * 20 * KIB],
], ids=["one", "many", "token"])
def test_a_header_that_does_not(connection, headers):
    connection.send(request("GET", "/", *headers))
    response = connection.read_response()
    assert response.status == 431 and detail_of(response)
    assert response.header("x-request-id")


def test_a_target_that_does_not(connection):
    connection.send(request("GET", "/api/v1/users/me?" + "x" * 17 * KIB))
    assert connection.read_response().status in (414, 431)


def test_a_header_that_never_ends(connection, anyone):
    connection.send("GET / HTTP/1.1\r\nHost: x\r\nX-Endless: ")
    with pytest.raises((OSError, EOFError)):
        for _ in range(1000):
            connection.send("x" * 64 * KIB)
        connection.read_response()
        raise EOFError  # refused in time, after the client had sent all the same
    assert anyone.get("//").status_code == 204


def test_a_json_body_of_a_mebibyte(anyone):
    body = b'{"full_name":"' + b"x" * (MIB - 16) + b'"}'
    assert len(body) == MIB
    response = anyone.post("/auth/register", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_a_json_body_of_more(anyone):
    body = b'{"full_name":"' + b"x" * (MIB - 15) + b'"}'
    response = anyone.post("/auth/register", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 413 and list(response.json()) == ["detail", "code"]


def test_an_announced_body_is_refused_unread(connection):
    connection.send(request("POST", REGISTER, "Content-Type: application/json", f"Content-Length: {10**12}"))
    assert connection.read_response().status == 413


def test_a_chunked_body_is_refused_when_it_grows_too_large(connection):
    connection.send(request("POST", REGISTER, "Content-Type: application/json", "Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    try:
        for _ in range(17):
            connection.send(chunk)
    except OSError:
        pass  # the refusal came first
    assert connection.read_response().status == 413


def test_a_form_has_the_same_limit(anyone):
    response = anyone.post("/auth/login", data={"username": "x" * MIB, "password": "x"})
    assert response.status_code == 413


def test_the_refusal_of_a_guard_comes_before_the_size(connection):
    connection.send(request("POST", "/api/v1/paths/", f"Content-Length: {10**12}"))
    response = connection.read_response()
    assert (response.status, response.json()) == (
        401, {"detail": "Not authenticated", "code": "not_authenticated"})


def test_a_large_refused_body_does_not_cost_memory(server, anyone):
    before = server.rss_bytes()
    for _ in range(20):
        try:
            anyone.post("/auth/register", content=b"x" * (5 * MIB), headers={"content-type": "application/json"})
        except Exception as error:  # the server may close while we still send
            assert "Error" in type(error).__name__
    assert server.rss_bytes() - before < 32 * MIB
    expect.empty(anyone.get("//"))
