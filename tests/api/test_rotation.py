"""REFRESH_TOKEN_ROTATION: each refresh token serves once, and the second use ends the session (api.md section 8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect, tokens
from support.client import Client, Person, create_person
from support.state import State

SERVER_SETTINGS = {"REFRESH_TOKEN_ROTATION": "true"}
INVALID = "Invalid refresh token"


@pytest.fixture
def person(admin):
    with create_person(admin) as person:
        yield person


def refresh(client, token):
    return client.post("/auth/refresh", headers={"authorization": f"Bearer {token}"})


def rotate(client, token):
    body = expect.ok(refresh(client, token), ["access_token", "refresh_token", "token_type"])
    return body["access_token"], body["refresh_token"]


def test_each_answer_has_the_next_token(anyone, person):
    seen = [person.refresh_token]
    for _ in range(5):
        access, token = rotate(anyone, seen[-1])
        assert anyone.get("/users/me", headers={"authorization": f"Bearer {access}"}).status_code == 200
        seen.append(token)
    assert len(set(seen)) == len(seen)
    assert len({tokens.claims_of(token)["jti"] for token in seen}) == len(seen)


def test_the_claims(anyone, person):
    first = tokens.claims_of(person.refresh_token)
    access, token = rotate(anyone, person.refresh_token)
    claims = tokens.claims_of(token)
    assert claims["exp"] - claims["iat"] == first["exp"] - first["iat"]
    assert (claims["sub"], claims["type"]) == (first["sub"], "refresh") and "rid" not in claims
    assert claims["sid"] == tokens.claims_of(access)["sid"] == first["jti"]


def test_using_a_token_again_ends_the_session(anyone, person, state):
    _, second = rotate(anyone, person.refresh_token)
    expect.detail(refresh(anyone, person.refresh_token), 401, INVALID)
    expect.detail(refresh(anyone, second), 401, INVALID)
    ended = person.access_token
    assert [session["current"] for session in expect.ok(person.log_in().get("/auth/sessions"))] == [True]
    expect.detail(anyone.get("/users/me", headers={"authorization": f"Bearer {ended}"}), 401,
                  "Could not validate credentials")
    rows = state.query("SELECT details FROM Logs WHERE action_type = 'user_logout' AND user_id = ?", person.user_id)
    assert rows == [{"details": "refresh token used again"}]


def test_other_sessions_go_on(anyone, person):
    other = person.login(person.email).json()["refresh_token"]
    rotate(anyone, person.refresh_token)
    assert refresh(anyone, person.refresh_token).status_code == 401
    rotate(anyone, other)


def test_the_session_keeps_its_name(anyone, person):
    """So that what was issued before a rotation still names it: the list, an older access token, a revocation."""
    name = tokens.claims_of(person.refresh_token)["jti"]
    _, second = rotate(anyone, person.refresh_token)
    (session,) = expect.ok(person.get("/auth/sessions"))
    assert (session["jti"], session["current"]) == (name, True)
    expect.empty(person.delete(f"/auth/sessions/{name}"))
    expect.detail(refresh(anyone, second), 401, INVALID)


@pytest.mark.parametrize("which", ["first", "second", "access"])
def test_logout_with_any_token_of_the_session(anyone, person, which):
    access, second = rotate(anyone, person.refresh_token)
    token = {"first": person.refresh_token, "second": second, "access": access}[which]
    expect.empty(anyone.post("/auth/logout", headers={"authorization": f"Bearer {token}"}))
    expect.detail(refresh(anyone, second), 401, INVALID)


def test_of_racing_uses_one_wins_and_the_session_ends(anyone, person):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(anyone, person.refresh_token), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    expect.detail(refresh(anyone, won["refresh_token"]), 401, INVALID)


def test_a_reactivation_revives_no_session(admin, anyone, person):
    assert admin.patch(f"/users/{person.user_id}", json={"is_active": False}).status_code == 200
    expect.detail(refresh(anyone, person.refresh_token), 401, "User is not active")
    assert admin.patch(f"/users/{person.user_id}/activate").status_code == 200
    expect.detail(refresh(anyone, person.refresh_token), 401, INVALID)


def test_switching_rotation_on_and_off(new_server):
    """Tokens of before go on in both directions, and a used one stays used."""
    server = new_server(REFRESH_TOKEN_ROTATION="false").start()
    server.create_admin("root@example.com", "Root Person", "correct horse 1!")
    with Person(server.address, "root@example.com") as person:
        first = person.log_in().refresh_token
    server.settings["REFRESH_TOKEN_ROTATION"] = "true"
    server.restart()
    with Client(server.address) as client:
        _, second = rotate(client, first)
    server.settings["REFRESH_TOKEN_ROTATION"] = "false"
    server.restart()
    with Client(server.address) as client:
        expect.ok(refresh(client, second), ["access_token", "token_type"])
        expect.ok(refresh(client, second), ["access_token", "token_type"])
        expect.detail(refresh(client, first), 401, INVALID)
        expect.detail(refresh(client, second), 401, INVALID)
    assert State(server.data_directory, server.storage).count("Sessions") == 0
