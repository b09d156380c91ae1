"""Headers that keep browsers and caches from spreading what they see (issue B)."""

import pytest

from support.client import Client
from support.raw import RawConnection, request


@pytest.mark.parametrize("path", ["//", "//healthz/ready", "//docs", "/users/me", "/nothing", "/users", "//metrics"])
def test_every_answer(anyone, path):
    response = anyone.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["//docs", "//redoc"])
def test_the_pages_run_nothing_from_elsewhere(anyone, path):
    policy = dict(part.strip().split(" ", 1) for part in anyone.get(path).headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_even_one_to_a_request_that_is_none(server):
    with RawConnection(server) as connection:
        connection.send(b"nonsense\r\n\r\n")
        response = connection.read_response()
        assert response.status == 400 and response.header("referrer-policy") == "no-referrer"


def test_tokens_are_kept_by_no_cache(anyone, user):
    login = anyone.login(user.email)
    refresh = anyone.post("/auth/refresh", headers={"authorization": f"Bearer {user.refresh_token}"})
    for response in (login, refresh, user.get("/auth/sessions")):
        assert response.status_code == 200 and response.headers["cache-control"] == "no-store"
    assert user.get("/users/me").headers["cache-control"] == "private, no-cache"


# -- MAX_CONNECTIONS_PER_ADDRESS

def test_an_address_has_so_many_connections_and_no_more(new_server):
    server = new_server(MAX_CONNECTIONS_PER_ADDRESS=5).start()
    held = [RawConnection(server) for _ in range(5)]
    for connection in held:
        connection.send(request("GET", "/"))
        assert connection.read_response().status == 204
    with RawConnection(server) as connection:
        response = connection.read_response()
        assert (response.status, response.json()) == (429, {"detail": "Too many connections", "code": "too_many_connections"})
        assert int(response.header("retry-after")) >= 1 and connection.is_closed()
    held.pop().socket.close()
    deadline = 50
    while deadline:
        with RawConnection(server) as connection:
            connection.send(request("GET", "/"))
            if connection.read_response().status == 204:
                break
        deadline -= 1
    assert deadline, "a closed connection still counts"
    for connection in held:
        connection.send(request("GET", "/"))
        assert connection.read_response().status == 204
        connection.socket.close()


def test_a_trusted_proxy_is_not_counted(new_server):
    server = new_server(MAX_CONNECTIONS_PER_ADDRESS=2, TRUSTED_PROXIES="127.0.0.0/8").start()
    held = [RawConnection(server) for _ in range(10)]
    for connection in held:
        connection.send(request("GET", "/"))
        assert connection.read_response().status == 204
        connection.socket.close()


def test_zero_is_no_limit(new_server):
    server = new_server(MAX_CONNECTIONS_PER_ADDRESS=0).start()
    with Client(server.address) as client:
        assert client.get("//").status_code == 204
