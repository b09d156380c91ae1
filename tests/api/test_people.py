"""People whom an administrator brings in: POST /users/, passwords for one log-in, REGISTRATION (api.md section 4)."""

import pytest

from support import expect
from support.client import PASSWORD, Person, unique
from support.server import Server

MUST_CHANGE = (403, "Please change your password first.")


def create(admin, **fields):
    return admin.post("/users/", json={"full_name": "New Person", "email": f"{unique('new')}@example.com", **fields})


def created(admin, **fields):
    answer = create(admin, **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_person_begins(admin):
    group = admin.post("/groups/", json={"group_name": unique("beginners")}).json()
    answer = created(admin, group_ids=[group["group_id"]])
    assert list(answer) == ["user", "password"] and list(answer["user"]) == expect.USER_KEYS
    assert (answer["user"]["role"], answer["user"]["is_active"]) == ("User", True)
    members = admin.get(f"/groups/{group['group_id']}/members").json()
    assert [member["user_id"] for member in members] == [answer["user"]["user_id"]]
    person = Person(admin.address, answer["user"]["email"], answer["password"]).log_in()
    for response in (person.get("/docs/me"), person.get("/paths/"), person.patch("/users/me", json={}),
                     person.upload("a.txt", b"x"), person.get("/auth/sessions")):
        expect.detail(response, *MUST_CHANGE)
    expect.empty(person.post("/auth/password", json={"current_password": answer["password"],
                                                     "new_password": PASSWORD}))
    assert person.get("/docs/me").status_code == 200
    person.password = PASSWORD
    assert person.log_in().get("/docs/me").status_code == 200


def test_the_password_is_for_one_log_in(admin):
    answer = created(admin, password="chosen by the admin 1!")
    assert list(answer) == ["user"], "whoever has given one knows it"
    person = Person(admin.address, answer["user"]["email"], "chosen by the admin 1!").log_in()
    expect.detail(person.login(person.email, person.password), 403,
                  "This password was for one log-in. Please ask an administrator for another one.")
    assert person.get("/users/me").status_code == 200, "the first one goes on"
    assert person.login(person.email, "another 1!").status_code == 401
    # Another one, for good.
    assert admin.post(f"/users/{person.user_id}/password", json={"new_password": PASSWORD}).status_code == 204
    person.password = PASSWORD
    assert person.log_in().get("/docs/me").status_code == 200


def test_what_is_refused(admin, user):
    answer = created(admin)
    expect.detail(create(admin, email=answer["user"]["email"]), 400, "Email already registered")
    expect.detail(create(admin, username=answer["user"]["username"]), 400, "Username already taken")
    expect.detail(create(admin, role_id=4711), 400, "Role with id 4711 does not exist")
    email = f"{unique('nobody')}@example.com"
    expect.detail(create(admin, email=email, group_ids=[987654]), 404, "Group not found")
    everyone = admin.get("/groups/").json()[0]["group_id"]
    expect.detail(create(admin, email=email, group_ids=[everyone]), 400, "The group of everybody cannot be changed.")
    assert create(admin, email=email).status_code == 201, "nothing was left of them"
    assert create(admin, password="short").status_code == 422
    assert create(admin, is_active=False).status_code == 422
    expect.detail(create(user), 403, "You are not authorized to perform this action.")


def test_an_administrator_may_be_made(admin):
    answer = created(admin, role_id=99)
    assert answer["user"]["role"] == "Admin"
    (row,) = [row for row in admin.get("/logs/?action_type=user_create").json()["items"]
              if row["entity_id"] == answer["user"]["user_id"]]
    assert row["user_id"] == admin.user_id and answer["password"] not in str(row)


@pytest.fixture(scope="module")
def closed_server():
    server = Server(REGISTRATION="closed").start()
    yield server
    server.close()


def test_registration_can_be_closed(closed_server):
    closed_server.create_admin("admin@example.com", "The Administrator", PASSWORD)
    admin = Person(closed_server.address, "admin@example.com").log_in()
    expect.detail(admin.register("somebody@example.com"), 403,
                  "Registration is closed. Please ask an administrator for an account.")
    assert created(admin)["user"]["is_active"]
