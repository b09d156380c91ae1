"""What the platform's web front end needs to the letter. It cannot be changed, so each of these would break it."""

import base64
import json

import pytest

from support import expect, tokens
from support.client import PASSWORD, Client, create_person, unique
from support.documents import upload_text

ORIGIN = "http://localhost:8080"
FROM_THE_PAGE = {"origin": ORIGIN, "referer": f"{ORIGIN}/dashboard", "accept": "application/json, text/plain, */*"}

NAME = "محمد بن عبد الله"


@pytest.fixture(scope="module")
def path_id(admin):
    return expect.ok(admin.post("/paths/", json={"full_path": unique("رف")}), status=201)["id"]


def allowed(response):
    """A browser shows the answer to the page only with these."""
    return (response.headers.get("access-control-allow-origin"),
            response.headers.get("access-control-allow-credentials")) == (ORIGIN, "true")


# -- the list of users: `response.data.map(…)`

def test_the_users_are_a_bare_array(admin, user):
    body = expect.ok(admin.get("/users/?skip=0&limit=100", headers=FROM_THE_PAGE))
    assert isinstance(body, list) and {admin.user_id, user.user_id} <= {entry["user_id"] for entry in body}
    for entry in body:
        assert list(entry) == expect.USER_KEYS
        assert isinstance(entry["user_id"], int) and isinstance(entry["is_active"], bool)


def test_so_are_the_pending_users_and_the_paths(admin, user, pending, path_id):
    assert isinstance(expect.ok(admin.get("/users/pending")), list)
    assert isinstance(expect.ok(user.get("/paths/")), list)


# -- the token: `JSON.parse(atob(token.split(".")[1])).rid === 99`

def claims_by_atob(token):
    """What the page does: atob() takes base64 of Latin-1, and padding may be missing (WHATWG Infra, forgiving-base64)."""
    part = token.split(".")[1]
    assert "-" not in part and "_" not in part, "atob() knows no base64url"
    return json.loads(base64.b64decode(part + "=" * (-len(part) % 4)).decode("latin-1"))


def test_the_role_in_the_token_is_a_number(admin, user):
    role = claims_by_atob(admin.access_token)["rid"]
    assert role == 99 and type(role) is int
    claims = claims_by_atob(user.access_token)
    assert claims["rid"] is None and type(claims["exp"]) is int and type(claims["iat"]) is int


def test_the_token_is_ascii_though_the_name_is_not(admin):
    person = create_person(admin, full_name=NAME)
    assert tokens.decode_part(person.access_token.split(".")[1]).isascii()
    assert claims_by_atob(person.access_token)["sub"] == str(person.user_id)


def test_the_refresh_timer_does_not_overflow(user):
    """setTimeout() takes 2^31-1 milliseconds; the page sets it to the life of the refresh token."""
    claims = tokens.claims_of(user.refresh_token)
    assert (claims["exp"] - claims["iat"]) * 1000 < 2**31


# -- refreshing: the page signs out on 401, and on nothing else

