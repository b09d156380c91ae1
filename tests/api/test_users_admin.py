"""What an administrator does to users: PATCH, activate, DELETE, and the rule of the last administrator (section 4)."""

import pytest

from support import expect
from support.client import PASSWORD, Client, Person, create_person, unique
from support.documents import finish, upload_text
from support.state import numbers_below

LAST_ADMIN = "At least one active administrator is required."


@pytest.fixture(scope="module")
def target(admin):
    """The user whom the tests change."""
    with create_person(admin) as person:
        yield person


def profile(admin, target):
    """As the administrator sees it: a deactivation ends the target's own tokens."""
    (found,) = [user for user in admin.get("/users/?limit=100").json() if user["user_id"] == target.user_id]
    return found


def patch(admin, target, **fields):
    return admin.patch(f"/users/{target.user_id}", json=fields)


# -- PATCH /users/{user_id}

@pytest.mark.parametrize("field, given, shown", [
    ("full_name", "another name", {"full_name": "Another Name"}),
    ("username", "اسم_آخر", {"username": "اسم_آخر"}),
    ("role_id", 99, {"role": "Admin"}),
    ("role_id", 1, {"role": "User"}),
    ("role_id", "1", {"role": "User"}),
    ("is_active", False, {"is_active": False}),
    ("is_active", True, {"is_active": True}),
    ("is_active", "off", {"is_active": False}),
    ("is_active", 1, {"is_active": True}),
], ids=ascii)
def test_one_field(admin, target, field, given, shown):
    before = profile(admin, target)
    body = expect.ok(patch(admin, target, **{field: given}), expect.USER_KEYS)
    assert body == {**before, **shown}
    assert profile(admin, target) == body


def test_the_email_changes_to_lower_case_and_logs_in(admin, anyone):
    with create_person(admin) as person:
        email = f"{unique('Renamed')}@Example.com"
        assert expect.ok(patch(admin, person, email=email))["email"] == email.lower()
        assert anyone.login(email).status_code == 200
        assert anyone.login(person.email).status_code == 401


def test_all_fields_at_once(admin, anyone):
    with create_person(admin) as person:
        name = unique("all")
        body = expect.ok(patch(admin, person, full_name="all of them", email=f"{name}@example.com", username=name,
                               role_id=1, is_active=False))
        assert body == {**body, "user_id": person.user_id, "full_name": "All Of Them", "email": f"{name}@example.com",
                        "username": name, "role": "User", "is_active": False}


def test_nothing_to_update(admin, target):
    expect.detail(patch(admin, target), 400, "No fields to update")


@pytest.mark.parametrize("user_id", [999999, 0, -1, 2**31, 2**62])
def test_nobody(admin, user_id):
    expect.detail(admin.patch(f"/users/{user_id}", json={"full_name": "Nobody There"}), 404, "User not found")


def test_what_another_has(admin, target, other):
    taken = other.profile()
    for fields in ({"username": taken["username"].upper()}, {"email": taken["email"].upper()},
                   {"email": taken["email"], "username": unique("free")}):
        expect.detail(patch(admin, target, **fields), 400, "Username or email already exists")


def test_the_same_values_again_are_no_conflict(admin, target):
    before = profile(admin, target)
    assert patch(admin, target, username=before["username"], email=before["email"].upper()).status_code == 200
    assert profile(admin, target) == before


@pytest.mark.parametrize("role_id", [0, 2, -1, 98, 100, 2**31 - 1])
def test_a_role_that_is_not_there(admin, target, role_id):
    before = profile(admin, target)
    expect.detail(patch(admin, target, role_id=role_id), 400, f"Role with id {role_id} does not exist")
    assert profile(admin, target) == before


