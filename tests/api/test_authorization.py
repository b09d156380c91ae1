"""Who may call what: every route of the table at every level, and the order of refusals (api.md sections 1 and 2)."""

import json
import re

import pytest

from support import expect
from support.client import BASE
from support.routes import ACTIVE, ADMIN, CURRENT, REFRESH, ROUTES, TOKEN

GUARDED = [route for route in ROUTES if route.level in (TOKEN, CURRENT, ACTIVE, ADMIN)]
NOT_PENDING = [route for route in GUARDED if route.level in (ACTIVE, ADMIN)]
ADMIN_ONLY = [route for route in GUARDED if route.level == ADMIN]

PENDING = "Your account is pending role assignment. Please contact an administrator."
FORBIDDEN = "You are not authorized to perform this action."


def call(client, route, **options):
    """With an id and a query that would be 422, so that a guard that looks too late shows."""
    return client.request(route.method, route.with_id("x") + "?limit=x&minDepth=x", **options)


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_without_a_token(anyone, route):
    expect.detail(call(anyone, route), 401, "Not authenticated")


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "bearer", "Token abc", "", "Bearerabc"])
def test_another_scheme_is_no_token(anyone, header):
    expect.detail(anyone.get("/users/me", headers={"authorization": header}), 401, "Not authenticated")


def test_the_scheme_is_compared_without_case(user, anyone):
    for scheme in ("bearer", "BEARER", "Bearer"):
        response = anyone.get("/users/me", headers={"authorization": f"{scheme} {user.access_token}"})
        assert response.status_code == 200


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_with_a_bad_token(anyone, route):
    response = call(anyone, route, headers={"authorization": "Bearer not.a.token"})
    expect.detail(response, 401, "Could not validate credentials")


@pytest.mark.parametrize("route", NOT_PENDING, ids=str)
def test_a_pending_user(pending, route):
    expect.detail(call(pending, route), 403, PENDING)


def test_a_pending_user_may_look_at_himself(pending):
    body = expect.ok(pending.get("/users/me"), expect.USER_KEYS)
    assert body["is_active"] is False


@pytest.mark.parametrize("route", ADMIN_ONLY, ids=str)
def test_an_ordinary_user(user, route):
    expect.detail(call(user, route), 403, FORBIDDEN)


@pytest.mark.parametrize("route", [route for route in GUARDED if "_id}" in route.path], ids=str)
def test_only_then_is_the_request_looked_at(admin, route):
    """422 comes after 401 and 403: the administrator, who is let in, learns that the id is no number."""
    response = admin.request(route.method, route.with_id("x"))
    assert response.status_code == 422
    name = route.path.partition("{")[2].partition("}")[0]
    assert response.json()["detail"][0] == expect.unparsable_integer("path", name, value="x")


@pytest.mark.parametrize("headers", [
    {"content-type": "application/json"},
    {"content-type": "multipart/form-data"},
    {"content-type": "text/plain"},
])
def test_a_bad_body_does_not_come_before_the_guard(anyone, user, headers):
    expect.detail(anyone.post("/paths/", content=b"{broken", headers=headers), 401, "Not authenticated")
    expect.detail(user.post("/paths/", content=b"{broken", headers=headers), 403, FORBIDDEN)


def test_routing_comes_before_the_guard(anyone):
    assert anyone.put("/users/").status_code == 405
    assert anyone.get("/users").status_code == 307
    assert anyone.get("/nope").status_code == 404


def test_a_role_change_works_at_once(admin, other):
    assert other.get("/users/").status_code == 403
    assert admin.patch(f"/users/{other.user_id}", json={"role_id": 99}).status_code == 200
    assert other.get("/users/").status_code == 200
    assert admin.patch(f"/users/{other.user_id}", json={"role_id": 1}).status_code == 200
    expect.detail(other.get("/users/"), 403, FORBIDDEN)


def test_a_deactivation_works_at_once(admin, other):
    assert other.get("/docs/me").status_code == 200
    assert admin.patch(f"/users/{other.user_id}", json={"is_active": False}).status_code == 200
    expect.detail(other.get("/docs/me"), 403, PENDING)
    assert admin.patch(f"/users/{other.user_id}/activate").status_code == 200
    expect.detail(other.get("/docs/me"), 401, "Could not validate credentials")  # Their sessions have ended.
    assert other.log_in().get("/docs/me").status_code == 200


# -- the same of whatever the server itself says that it has: a route that somebody forgets to guard is found here

OPEN = {
    ("POST", "/api/v1/auth/register"), ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),  # looks at its token itself: test_refresh.py
    ("GET", "/"), ("GET", "/healthz/ready"), ("GET", "/metrics"),
}


def documented_operations(server):
    """(method, path, operation) of each route in the OpenAPI document, parameters filled in with what is none."""
    paths = json.loads(server.run("openapi").stdout)["paths"]
    for path, item in paths.items():
        for method, operation in item.items():
            yield method.upper(), re.sub(r"{\w+}", "x", path), operation


def refusals(operation, status):
    examples = operation["responses"].get(str(status), {}).get("content", {}).get("application/json", {})
    return [example["value"]["detail"] for example in examples.get("examples", {}).values()]


def refuse(client, method, path, **options):
    url = path.removeprefix(BASE) if path.startswith(BASE) else f"/{path}"
    with client.stream(method, url + "?limit=x", **options) as response:  # what is let in may never end: events
        if response.status_code not in (401, 403):
            return response.status_code, None
        response.read()
        return response.status_code, response.json().get("detail")


def test_each_documented_route_is_as_open_as_it_says(server, anyone, pending, user):
    seen = set()
    for method, path, operation in documented_operations(server):
        seen.add((method, path))
        if (method, path) in OPEN:
            # /auth/refresh has no guard, but it does want its token, and no other.
            wanted = [{"RefreshToken": []}] if path.endswith("/refresh") else None
            assert operation.get("security") == wanted, (method, path)
            continue
        assert operation["security"], (method, path)
        assert refuse(anyone, method, path) == (401, "Not authenticated"), (method, path)
        forged = {"authorization": "Bearer a.b.c"}
        assert refuse(anyone, method, path, headers=forged) == (401, "Could not validate credentials"), (method, path)
        if path == "/api/v1/auth/logout":
            continue  # would end the sessions of the people below
        told = refusals(operation, 403)
        assert (refuse(pending, method, path) == (403, PENDING)) == (PENDING in told), (method, path)
        assert (refuse(user, method, path) == (403, FORBIDDEN)) == (FORBIDDEN in told), (method, path)
    assert OPEN < seen


def test_the_document_has_the_levels_of_the_contract(server):
    operations = {(method, path): operation for method, path, operation in documented_operations(server)}
    for route in ROUTES:
        operation = operations[route.method, BASE + re.sub(r"{\w+}", "x", route.path)]
        assert (PENDING in refusals(operation, 403)) == (route.level in (ACTIVE, ADMIN)), route
        assert (FORBIDDEN in refusals(operation, 403)) == (route.level == ADMIN), route
        assert ("security" in operation) == (route.level in (REFRESH, TOKEN, CURRENT, ACTIVE, ADMIN)), route
