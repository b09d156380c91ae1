"""Documents that become somebody else's: one, or all that somebody has."""

import time

import pytest

from support import expect
from support.client import PASSWORD, Person, create_person, unique
from support.documents import finish, upload_text
from support.expect import detail

FORBIDDEN = (403, "You do not have permission to change this document.")


@pytest.fixture
def successor(admin):
    with create_person(admin) as person:
        yield person


@pytest.fixture
def leaver(admin):
    with create_person(admin) as person:
        yield person


def put(person, text, **fields):
    answer = upload_text(person, text, f"{unique('paper')}.txt", **fields)
    finish(person, answer["doc_id"])
    return answer["doc_id"]


def found(person, word):
    return [item["doc_id"] for item in expect.ok(person.get("/docs/search", params={"q": word}))["items"]]


def mine(person):
    answer = expect.ok(person.get("/docs/me?limit=100"))
    assert answer["total"] == len(answer["items"])
    return [item["doc_id"] for item in answer["items"]]


def used(person):
    usage = expect.ok(person.get("/users/me/usage"))
    return usage["documents"]["used"], usage["bytes"]["used"]


def wait_until_handed_over(admin, person, seconds=60):
    deadline = time.monotonic() + seconds
    while (answer := admin.get(f"/users/{person.user_id}/handover")).status_code == 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    detail(answer, 404, "Nothing of this user is being handed over.")


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_a_document_is_handed_over(admin, leaver, successor, who):
    word = f"heirloom{unique('')}"
    doc_id = put(leaver, f"the {word} itself")
    before = used(leaver), used(successor)
    assert (mine(leaver), found(leaver, word), found(leaver, f"{word[:9]}*")) == ([doc_id], [doc_id], [doc_id])
    answer = expect.ok((admin if who == "admin" else leaver).patch(f"/docs/{doc_id}/owner",
                                                                   json={"user_id": successor.user_id}))
    assert answer["uploaded_by_user_id"] == successor.user_id
    assert (mine(successor), found(successor, word), found(successor, f"{word[:9]}*")) == ([doc_id], [doc_id], [doc_id])
    assert (mine(leaver), found(leaver, word)) == ([], [])
    detail(leaver.get(f"/docs/{doc_id}"), 404, f"Document with id {doc_id} not found.")
    assert (used(successor), used(leaver)) == before
    assert expect.ok(successor.get(f"/docs/{doc_id}/text"))["pages"][0]["text"] == f"the {word} itself"
    (entry,) = [row for row in expect.ok(admin.get("/logs/?action_type=document_handover"))["items"] if row["entity_id"] == doc_id]
    assert entry["details"] == f"from user {leaver.user_id} to user {successor.user_id}"


def test_its_versions_and_what_is_said_at_it_go_along(admin, leaver, successor, user):
    doc_id = put(leaver, "first")
    put_file = leaver.put(f"/docs/{doc_id}/file", files={"file": ("a.txt", b"the second", "text/plain")})
    assert put_file.is_success, put_file.text
    finish(leaver, doc_id)
    before = used(leaver)
    expect.ok(leaver.put(f"/docs/{doc_id}/access", json={"entries": [{"user_id": user.user_id, "allow": ["document.read"]}]}))
    expect.ok(leaver.patch(f"/docs/{doc_id}/owner", json={"user_id": successor.user_id}))
    assert len(expect.ok(successor.get(f"/docs/{doc_id}/versions"))["items"]) == 2
    assert user.get(f"/docs/{doc_id}").status_code == 200
    assert used(leaver) == (0, 0) and used(successor) == before
    assert successor.delete(f"/docs/{doc_id}").status_code == 200
    assert used(successor) == (0, 0)


