"""Changing one's password, and giving a user another one (api.md section 8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, Person, create_person

NEW = "another horse 2!"


@pytest.fixture
def person(admin):
    with create_person(admin) as person:
        yield person


def change(person, new=NEW, current=PASSWORD):
    return person.post("/auth/password", json={"current_password": current, "new_password": new})


def reset(admin, person, new=NEW):
    return admin.post(f"/users/{person.user_id}/password", json={"new_password": new})


def refreshes(person):
    return person.post("/auth/refresh", headers={"authorization": f"Bearer {person.refresh_token}"}).status_code == 200


def logs(state, person):
    return state.query("SELECT user_id FROM Logs WHERE action_type = 'password_change' AND entity_id = ?",
                       person.user_id)


# -- POST /auth/password

def test_change(anyone, person, state):
    expect.empty(change(person))
    expect.detail(anyone.login(person.email), 401, "Incorrect email or password")
    assert anyone.login(person.email, NEW).status_code == 200
    assert logs(state, person) == [{"user_id": person.user_id}]


def test_change_ends_the_other_sessions(person):
    with Person(person.address, person.email).log_in() as second:
        expect.empty(change(person))
        assert refreshes(person) and not refreshes(second)


@pytest.mark.parametrize("current", ["wrong horse 1!", "", PASSWORD + "x", "x" * 5000, PASSWORD[:-1]])
def test_change_with_a_wrong_password(anyone, person, current):
    with Person(person.address, person.email).log_in() as second:
        expect.detail(change(person, current=current), 400, "Incorrect password")
        assert refreshes(second)
    assert anyone.login(person.email).status_code == 200


@pytest.mark.parametrize("new", ["سر_طويل_جدا_123!", "a" * 62 + "1!", "pass wörd 9 ✓"], ids=ascii)
def test_passwords_in_any_script(anyone, person, new):
    expect.empty(change(person, new))
    assert anyone.login(person.email, new).status_code == 200


RULES = [
    ("short1!", lambda *loc: expect.too_short(*loc, value=expect.MASKED, length=8)),
    ("x" * 63 + "1!", lambda *loc: expect.too_long(*loc, value=expect.MASKED, length=64)),
    ("no digits here!", lambda *loc: expect.own_rule(*loc, text="Password must contain at least one digit",
                                                     value=expect.MASKED)),
    ("nospecial123", lambda *loc: expect.own_rule(*loc, text="Password must contain at least one special character",
                                                  value=expect.MASKED)),
    ("س" * 40 + "1!", lambda *loc: expect.own_rule(*loc, text="Password must be at most 72 bytes long",
                                                   value=expect.MASKED)),
    (12345678, lambda *loc: expect.not_a_string(*loc, value=expect.MASKED)),
    (None, lambda *loc: expect.not_a_string(*loc, value=expect.MASKED)),
]


@pytest.mark.parametrize("new, error", RULES, ids=lambda value: ascii(value)[:20])
def test_the_rules_are_those_of_registering(admin, user, new, error):
    expect.invalid(change(user, new), error("body", "new_password"))
    expect.invalid(reset(admin, user, new), error("body", "new_password"))


def test_missing_fields(admin, user):
    expect.invalid(user.post("/auth/password", json={}),
                   expect.missing("body", "current_password", value={}), expect.missing("body", "new_password", value={}))
    expect.invalid(user.post("/auth/password", json={"current_password": PASSWORD}),
                   expect.missing("body", "new_password", value={"current_password": expect.MASKED}))
    expect.invalid(admin.post(f"/users/{user.user_id}/password", json={}),
                   expect.missing("body", "new_password", value={}))


def test_racing_changes(anyone, person):
    """One of them wins; the others had the right password when they were asked for it, but not any more."""
    passwords = [f"racing horse {number}!" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda new: change(person, new).status_code, passwords))
    assert sorted(codes) == [204, 400, 400, 400]
    assert [anyone.login(person.email, new).status_code for new in passwords].count(200) == 1


def test_a_login_with_the_old_password_does_not_outlive_the_change(admin, person):
    """It may be verified before the reset and open its session after it."""
    with ThreadPoolExecutor(8) as pool:
        logins = [pool.submit(person.login, person.email) for _ in range(6)]
        expect.empty(reset(admin, person))
        pairs = [login.result().json() for login in logins if login.result().status_code == 200]
    for pair in pairs:
        person.refresh_token = pair["refresh_token"]
        assert not refreshes(person)


# -- POST /users/{user_id}/password

def test_reset(admin, anyone, person, state):
    with Person(person.address, person.email).log_in() as second:
        expect.empty(reset(admin, person))
        assert not refreshes(person) and not refreshes(second)
    expect.detail(anyone.login(person.email), 401, "Incorrect email or password")
    assert anyone.login(person.email, NEW).status_code == 200
    assert logs(state, person) == [{"user_id": admin.user_id}]


def test_reset_of_ones_own(admin):
    with create_person(admin) as second:
        assert admin.patch(f"/users/{second.user_id}", json={"role_id": 99}).status_code == 200
        expect.empty(reset(second, second))
        assert not refreshes(second)


@pytest.mark.parametrize("user_id", [999999, 0, -1, 2**62])
def test_reset_of_nobody(admin, user_id):
    expect.detail(admin.post(f"/users/{user_id}/password", json={"new_password": NEW}), 404, "User not found")


def test_errors_of_the_path_and_the_body_together(admin):
    expect.invalid(admin.post("/users/abc/password", json={}),
                   expect.unparsable_integer("path", "user_id", value="abc"),
                   expect.missing("body", "new_password", value={}))


def test_no_password_reaches_the_log(server, admin, person):
    change(person, current="a wrong secret 7!")
    reset(admin, person, "reset secret 8!")
    assert not [line for line in server.log_lines if "secret 7" in line or "secret 8" in line]
