"""GET and PATCH /users/me (api.md section 4)."""

import pytest

from support import expect
from support.client import unique


def test_the_answer(user):
    body = expect.ok(user.get("/users/me"), expect.USER_KEYS)
    assert (body["user_id"], body["email"], body["is_active"]) == (user.user_id, user.email, True)
    expect.timestamp(body["created_at"])


def test_an_administrator(admin):
    body = expect.ok(admin.get("/users/me"), expect.USER_KEYS)
    assert (body["role"], body["full_name"], body["email"]) == ("Admin", "Admin Person", "admin@example.com")


@pytest.mark.parametrize("field, given, kept", [
    ("full_name", "new name", "New Name"),
    ("full_name", "ليلى بنت عبد الله", "ليلى بنت عبد الله"),
    ("username", "مستخدم_جديد", "مستخدم_جديد"),
    ("username", "x" * 20, "x" * 20),
], ids=ascii)
def test_one_field(user, field, given, kept):
    before = user.profile()
    body = expect.ok(user.patch("/users/me", json={field: given}), expect.USER_KEYS)
    assert body == {**before, field: kept}
    assert user.profile() == body


def test_both_fields(user):
    name = unique("both")
    body = expect.ok(user.patch("/users/me", json={"full_name": "both fields", "username": name}))
    assert (body["full_name"], body["username"]) == ("Both Fields", name)


def test_the_same_username_again_is_no_conflict(user):
    username = user.profile()["username"]
    assert user.patch("/users/me", json={"username": username}).status_code == 200


def test_only_the_case_of_the_own_username_changed(user):
    name = unique("case")
    for spelling in (name, name.upper()):
        assert expect.ok(user.patch("/users/me", json={"username": spelling}))["username"] == spelling


def test_nothing_to_update(user):
    expect.detail(user.patch("/users/me", json={}), 400, "No fields to update")


def test_the_username_of_another(user, other):
    taken = other.profile()["username"]
    for spelling in (taken, taken.upper()):
        expect.detail(user.patch("/users/me", json={"username": spelling}), 400, "Username already exists")


@pytest.mark.parametrize("body, errors", [
    ({"full_name": "Five5"}, [expect.too_short("body", "full_name", value="Five5", length=6)]),
    ({"full_name": "x" * 61}, [expect.too_long("body", "full_name", value="x" * 61, length=60)]),
    ({"username": "ab"}, [expect.too_short("body", "username", value="ab", length=3)]),
    ({"username": "x" * 21}, [expect.too_long("body", "username", value="x" * 21, length=20)]),
    ({"username": 7, "full_name": []}, [
        expect.not_a_string("body", "full_name", value=[]), expect.not_a_string("body", "username", value=7)]),
    ([], [expect.not_an_object([])]),
], ids=lambda value: ascii(value)[:40])
def test_a_bad_body(user, body, errors):
    before = user.profile()
    expect.invalid(user.patch("/users/me", json=body), *errors)
    assert user.profile() == before


@pytest.mark.parametrize("fields", [
    {"role_id": 99}, {"is_active": False}, {"user_id": 1}, {"email": "else@example.com"}, {"role": "Admin"},
    {"password_hash": "x"}, {"created_at": "2000-01-01T00:00:00"},
])
def test_no_other_field_can_be_set(user, fields):
    before = user.profile()
    assert user.patch("/users/me", json=fields).status_code in (400, 422)
    assert user.profile() == before
    answer = user.patch("/users/me", json={"full_name": before["full_name"], **fields})
    assert answer.status_code in (200, 422)
    assert user.profile() == before


def test_null_is_no_name(user):
    before = user.profile()
    assert user.patch("/users/me", json={"full_name": None, "username": None}).status_code in (400, 422)
    assert user.profile() == before


def test_it_is_audited(state, user):
    user.patch("/users/me", json={"full_name": "Audited Person"})
    assert state.query("SELECT * FROM Logs WHERE action_type = 'user_self_update' AND user_id = ?", user.user_id)
