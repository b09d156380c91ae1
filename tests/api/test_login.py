"""POST /auth/login: the OAuth2 password form (api.md section 3)."""

import time

import pytest

from support import expect
from support.client import PASSWORD, unique

WRONG = "Incorrect email or password"


def post(client, **form):
    return client.post("/auth/login", data=form)


def test_the_answer(anyone, user):
    body = expect.ok(post(anyone, username=user.email, password=PASSWORD),
                     ["access_token", "refresh_token", "token_type"])
    assert body["token_type"] == "bearer"
    assert body["access_token"].count(".") == body["refresh_token"].count(".") == 2


def test_the_tokens_work(anyone, user):
    body = post(anyone, username=user.email, password=PASSWORD).json()
    bearer = {"authorization": f"Bearer {body['access_token']}"}
    assert anyone.get("/users/me", headers=bearer).json()["email"] == user.email


def test_each_login_is_a_session_of_its_own(anyone, user):
    first, second = (post(anyone, username=user.email, password=PASSWORD).json() for _ in range(2))
    assert first["refresh_token"] != second["refresh_token"]


@pytest.mark.parametrize("fields", [
    {"grant_type": "password"},
    {"grant_type": "password", "scope": "", "client_id": "x", "client_secret": "y"},
    {"scope": "read write"},
    {"unknown": "field"},
])
def test_the_other_fields_of_the_flow(anyone, user, fields):
    assert post(anyone, username=user.email, password=PASSWORD, **fields).status_code == 200


def test_the_email_is_compared_without_case(anyone, user):
    assert post(anyone, username=user.email.upper(), password=PASSWORD).status_code == 200


@pytest.mark.parametrize("form, errors", [
    ({}, [expect.missing("body", "username"), expect.missing("body", "password")]),
    ({"username": "a@example.com"}, [expect.missing("body", "password")]),
    ({"password": "x"}, [expect.missing("body", "username")]),
    ({"grant_type": "code"}, [
        expect.error("string_pattern_mismatch", ["body", "grant_type"], "String should match pattern '^password$'",
                     "code", {"pattern": "^password$"}),
        expect.missing("body", "username"), expect.missing("body", "password")]),
    ({"grant_type": "Password", "username": "a@example.com", "password": "x"}, [
        expect.error("string_pattern_mismatch", ["body", "grant_type"], "String should match pattern '^password$'",
                     "Password", {"pattern": "^password$"})]),
])
def test_a_bad_form(anyone, form, errors):
    expect.invalid(post(anyone, **form), *errors)


def multipart(*parts, boundary="a-boundary"):
    """(content, headers) of a form; a part is (name, value) or (name, value, further parameters)."""
    lines = []
    for name, value, *more in parts:
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"' + "".join(more), "", value]
    content = "\r\n".join([*lines, f"--{boundary}--", ""]).encode()
    return {"content": content, "headers": {"content-type": f"multipart/form-data; boundary={boundary}"}}


def test_a_multipart_form(anyone, user):
    form = multipart(("grant_type", "password"), ("username", user.email), ("password", PASSWORD))
    body = expect.ok(anyone.post("/auth/login", **form), ["access_token", "refresh_token", "token_type"])
    bearer = {"authorization": f"Bearer {body['access_token']}"}
    assert anyone.get("/users/me", headers=bearer).json()["email"] == user.email


def test_a_multipart_form_as_a_library_writes_it(anyone, user):
    files = {"username": (None, user.email), "password": (None, PASSWORD)}
    assert anyone.post("/auth/login", files=files).status_code == 200


def test_a_bad_multipart_form(anyone, user):
    expect.invalid(anyone.post("/auth/login", **multipart(("username", user.email))), expect.missing("body", "password"))
    as_file = multipart(("username", user.email), ("password", PASSWORD, '; filename="password.txt"'))
    expect.invalid(anyone.post("/auth/login", **as_file), expect.missing("body", "password"))
    wrong = multipart(("username", user.email), ("password", "wrong horse 1!"))
    expect.detail(anyone.post("/auth/login", **wrong), 401, WRONG)
    whole = multipart(("username", user.email), ("password", PASSWORD))
    for content in (whole["content"][:-20], b"no boundary in it", b""):
        assert anyone.post("/auth/login", content=content, headers=whole["headers"]).status_code in (400, 422)
    without = anyone.post("/auth/login", content=whole["content"], headers={"content-type": "multipart/form-data"})
    expect.detail(without, 400, "Missing boundary in multipart.")


