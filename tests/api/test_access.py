"""Who may do what: entries at documents and paths, and what follows from them (api.md section 9, access.md)."""

import pytest

from support import expect
from support.client import create_person, unique
from support.documents import finish, upload_text

FORBIDDEN = (403, "You do not have permission to share this.")
CHANGE_FORBIDDEN = (403, "You do not have permission to change this document.")
DELETION_FORBIDDEN = (403, "You do not have permission to delete this document.")
ALL_OF_DOCUMENTS = ["document.read", "document.write", "document.delete", "document.share"]


@pytest.fixture
def folder(admin):
    path = expect.ok(admin.post("/paths/", json={"full_path": unique("shared")}), status=201)
    return path


@pytest.fixture
def document(other, folder):
    """Somebody else's, in the folder, with its text."""
    answer = upload_text(other, f"the word {unique('sesame')}", full_path=folder["full_path"])
    finish(other, answer["doc_id"])
    return answer


@pytest.fixture
def group(admin):
    return expect.ok(admin.post("/groups/", json={"group_name": unique("group")}), status=201)


def say(person, thing, *entries, headers=None):
    return person.put(f"{thing}/access", json={"entries": list(entries)}, headers=headers)


def allow(*actions, **whom):
    return {**whom, "allow": list(actions)}


def deny(*actions, **whom):
    return {**whom, "deny": list(actions)}


def thing(document):
    return f"/docs/{document['doc_id']}"


def path_of(folder):
    return f"/paths/{folder['id']}"


def assert_unseen(person, document):
    """Word for word as what is not there."""
    missing = f"Document with id {document['doc_id']} not found."
    doc = thing(document)
    for response in (person.get(doc), person.get(f"{doc}/status"), person.get(f"{doc}/download"),
                     person.get(f"{doc}/text"), person.get(f"{doc}/versions"),
                     person.get(f"{doc}/versions/1/download"), person.patch(doc, json={"description": "x"}),
                     person.delete(doc), person.post(f"{doc}/reprocess"), person.get(f"{doc}/access"),
                     person.get(f"{doc}/access/{person.user_id}"), say(person, doc),
                     person.post(f"{doc}/versions/1/restore"),
                     person.put(f"{doc}/file", files={"file": ("a.txt", b"x", "text/plain")})):
        expect.detail(response, 404, missing)
    assert document["doc_id"] not in listed(person, "all")


def assert_read(person, document):
    doc = thing(document)
    assert expect.ok(person.get(doc))["doc_id"] == document["doc_id"]
    for path in ("/status", "/download", "/text", "/versions", "/versions/1/download"):
        assert person.get(doc + path).status_code == 200, path


def listed(person, view, **query):
    answer = expect.ok(person.get("/docs/", params={"view": view, "limit": 100, **query}), ["total", "items"])
    assert answer["total"] == len(answer["items"])
    return [item["doc_id"] for item in answer["items"]]


def test_what_nobody_has_said_is_not_there(user, document):
    assert_unseen(user, document)


def test_an_owner_shares_with_a_person(user, other, document):
    saying = expect.ok(say(other, thing(document), allow("document.read", user_id=user.user_id)),
                       ["entries", "inherited"])
    assert saying["entries"] == [{"user_id": user.user_id, "group_id": None, "name": user.profile()["full_name"],
                                  "allow": ["document.read"], "deny": []}]
    assert_read(user, document)
    expect.detail(user.patch(thing(document), json={"description": "x"}), *CHANGE_FORBIDDEN)
    expect.detail(user.post(f"{thing(document)}/reprocess"), *CHANGE_FORBIDDEN)
    expect.detail(user.put(f"{thing(document)}/file", files={"file": ("a.txt", b"x", "text/plain")}),
                  *CHANGE_FORBIDDEN)
    expect.detail(user.post(f"{thing(document)}/versions/1/restore"), *CHANGE_FORBIDDEN)
    expect.detail(user.delete(thing(document)), *DELETION_FORBIDDEN)
    expect.detail(user.get(f"{thing(document)}/access"), *FORBIDDEN)
    expect.detail(say(user, thing(document)), *FORBIDDEN)
    assert listed(user, "shared").count(document["doc_id"]) == 1
    assert document["doc_id"] in listed(user, "all") and document["doc_id"] not in listed(user, "own")
    assert document["doc_id"] not in [item["doc_id"] for item in user.get("/docs/me?limit=100").json()["items"]]