@pytest.mark.parametrize("body, errors", [
    ({"full_name": "Five5"}, [expect.too_short("body", "full_name", value="Five5", length=6)]),
    ({"email": "nobody"}, [expect.bad_email("nobody", "An email address must have an @-sign.")]),
    ({"username": "ab"}, [expect.too_short("body", "username", value="ab", length=3)]),
    ({"role_id": "x"}, [expect.unparsable_integer("body", "role_id", value="x")]),
    ({"role_id": []}, [expect.not_an_integer("body", "role_id", value=[])]),
    ({"role_id": 1.5}, [expect.error("int_from_float", ["body", "role_id"],
                                     "Input should be a valid integer, got a number with a fractional part", 1.5)]),
    ({"is_active": "maybe"}, [expect.unparsable_boolean("body", "is_active", value="maybe")]),
    ({"is_active": {}}, [expect.not_a_boolean("body", "is_active", value={})]),
    ({"is_active": "maybe", "role_id": "x", "username": "", "email": 1, "full_name": 2}, [
        expect.not_a_string("body", "full_name", value=2),
        expect.not_a_string("body", "email", value=1),
        expect.too_short("body", "username", value="", length=3),
        expect.unparsable_integer("body", "role_id", value="x"),
        expect.unparsable_boolean("body", "is_active", value="maybe")]),
], ids=lambda value: ascii(value)[:40])
def test_a_bad_body(admin, target, body, errors):
    before = profile(admin, target)
    expect.invalid(admin.patch(f"/users/{target.user_id}", json=body), *errors)
    assert profile(admin, target) == before


def test_extra_fields_are_refused(admin, target):
    before = profile(admin, target)
    response = admin.patch(f"/users/{target.user_id}", json={"full_name": "Extra Person", "password": "x", "user_id": 1})
    assert response.status_code == 422
    assert {error["type"] for error in response.json()["detail"]} == {"extra_forbidden"}
    expect.invalid(admin.patch(f"/users/{target.user_id}", json={"created_at": "2020-01-01"}),
                   expect.extra("body", "created_at", value="2020-01-01"))
    assert profile(admin, target) == before


def test_errors_of_the_path_and_the_body_together(admin):
    expect.invalid(admin.patch("/users/abc", json={"role_id": "x"}),
                   expect.unparsable_integer("path", "user_id", value="abc"),
                   expect.unparsable_integer("body", "role_id", value="x"))


# -- PATCH /users/{user_id}/activate

def test_activate(admin, anyone):
    created = expect.ok(anyone.register(f"{unique('waiting')}@example.com"), status=201)
    body = expect.ok(admin.patch(f"/users/{created['user_id']}/activate"), expect.USER_KEYS)
    assert {**body, "role": None} == {**created, "is_active": True}
    assert anyone.login(created["email"]).status_code == 200


def test_activate_with_headers_of_a_body_but_none(admin, target):
    response = admin.patch(f"/users/{target.user_id}/activate",
                           headers={"content-type": "application/json", "content-length": "0"})
    assert expect.ok(response)["is_active"] is True


@pytest.mark.parametrize("content", [b"{}", b"null", b'{"role_id":99}', b" ", b"broken", b"x" * 10000])
def test_activate_with_a_body(admin, target, content):
    before = profile(admin, target)
    response = admin.patch(f"/users/{target.user_id}/activate", content=content,
                           headers={"content-type": "application/json"})
    expect.detail(response, 400, "Request body is not allowed for this endpoint.")
    assert profile(admin, target) == before


def test_activate_with_a_chunked_body(admin, target):
    response = admin.patch(f"/users/{target.user_id}/activate", content=iter([b"{", b"}"]))
    expect.detail(response, 400, "Request body is not allowed for this endpoint.")


def test_activate_nobody(admin):
    expect.detail(admin.patch("/users/999999/activate"), 404, "User not found")


# -- DELETE /users/{user_id}

def test_delete(admin, anyone):
    with create_person(admin) as person:
        expect.empty(admin.delete(f"/users/{person.user_id}"))
        expect.detail(admin.delete(f"/users/{person.user_id}"), 404, "User not found")
        expect.detail(anyone.login(person.email), 401, "Incorrect email or password")
        # The address is free again.
        assert anyone.register(person.email).status_code == 201


