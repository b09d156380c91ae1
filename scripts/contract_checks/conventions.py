"""Section 1: routing, errors, validation errors, CORS, request ids, the wire."""

import re

from contract_checks.client import BASE
from contract_checks.promise import (Broken, Skipped, expect, expect_detail, expect_invalid, expect_json, expect_status,
                                     expect_true, promise)
from contract_checks.world import PASSWORD, USER_KEYS

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(?!000000)\d{6})?")


@promise("1", "a collection without its last slash is 307 to the absolute address, the query kept")
def _(world):
    for collection in ("/users", "/docs", "/paths", "/roles", "/logs"):
        answer = expect_status(world.anyone.get(f"{collection}?skip=1&limit=2"), 307)
        expect(answer.header("location"), f"{world.server.url}{BASE}{collection}/?skip=1&limit=2", "location")


@promise("1", "and a route without one does not end in one")
def _(world):
    answer = expect_status(world.anyone.get("/users/me/"), 307)
    expect(answer.header("location"), f"{world.server.url}{BASE}/users/me", "location")


@promise("1", "timestamps are UTC, six digits of fraction or none, no suffix")
def _(world):
    created_at = expect_json(world.user.get("/users/me"), USER_KEYS)["created_at"]
    expect_true(TIMESTAMP.fullmatch(created_at), "YYYY-MM-DDTHH:MM:SS[.ffffff]", created_at)


@promise("1", "an unknown route is 404 Not Found")
def _(world):
    expect_detail(world.anyone.get("/nope"), 404, "Not Found")
    expect_detail(world.admin.get("//nope"), 404, "Not Found")


@promise("1", "the wrong method is 405 Method Not Allowed, with Allow")
def _(world):
    answer = expect_detail(world.anyone.request("PUT", "/users/me"), 405, "Method Not Allowed")
    expect({"GET", "PATCH"} <= set((answer.header("allow") or "").replace(" ", "").split(",")), True, "GET, PATCH in Allow")


@promise("1", "every 401 carries WWW-Authenticate: Bearer")
def _(world):
    expect_detail(world.anyone.get("/users/me"), 401, "Not authenticated")


@promise("1", "HEAD is GET without the body")
def _(world):
    answer = expect_status(world.user.request("HEAD", "/users/me"), 200)
    expect((answer.body, answer.header("content-type")), (b"", "application/json"))


def register(world, **changes):
    body = {"full_name": "Contract Check", "email": world.email("never"), "password": PASSWORD, **changes}
    return world.anyone.register(**{name: value for name, value in body.items() if value is not None})


def text_error(kind, field, limit):
    word = {"string_too_short": "at least", "string_too_long": "at most"}[kind]
    context = {"min_length" if "short" in kind else "max_length": limit}
    return kind, ["body", field], f"String should have {word} {limit} characters", context


@promise("1", "422 missing: Field required")
def _(world):
    expect_invalid(register(world, email=None), ("missing", ["body", "email"], "Field required", None))


@promise("1", "422 string_type, int_type, bool_type")
def _(world):
    expect_invalid(register(world, full_name=7),
                   ("string_type", ["body", "full_name"], "Input should be a valid string", None))
    expect_invalid(world.admin.patch(f"/users/{world.user.user_id}", {"role_id": [], "is_active": []}),
                   ("int_type", ["body", "role_id"], "Input should be a valid integer", None),
                   ("bool_type", ["body", "is_active"], "Input should be a valid boolean", None))


@promise("1", "422 string_too_short and string_too_long, with the limit in ctx")
def _(world):
    expect_invalid(register(world, full_name="Short"), text_error("string_too_short", "full_name", 6))
    expect_invalid(register(world, username="x" * 21), text_error("string_too_long", "username", 20))


