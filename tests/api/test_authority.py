"""Who may do it is decided when it is done: what happens to a caller while the body of the request is on its way
(docs/decisions/0057). A body is held back behind `Expect: 100-continue`, whose answer says that the guard has let it in."""

import time

import pytest

from support import expect, tokens
from support.client import BASE, PASSWORD, Person, create_person, unique
from support.documents import finish, upload_text
from support.raw import RawConnection
from support.routes import ACTIVE, ADMIN, ROUTES
from support.server import wait_until

WRITING = [route for route in ROUTES if route.method != "GET" and route.level in (ACTIVE, ADMIN)]
NOT_VALID = (401, "Could not validate credentials")
NOT_ADMIN = (403, "You are not authorized to perform this action.")
NOT_ACTIVE = (403, "Your account is pending role assignment. Please contact an administrator.")

BOUNDARY = "held-back"
UPLOAD = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{{}}\"\r\n"
          f"Content-Type: text/plain\r\n\r\nheld back\r\n--{BOUNDARY}--\r\n")


class Held:
    """A request that the guard has let in, and that waits for its body."""

    def __init__(self, server, token, method, path, body, content_type="application/json"):
        self.body = body.encode()
        self._connection = RawConnection(server, timeout=60)
        self._connection.send(f"{method} {BASE}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                              f"Content-Type: {content_type}\r\nContent-Length: {len(self.body)}\r\n"
                              "Expect: 100-continue\r\n\r\n")
        assert self._connection.read_response().status == 100

    def finish(self):
        """(status, detail) of the answer to the whole request."""
        self._connection.send(self.body)
        response = self._connection.read_response()
        self._connection.__exit__()
        return response.status, response.json().get("detail") if response.body else None


@pytest.fixture
def chief(admin):
    """An administrator who is about to lose what they may."""
    with create_person(admin) as person:
        assert admin.patch(f"/users/{person.user_id}", json={"role_id": 99}).status_code == 200
        yield person


@pytest.fixture
def things(admin, chief):
    """What the routes name in their paths."""
    with create_person(admin) as victim:
        document = upload_text(victim)["doc_id"]
        finish(victim, document)
        assert victim.put(f"/docs/{document}/file", files={"file": ("x.txt", unique("second").encode())}).is_success
        finish(victim, document)
        trashed = [thrown_away(victim) for _ in range(2)]
        path = expect.ok(admin.post("/paths/", json={"full_path": unique("held")}), status=201)["id"]
        group = expect.ok(admin.post("/groups/", json={"group_name": unique("held")}), status=201)["group_id"]
        assert admin.put(f"/groups/{group}/members/{victim.user_id}").is_success
        with Person(chief.address, chief.email).log_in() as second:
            session = tokens.claims_of(second.refresh_token)["jti"]
        yield {"/docs/trash/{doc_id}": f"/docs/trash/{trashed[0]}", "/docs/{doc_id}/restore": f"/docs/{trashed[1]}/restore",
               "{user_id}": victim.user_id, "{doc_id}": document, "{version}": 1, "{path_id}": path, "{jti}": session,
               "{role_id}": 1, "{group_id}": group, "{successor}": admin.user_id}


def thrown_away(person):
    document = upload_text(person)["doc_id"]
    finish(person, document)
    assert person.delete(f"/docs/{document}").is_success
    return document


BODIES = {
    "PATCH /users/me": lambda: '{"full_name": "Held Back Person"}',
    "PATCH /users/{user_id}": lambda: '{"role_id": 99}',
    "POST /users/{user_id}/password": lambda: '{"new_password": "another horse 2!"}',
    "POST /auth/password": lambda: f'{{"current_password": "{PASSWORD}", "new_password": "another horse 2!"}}',
    "PATCH /docs/{doc_id}": lambda: '{"description": "held back"}',
    "POST /paths/": lambda: f'{{"full_path": "{unique("held")}"}}',
    "PATCH /paths/{path_id}": lambda: '{"description": "held back"}',
    "PUT /users/{user_id}/quota": lambda: '{"documents": 1000}',
    "PUT /roles/{role_id}/quota": lambda: '{"documents": 1000}',
    "POST /docs/upload": lambda: UPLOAD.format(f"{unique('held')}.txt"),
    "PUT /docs/{doc_id}/file": lambda: UPLOAD.format("new.txt"),
    "POST /users/": lambda: f'{{"full_name": "Held Back", "email": "{unique("held")}@example.com"}}',
    "POST /users/{user_id}/handover": lambda: '{"user_id": {successor}}',
    "PATCH /docs/{doc_id}/owner": lambda: '{"user_id": {successor}}',
    "PUT /docs/{doc_id}/access": lambda: '{"entries": []}',
    "PUT /paths/{path_id}/access": lambda: '{"entries": []}',
    "POST /groups/": lambda: f'{{"group_name": "{unique("held")}"}}',
    "PATCH /groups/{group_id}": lambda: '{"description": "held back"}',
}
UPLOADS = ("POST /docs/upload", "PUT /docs/{doc_id}/file")


