"""POST /auth/refresh: a new access token for a refresh token; 401 for everything else (api.md section 3)."""

import time

import pytest

from support import expect, tokens
from support.client import Person, create_person

INVALID = "Invalid refresh token"


def refresh(client, token, **options):
    return client.post("/auth/refresh", headers={"authorization": f"Bearer {token}"}, **options)


def test_the_answer(anyone, user):
    body = expect.ok(refresh(anyone, user.refresh_token), ["access_token", "token_type"])
    assert body["token_type"] == "bearer"
    claims = tokens.claims_of(body["access_token"])
    assert (claims["sub"], claims["type"]) == (str(user.user_id), "access")
    assert claims["sid"] == tokens.claims_of(user.refresh_token)["jti"]
    assert anyone.get("/users/me", headers={"authorization": f"Bearer {body['access_token']}"}).status_code == 200


def test_as_the_front_end_sends_it(anyone, user):
    """A JSON content type and an empty body."""
    response = anyone.post("/auth/refresh", content=b"", headers={
        "authorization": f"Bearer {user.refresh_token}", "content-type": "application/json"})
    assert response.status_code == 200


def test_the_same_token_serves_again(anyone, user):
    """Rotation is off by default, because the front end keeps its first refresh token."""
    assert [refresh(anyone, user.refresh_token).status_code for _ in range(3)] == [200] * 3


def test_the_role_is_read_anew(admin, anyone):
    with create_person(admin) as person:
        assert admin.patch(f"/users/{person.user_id}", json={"role_id": 99}).status_code == 200
        token = refresh(anyone, person.refresh_token).json()["access_token"]
        assert tokens.claims_of(token)["rid"] == 99


@pytest.mark.parametrize("headers", [
    {}, {"authorization": ""}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}])
def test_without_a_token(anyone, headers):
    response = anyone.post("/auth/refresh", headers=headers)
    expect.detail(response, 401, "Not authenticated" if "Not" in response.text else INVALID)


FORGERIES = {
    "no token at all": lambda token: "nonsense",
    "expired": lambda token: tokens.altered(token, exp=int(time.time()) - 1),
    "another key": lambda token: tokens.altered(token, key="another key that is 32 bytes long, too"),
    "alg none": lambda token: tokens.altered(token, header={"alg": "none"}),
    "alg HS512": lambda token: tokens.sign(tokens.claims_of(token), {"alg": "HS512"}, hash_name="sha512"),
    "signature missing": lambda token: token.rsplit(".", 1)[0] + ".",
    "no sub": lambda token: tokens.altered(token, without=["sub"]),
    "sub is a word": lambda token: tokens.altered(token, sub="admin"),
    "without jti, as the Python platform issued them": lambda token: tokens.altered(token, without=["jti"]),
}


@pytest.mark.parametrize("forge", list(FORGERIES.values()), ids=list(FORGERIES))
def test_a_forged_token(anyone, user, forge):
    expect.detail(refresh(anyone, forge(user.refresh_token)), 401, INVALID)


def test_an_access_token(anyone, user):
    expect.detail(refresh(anyone, user.access_token), 401, "Invalid token type. Refresh token required.")


def test_a_token_without_a_type(anyone, user):
    """Not one of ours; which of the two words it gets is open."""
    response = refresh(anyone, tokens.altered(user.refresh_token, without=["type"]))
    expect.detail(response, 401, "Invalid token type. Refresh token required." if "type" in response.text else INVALID)


def test_the_token_of_a_deleted_user(admin, anyone):
    with create_person(admin) as person:
        assert admin.delete(f"/users/{person.user_id}").status_code == 204
        expect.detail(refresh(anyone, person.refresh_token), 401, "User not found")


def test_the_token_of_a_deactivated_user(admin, anyone):
    with create_person(admin) as person:
        assert admin.patch(f"/users/{person.user_id}", json={"is_active": False}).status_code == 200
        expect.detail(refresh(anyone, person.refresh_token), 401, "User is not active")


def test_legacy_tokens_when_they_are_allowed(new_server):
    """The Python platform's refresh tokens carry no jti."""
    server = new_server(ACCEPT_LEGACY_REFRESH_TOKENS="true").start()
    server.create_admin("legacy@example.com", "Legacy Person", "correct horse 1!")
    with Person(server.address, "legacy@example.com") as person:
        person.log_in()
        now = int(time.time())
        legacy = tokens.sign({"sub": str(person.user_id), "exp": now + 1000, "iat": now, "type": "refresh"})
        expect.ok(refresh(person, legacy), ["access_token", "token_type"])
        expect.detail(refresh(person, tokens.altered(legacy, exp=now - 1)), 401, INVALID)
