"""Section 4: users."""

from contract_checks.promise import Skipped, expect, expect_detail, expect_empty, expect_json, expect_true, promise
from contract_checks.world import PASSWORD, USER_KEYS


@promise("4", "GET /users/: a bare array by created_at and user_id; skip, limit, is_active")
def _(world):
    users = expect_json(world.admin.get("/users/?skip=0&limit=100"))
    expect_true(isinstance(users, list) and list(users[0]) == USER_KEYS, "an array of users", users)
    order = [(user["created_at"], user["user_id"]) for user in users]
    expect(order, sorted(order), "order")
    if len(users) > 2:
        page = expect_json(world.admin.get("/users/?skip=1&limit=2"))
        expect([user["user_id"] for user in page], [user["user_id"] for user in users[1:3]], "page")
    expect(expect_json(world.admin.get("/users/?skip=1000000000")), [])
    for wanted in ("true", "false"):
        states = {user["is_active"] for user in expect_json(world.admin.get(f"/users/?is_active={wanted}&limit=100"))}
        expect_true(states <= {wanted == "true"}, f"is_active={wanted} only", states)


@promise("4", "the limit is 1 to 100, of GET /users/pending 1 to 50")
def _(world):
    for path, limit in (("/users/", 100), ("/users/pending", 50)):
        expect(world.admin.get(f"{path}?limit={limit}").status, 200)
        expect(world.admin.get(f"{path}?limit={limit + 1}").status, 422)
        expect(world.admin.get(f"{path}?limit=0").status, 422)


@promise("4", "GET /users/pending: those who are not active")
def _(world):
    pending = expect_json(world.admin.get("/users/pending?limit=50"))
    expect_true(pending and not any(user["is_active"] for user in pending), "inactive users", pending)


@promise("4", "GET /users/me: UserResponse, its keys in order")
def _(world):
    expect(expect_json(world.user.get("/users/me"), USER_KEYS)["email"], world.user.email)


@promise("4", "PATCH /users/me: 200; 400 No fields to update; 400 Username already exists")
def _(world):
    body = expect_json(world.user.patch("/users/me", {"full_name": "layla contract"}), USER_KEYS)
    expect(body["full_name"], "Layla Contract")
    expect_detail(world.user.patch("/users/me", {}), 400, "No fields to update")
    taken = world.other.get("/users/me").json()["username"]
    expect_detail(world.user.patch("/users/me", {"username": taken.upper()}), 400, "Username already exists")


@promise("4", "PATCH /users/{id}: 200; 404; 400 for no fields, names that are taken, a role that does not exist")
def _(world):
    path = f"/users/{world.other.user_id}"
    expect(expect_json(world.admin.patch(path, {"role_id": 1}), USER_KEYS)["role"] is None, False, "no role")
    expect_detail(world.admin.patch(path, {}), 400, "No fields to update")
    expect_detail(world.admin.patch(path, {"email": world.user.email}), 400, "Username or email already exists")
    expect_detail(world.admin.patch(path, {"role_id": 12345}), 400, "Role with id 12345 does not exist")
    expect_detail(world.admin.patch("/users/999999999", {"full_name": "Nobody There"}), 404, "User not found")
    expect(expect_json(world.admin.patch(path, {"role_id": None}), USER_KEYS)["role"], None)


@promise("4", "PATCH /users/{id}/activate: 200 without a body, 400 with one, 404")
def _(world):
    path = f"/users/{world.other.user_id}/activate"
    expect(expect_json(world.admin.patch(path), USER_KEYS)["is_active"], True)
    expect_detail(world.admin.patch(path, {}), 400, "Request body is not allowed for this endpoint.")
    expect_detail(world.admin.patch("/users/999999999/activate"), 404, "User not found")


@promise("4", "DELETE /users/{id}: an empty 204; 404; 400 for oneself and for a user with documents")
def _(world):
    user_id = world.register("deleted").json()["user_id"]
    expect_empty(world.admin.delete(f"/users/{user_id}"))
    expect_detail(world.admin.delete(f"/users/{user_id}"), 404, "User not found")
    expect_detail(world.admin.delete(f"/users/{world.admin.user_id}"), 400, "Cannot delete your own account.")
    world.upload(world.user, world.name("owned"))
    expect_detail(world.admin.delete(f"/users/{world.user.user_id}"), 400, "Cannot delete user: related records exist.")


@promise("4", "the last active administrator stays one")
def _(world):
    others = [user for user in world.admin.get("/users/?is_active=true&limit=100").json()
              if user["user_id"] != world.admin.user_id]
    path = f"/users/{world.admin.user_id}"
    administrator = world.admin.get("/users/me").json()["role"]
    if any(user["role"] == administrator for user in others) or len(others) >= 99:
        raise Skipped("there may be other administrators, and no stranger's account is touched")
    for changes in ({"is_active": False}, {"role_id": 1}, {"role_id": None}):
        expect_detail(world.admin.patch(path, changes), 400, "At least one active administrator is required.")
    expect(world.admin.get("/users/").status, 200)


@promise("4", "POST /users/{id}/password: an empty 204; the user's sessions end; 404")
def _(world):
    person = world.person("reset")
    expect_empty(world.admin.post(f"/users/{person.user_id}/password", {"new_password": "Another one 2!"}))
    expect(world.anyone.post("/auth/refresh", token=person.refresh_token).status, 401)
    expect(world.anyone.login(person.email, PASSWORD).status, 401)
    expect(world.anyone.login(person.email, "Another one 2!").status, 200)
    expect_detail(world.admin.post("/users/999999999/password", {"new_password": "Another one 2!"}), 404, "User not found")