def hold_all(server, token, things):
    """Every route that writes, by its name; those that take no body get one that is not looked at."""
    held = {}
    for route in WRITING:
        path, body = route.path, BODIES.get(str(route), lambda: " ")()
        for name, value in things.items():
            path, body = path.replace(name, str(value)), body.replace(name, str(value))
        kind = f"multipart/form-data; boundary={BOUNDARY}" if str(route) in UPLOADS else "application/json"
        held[str(route)] = Held(server, token, route.method, path, body, kind)
    return held


def everything(state):
    """All that these requests could change, but for the audit rows that tell of refusals."""
    tables = {name: state.query(f"SELECT * FROM {name} ORDER BY 1")
              for name in ("Users", "Virtual_Paths", "Documents", "Processing_Status", "Sessions", "Outbox", "Search_Pages",
                           "Search_Large", "Document_Files", "Trashed_Documents", "Trashed_Files", "User_Groups",
                           "Group_Members", "Group_Permissions", "Individual_Permissions", "Handovers")}
    rows = state.query("SELECT action_type, details FROM Logs WHERE action_type <> 'access_refused' ORDER BY log_id")
    return tables, rows, state.blobs(), state.spool()


def demote(admin, chief):
    assert admin.patch(f"/users/{chief.user_id}", json={"role_id": 1}).status_code == 200
    return {ADMIN: NOT_ADMIN}


def deactivate(admin, chief):
    assert admin.patch(f"/users/{chief.user_id}", json={"is_active": False}).status_code == 200
    return {ADMIN: NOT_ACTIVE, ACTIVE: NOT_ACTIVE}


def deactivate_and_activate(admin, chief):
    deactivate(admin, chief)
    assert admin.patch(f"/users/{chief.user_id}/activate").status_code == 200
    return {ADMIN: NOT_VALID, ACTIVE: NOT_VALID}


def log_out(admin, chief):
    assert chief.post("/auth/logout").status_code == 204
    return {ADMIN: NOT_VALID, ACTIVE: NOT_VALID}


def revoke(admin, chief):
    with Person(chief.address, chief.email).log_in() as second:
        session = tokens.claims_of(chief.refresh_token)["jti"]
        assert second.delete(f"/auth/sessions/{session}").status_code == 204
    return {ADMIN: NOT_VALID, ACTIVE: NOT_VALID}


def give_another_password(admin, chief):
    assert admin.post(f"/users/{chief.user_id}/password", json={"new_password": "given horse 3!"}).status_code == 204
    return {ADMIN: NOT_VALID, ACTIVE: NOT_VALID}


def delete(admin, chief):
    assert admin.delete(f"/users/{chief.user_id}").status_code == 204
    return {ADMIN: NOT_VALID, ACTIVE: NOT_VALID}


ENDINGS = [deactivate, deactivate_and_activate, log_out, revoke, give_another_password, delete]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_each_writing_route_refuses_who_has_lost_it_under_way(server, admin, state, chief, things, end):
    held = hold_all(server, chief.access_token, things)
    refusals = end(admin, chief)
    before = everything(state)
    answers = {name: request.finish() for name, request in held.items()}
    assert answers == {str(route): refusals[route.level] for route in WRITING}
    assert everything(state) == before


def test_each_administrators_route_refuses_who_was_demoted_under_way(server, admin, state, chief, things):
    held = hold_all(server, chief.access_token, things)
    demote(admin, chief)
    before = everything(state)
    answers = {str(route): held[str(route)].finish() for route in WRITING if route.level == ADMIN}
    assert answers and set(answers.values()) == {NOT_ADMIN}
    assert everything(state) == before


def test_another_ones_document_is_out_of_reach_of_who_was_demoted_under_way(server, admin, state, chief, things):
    """The route is open to them still; what it was to be done to is not."""
    document = things["{doc_id}"]
    held = [Held(server, chief.access_token, "PATCH", f"/docs/{document}", '{"description": "held back"}'),
            Held(server, chief.access_token, "POST", f"/docs/{document}/reprocess", " ")]
    demote(admin, chief)
    assert [request.finish() for request in held] == [(404, f"Document with id {document} not found.")] * 2
    assert state.query("SELECT description FROM Documents WHERE doc_id = ?", document) == [{"description": None}]


