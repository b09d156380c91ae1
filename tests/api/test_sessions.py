"""Logging out, and the list of one's sessions (api.md section 8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect, tokens
from support.client import PASSWORD, Person, create_person

NOT_FOUND = "Session not found"


@pytest.fixture
def person(admin):
    with create_person(admin) as person:
        yield person


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def logout(client, token):
    return client.post("/auth/logout", headers=bearer(token))


def refresh(client, token):
    return client.post("/auth/refresh", headers=bearer(token))


def again(person):
    """The same person on another device."""
    return Person(person.address, person.email, person.password).log_in()


def jti(person):
    return tokens.claims_of(person.refresh_token)["jti"]


# -- POST /auth/logout

@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_logout_with_either_token(anyone, person, which):
    expect.empty(logout(anyone, getattr(person, which)))
    expect.detail(refresh(anyone, person.refresh_token), 401, "Invalid refresh token")


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_logout_empties_the_browsers_cache(anyone, person, which):
    """Whoever sits down at it next would be shown what it has kept of documents (w3.org/TR/clear-site-data)."""
    assert logout(anyone, getattr(person, which)).headers["clear-site-data"] == '"cache"'


def test_logout_ends_one_session_only(anyone, person):
    with again(person) as second:
        expect.empty(logout(anyone, second.access_token))
        assert refresh(anyone, person.refresh_token).status_code == 200


def test_logging_out_twice_is_no_error(anyone, person, state):
    expect.empty(logout(anyone, person.refresh_token))
    expect.empty(logout(anyone, person.refresh_token))
    expect.empty(logout(anyone, person.access_token))
    rows = state.query("SELECT entity_id FROM Logs WHERE action_type = 'user_logout' AND user_id = ?", person.user_id)
    assert rows == [{"entity_id": person.user_id}]


def test_a_pending_user_may_log_out(admin, anyone, person):
    assert admin.patch(f"/users/{person.user_id}", json={"is_active": False}).status_code == 200
    expect.empty(logout(anyone, person.access_token))


def test_logout_of_a_deleted_user(admin, anyone):
    with create_person(admin) as person:
        assert admin.delete(f"/users/{person.user_id}").status_code == 204
        expect.empty(logout(anyone, person.refresh_token))


@pytest.mark.parametrize("forge", [
    lambda token: tokens.altered(token, key="another key that is 32 bytes long, too"),
    lambda token: tokens.altered(token, exp=1),
    lambda token: "nonsense",
], ids=["another key", "expired", "nonsense"])
def test_a_forged_token_logs_nobody_out(anyone, person, forge):
    for token in (person.access_token, person.refresh_token):
        expect.detail(logout(anyone, forge(token)), 401, "Could not validate credentials")
    assert refresh(anyone, person.refresh_token).status_code == 200


def test_logout_without_a_token(anyone):
    expect.detail(anyone.post("/auth/logout"), 401, "Not authenticated")


def test_the_session_of_another_is_not_ended_by_its_name(anyone, person, other):
    """A token of mine that names another's session (which nobody but us could sign) ends nothing."""
    token = tokens.altered(person.access_token, sid=jti(other))
    expect.empty(logout(anyone, token))
    assert refresh(anyone, other.refresh_token).status_code == 200


# -- GET /auth/sessions

def test_the_list(person):
    with again(person) as second:
        sessions = expect.ok(second.get("/auth/sessions", headers={"user-agent": "pytest"}))
    assert [list(session) for session in sessions] == [expect.SESSION_KEYS] * 2
    assert {session["jti"]: session["current"] for session in sessions} == {jti(person): False, jti(second): True}
    for session in sessions:
        expect.timestamp(session["created_at"])
        expect.timestamp(session["last_used_at"])
        assert session["address"] == "127.0.0.1" and "httpx" in session["user_agent"]


def test_the_one_used_last_comes_first(anyone, person):
    with again(person) as second:
        assert expect.ok(person.get("/auth/sessions"))[0]["jti"] == jti(second)
        assert refresh(anyone, person.refresh_token).status_code == 200
        assert expect.ok(person.get("/auth/sessions"))[0]["jti"] == jti(person)


def test_the_list_is_ones_own(person, other):
    assert jti(other) not in {session["jti"] for session in expect.ok(person.get("/auth/sessions"))}


def test_a_session_that_is_over_is_not_listed(person, state):
    with again(person) as second:
        state.execute("UPDATE Sessions SET expires_at = '2020-01-01T00:00:00.000000' WHERE jti = ?", jti(second))
        assert [session["jti"] for session in expect.ok(person.get("/auth/sessions"))] == [jti(person)]
        expect.detail(person.delete(f"/auth/sessions/{jti(second)}"), 404, NOT_FOUND)


def test_a_user_agent_in_any_script_is_shown_as_it_is(admin):
    with create_person(admin) as person:
        agent = "متصفح " + "x" * 400
        response = person.post("/auth/login", data={"username": person.email, "password": PASSWORD},
                               headers={"user-agent": agent.encode()})
        assert response.status_code == 200, response.text
        shown = [session["user_agent"] for session in expect.ok(person.get("/auth/sessions"))]
        assert agent[:255] in shown


# -- DELETE /auth/sessions/{jti}

def test_revoke_another_of_mine(anyone, person, state):
    with again(person) as second:
        expect.empty(person.delete(f"/auth/sessions/{jti(second)}"))
        expect.detail(refresh(anyone, second.refresh_token), 401, "Invalid refresh token")
        expect.detail(person.delete(f"/auth/sessions/{jti(second)}"), 404, NOT_FOUND)
    assert refresh(anyone, person.refresh_token).status_code == 200
    rows = state.query("SELECT details FROM Logs WHERE action_type = 'user_logout' AND user_id = ?", person.user_id)
    assert rows == [{"details": "revoked"}]


def test_revoke_the_current_one(anyone, person):
    expect.empty(person.delete(f"/auth/sessions/{jti(person)}"))
    expect.detail(refresh(anyone, person.refresh_token), 401, "Invalid refresh token")


@pytest.mark.parametrize("name", ["nothing", "00000000-0000-0000-0000-000000000000", "%27%20OR%201=1", "ليلى",
                                  "x" * 5000], ids=lambda name: ascii(name)[:20])
def test_revoke_what_is_not_there(person, name):
    expect.detail(person.delete(f"/auth/sessions/{name}"), 404, NOT_FOUND)


def test_revoke_what_is_anothers(anyone, person, other, admin):
    """Not even an administrator, who has other means."""
    for client in (person, admin):
        expect.detail(client.delete(f"/auth/sessions/{jti(other)}"), 404, NOT_FOUND)
    assert refresh(anyone, other.refresh_token).status_code == 200


def test_racing_logouts_and_refreshes(anyone, person):
    """Whoever comes after the logout is refused; nothing is a 500, and one logout is audited."""
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda number: (logout if number % 4 == 3 else refresh)(anyone, person.refresh_token)
                              .status_code, range(24)))
    assert set(codes) <= {200, 204, 401}
    expect.detail(refresh(anyone, person.refresh_token), 401, "Invalid refresh token")