@promise("1", "422 int_parsing, bool_parsing, greater_than_equal, less_than_equal")
def _(world):
    expect_invalid(world.admin.get("/users/?skip=-1&limit=101&is_active=maybe"),
                   ("greater_than_equal", ["query", "skip"], "Input should be greater than or equal to 0", {"ge": 0}),
                   ("less_than_equal", ["query", "limit"], "Input should be less than or equal to 100", {"le": 100}),
                   ("bool_parsing", ["query", "is_active"],
                    "Input should be a valid boolean, unable to interpret input", None))
    expect_invalid(world.user.get("/docs/x/status"),
                   ("int_parsing", ["path", "doc_id"],
                    "Input should be a valid integer, unable to parse string as an integer", None))


@promise("1", "422 literal_error names the choices")
def _(world):
    choices = "'Finished', 'Failed', 'Processing' or 'Queued'"
    expect_invalid(world.user.get("/docs/me?status=Lost"),
                   ("literal_error", ["query", "status"], f"Input should be {choices}", {"expected": choices}))


@promise("1", "422 extra_forbidden")
def _(world):
    expect_invalid(register(world, role_id=99),
                   ("extra_forbidden", ["body", "role_id"], "Extra inputs are not permitted", None))


@promise("1", "422 value_error of an e-mail address, with the reason")
def _(world):
    body = expect_json(register(world, email="nobody"), ["detail", "code"], 422)
    (error,) = body["detail"]
    reason = error["ctx"]["reason"]
    expect((error["type"], error["msg"]), ("value_error", f"value is not a valid email address: {reason}"))


@promise("1", "422 json_invalid at the offset of the fault")
def _(world):
    answer = world.anyone.post("/auth/register", "{broken", headers={"Content-Type": "application/json"})
    (error,) = expect_json(answer, ["detail", "code"], 422)["detail"]
    expect((error["type"], error["loc"], error["msg"]), ("json_invalid", ["body", 1], "JSON decode error"))


@promise("1", "422 model_attributes_type for a body that is no object")
def _(world):
    expect_invalid(world.anyone.post("/auth/register", [1]),
                   ("model_attributes_type", ["body"],
                    "Input should be a valid dictionary or object to extract fields from", None))


@promise("1", "all errors of a request together, in the order of declaration")
def _(world):
    expect_invalid(register(world, full_name="x", email=None, username="x"),
                   text_error("string_too_short", "full_name", 6), ("missing", ["body", "email"], "Field required", None),
                   text_error("string_too_short", "username", 3))


@promise("1", "a secret is never echoed")
def _(world):
    secret = "swordfishes!"
    answer = register(world, password=secret, email=None)
    expect_true(secret not in answer.text, "no password in the answer", answer.text)
    expect_invalid(answer, ("missing", ["body", "email"], "Field required", None),
                   ("value_error", ["body", "password"], "Value error, Password must contain at least one digit",
                    {"error": {}}))
    expect(answer.json()["detail"][1]["input"], "**********", "input")


@promise("1", "routing is refused before 401, 401 before 422, 403 before 422, 422 before 404")
def _(world):
    expect(world.anyone.request("PUT", "/users/x").status, 405)
    expect(world.anyone.patch("/users/x", "{broken").status, 401)
    expect(world.user.patch("/users/x", "{broken").status, 403)
    expect(world.admin.patch("/users/x", {"full_name": "Somebody Else"}).status, 422)
    expect(world.admin.patch("/users/999999999", {"full_name": "x"}).status, 422)


@promise("1", "lengths count code points: 60 Arabic letters fit where 61 do not")
def _(world):
    expect_json(world.other.patch("/users/me", {"full_name": "م" * 60}), USER_KEYS)
    expect_invalid(world.other.patch("/users/me", {"full_name": "م" * 61}), text_error("string_too_long", "full_name", 60))