def test_reading_is_decided_behind_the_body_too(server, admin, chief):
    held = Held(server, chief.access_token, "GET", "/users/", " ")
    demote(admin, chief)
    assert held.finish() == NOT_ADMIN


def test_a_refusal_comes_before_what_is_wrong_with_the_body(server, admin, chief):
    held = Held(server, chief.access_token, "POST", "/paths/", "{broken")
    demote(admin, chief)
    assert held.finish() == NOT_ADMIN


def short_lived(person, anyone):
    """A token of the person's that ends in a moment, and a function that waits for that."""
    token = tokens.altered(person.access_token, exp=int(time.time()) + 8)
    bearer = {"authorization": f"Bearer {token}"}
    return token, lambda: wait_until(lambda: anyone.get("/users/me", headers=bearer).status_code == 401)


def test_a_token_that_ends_under_way(server, anyone, state, chief, things):
    """JSON is refused; an upload goes on: the slow line of a scanner is none of the token's business."""
    token, wait = short_lived(chief, anyone)
    held = hold_all(server, token, things)
    wait()
    uploads = [held.pop(name) for name in UPLOADS]
    before = everything(state)
    assert {request.finish() for request in held.values()} == {NOT_VALID}
    assert everything(state) == before
    assert [upload.finish()[0] for upload in uploads] == [201, 200]


def test_who_keeps_their_rights_is_served(server, chief, things):
    """Without this the refusals above would prove nothing."""
    held = hold_all(server, chief.access_token, things)
    order = sorted(held, key=lambda name: (name.startswith("DELETE") or name == "POST /auth/password",
                                           name == "DELETE /groups/{group_id}", name != "PUT /docs/{doc_id}/file"))
    statuses = {name: held[name].finish() for name in order}
    assert {status for status, _ in statuses.values()} <= {200, 201, 202, 204, 400, 409}, statuses
    # Activating takes no body, who has documents stays, and what is processed once more cannot be deleted meanwhile.
    refused = {name for name, (status, _) in statuses.items() if status >= 400}
    assert refused <= {"PATCH /users/{user_id}/activate", "DELETE /users/{user_id}", "DELETE /docs/{doc_id}"}, statuses


# -- without a body: the end of a session is the end of its access tokens

@pytest.mark.parametrize("end", [log_out, revoke, give_another_password, deactivate_and_activate],
                         ids=lambda end: end.__name__)
@pytest.mark.parametrize("path", ["/users/me", "/docs/me", "/docs/", "/paths/"])
def test_the_end_of_a_session_ends_its_access_tokens(admin, chief, path, end):
    for _ in range(3):  # An answer is kept, which must not be given any more.
        assert chief.get(path).status_code == 200
    end(admin, chief)
    expect.detail(chief.get(path), *NOT_VALID)


def test_another_session_s_kept_answer_is_not_for_one_that_has_ended(chief):
    with Person(chief.address, chief.email).log_in() as second:
        assert chief.post("/auth/logout").status_code == 204
        for _ in range(3):
            assert second.get("/users/me").status_code == 200
        expect.detail(chief.get("/users/me"), *NOT_VALID)


def test_changing_the_password_ends_the_other_sessions_tokens_and_not_ones_own(chief):
    with Person(chief.address, chief.email).log_in() as second:
        body = {"current_password": PASSWORD, "new_password": "another horse 2!"}
        assert chief.post("/auth/password", json=body).status_code == 204
        expect.detail(second.get("/users/me"), *NOT_VALID)
        assert chief.get("/users/me").status_code == 200


def test_a_session_that_is_over_takes_its_access_token_with_it(chief, state):
    state.execute("UPDATE Sessions SET expires_at = '2020-01-01T00:00:00.000000' WHERE user_id = ?", chief.user_id)
    expect.detail(chief.get("/users/me"), *NOT_VALID)


def test_an_access_token_does_not_outlive_its_session(new_server):
    server = new_server(ACCESS_TOKEN_EXPIRE_MINUTES=14 * 24 * 60, REFRESH_TOKEN_EXPIRE_DAYS=7).start()
    server.create_admin("a@example.com", "Admin Person", PASSWORD)
    with Person(server.address, "a@example.com").log_in() as person:
        end = tokens.claims_of(person.refresh_token)["exp"]
        assert tokens.claims_of(person.access_token)["exp"] == end
        answer = person.post("/auth/refresh", headers={"authorization": f"Bearer {person.refresh_token}"}).json()
        assert tokens.claims_of(answer["access_token"])["exp"] == end