def refresh(client, token):
    headers = {**FROM_THE_PAGE, "content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return client.post("/auth/refresh", headers=headers, content=b"")


def test_a_refresh_as_the_page_sends_it(anyone, user):
    body = expect.ok(refresh(anyone, user.refresh_token))
    assert body["token_type"] == "bearer" and allowed(refresh(anyone, user.refresh_token))


def failing_tokens(admin):
    leaver, sleeper = create_person(admin), create_person(admin)
    expect.empty(admin.delete(f"/users/{leaver.user_id}"))
    expect.ok(admin.patch(f"/users/{sleeper.user_id}", json={"is_active": False}))
    loser = create_person(admin)
    expect.empty(loser.post("/auth/logout"))
    return {"none": None, "an empty one": "", "nonsense": "nonsense", "three dots": "...", "not ASCII": "\u00e9.\u00e9.\u00e9",
            "an access token": loser.access_token, "of a deleted user": leaver.refresh_token,
            "of a deactivated user": sleeper.refresh_token, "of a session that ended": loser.refresh_token,
            "expired": tokens.altered(admin.refresh_token, exp=1), "forged": tokens.altered(admin.refresh_token, key="x"),
            "long": "x" * 10_000}


def test_every_failed_refresh_is_401(anyone, admin):
    for name, token in failing_tokens(admin).items():
        headers = {**FROM_THE_PAGE, "content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}".strip().encode("latin-1")
        response = anyone.post("/auth/refresh", headers=headers, content=b"")
        if name == "not ASCII":  # is no header field at all, and no browser sends it
            assert response.status_code in (400, 401)
            continue
        assert response.status_code == 401, (name, response.text)
        assert list(response.json()) == ["detail", "code"] and isinstance(response.json()["detail"], str), name
        assert allowed(response), name


# -- JSON from every PATCH, nothing from every DELETE: `await response.json()` and its absence

def test_every_patch_answers_json(admin, user, path_id):
    doc_id = upload_text(user)["doc_id"]
    for client, path, body in (
            (user, "/users/me", {"full_name": NAME}), (admin, f"/users/{user.user_id}", {"full_name": NAME}),
            (admin, f"/paths/{path_id}", {"description": "وصف"}), (user, f"/docs/{doc_id}", {"description": "وصف"})):
        assert isinstance(expect.ok(client.patch(path, json=body, headers=FROM_THE_PAGE)), dict), path
    assert isinstance(expect.ok(admin.patch(f"/users/{user.user_id}/activate", headers=FROM_THE_PAGE)), dict)


def test_a_204_is_empty(admin):
    person = create_person(admin)
    path_id = expect.ok(admin.post("/paths/", json={"full_path": unique("gone")}), status=201)["id"]
    for path in (f"/users/{person.user_id}", f"/paths/{path_id}"):
        response = admin.delete(path, headers=FROM_THE_PAGE)
        expect.empty(response)
        assert "content-type" not in response.headers and allowed(response)


# -- CORS on errors: otherwise the page sees "Network Error" and not why

@pytest.mark.parametrize("send, status", [
    (lambda anyone, user: anyone.get("/nope", headers=FROM_THE_PAGE), 404),
    (lambda anyone, user: anyone.put("/users/me", headers=FROM_THE_PAGE), 405),
    (lambda anyone, user: anyone.get("/users", headers=FROM_THE_PAGE), 307),
    (lambda anyone, user: anyone.get("/users/me", headers=FROM_THE_PAGE), 401),
    (lambda anyone, user: user.get("/users/", headers=FROM_THE_PAGE), 403),
    (lambda anyone, user: user.get("/docs/999999/status", headers=FROM_THE_PAGE), 404),
    (lambda anyone, user: user.get("/docs/x/status", headers=FROM_THE_PAGE), 422),
    (lambda anyone, user: user.patch("/users/me", json={}, headers=FROM_THE_PAGE), 400),
    (lambda anyone, user: anyone.post("/auth/register", content=b"x" * 2_000_000,
                                      headers={**FROM_THE_PAGE, "content-type": "application/json"}), 413),
], ids=["404", "405", "307", "401", "403", "404 document", "422", "400", "413"])
def test_an_error_reaches_the_page(anyone, user, send, status):
    response = send(anyone, user)
    assert response.status_code == status and allowed(response)


def test_the_preflight_of_each_kind_of_call(anyone):
    for method, path in (("GET", "/users/"), ("PATCH", "/users/1/activate"), ("DELETE", "/paths/1"),
                         ("POST", "/docs/upload"), ("POST", "/auth/refresh")):
        response = anyone.options(path, headers={"origin": ORIGIN, "access-control-request-method": method,
                                                 "access-control-request-headers": "authorization,content-type"})
        assert response.status_code == 200 and allowed(response)
        assert method in response.headers["access-control-allow-methods"]
        assert {"authorization", "content-type"} <= set(
            response.headers["access-control-allow-headers"].lower().replace(" ", "").split(","))


# -- Arabic, there and back

def test_arabic_stays_as_it_is(server, admin):
    email = f"{unique('arab')}@example.com"
    with Client(server.address) as anyone:
        body = expect.ok(anyone.register(email, full_name=NAME, username=unique("مستخدم")), expect.USER_KEYS, 201)
    assert body["full_name"] == NAME and body["username"].startswith("مستخدم")
    assert NAME.encode() in admin.get("/users/?limit=100").content, "as UTF-8, not escaped"


def test_arabic_documents(user, admin):
    folder = unique("عقود")
    expect.ok(admin.post("/paths/", json={"full_path": folder, "description": "عقود السنة"}), status=201)
    name = f"{unique('رسالة')} رقم ١٢.txt"
    body = expect.ok(user.upload(name, "نصّ عربيّ".encode(), full_path=folder, description="وصف"), status=201)
    assert (body["filename"], body["metadata"]) == (name, {"description": "وصف", "full_path": folder})
    listed = user.get("/docs/me?limit=100", headers=FROM_THE_PAGE)
    assert name.encode() in listed.content and folder.encode() in listed.content


def test_an_arabic_password(admin):
    person = create_person(admin, password="كلمة سر ١٢٣!")
    expect.empty(person.post("/auth/password", json={"current_password": "كلمة سر ١٢٣!", "new_password": PASSWORD}))