def test_what_is_taken_back_is_gone_at_the_next_request(user, other, document):
    say(other, thing(document), allow("document.read", user_id=user.user_id))
    assert_read(user, document)
    say(other, thing(document))
    assert_unseen(user, document)


def test_each_action_is_for_itself(user, other, document):
    say(other, thing(document), allow("document.read", "document.write", user_id=user.user_id))
    assert user.patch(thing(document), json={"description": "changed by another"}).status_code == 200
    expect.detail(user.delete(thing(document)), *DELETION_FORBIDDEN)
    say(other, thing(document), allow("document.read", "document.delete", user_id=user.user_id))
    expect.detail(user.patch(thing(document), json={"description": "x"}), *CHANGE_FORBIDDEN)
    assert user.delete(thing(document)).status_code == 200
    trashed = [item["doc_id"] for item in other.get("/docs/trash?limit=100").json()["items"]]
    assert document["doc_id"] in trashed, "it lies in its owner's trash"


def test_who_may_write_and_not_read_does_not_see_it(user, other, document):
    say(other, thing(document), allow("document.write", "document.delete", user_id=user.user_id))
    assert_unseen(user, document)


def test_a_folder_is_shared_with_a_group(admin, user, document, folder, group):
    say(admin, path_of(folder), allow("document.read", group_id=group["group_id"]))
    assert_unseen(user, document)
    admin.put(f"/groups/{group['group_id']}/members/{user.user_id}")
    assert_read(user, document)
    assert document["doc_id"] in listed(user, "shared")
    admin.delete(f"/groups/{group['group_id']}/members/{user.user_id}")
    assert_unseen(user, document)


def test_what_is_said_of_a_folder_holds_for_what_comes_later(admin, user, other, folder):
    say(admin, path_of(folder), allow("document.read", user_id=user.user_id))
    below = expect.ok(admin.post("/paths/", json={"full_path": f"{folder['full_path']}/below"}), status=201)
    answer = upload_text(other, full_path=below["full_path"])
    assert expect.ok(user.get(thing(answer)))["path"] == below["full_path"]


def test_a_moved_folder_takes_the_rights_of_where_it_goes(admin, user, document, folder):
    open_to_user = expect.ok(admin.post("/paths/", json={"full_path": unique("open")}), status=201)
    say(admin, path_of(open_to_user), allow("document.read", user_id=user.user_id))
    assert_unseen(user, document)
    admin.patch(path_of(folder), json={"full_path": f"{open_to_user['full_path']}/moved"})
    assert expect.ok(user.get(thing(document)))["path"] == f"{open_to_user['full_path']}/moved"
    admin.patch(path_of(folder), json={"full_path": folder["full_path"]})
    assert_unseen(user, document)


def test_the_nearest_entry_counts(admin, user, other, document, folder):
    say(admin, path_of(folder), allow("document.read", user_id=user.user_id))
    assert_read(user, document)
    say(other, thing(document), deny("document.read", user_id=user.user_id))
    assert_unseen(user, document)


def test_a_persons_entry_goes_before_a_groups(admin, user, document, folder, group):
    admin.put(f"/groups/{group['group_id']}/members/{user.user_id}")
    say(admin, path_of(folder), allow("document.read", user_id=user.user_id),
        deny("document.read", group_id=group["group_id"]))
    assert_read(user, document)


def test_documents_are_moved_into_folders_that_one_may_put_them_into(admin, user, other, document, folder):
    hidden = expect.ok(admin.post("/paths/", json={"full_path": unique("hidden")}), status=201)
    say(admin, path_of(hidden), deny("path.read", user_id=other.user_id))
    seen = expect.ok(admin.post("/paths/", json={"full_path": unique("seen")}), status=201)
    say(admin, path_of(seen), deny("path.create", user_id=other.user_id))
    doc = thing(document)
    for response in (other.patch(doc, json={"full_path": hidden["full_path"]}),
                     other.upload("a.txt", b"x", full_path=hidden["full_path"])):
        expect.detail(response, 404, "Provided path doesn't exist.")
    for response in (other.patch(doc, json={"full_path": seen["full_path"]}),
                     other.upload("a.txt", b"x", full_path=seen["full_path"])):
        expect.detail(response, 403, "You do not have permission to put documents there.")
    paths = [path["full_path"] for path in other.get("/paths/?maxDepth=30").json()]
    assert seen["full_path"] in paths and hidden["full_path"] not in paths
    # Whoever moves it takes it away from where it was.
    say(other, doc, allow("document.read", "document.write", user_id=user.user_id))
    expect.detail(user.patch(doc, json={"full_path": "/"}), *DELETION_FORBIDDEN)
    say(other, doc, allow("document.read", "document.write", "document.delete", user_id=user.user_id))
    assert expect.ok(user.patch(doc, json={"full_path": "/"}))["path"] == "/"