def test_delete_nobody(admin):
    expect.detail(admin.delete("/users/999999"), 404, "User not found")


def test_delete_oneself(admin):
    expect.detail(admin.delete(f"/users/{admin.user_id}"), 400, "Cannot delete your own account.")


def test_delete_somebody_with_documents(admin):
    with create_person(admin) as person:
        document = upload_text(person)
        expect.detail(admin.delete(f"/users/{person.user_id}"), 400, "Cannot delete user: related records exist.")
        assert person.get("/users/me").status_code == 200
        finish(person, document["doc_id"])
        assert admin.delete(f"/docs/{document['doc_id']}").status_code == 200
        expect.empty(admin.delete(f"/users/{person.user_id}"))


def test_the_audit_log_outlives_a_user(admin, state):
    with create_person(admin) as person:
        person.patch("/users/me", json={"full_name": "Will Be Deleted"})
        logs = state.query("SELECT log_id FROM Logs WHERE user_id = ?", person.user_id)
        expect.empty(admin.delete(f"/users/{person.user_id}"))
        assert logs
        for row in logs:
            assert state.query("SELECT user_id FROM Logs WHERE log_id = ?", row["log_id"]) == [{"user_id": None}]


def test_delete_somebody_with_a_long_audit_log(admin, state):
    """More rows than one transaction takes the name off."""
    rows = 2_100
    with create_person(admin) as person:
        state.execute("INSERT INTO Logs (log_timestamp, action_type, user_id) SELECT '2026-01-01T00:00:00', 'long_log', "
                      f"CAST(? AS INTEGER) FROM {numbers_below(rows)}", person.user_id)
        expect.empty(admin.delete(f"/users/{person.user_id}"))
        kept = state.query("SELECT COUNT(*) AS kept, COUNT(user_id) AS named FROM Logs WHERE action_type = 'long_log'")
        assert kept == [{"kept": rows, "named": 0}]


def test_it_is_all_audited(admin, state):
    with create_person(admin) as person:
        patch(admin, person, full_name="Audited Person")
        admin.delete(f"/users/{person.user_id}")
        rows = state.query("SELECT action_type FROM Logs WHERE user_id = ? AND entity_id = ?",
                           admin.user_id, person.user_id)
        assert {"user_activate", "user_admin_update", "user_delete"} <= {row["action_type"] for row in rows}


# -- the last administrator

@pytest.fixture
def lonely_admin(new_server):
    """The only administrator of a server of his own."""
    server = new_server().start()
    server.create_admin("lonely@example.com", "Lonely Admin", PASSWORD)
    with Person(server.address, "lonely@example.com") as person:
        yield person.log_in()


def test_the_last_administrator(lonely_admin):
    admin = lonely_admin
    before = admin.profile()
    for fields in ({"is_active": False}, {"role_id": 1}, {"role_id": 1, "full_name": "Other Name"}):
        expect.detail(patch(admin, admin, **fields), 400, LAST_ADMIN)
    expect.detail(admin.delete(f"/users/{admin.user_id}"), 400, "Cannot delete your own account.")
    assert admin.profile() == before
    assert patch(admin, admin, role_id=99, is_active=True, full_name="Same Admin").status_code == 200


def test_an_inactive_administrator_does_not_count(lonely_admin):
    admin = lonely_admin
    with create_person(admin) as second:
        assert patch(admin, second, role_id=99).status_code == 200
        assert patch(admin, second, is_active=False).status_code == 200
        expect.detail(patch(admin, admin, is_active=False), 400, LAST_ADMIN)
        # As soon as there are two, either may go.
        assert patch(admin, second, is_active=True).status_code == 200
        assert patch(admin, admin, role_id=1).status_code == 200
        with Client(admin.address) as anyone:
            token = anyone.login(second.email).json()["access_token"]
            second.use(token)
        expect.detail(patch(second, second, is_active=False), 400, LAST_ADMIN)
        expect.empty(second.delete(f"/users/{admin.user_id}"))
