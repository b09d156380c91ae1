"""Section 2: who may call what, and tokens."""

import hashlib
import hmac
import time

from contract_checks.promise import expect, expect_detail, expect_status, expect_true, promise
from contract_checks.world import FORBIDDEN, PENDING, claims_of, encode_part

NOT_VALID = "Could not validate credentials"

ACTIVE = ["GET /auth/sessions", "DELETE /auth/sessions/x", "POST /auth/password", "PATCH /users/me", "GET /roles/",
          "POST /docs/upload", "GET /docs/me", "GET /docs/events", "GET /docs/stats", "GET /docs/search",
          "GET /docs/same-content", "GET /docs/1", "PATCH /docs/1", "DELETE /docs/1",
          "POST /docs/1/reprocess", "GET /docs/1/status", "GET /docs/1/download", "GET /docs/1/text", "GET /paths/"]
ADMIN = ["GET /users/", "GET /users/pending", "PATCH /users/1", "PATCH /users/1/activate", "DELETE /users/1",
         "POST /users/1/password", "GET /logs/", "GET /docs/", "POST /paths/", "PATCH /paths/1",
         "DELETE /paths/1"]
GUARDED = ["GET /users/me", "POST /auth/logout", *ACTIVE, *ADMIN]


def call(client, route, **options):
    method, path = route.split(" ")
    return client.request(method, path, **options)


@promise("2", "without a Bearer token every guarded route is 401 Not authenticated")
def _(world):
    for route in GUARDED:
        expect_detail(call(world.anyone, route), 401, "Not authenticated")
        expect_detail(call(world.anyone, route, headers={"Authorization": "Basic eDp5"}), 401, "Not authenticated")


@promise("2", "with a token that is not valid it is 401 Could not validate credentials")
def _(world):
    for route in GUARDED:
        expect_detail(call(world.anyone, route, token="not.a.token"), 401, NOT_VALID)


@promise("2", "a user who was deactivated has no session, and is 403 where the account has to be active")
def _(world):
    expect_detail(world.pending.get("/users/me"), 401, NOT_VALID)
    for route in ACTIVE + ADMIN:
        expect_detail(call(world.pending, route), 403, PENDING)


@promise("2", "an ordinary user is 403 where administrators are wanted")
def _(world):
    for route in ADMIN:
        expect_detail(call(world.user, route), 403, FORBIDDEN)


@promise("2", "a change of role works at once")
def _(world):
    expect(world.other.get("/users/").status, 403)
    expect_status(world.admin.patch(f"/users/{world.other.user_id}", {"role_id": 99}), 200)
    expect(world.other.get("/users/").status, 200)
    expect_status(world.admin.patch(f"/users/{world.other.user_id}", {"role_id": None}), 200)
    expect_detail(world.other.get("/users/"), 403, FORBIDDEN)


@promise("2", "a deactivation works at once")
def _(world):
    expect_status(world.admin.patch(f"/users/{world.other.user_id}", {"is_active": False}), 200)
    expect_detail(world.other.get("/docs/me"), 403, PENDING)
    expect_status(world.admin.patch(f"/users/{world.other.user_id}/activate"), 200)
    expect_detail(world.other.get("/docs/me"), 401, NOT_VALID)
    expect_status(world.other.log_in().get("/docs/me"), 200)


@promise("2", "an access token: sub a text, rid a number or null, exp and iat whole seconds, type, sid; all ASCII")
def _(world):
    claims = claims_of(world.admin.token)
    expect((claims["sub"], claims["rid"], claims["type"]), (str(world.admin.user_id), 99, "access"))
    expect_true(isinstance(claims["exp"], int) and isinstance(claims["iat"], int), "whole seconds", claims)
    expect_true(abs(claims["iat"] - time.time()) < 3600 and claims["exp"] > claims["iat"], "a life from now on", claims)
    expect(claims["sid"], claims_of(world.admin.refresh_token).get("sid", claims_of(world.admin.refresh_token)["jti"]),
           "sid")
    expect(claims_of(world.user.token)["rid"], None, "rid")
    expect_true(world.admin.token.isascii(), "ASCII", world.admin.token)


@promise("2", "a refresh token: no rid, type refresh, a jti")
def _(world):
    claims = claims_of(world.admin.refresh_token)
    expect(("rid" in claims, claims["type"], bool(claims["jti"])), (False, "refresh", True))


@promise("2", "a refresh token is no access token")
def _(world):
    expect_detail(world.anyone.get("/users/me", token=world.admin.refresh_token), 401, NOT_VALID)


@promise("2", "an algorithm other than HS256 is refused, none above all")
def _(world):
    _, payload, signature = world.admin.token.split(".")
    for algorithm in ("none", "None", "HS512", "RS256", "hs256"):
        head = encode_part({"alg": algorithm, "typ": "JWT"})
        for last in ("", signature):
            expect_detail(world.anyone.get("/users/me", token=f"{head}.{payload}.{last}"), 401, NOT_VALID)


@promise("2", "a token signed with another key is refused")
def _(world):
    signed = world.user.token.rpartition(".")[0].split(".")[0] + "." + encode_part({**claims_of(world.user.token),
                                                                                   "sub": str(world.admin.user_id)})
    for key in (b"", b"secret", b"changeme"):
        forged = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
        expect_detail(world.anyone.get("/users/", token=f"{signed}.{forged}"), 401, NOT_VALID)