def test_json_is_no_form(anyone, user):
    response = anyone.post("/auth/login", json={"username": user.email, "password": PASSWORD})
    expect.invalid(response, expect.missing("body", "username"), expect.missing("body", "password"))


@pytest.mark.parametrize("content", [
    b"username=%ff&password=x", b"username=\xff&password=x", b"username=%C0%AF&password=x",
    b"username=a%00b&password=x",
    b"username=%zz&password=%", b"&&&=&username=&password=", b"username=a&username=b&password=x", b"=" * 5000,
], ids=lambda value: ascii(value)[:40])
def test_an_odd_form_is_refused_not_stumbled_over(anyone, content):
    response = anyone.post("/auth/login", content=content,
                           headers={"content-type": "application/x-www-form-urlencoded"})
    assert response.status_code in (400, 401, 422), response.text


def test_plus_and_percent_are_decoded(admin, anyone):
    email = f"{unique('plus')}+tag@example.com"
    created = expect.ok(anyone.register(email, password="a b+c%41&=1"), status=201)
    admin.patch(f"/users/{created['user_id']}/activate")
    body = b"username=" + email.replace("+", "%2B").replace("@", "%40").encode() + b"&password=a+b%2Bc%2541%26%3D1"
    response = anyone.post("/auth/login", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert response.status_code == 200


@pytest.mark.parametrize("password", [
    "wrong horse 1!", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1], "x" * 5000])
def test_a_wrong_password(anyone, user, password):
    expect.detail(anyone.post("/auth/login", content=f"username={user.email}&password={password}".replace(" ", "+"),
                              headers={"content-type": "application/x-www-form-urlencoded"}), 401, WRONG)


@pytest.mark.parametrize("form, name", [("username={}&password=", "password"), ("username=&password=x", "username")])
def test_an_empty_field(anyone, user, form, name):
    """FastAPI takes it for a missing one or for an empty text, by version; either way nobody gets in."""
    response = anyone.post("/auth/login", content=form.format(user.email),
                           headers={"content-type": "application/x-www-form-urlencoded"})
    if response.status_code == 422:
        expect.invalid(response, expect.missing("body", name))
    else:
        expect.detail(response, 401, WRONG)


@pytest.mark.parametrize("email", ["nobody@example.com", "not an email", "' OR 1=1 --", "%", "ليلى", "x" * 3000, "x" * 5000])
def test_an_unknown_email(anyone, email):
    expect.detail(post(anyone, username=email, password=PASSWORD), 401, WRONG)


def test_an_account_that_is_not_active(anyone):
    email = f"{unique('inactive')}@example.com"
    assert anyone.register(email).status_code == 201
    expect.detail(post(anyone, username=email, password="wrong horse 1!"), 401, WRONG)
    expect.detail(post(anyone, username=email, password=PASSWORD), 403, "User is not active")


def test_an_unknown_email_takes_the_time_of_a_wrong_password(anyone, user):
    """The best of a few tries in turns; a lookup alone would be a hundred times faster than a bcrypt hash."""
    times = {user.email: [], "nobody-at-all@example.com": []}
    for _ in range(5):
        for email, seconds in times.items():
            start = time.perf_counter()
            assert post(anyone, username=email, password="wrong horse 1!").status_code == 401
            seconds.append(time.perf_counter() - start)
        known, unknown = map(min, times.values())
        if 0.5 < unknown / known < 2:
            return
    pytest.fail(f"{known:.3f} s for a wrong password, {unknown:.3f} s for an unknown e-mail")


def test_it_is_audited(state, anyone, user):
    post(anyone, username=user.email, password=PASSWORD)
    post(anyone, username=user.email, password="wrong horse 1!")
    actions = {row["action_type"] for row in state.query("SELECT action_type FROM Logs")}
    assert {"user_login", "user_login_failed"} <= actions
