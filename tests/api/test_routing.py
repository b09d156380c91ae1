"""Which answer a path and a method get before anything else is looked at: 404, 405, 307, HEAD (api.md section 1)."""

import pytest

from support import expect
from support.raw import RawConnection, request
from support.routes import ANYONE, PATHS, ROUTES, Route, methods_of

ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.mark.parametrize("path", [
    "//nope", "//api", "//api/v1", "//api/v1/", "/nope", "/nope/", "/users/1/nope", "/users/1/activate/more", "/auth",
    "/auth/", "/docs/1/status/more", "/users//", "/Users/", "/docs/ME/status/x", "//healthz", "//%2e%2e/etc/passwd",
])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_route(anyone, method, path):
    expect.detail(anyone.request(method, path), 404, "Not Found")


def refused_methods():
    cases = []
    for path in PATHS:
        known = methods_of(path)
        # A path like /users/me is also a value of /users/{user_id}: its methods are tried in another test.
        if path in ("/users/me", "/users/pending", "/docs/me", "/docs/upload", "/docs/events", "/docs/search",
                    "/docs/stats", "/docs/same-content", "/docs/trash"):
            continue
        for method in ALL_METHODS:
            if method not in known and not (method == "HEAD" and "GET" in known):
                cases.append(pytest.param(method, path, id=f"{method} {path}"))
    return cases


@pytest.mark.parametrize("method, path", refused_methods())
def test_wrong_method(anyone, method, path):
    response = anyone.request(method, Route(method, path, ANYONE).with_id(1))
    assert response.status_code == 405
    if method != "HEAD":
        assert response.json() == {"detail": "Method Not Allowed", "code": "method_not_allowed"}
    allowed = {name.strip() for name in response.headers["allow"].split(",")}
    assert allowed - {"HEAD", "OPTIONS"} >= methods_of(path)
    assert "HEAD" not in allowed or "GET" in methods_of(path)


@pytest.mark.parametrize("method, path, allowed", [
    ("POST", "/users/me", {"GET", "PATCH"}),
    ("PUT", "/users/pending", {"GET"}),
    ("POST", "/docs/me", {"GET"}),
    ("PUT", "/docs/upload", {"POST"}),
    ("POST", "/docs/search", {"GET"}),
    ("POST", "/docs/same-content", {"GET"}),
    ("POST", "/docs/trash", {"GET", "DELETE"}),
    ("POST", "//", {"GET"}),
    ("DELETE", "//healthz/ready", {"GET"}),
    ("POST", "//metrics", {"GET"}),
    ("POST", "//openapi.json", {"GET"}),
    ("PUT", "//docs", {"GET"}),
])
def test_wrong_method_of_a_fixed_path(anyone, method, path, allowed):
    response = anyone.request(method, path)
    expect.detail(response, 405, "Method Not Allowed")
    assert {name.strip() for name in response.headers["allow"].split(",")} >= allowed


def test_a_method_of_the_general_path_reaches_it_from_the_fixed_one(anyone, admin):
    """DELETE /users/me is DELETE /users/{user_id} with a bad number, as in Starlette."""
    expect.detail(anyone.delete("/users/me"), 401, "Not authenticated")
    expect.invalid(admin.delete("/users/me"), expect.unparsable_integer("path", "user_id", value="me"))


@pytest.mark.parametrize("method", ["FOO", "PROPFIND", "TRACE", "M-SEARCH"])
def test_unknown_method(anyone, method):
    response = anyone.request(method, "/users/me")
    assert response.status_code in (400, 405, 501)
    assert list(response.json()) == ["detail", "code"]


@pytest.mark.parametrize("asked, answered", [
    ("/users", "/users/"),
    ("/docs", "/docs/"),
    ("/paths", "/paths/"),
    ("/roles", "/roles/"),
    ("/users/me/", "/users/me"),
    ("/users/pending/", "/users/pending"),
    ("/docs/upload/", "/docs/upload"),
    ("/docs/me/", "/docs/me"),
    ("/docs/7/status/", "/docs/7/status"),
    ("/users/7/activate/", "/users/7/activate"),
    ("/auth/login/", "/auth/login"),
])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_the_other_slash_redirects(server, anyone, method, asked, answered):
    """The path is known whatever the method, so the redirect comes before 405 and 401."""
    response = anyone.request(method, asked)
    assert response.status_code == 307
    assert response.headers["location"] == f"{server.address}/api/v1{answered}"
    assert response.content == b""


@pytest.mark.parametrize("query", [
    "skip=0&limit=100", "", "a=%D8%B9&b=%20+%26", "x=1&x=2&y", "prefix=%2Fa%2F",
])
def test_the_redirect_keeps_the_query(server, anyone, query):
    response = anyone.get(f"/users?{query}")
    assert response.status_code == 307
    assert response.headers["location"] == f"{server.address}/api/v1/users/" + (f"?{query}" if query else "")


def test_the_redirect_goes_to_the_host_that_was_asked(anyone):
    response = anyone.get("/users?skip=1", headers={"host": "nassaq.example:8443"})
    assert response.headers["location"] == "http://nassaq.example:8443/api/v1/users/?skip=1"


def test_a_followed_redirect_arrives(admin):
    response = admin.get("/users", params={"skip": 0, "limit": 100}, follow_redirects=True)
    assert isinstance(expect.ok(response), list)


@pytest.mark.parametrize("path", [
    "//", "//healthz/ready", "//metrics", "//docs", "//redoc", "//openapi.json",
    "/users/", "/users/me", "/users/pending", "/roles/", "/docs/", "/docs/me", "/paths/",
])
def test_head_answers_as_get_without_a_body(admin, path):
    got, headed = admin.get(path), admin.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert headed.headers.get("content-type") == got.headers.get("content-type")
    if path not in ("//metrics", "//healthz/ready"):  # their bodies change from one request to the next
        assert headed.headers.get("content-length") == got.headers.get("content-length")


def test_head_of_an_error(anyone):
    response = anyone.head("/users/me")
    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" not in route.path], ids=str)
def test_every_fixed_route_is_there(anyone, route):
    assert anyone.request(route.method, route.path).status_code not in (307, 404, 405, 500, 501)


@pytest.mark.parametrize("path", ["/users/m%65", "/%75sers/me"])
def test_escaped_letters_of_a_path_are_the_letters(anyone, path):
    expect.detail(anyone.get(path), 401, "Not authenticated")


@pytest.mark.parametrize("target", [
    "/docs/\ud800", "/docs/%ff/status", "/docs/%C0%AF/status", "/docs/%00/status", "/docs/%zz/status",
    "/docs/%2/status",
], ids=ascii)
def test_a_path_that_is_no_text_is_refused(server, admin, target):
    with RawConnection(server) as connection:
        line = request("GET", "/api/v1" + target.encode("utf-8", "surrogatepass").decode("latin-1"),
                       f"Authorization: Bearer {admin.access_token}")
        connection.send(line.decode().encode("latin-1"))
        assert connection.read_response().status in (400, 404, 422)
    assert admin.get("/users/me").status_code == 200
