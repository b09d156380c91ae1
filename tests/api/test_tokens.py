"""Access tokens: what they say, and every way of forging one (api.md section 2)."""

import time

import pytest

from support import expect, tokens
from support.client import Person, create_person

REFUSED = "Could not validate credentials"


def me(client, token):
    return client.get("/users/me", headers={"authorization": f"Bearer {token}"})


def test_the_claims_of_an_access_token(user, admin):
    claims = tokens.claims_of(user.access_token)
    assert set(claims) == {"sub", "rid", "exp", "iat", "type", "sid"}
    assert claims["sub"] == str(user.user_id)
    assert claims["type"] == "access"
    assert type(claims["iat"]) is int and type(claims["exp"]) is int
    assert claims["exp"] - claims["iat"] == 60 * 60
    assert abs(claims["iat"] - time.time()) < 600
    assert claims["sid"] == tokens.claims_of(user.refresh_token)["jti"]
    assert tokens.claims_of(admin.access_token)["rid"] == 99
    assert tokens.header_of(user.access_token)["alg"] == "HS256"


def test_the_claims_of_a_refresh_token(user):
    claims = tokens.claims_of(user.refresh_token)
    assert {"sub", "exp", "iat", "type", "jti"} <= set(claims) and "rid" not in claims
    assert (claims["sub"], claims["type"]) == (str(user.user_id), "refresh")
    assert claims["exp"] - claims["iat"] == 7 * 24 * 60 * 60


def test_the_role_of_a_user_without_one_is_null(admin):
    with create_person(admin) as person:
        if person.profile()["role"] is None:
            assert tokens.claims_of(person.access_token)["rid"] is None
        else:
            assert type(tokens.claims_of(person.access_token)["rid"]) is int


def test_claims_are_ascii_for_the_front_ends_atob(admin):
    with create_person(admin, full_name="ليلى بنت عبد الله") as person:
        for token in (person.access_token, person.refresh_token):
            assert tokens.decode_part(token.split(".")[1]).isascii()


def test_our_hand_made_signature_is_right(anyone, user):
    """Without this, the refusals below would prove nothing."""
    assert me(anyone, tokens.altered(user.access_token)).status_code == 200


FORGERIES = {
    "expired a second ago": lambda token: tokens.altered(token, exp=int(time.time()) - 1, iat=int(time.time()) - 99),
    "no exp": lambda token: tokens.altered(token, without=["exp"]),
    "exp is text": lambda token: tokens.altered(token, exp="9999999999"),
    "exp is null": lambda token: tokens.altered(token, exp=None),
    "exp is huge and negative": lambda token: tokens.altered(token, exp=-10**30),
    "a refresh token's type": lambda token: tokens.altered(token, type="refresh"),
    "no type": lambda token: tokens.altered(token, without=["type"]),
    "type is a number": lambda token: tokens.altered(token, type=1),
    "no sub": lambda token: tokens.altered(token, without=["sub"]),
    "sub of nobody": lambda token: tokens.altered(token, sub="999999"),
    "sub is a word": lambda token: tokens.altered(token, sub="admin"),
    "sub is empty": lambda token: tokens.altered(token, sub=""),
    "sub overflows": lambda token: tokens.altered(token, sub="9" * 40),
    "sub is a list": lambda token: tokens.altered(token, sub=["1"]),
    "sub with a tail": lambda token: tokens.altered(token, sub=tokens.claims_of(token)["sub"] + " OR 1=1"),
    "another key": lambda token: tokens.altered(token, key="another key that is 32 bytes long, too"),
    "empty key": lambda token: tokens.altered(token, key=""),
    "alg none": lambda token: tokens.altered(token, header={"alg": "none", "typ": "JWT"}),
    "alg None": lambda token: tokens.altered(token, header={"alg": "None", "typ": "JWT"}),
    "alg none without a signature":
        lambda token: tokens.altered(token, header={"alg": "none"}).rsplit(".", 1)[0] + ".",
    "alg HS512, well signed":
        lambda token: tokens.sign(tokens.claims_of(token), {"alg": "HS512", "typ": "JWT"}, hash_name="sha512"),
    "alg RS256": lambda token: tokens.altered(token, header={"alg": "RS256", "typ": "JWT"}),
    "alg hs256": lambda token: tokens.altered(token, header={"alg": "hs256", "typ": "JWT"}),
    "no alg": lambda token: tokens.altered(token, header={"typ": "JWT"}),
    "alg is a list": lambda token: tokens.altered(token, header={"alg": ["HS256"]}),
    "header is no object": lambda token: tokens.sign(tokens.claims_of(token), b'"HS256"'),
    "header is no JSON": lambda token: tokens.sign(tokens.claims_of(token), b"{"),
    "claims are no object": lambda token: tokens.sign(b"[]"),
    "claims are no JSON": lambda token: tokens.sign(b"{"),
    "claims are no UTF-8": lambda token: tokens.sign(b'{"sub":"\xff"}'),
    "claims are deep": lambda token: tokens.sign(b"[" * 4000 + b"]" * 4000),
    "signature cut": lambda token: token[:-4],
    "signature empty": lambda token: token.rsplit(".", 1)[0] + ".",
    "signature missing": lambda token: token.rsplit(".", 1)[0],
    "signature altered": lambda token: token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:],
    "claims altered": lambda token: ".".join(
        [token.split(".")[0], tokens.encode_part({**tokens.claims_of(token), "rid": 99}), token.split(".")[2]]),
    "a fourth part": lambda token: token + ".x",
    "padding": lambda token: token + "=",
    "standard base64": lambda token: token.split(".")[0] + "+/." + token.split(".", 1)[1],
    "only dots": lambda token: "..",
    "one word": lambda token: "x",
    "spaces": lambda token: token.replace(".", " . "),
}


@pytest.mark.parametrize("forge", list(FORGERIES.values()), ids=list(FORGERIES))
def test_a_forged_token(anyone, user, forge):
    expect.detail(me(anyone, forge(user.access_token)), 401, REFUSED)


def test_a_refresh_token_is_no_access_token(anyone, user):
    expect.detail(me(anyone, user.refresh_token), 401, REFUSED)


def test_a_claimed_role_is_not_believed(anyone, user):
    """The user row decides, not `rid`."""
    response = anyone.get("/users/", headers={
        "authorization": f"Bearer {tokens.altered(user.access_token, rid=99)}"})
    assert response.status_code == 403


def test_the_token_of_a_deleted_user(admin, anyone):
    with create_person(admin) as person:
        assert admin.delete(f"/users/{person.user_id}").status_code == 204
        expect.detail(person.get("/users/me"), 401, REFUSED)


def test_a_default_access_token_lives_a_minute(new_server):
    server = new_server(ACCESS_TOKEN_EXPIRE_MINUTES=None, REFRESH_TOKEN_EXPIRE_DAYS=3).start()
    server.create_admin("a@example.com", "Admin Person", "correct horse 1!")
    with Person(server.address, "a@example.com") as person:
        person.log_in()
        claims = tokens.claims_of(person.access_token)
        assert claims["exp"] - claims["iat"] == 60
        claims = tokens.claims_of(person.refresh_token)
        assert claims["exp"] - claims["iat"] == 3 * 24 * 60 * 60
