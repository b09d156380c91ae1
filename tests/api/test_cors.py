"""Cross-origin requests, as Starlette's CORSMiddleware answers them (api.md section 1)."""

import pytest

from support.client import Client

FRIEND = "http://localhost:8080"
STRANGER = "https://evil.example"


def preflight(client, path, origin=FRIEND, method="PATCH", requested=None):
    headers = {"origin": origin, "access-control-request-method": method}
    if requested:
        headers["access-control-request-headers"] = requested
    return client.options(path, headers=headers)


@pytest.mark.parametrize("origin", [FRIEND, "http://127.0.0.1:8080"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"])
def test_preflight(anyone, origin, method):
    response = preflight(anyone, "/users/me", origin, method, "authorization, content-type")
    assert (response.status_code, response.text) == (200, "OK")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["access-control-allow-origin"] == origin
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-allow-headers"] == "authorization, content-type"
    assert response.headers["access-control-max-age"] == "600"
    assert "Origin" in response.headers["vary"]
    assert {name.strip() for name in response.headers["access-control-allow-methods"].split(",")} >= {
        "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


def test_preflight_without_requested_headers(anyone):
    assert preflight(anyone, "/docs/upload", method="POST").status_code == 200


@pytest.mark.parametrize("origin", [
    STRANGER, "null", "http://localhost", "http://localhost:8081", "https://localhost:8080",
    "http://localhost:8080.evil.example", "http://LOCALHOST:8080x"])
def test_preflight_of_another_origin(anyone, origin):
    response = preflight(anyone, "/users/me", origin)
    assert (response.status_code, response.text) == (400, "Disallowed CORS origin")
    assert "access-control-allow-origin" not in response.headers


def test_options_that_is_no_preflight(anyone):
    """Without Access-Control-Request-Method it is an ordinary request with a wrong method."""
    response = anyone.options("/users/me", headers={"origin": FRIEND})
    assert response.status_code == 405
    assert response.headers["access-control-allow-origin"] == FRIEND


@pytest.mark.parametrize("method, path, status", [
    ("GET", "//", 204),
    ("GET", "/nope", 404),
    ("PUT", "/users/", 405),
    ("GET", "/users", 307),
    ("GET", "/users/me", 401),
    ("POST", "/auth/refresh", 401),
    ("POST", "/auth/register", 422),
    ("POST", "/docs/upload", 401),
])
def test_every_answer_lets_a_friend_read_it(anyone, method, path, status):
    response = anyone.request(method, path, headers={"origin": FRIEND})
    assert response.status_code == status
    assert response.headers.get_list("access-control-allow-origin") == [FRIEND]
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in response.headers["vary"]


def test_forbidden_and_missing_things_too(user):
    for path, status in (("/users/", 403), ("/docs/999999/status", 404), ("/docs/me?limit=0", 422)):
        response = user.get(path, headers={"origin": FRIEND})
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (status, FRIEND)


@pytest.mark.parametrize("headers", [{}, {"origin": STRANGER}, {"origin": ""}])
def test_nobody_else_is_let_in(anyone, headers):
    response = anyone.get("//", headers=headers)
    assert response.status_code == 204
    assert "access-control-allow-origin" not in response.headers


def test_too_large_an_upload_still_lets_a_friend_read_the_refusal(new_server):
    server = new_server(MAX_UPLOAD_SIZE_MB=1, CORS_ORIGINS='["https://front.example"]').start()
    with Client(server.address) as client:
        response = client.post("/auth/register", content=b"x" * (2 << 20),
                               headers={"origin": "https://front.example", "content-type": "application/json"})
        assert response.status_code == 413
        assert response.headers["access-control-allow-origin"] == "https://front.example"
        assert preflight(client, "/users/me", FRIEND).status_code == 400