def test_folders_are_made_and_changed_by_who_may(admin, user, folder):
    above = folder["full_path"]
    expect.detail(user.post("/paths/", json={"full_path": f"{above}/mine"}), 403,
                  "You are not authorized to perform this action.")
    say(admin, path_of(folder), allow("path.create", "path.write", "path.delete", user_id=user.user_id))
    mine = expect.ok(user.post("/paths/", json={"full_path": f"{above}/mine"}), expect.PATH_KEYS, 201)
    assert expect.ok(user.patch(path_of(mine), json={"full_path": f"{above}/ours"}))["full_path"] == f"{above}/ours"
    expect.detail(user.post("/paths/", json={"full_path": unique("elsewhere")}), 403,
                  "You are not authorized to perform this action.")
    expect.detail(user.patch(path_of(mine), json={"full_path": unique("elsewhere")}), 403,
                  "You are not authorized to perform this action.")
    assert user.delete(path_of(mine)).status_code == 204


def test_the_role_is_a_ceiling(admin, user, state):
    role_id = 700 + user.user_id
    state.execute("INSERT INTO Roles (role_id, role_name) VALUES (?, ?)", role_id, unique("reader"))
    state.execute("INSERT INTO Role_Actions (role_id, action_id) SELECT ?, action_id FROM Actions "
                  "WHERE action_name = 'document.read'", role_id)
    own = upload_text(user)
    person = create_person(admin)
    upload = upload_text(person)
    assert admin.patch(f"/users/{person.user_id}", json={"role_id": role_id}).status_code == 200
    person.log_in()
    assert person.get(thing(upload)).status_code == 200
    expect.detail(person.patch(thing(upload), json={"description": "x"}), *CHANGE_FORBIDDEN)
    expect.detail(person.delete(thing(upload)), *DELETION_FORBIDDEN)
    assert_unseen(person, own)


def test_an_etag_tells_of_changes_under_way(user, other, document):
    first = other.get(f"{thing(document)}/access")
    tag = {"if-match": first.headers["etag"]}
    changed = say(other, thing(document), allow("document.read", user_id=user.user_id), headers=tag)
    assert changed.status_code == 200 and changed.headers["etag"] != first.headers["etag"]
    expect.detail(say(other, thing(document), headers=tag), 412, "The access has changed")
    assert say(other, thing(document), headers={"if-match": changed.headers["etag"]}).status_code == 200
    assert other.get(f"{thing(document)}/access").headers["etag"] == first.headers["etag"]


def test_whoever_shares_gives_no_more_than_they_have(admin, user, other, document, group):
    doc = thing(document)
    say(other, doc, allow("document.read", "document.share", user_id=user.user_id))
    third = create_person(admin)
    kept = allow("document.read", "document.share", user_id=user.user_id)
    assert say(user, doc, kept, allow("document.read", user_id=third.user_id)).status_code == 200
    assert_read(third, document)
    expect.detail(say(user, doc, kept, allow("document.read", "document.delete", user_id=third.user_id)), 403,
                  "You do not have permission to share 'document.delete'.")
    say(other, doc, kept, deny("document.delete", user_id=third.user_id))
    expect.detail(say(user, doc, kept), 403, "You do not have permission to share 'document.delete'.")
    expect.detail(say(user, doc, kept, deny("document.delete", user_id=third.user_id),
                      allow("document.read", group_id=group["group_id"])), 404, "Group not found")