@promise("1", "invalid UTF-8 is 400 or 422, and never kept")
def _(world):
    for body in (b'{"full_name": "Layla \xff Haddad"}', b'{"full_name": "Layla \xc0\xaf Haddad"}'):
        answer = world.other.patch("/users/me", body, headers={"Content-Type": "application/json"})
        expect_true(answer.status in (400, 422), "400 or 422", (answer.status, answer.text))
    expect_true(world.user.get("/docs/me?skip=%ff").status in (400, 422), "400 or 422", "another status")


@promise("1", "CORS: a preflight of an allowed origin")
def _(world):
    answer = world.anyone.request("OPTIONS", "/users/me", headers={
        "Origin": world.origin, "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,x-contract"})
    if answer.status == 400 and "origin" in answer.text:
        raise Skipped(f"{world.origin} is none of the server's CORS_ORIGINS; name one with --origin")
    expect_status(answer, 200)
    expect((answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"),
            answer.header("access-control-max-age")), (world.origin, "true", "600"))
    expect_true("x-contract" in (answer.header("access-control-allow-headers") or "").lower(), "x-contract to be allowed",
                answer.header("access-control-allow-headers"))
    for method in ("GET", "POST", "PATCH", "DELETE"):
        expect_true(method in (answer.header("access-control-allow-methods") or ""), f"{method} to be allowed",
                    answer.header("access-control-allow-methods"))


@promise("1", "CORS: errors have the headers too")
def _(world):
    answer = world.anyone.get("/users/me", headers={"Origin": world.origin})
    if answer.header("access-control-allow-origin") is None:
        preflight = world.anyone.request("OPTIONS", "/users/me", headers={"Origin": world.origin,
                                                                          "Access-Control-Request-Method": "GET"})
        if preflight.status == 400:
            raise Skipped(f"{world.origin} is none of the server's CORS_ORIGINS; name one with --origin")
    expect((answer.status, answer.header("access-control-allow-origin"),
            answer.header("access-control-allow-credentials")), (401, world.origin, "true"))


@promise("1", "CORS: a preflight of another origin is 400 Disallowed CORS origin")
def _(world):
    answer = world.anyone.request("OPTIONS", "/users/me", headers={
        "Origin": "https://evil.example", "Access-Control-Request-Method": "GET"})
    expect((answer.status, answer.text), (400, "Disallowed CORS origin"))
    expect(answer.header("access-control-allow-origin"), None)


@promise("1", "every response has x-request-id: the caller's when it is 1 to 128 visible ASCII characters")
def _(world):
    expect(world.anyone.get("/nope", headers={"X-Request-Id": "contract-7"}).header("x-request-id"), "contract-7")
    for other in ("x" * 129, "two words"):
        given = world.anyone.get("//", headers={"X-Request-Id": other}).header("x-request-id")
        expect_true(given and given != other, "another request id", given)
    first, second = (world.anyone.get("//").header("x-request-id") for _ in range(2))
    expect_true(first and second and first != second, "two request ids", (first, second))


def raw(world, method, target, *headers):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {world.server.authority}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@promise("1", "HTTP/1.1 with keep-alive and pipelining: answers in order, on one connection")
def _(world):
    said = world.server.send_raw(b"".join(raw(world, "GET", "/", f"X-Request-Id: n{number}") for number in range(5)))
    expect(re.findall(rb"x-request-id: (n\d)", said, re.IGNORECASE), [b"n0", b"n1", b"n2", b"n3", b"n4"])


@promise("1", "a request that can be read in two ways is refused, and the connection closed")
def _(world):
    login = f"{BASE}/auth/login"
    for fields in (("Content-Length: 5", "Transfer-Encoding: chunked"), ("Content-Length: 5", "Content-Length: 6")):
        said = world.server.send_raw(raw(world, "POST", login, *fields) + b"0\r\n\r\n" + raw(world, "GET", "/"))
        if not said.startswith(b"HTTP/1.1 400") or said.count(b"HTTP/1.1 ") != 1:
            raise Broken(f"expected one 400 to {fields}, came {said[:200]!r}")
