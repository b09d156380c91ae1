"""Groups (api.md section 9): an administrator's."""

import pytest

from support import expect
from support.client import create_person, unique

KEYS = ["group_id", "group_name", "description", "is_everyone", "members", "created_at"]
NOT_THERE = (404, "Group not found")


@pytest.fixture
def group(admin):
    return expect.ok(admin.post("/groups/", json={"group_name": unique("Group")}), KEYS, 201)


def member_ids(admin, group):
    return [member["user_id"] for member in expect.ok(admin.get(f"/groups/{group['group_id']}/members"))]


def test_everybody_has_a_group_from_the_start(admin):
    first = expect.ok(admin.get("/groups/"))[0]
    assert list(first) == KEYS
    assert (first["group_name"], first["is_everyone"], first["members"]) == ("everyone", True, 0)
    group = f"/groups/{first['group_id']}"
    for response in (admin.patch(group, json={"group_name": "all"}), admin.delete(group),
                     admin.put(f"{group}/members/1")):
        expect.detail(response, 400, "The group of everybody cannot be changed.")


def test_a_group_from_its_beginning_to_its_end(admin, user, group):
    path = f"/groups/{group['group_id']}"
    assert {**group, "group_id": 0, "created_at": ""} == {
        "group_id": 0, "group_name": group["group_name"], "description": None, "is_everyone": False, "members": 0,
        "created_at": ""}
    for _ in range(2):  # Whoever is in it stays so.
        assert admin.put(f"{path}/members/{user.user_id}").status_code == 204
    assert member_ids(admin, group) == [user.user_id]
    changed = expect.ok(admin.patch(path, json={"description": "مجموعة"}), KEYS)
    assert (changed["description"], changed["members"]) == ("مجموعة", 1)
    assert admin.delete(f"{path}/members/{user.user_id}").status_code == 204
    expect.detail(admin.delete(f"{path}/members/{user.user_id}"), 404, "The group does not have this member.")
    assert admin.delete(path).status_code == 204
    for response in (admin.delete(path), admin.patch(path, json={"description": "x"}), admin.get(f"{path}/members"),
                     admin.put(f"{path}/members/{user.user_id}")):
        expect.detail(response, *NOT_THERE)


def test_a_name_is_taken_whatever_its_case(admin, group):
    name = group["group_name"]
    expect.detail(admin.post("/groups/", json={"group_name": name.upper()}), 409,
                  f"Group '{name.upper()}' already exists.")
    another = expect.ok(admin.post("/groups/", json={"group_name": unique("Another")}), KEYS, 201)
    expect.detail(admin.patch(f"/groups/{another['group_id']}", json={"group_name": name}), 409,
                  f"Group '{name}' already exists.")
    assert admin.patch(f"/groups/{group['group_id']}", json={"group_name": name}).status_code == 200


def test_what_is_refused(admin, user, group):
    path = f"/groups/{group['group_id']}"
    expect.detail(admin.patch(path, json={}), 400, "No fields to update")
    expect.detail(admin.put(f"{path}/members/987654"), 404, "User not found")
    assert admin.post("/groups/", json={"group_name": ""}).status_code == 422
    assert admin.post("/groups/", json={"group_name": "x", "members": [1]}).status_code == 422
    for response in (user.get("/groups/"), user.post("/groups/", json={"group_name": "x"}), user.patch(path, json={}),
                     user.delete(path), user.get(f"{path}/members"), user.put(f"{path}/members/1"),
                     user.delete(f"{path}/members/1")):
        expect.detail(response, 403, "You are not authorized to perform this action.")


def test_a_member_who_is_deleted_leaves_it(admin, group):
    person = create_person(admin)
    admin.put(f"/groups/{group['group_id']}/members/{person.user_id}")
    assert admin.delete(f"/users/{person.user_id}").status_code == 204
    assert member_ids(admin, group) == []