def test_what_cannot_be_said(other, user, document):
    doc = thing(document)
    assert say(other, doc, {"allow": ["document.read"]}).status_code == 422
    assert say(other, doc, {"user_id": 1, "group_id": 1, "allow": ["document.read"]}).status_code == 422
    assert say(other, doc, allow("document.print", user_id=user.user_id)).status_code == 422
    assert say(other, doc, allow("path.read", user_id=user.user_id)).status_code == 422
    assert other.put(f"{doc}/access", json={"entries": {}}).status_code == 422
    assert other.put(f"{doc}/access", json={"entries": 1001 * [allow(user_id=1)]}).status_code == 422
    expect.detail(say(other, doc, allow("document.read", user_id=987654)), 404, "User not found")
    expect.detail(say(other, doc, allow("document.read", group_id=987654)), 404, "Group not found")


def test_what_is_inherited_is_told_with_where_it_is_from(admin, user, other, document, folder, group):
    say(admin, path_of(folder), allow("document.read", "path.read", user_id=user.user_id))
    access = expect.ok(other.get(f"{thing(document)}/access"), ["entries", "inherited"])
    assert access["entries"] == []
    nearest, root = access["inherited"]
    assert (nearest["path_id"], nearest["path"]) == (folder["id"], folder["full_path"])
    assert nearest["entries"] == [{"user_id": user.user_id, "group_id": None, "name": user.profile()["full_name"],
                                   "allow": ["document.read", "path.read"], "deny": []}]
    assert root["path"] == "/" and root["entries"][0]["name"] == "everyone"
    assert expect.ok(admin.get(f"{path_of(folder)}/access"))["inherited"] == [root]


def test_the_question_of_every_administrator(admin, user, other, document, folder, group):
    admin.put(f"/groups/{group['group_id']}/members/{user.user_id}")
    say(admin, path_of(folder), allow("document.read", group_id=group["group_id"]))
    say(other, thing(document), deny("document.write", user_id=user.user_id))

    def asked(person, about, of=thing(document)):
        answer = expect.ok(person.get(f"{of}/access/{about.user_id}"), ["user_id", "full_name", "actions"])
        return {action["action"]: action for action in answer["actions"]}

    explained = asked(admin, user)
    assert list(explained) == ALL_OF_DOCUMENTS
    assert explained["document.read"] == {
        "action": "document.read", "is_allowed": True, "because": "entry",
        "entry": {"doc_id": None, "path": folder["full_path"], "user_id": None, "group_id": group["group_id"],
                  "name": group["group_name"]}}
    assert explained["document.write"]["is_allowed"] is False
    assert explained["document.write"]["entry"]["doc_id"] == document["doc_id"]
    assert explained["document.delete"] == {
        "action": "document.delete", "is_allowed": False, "because": "nothing", "entry": None}
    assert asked(user, user) == explained, "everybody may ask about himself"
    assert asked(other, other)["document.share"]["because"] == "owner"
    assert asked(other, admin)["document.read"]["because"] == "administrator"
    expect.detail(user.get(f"{thing(document)}/access/{other.user_id}"), *FORBIDDEN)
    expect.detail(admin.get(f"{thing(document)}/access/987654"), 404, "User not found")
    of_folder = asked(admin, user, path_of(folder))
    assert of_folder["path.read"]["entry"]["path"] == "/" and of_folder["document.read"]["is_allowed"]


def test_all_that_is_said_to_a_person(admin, user, other, document, folder, group):
    person = create_person(admin)
    admin.put(f"/groups/{group['group_id']}/members/{person.user_id}")
    say(other, thing(document), allow("document.read", user_id=person.user_id))
    say(admin, path_of(folder), deny("document.write", group_id=group["group_id"]))
    answer = expect.ok(admin.get(f"/users/{person.user_id}/permissions"), ["total", "items"])
    assert answer["total"] == len(answer["items"]) == 4  # Two are everybody's.
    assert answer["items"][0] == {"action": "document.read", "is_allowed": True, "doc_id": document["doc_id"],
                                  "path_id": None, "name": document["filename"], "group_id": None, "group_name": None}
    (denial,) = [item for item in answer["items"] if not item["is_allowed"]]
    assert (denial["path_id"], denial["name"], denial["group_name"]) == (
        folder["id"], folder["full_path"], group["group_name"])
    expect.detail(admin.get("/users/987654/permissions"), 404, "User not found")
    expect.detail(user.get(f"/users/{person.user_id}/permissions"), 403,
                  "You are not authorized to perform this action.")


