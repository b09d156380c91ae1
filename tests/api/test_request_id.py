"""Every response names its request: `x-request-id` (api.md section 1)."""

import pytest

from support.server import wait_until


@pytest.mark.parametrize("given", ["1", "a-b_c.d:e", "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "x" * 128])
def test_the_callers_id_comes_back(anyone, given):
    response = anyone.get("//", headers={"x-request-id": given})
    assert response.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", [b"", b"x" * 129, b"a b", b"a\tb", "طلب".encode(), b"caf\xe9", b"a\x7fb"], ids=ascii)
def test_any_other_is_replaced(anyone, given):
    response = anyone.get("//", headers=[(b"x-request-id", given)])
    (answered,) = response.headers.get_list("x-request-id")
    assert answered.encode() != given
    assert 1 <= len(answered) <= 128 and answered.isascii() and answered.isprintable() and " " not in answered


@pytest.mark.parametrize("method, path, status", [
    ("GET", "//", 204),
    ("GET", "//nope", 404),
    ("DELETE", "/docs/upload", 401),
    ("PUT", "/users/", 405),
    ("GET", "/users", 307),
    ("GET", "/users/me", 401),
    ("POST", "/auth/register", 422),
    ("HEAD", "//docs", 200),
])
def test_every_answer_has_one(anyone, method, path, status):
    first, second = (anyone.request(method, path) for _ in range(2))
    assert first.status_code == second.status_code == status
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_the_log_knows_the_request_by_its_id(server, anyone):
    anyone.get("/users/me", headers={"x-request-id": "find-me-in-the-log"})
    wait_until(lambda: any("find-me-in-the-log" in line for line in server.log_lines), what="the request's log line")
