"""GET /roles/ (api.md section 8, platform.md section 3)."""

from support import expect


def test_the_seeded_roles(user, admin):
    for person in (user, admin):
        body = expect.ok(person.get("/roles/"))
        assert all(list(role) == expect.ROLE_KEYS for role in body)
        assert [(role["role_id"], role["role_name"]) for role in body] == [(1, "User"), (99, "Admin")]
