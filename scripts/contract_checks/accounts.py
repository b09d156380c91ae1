"""Section 3: registering, logging in, refreshing."""

import math
import time

from contract_checks.promise import Broken, Skipped, expect, expect_detail, expect_invalid, expect_json, promise
from contract_checks.world import PASSWORD, USER_KEYS, Person, claims_of


@promise("3", "POST /auth/register: 201, inactive, without a role; e-mail in lower case, name capitalised")
def _(world):
    email = world.email("New").replace("contract", "Contract")
    body = expect_json(world.register("new", email=email, full_name="layla EL haddad"), USER_KEYS, 201)
    expect((body["full_name"], body["email"], body["role"], body["is_active"]),
           ("Layla El Haddad", email.lower(), None, False))


@promise("3", "a missing username is LOCALPART_DOMAIN, cut to 20, numbered when it is taken")
def _(world):
    first = expect_json(world.register("a", email=f"u{world.run}@example.com"), USER_KEYS, 201)["username"]
    expect(first, f"u{world.run}_example"[:20])
    second = expect_json(world.register("b", email=f"u{world.run}@example.org"), USER_KEYS, 201)["username"]
    if second == first or len(second) > 20 or not second[-1].isdigit():
        raise Broken(f"expected {first!r} with a number, came {second!r}")


@promise("3", "400 Email already registered, 400 Username already taken, compared without case")
def _(world):
    expect_detail(world.register("x", email=world.user.email.upper()), 400, "Email already registered")
    username = world.user.get("/users/me").json()["username"]
    expect_detail(world.register("y", username=username.upper()), 400, "Username already taken")


@promise("3", "the rules of passwords, each with its text")
def _(world):
    for password, rule in (("no digit here!", "Password must contain at least one digit"),
                           ("nospecial1", "Password must contain at least one special character"),
                           ("م" * 40 + "1!", "Password must be at most 72 bytes long")):
        expect_invalid(world.register("z", password=password),
                       ("value_error", ["body", "password"], f"Value error, {rule}", {"error": {}}))
    expect_invalid(world.register("z", password="short1!"),
                   ("string_too_short", ["body", "password"], "String should have at least 8 characters",
                    {"min_length": 8}))


@promise("3", "POST /auth/login: 200 with both tokens, whatever the case of the address")
def _(world):
    answer = world.anyone.login(world.user.email.upper(), PASSWORD)
    body = expect_json(answer, ["access_token", "refresh_token", "token_type"])
    expect(body["token_type"], "bearer")
    expect(answer.header("cache-control"), "no-store", "cache-control")


@promise("3", "OAuth2's fields are accepted; grant_type must be password")
def _(world):
    expect_json(world.anyone.login(world.other.email, PASSWORD, grant_type="password", scope="", client_id="x",
                                   client_secret="y"))
    expect(world.anyone.login(world.other.email, PASSWORD, grant_type="other").status, 422)


@promise("3", "a wrong password and an unknown e-mail are the same 401, in the same time")
def _(world):
    # The best of a few tries in turns, since whatever else the server does disturbs some of them.
    best = {world.other.email: math.inf, world.email("unknown"): math.inf}
    for _ in range(5):
        for email, seconds in best.items():
            start = time.monotonic()
            expect_detail(world.anyone.login(email, "Wrong password 1!"), 401, "Incorrect email or password")
            best[email] = min(seconds, time.monotonic() - start)
        known, unknown = best.values()
        if 0.5 < unknown / known < 2:
            return
    raise Broken(f"expected the same time, came {known:.3f} s and {unknown:.3f} s")


@promise("3", "403 User is not active, only after the password matched")
def _(world):
    expect_detail(world.anyone.login(world.pending.email, PASSWORD), 403, "User is not active")
    expect_detail(world.anyone.login(world.pending.email, "Wrong password 1!"), 401, "Incorrect email or password")


@promise("3", "POST /auth/refresh: 200 with an access token, for an empty body of a JSON content type")
def _(world):
    person = Person(world.server, world.user.email).log_in()
    answer = world.anyone.post("/auth/refresh", token=person.refresh_token, headers={"Content-Type": "application/json"})
    body = expect_json(answer)
    expect([key for key in body if key != "refresh_token"], ["access_token", "token_type"], "keys")
    expect((body["token_type"], claims_of(body["access_token"])["type"]), ("bearer", "access"))


@promise("3", "with rotation a used refresh token is 401 and ends the session")
def _(world):
    person = Person(world.server, world.user.email).log_in()
    body = world.anyone.post("/auth/refresh", token=person.refresh_token).json()
    if "refresh_token" not in body:
        raise Skipped("REFRESH_TOKEN_ROTATION is off")
    expect(world.anyone.post("/auth/refresh", token=person.refresh_token).status, 401)
    expect(world.anyone.post("/auth/refresh", token=body["refresh_token"]).status, 401)


@promise("3", "each failure of a refresh is 401, with its text")
def _(world):
    expect_detail(world.anyone.post("/auth/refresh"), 401, "Invalid refresh token")
    expect_detail(world.anyone.post("/auth/refresh", token="not.a.token"), 401, "Invalid refresh token")
    expect_detail(world.anyone.post("/auth/refresh", token=world.user.current_token()), 401,
                  "Invalid token type. Refresh token required.")
    expect_detail(world.anyone.post("/auth/refresh", token=world.pending.refresh_token), 401, "User is not active")


@promise("3", "the refresh token of a user who is gone is 401")
def _(world):
    person = world.person("leaver")
    expect(world.admin.delete(f"/users/{person.user_id}").status, 204)
    answer = world.anyone.post("/auth/refresh", token=person.refresh_token)
    if answer.status != 401 or answer.json()["detail"] not in ("User not found", "Invalid refresh token"):
        raise Broken(f"expected 401 User not found, came {answer.status} {answer.text!r}")