def test_who_may_not_hand_over(admin, leaver, successor, user):
    doc_id = put(leaver, "mine")
    to = {"user_id": successor.user_id}
    detail(user.patch(f"/docs/{doc_id}/owner", json=to), 404, f"Document with id {doc_id} not found.")
    everything = ["document.read", "document.write", "document.delete", "document.share"]
    expect.ok(leaver.put(f"/docs/{doc_id}/access", json={"entries": [{"user_id": user.user_id, "allow": everything}]}))
    detail(user.patch(f"/docs/{doc_id}/owner", json=to), *FORBIDDEN)
    assert user.post(f"/users/{leaver.user_id}/handover", json=to).status_code == 403


def test_who_cannot_be_given_documents(admin, leaver):
    doc_id = put(leaver, "mine")
    inactive = create_person(admin, active=False)
    for user_id, status, text in ((10**9, 404, "User not found"),
                                  (inactive.user_id, 400,
                                   f"User {inactive.user_id} is not active, and can be given no documents."),
                                  (leaver.user_id, 400, "The documents are this user's already.")):
        detail(leaver.patch(f"/docs/{doc_id}/owner", json={"user_id": user_id}), status, text)
        detail(admin.post(f"/users/{leaver.user_id}/handover", json={"user_id": user_id}), status, text)
    detail(admin.post(f"/users/{10**9}/handover", json={"user_id": leaver.user_id}), 404, "User not found")
    assert mine(leaver) == [doc_id]


def test_there_has_to_be_room(admin, leaver, successor):
    doc_id = put(leaver, "ten bytes.")
    expect.ok(admin.put(f"/users/{successor.user_id}/quota", json={"bytes": 9}))
    full = "Storage quota exceeded: 9 of 9 bytes are left."
    detail(leaver.patch(f"/docs/{doc_id}/owner", json={"user_id": successor.user_id}), 507, full)
    detail(admin.post(f"/users/{leaver.user_id}/handover", json={"user_id": successor.user_id}), 507, full)
    assert mine(leaver) == [doc_id] and used(successor) == (0, 0)


def test_everything_of_a_person_who_leaves(admin, leaver, successor, other):
    word = f"estate{unique('')}"
    kept = [put(leaver, f"{word} number {number}") for number in range(5)]
    trashed = put(leaver, f"{word} in the trash")
    assert leaver.delete(f"/docs/{trashed}").status_code == 200
    shared = put(other, "shared with who leaves")
    expect.ok(other.put(f"/docs/{shared}/access", json={"entries": [{"user_id": leaver.user_id, "allow": ["document.read"]}]}))
    before = used(leaver)
    answer = admin.post(f"/users/{leaver.user_id}/handover", json={"user_id": successor.user_id})
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"from_user_id": leaver.user_id, "to_user_id": successor.user_id, "documents_left": 5}
    detail(leaver.get(f"/docs/{shared}"), 404, f"Document with id {shared} not found.")
    wait_until_handed_over(admin, leaver)
    assert sorted(mine(successor)) == kept and mine(leaver) == [] and used(successor) == before and used(leaver) == (0, 0)
    assert sorted(found(successor, word)) == kept and found(leaver, word) == []
    assert successor.post(f"/docs/{trashed}/restore").status_code == 200
    finish(successor, trashed)
    assert admin.delete(f"/users/{leaver.user_id}").status_code == 204
    assert [row["details"] for row in expect.ok(admin.get("/logs/?action_type=user_handover"))["items"]
            if row["entity_id"] == leaver.user_id] == [f"to user {successor.user_id}"]


def test_twice_is_told(admin, leaver, successor, other):
    for number in range(20):
        upload_text(leaver, f"paper {number}", f"{unique('paper')}.txt")
    assert admin.post(f"/users/{leaver.user_id}/handover", json={"user_id": successor.user_id}).status_code == 202
    again = admin.post(f"/users/{leaver.user_id}/handover", json={"user_id": other.user_id})
    if again.status_code != 202:  # Unless the first has come to its end already.
        detail(again, 409, f"What this user has is being handed over to user {successor.user_id}.")
    wait_until_handed_over(admin, leaver)
    assert mine(leaver) == []
    assert len(mine(successor)) == 20