# -- tokens without a session, as the Python server makes them

def python_token(person):
    return tokens.altered(person.access_token, without=["sid"], iat=int(time.time()))


def me(client, token):
    return client.get("/users/me", headers={"authorization": f"Bearer {token}"})


def accepted_token(anyone, person):
    """Of a second behind that in which the person got their role, for that ends them, too."""
    def make():
        token = python_token(person)
        return token if me(anyone, token).status_code == 200 else None
    return wait_until(make, every=0.1)


def test_a_token_without_a_session_outlives_a_logout(anyone, chief):
    token = accepted_token(anyone, chief)
    assert chief.post("/auth/logout").status_code == 204
    assert me(anyone, token).status_code == 200


def change_role(admin, chief):
    assert admin.patch(f"/users/{chief.user_id}", json={"role_id": 1}).status_code == 200


def change_password(admin, chief):
    body = {"current_password": PASSWORD, "new_password": "another horse 2!"}
    assert chief.post("/auth/password", json=body).status_code == 204


@pytest.mark.parametrize("end", [change_role, change_password, give_another_password, deactivate_and_activate],
                         ids=lambda end: end.__name__)
def test_what_ends_a_token_without_a_session(admin, anyone, chief, end):
    """Also those of the very second in which it happens; from the next one on they count again."""
    token = accepted_token(anyone, chief)
    end(admin, chief)
    expect.detail(me(anyone, token), *NOT_VALID)
    assert accepted_token(anyone, chief) != token
    expect.detail(me(anyone, token), *NOT_VALID)


def test_a_login_in_the_second_of_the_change_counts(admin, chief):
    """Its token has a session, and with it no need of a time."""
    give_another_password(admin, chief)
    with Person(chief.address, chief.email, "given horse 3!").log_in() as again:
        assert again.get("/docs/me").status_code == 200


def test_a_legacy_refresh_token_ends_alike(new_server):
    server = new_server(ACCEPT_LEGACY_REFRESH_TOKENS="true").start()
    server.create_admin("a@example.com", "Admin Person", PASSWORD)
    with Person(server.address, "a@example.com").log_in() as person:
        legacy = {"authorization": f"Bearer {tokens.altered(person.refresh_token, without=['jti'])}"}
        assert person.post("/auth/refresh", headers=legacy).status_code == 200
        change_password(None, person)
        expect.detail(person.post("/auth/refresh", headers=legacy), 401, "Invalid refresh token")


# -- what is refused is written down

def refusals_of(state, person):
    return [row["details"] for row in state.query(
        "SELECT details FROM Logs WHERE action_type = 'access_refused' AND user_id = ? ORDER BY log_id", person.user_id)]


def test_a_refused_access_is_audited_once_a_minute_for_each_route(admin, state):
    with create_person(admin) as person:
        for _ in range(20):
            assert person.get("/users/?limit=1").status_code == 403
            assert person.delete(f"/docs/{unique('')}").status_code in (403, 404, 422)
            assert person.delete("/users/1").status_code == 403
        rows = refusals_of(state, person)
        assert rows.count("GET /api/v1/users/") == rows.count("DELETE /api/v1/users/{user_id}") == 1
        assert admin.get(f"/logs/?action_type=access_refused&user_id={person.user_id}").json()["total"] == len(rows)


def test_a_refusal_under_way_is_audited(server, admin, state, chief):
    held = Held(server, chief.access_token, "POST", "/paths/", f'{{"full_path": "{unique("held")}"}}')
    demote(admin, chief)
    assert held.finish() == NOT_ADMIN
    assert refusals_of(state, chief) == ["POST /api/v1/paths/"]


def test_the_right_password_of_an_inactive_account_is_audited(admin, anyone, state):
    with create_person(admin, active=False) as person:
        expect.detail(anyone.login(person.email), 403, "User is not active")
        rows = state.query("SELECT user_id, details FROM Logs WHERE action_type = 'user_login_failed' AND entity_id = ?",
                           person.user_id)
        assert rows == [{"user_id": person.user_id, "details": "account is not active"}]


def test_a_wrong_password_to_change_it_is_audited(state, chief):
    body = {"current_password": "wrong horse 1!", "new_password": "another horse 2!"}
    expect.detail(chief.post("/auth/password", json=body), 400, "Incorrect password")
    rows = state.query("SELECT details FROM Logs WHERE action_type = 'user_login_failed' AND user_id = ?", chief.user_id)
    assert rows == [{"details": "wrong password, to change it"}]