def test_paths_that_are_hidden_are_not_there(admin, user, folder):
    say(admin, path_of(folder), deny("path.read", user_id=user.user_id))
    expect.detail(user.get(f"{path_of(folder)}/access"), 404, f"Path with id of '{folder['id']}' doesn't exists.")
    expect.detail(say(user, path_of(folder)), 404, f"Path with id of '{folder['id']}' doesn't exists.")
    expect.detail(user.get(f"{path_of(folder)}/access/{user.user_id}"), 404,
                  f"Path with id of '{folder['id']}' doesn't exists.")


def test_changes_are_written_down(admin, user, other, document, folder):
    say(other, thing(document), allow("document.read", user_id=user.user_id))
    say(admin, path_of(folder), deny("path.create", user_id=user.user_id))
    (of_document,) = [row for row in admin.get("/logs/?action_type=document_access").json()["items"]
                      if row["entity_id"] == document["doc_id"]]
    assert of_document["details"] == f"+ user {user.user_id} allow document.read"
    assert of_document["user_id"] == other.user_id
    (of_path,) = [row for row in admin.get("/logs/?action_type=path_access").json()["items"]
                  if row["entity_id"] == folder["id"]]
    assert of_path["details"] == f"+ user {user.user_id} deny path.create"


def test_the_list_of_all_stays_an_administrators(user, admin, document):
    expect.detail(user.get("/docs/"), 403, "You are not authorized to perform this action.")
    expect.detail(user.get("/docs/?limit=0"), 403, "You are not authorized to perform this action.")
    assert user.get("/docs/?view=none").status_code == 422
    assert document["doc_id"] in listed(admin, "all", user_id=document_owner(admin, document))
    assert document["doc_id"] in listed(admin, "shared", user_id=document_owner(admin, document))
    assert document["doc_id"] not in listed(admin, "own")


def document_owner(admin, document):
    return admin.get(thing(document)).json()["uploaded_by_user_id"]


def test_who_may_delete_may_bring_back_and_not_remove_for_good(user, other, document):
    say(other, thing(document), allow("document.read", "document.delete", user_id=user.user_id))
    assert user.delete(thing(document)).status_code == 200
    assert document["doc_id"] not in [item["doc_id"] for item in user.get("/docs/trash?limit=100").json()["items"]]
    assert document["doc_id"] in [item["doc_id"] for item in user.get("/docs/trash?view=all&limit=100").json()["items"]]
    expect.detail(user.delete(f"/docs/trash/{document['doc_id']}"), *DELETION_FORBIDDEN)
    assert user.post(f"{thing(document)}/restore").status_code == 200
    assert_read(user, document)


def test_who_may_only_read_sees_it_in_the_trash(user, other, document):
    say(other, thing(document), allow("document.read", user_id=user.user_id))
    other.delete(thing(document))
    assert document["doc_id"] in [item["doc_id"] for item in user.get("/docs/trash?view=all&limit=100").json()["items"]]
    expect.detail(user.post(f"{thing(document)}/restore"), *CHANGE_FORBIDDEN)


def test_what_may_not_be_read_is_not_in_the_trash_either(user, other, document):
    other.delete(thing(document))
    assert document["doc_id"] not in [item["doc_id"] for item in user.get("/docs/trash?view=all&limit=100").json()["items"]]
    expect.detail(user.post(f"{thing(document)}/restore"), 404, f"Document with id {document['doc_id']} is not in the trash.")


def test_what_is_said_goes_with_what_it_is_said_of(admin, user, other, state, document, folder):
    say(other, thing(document), allow("document.read", user_id=user.user_id))
    say(admin, path_of(folder), allow("document.read", user_id=user.user_id))
    other.delete(thing(document))
    said = "SELECT permission_id FROM Individual_Permissions WHERE entity_type = ? AND entity_id = ?"
    assert len(state.query(said, "document", document["doc_id"])) == 1, "it may come back"
    assert other.delete(f"/docs/trash/{document['doc_id']}").status_code == 200
    assert state.query(said, "document", document["doc_id"]) == []
    assert admin.delete(path_of(folder)).status_code == 204
    assert state.query(said, "path", folder["id"]) == []
