"""The versions of a document: PUT /docs/{id}/file, GET /docs/{id}/versions and what hangs on them (api.md section 5)."""

import hashlib

import pytest

from support import expect
from support.client import create_person, unique
from support.documents import finish, pdf, status_of, upload_text
from support.server import wait_until

KEYS = ["version", "is_current", "ctype", "size", "sha256", "created_at", "created_by_user_id"]


def put(person, doc_id, content, filename="new.txt", **headers):
    return person.put(f"/docs/{doc_id}/file", files={"file": (filename, content, "text/plain")}, headers=headers)


def replace(person, doc_id, content, **headers):
    answer = put(person, doc_id, content.encode(), **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def versions(person, doc_id, query=""):
    return expect.ok(person.get(f"/docs/{doc_id}/versions{query}"), ["total", "items"])


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def document(user):
    """One that is processed, with one version."""
    answer = upload_text(user, "the first words", f"{unique('versions')}.txt")
    finish(user, answer["doc_id"])
    return answer


def test_a_document_begins_with_one(user, document):
    listed = versions(user, document["doc_id"])
    assert listed["total"] == 1
    (only,) = listed["items"]
    assert list(only) == KEYS
    assert (only["version"], only["is_current"], only["size"], only["sha256"], only["created_by_user_id"]) == (
        1, True, 15, sha256("the first words"), user.user_id)
    expect.timestamp(only["created_at"])
    assert "version" not in user.get(f"/docs/{document['doc_id']}").json()


def test_a_new_one_takes_its_place(user, document):
    doc_id = document["doc_id"]
    new = replace(user, doc_id, "quite another text")
    assert (new["version"], new["is_current"], new["sha256"]) == (2, True, sha256("quite another text"))
    finish(user, doc_id)
    assert user.get(f"/docs/{doc_id}/download").content == b"quite another text"
    assert user.get(f"/docs/{doc_id}/text", headers={"accept": "text/plain"}).text == "quite another text"
    details = user.get(f"/docs/{doc_id}").json()
    assert (details["version"], details["size"], details["sha256"]) == (2, 18, sha256("quite another text"))
    assert details["filename"] == document["filename"]
    assert [(item["version"], item["is_current"]) for item in versions(user, doc_id)["items"]] == [(2, True), (1, False)]
    for number, text in ((1, b"the first words"), (2, b"quite another text")):
        answer = user.get(f"/docs/{doc_id}/versions/{number}/download")
        assert (answer.status_code, answer.content) == (200, text)


def test_words_are_those_of_the_current_one(user):
    old, new = unique("oldword"), unique("newword")
    document = upload_text(user, f"in it stands {old}")
    doc_id = document["doc_id"]
    finish(user, doc_id)
    found = lambda word: [item["doc_id"] for item in user.get(f"/docs/search?q={word}").json()["items"]]
    assert found(old) == [doc_id]
    replace(user, doc_id, f"in it stands {new}")
    assert found(old) == []  # At once, and not when the new text has been read.
    finish(user, doc_id)
    assert (found(old), found(new)) == ([], [doc_id])


def test_while_its_text_is_read_there_is_none(user, state, document):
    doc_id = document["doc_id"]
    replace(user, doc_id, "to be read")
    status = status_of(user, doc_id)
    if status["status"] != "Finished":
        answer = user.get(f"/docs/{doc_id}/text")
        assert answer.status_code == 409 or answer.json()["text"] == "to be read"
    finish(user, doc_id)


def test_the_same_bytes_change_nothing(user, document):
    doc_id = document["doc_id"]
    answer = replace(user, doc_id, "the first words")
    assert (answer["version"], answer["is_current"]) == (1, True)
    assert versions(user, doc_id)["total"] == 1
    assert status_of(user, doc_id)["status"] == "Finished"


def test_restoring(user, state, document):
    doc_id = document["doc_id"]
    replace(user, doc_id, "a second text")
    finish(user, doc_id)
    blobs = len(state.blobs())
    answer = expect.ok(user.post(f"/docs/{doc_id}/versions/1/restore"), KEYS + ["restored_from"])
    assert (answer["version"], answer["restored_from"], answer["sha256"]) == (3, 1, sha256("the first words"))
    finish(user, doc_id)
    assert user.get(f"/docs/{doc_id}/text", headers={"accept": "text/plain"}).text == "the first words"
    assert len(state.blobs()) == blobs, "its bytes take no place again"
    again = user.post(f"/docs/{doc_id}/versions/1/restore").json()
    assert again["version"] == 3, "what is there already is not restored again"
    assert versions(user, doc_id)["total"] == 3


def test_bytes_of_an_earlier_one_restore_it(user, document):
    doc_id = document["doc_id"]
    replace(user, doc_id, "in between")
    finish(user, doc_id)
    answer = replace(user, doc_id, "the first words")
    assert (answer["version"], answer["restored_from"]) == (3, 1)


def test_two_people_do_not_overwrite_each_other(user, document):
    doc_id = document["doc_id"]
    etag = user.get(f"/docs/{doc_id}/download").headers["etag"]
    replace(user, doc_id, "of the first", **{"if-match": etag})
    refused = put(user, doc_id, b"of the second", **{"if-match": etag})
    expect.detail(refused, 412, "The document has changed")
    assert user.get(f"/docs/{doc_id}/download").content == b"of the first"
    replace(user, doc_id, "whatever there is", **{"if-match": "*"})
    assert versions(user, doc_id)["total"] == 3


def test_pages_of_the_list(user, document):
    doc_id = document["doc_id"]
    for number in range(2, 6):
        replace(user, doc_id, f"version {number}")
    page = versions(user, doc_id, "?skip=1&limit=2")
    assert (page["total"], [item["version"] for item in page["items"]]) == (5, [4, 3])
    assert versions(user, doc_id, "?skip=9")["items"] == []


def test_one_after_the_other_while_they_are_read(user, document):
    """A worker may be at the end of any of them."""
    doc_id = document["doc_id"]
    for number in range(2, 42):
        replace(user, doc_id, f"version {number} numbat{number}")
    finish(user, doc_id)
    assert user.get(f"/docs/{doc_id}/text").json()["text"] == "version 41 numbat41"
    assert [hit["doc_id"] for hit in user.get("/docs/search", params={"q": "numbat41"}).json()["items"]] == [doc_id]
    assert user.get("/docs/search", params={"q": "numbat40 numbat39"}).json()["items"] == []


@pytest.mark.parametrize("content, filename, status, detail", [
    (b"", "new.txt", 400, "Uploaded file is empty"),
    (pdf("a page"), "new.txt", 415, "File content does not match its extension"),
])
def test_what_is_refused(user, document, state, content, filename, status, detail):
    before = state.uploads()
    expect.detail(put(user, document["doc_id"], content, filename), status, detail)
    assert state.uploads() == before
    assert versions(user, document["doc_id"])["total"] == 1


def test_whose_it_is_not(other, document):
    doc_id = document["doc_id"]
    missing = f"Document with id {doc_id} not found."
    expect.detail(put(other, doc_id, b"of another"), 404, missing)
    expect.detail(other.get(f"/docs/{doc_id}/versions"), 404, missing)
    expect.detail(other.get(f"/docs/{doc_id}/versions/1/download"), 404, missing)
    expect.detail(other.post(f"/docs/{doc_id}/versions/1/restore"), 404, missing)


@pytest.mark.parametrize("number", [2, 0, -1, 2**40])
def test_one_that_is_not_there(user, document, number):
    doc_id = document["doc_id"]
    detail = f"Document {doc_id} has no version {number}."
    expect.detail(user.get(f"/docs/{doc_id}/versions/{number}/download"), 404, detail, "version_not_found")
    expect.detail(user.post(f"/docs/{doc_id}/versions/{number}/restore"), 404, detail, "version_not_found")


def test_an_administrator_may(admin, user, document):
    doc_id = document["doc_id"]
    assert replace(admin, doc_id, "by the administrator")["created_by_user_id"] == admin.user_id
    assert user.get(f"/docs/{doc_id}/download").content == b"by the administrator"


def test_it_is_audited(user, state, document):
    doc_id = document["doc_id"]
    replace(user, doc_id, "new words")
    user.post(f"/docs/{doc_id}/versions/1/restore")
    actions = [row["action_type"] for row in state.query(
        "SELECT action_type FROM Logs WHERE entity_id = ? AND action_type LIKE 'document_version%' ORDER BY log_id", doc_id)]
    assert actions == ["document_version", "document_version_restore"]


def test_every_version_counts(admin):
    with create_person(admin) as person:
        admin.put(f"/users/{person.user_id}/quota", json={"bytes": 30})
        document = upload_text(person, "0123456789")
        replace(person, document["doc_id"], "abcdefghij")
        assert person.get("/users/me/usage").json()["bytes"] == {"used": 20, "limit": 30, "left": 10}
        assert person.get("/users/me/usage").json()["documents"]["used"] == 1
        refused = put(person, document["doc_id"], b"more than ten bytes")
        expect.detail(refused, 507, "Storage quota exceeded: 10 of 30 bytes are left.")
        replace(person, document["doc_id"], "9876543210")
        assert person.delete(f"/docs/{document['doc_id']}").status_code in (200, 409)


def test_a_download_of_the_first_while_there_is_a_second(user, document):
    """Validators are those of the version."""
    doc_id = document["doc_id"]
    replace(user, doc_id, "later")
    first = user.get(f"/docs/{doc_id}/versions/1/download")
    assert first.headers["etag"] == f'"{sha256("the first words")}"'
    again = user.get(f"/docs/{doc_id}/versions/1/download", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    part = user.get(f"/docs/{doc_id}/versions/1/download", headers={"range": "bytes=4-8"})
    assert (part.status_code, part.content) == (206, b"first")


def test_renamed_and_moved_it_keeps_them(admin, user, document):
    doc_id, path = document["doc_id"], unique("moved")
    assert admin.post("/paths/", json={"full_path": path}).status_code == 201
    assert user.patch(f"/docs/{doc_id}", json={"filename": f"{unique('renamed')}.txt", "full_path": path}).status_code == 200
    replace(user, doc_id, "under another name")
    assert user.get(f"/docs/{doc_id}/versions/1/download").content == b"the first words"
    assert user.get(f"/docs/{doc_id}/download").content == b"under another name"


def test_deleted_for_good_nothing_of_them_is_left(user, state, document):
    doc_id = document["doc_id"]
    stem = document["filename"].removesuffix(".txt")
    replace(user, doc_id, "another")
    user.post(f"/docs/{doc_id}/versions/1/restore")
    finish(user, doc_id)
    assert len([blob for blob in state.blobs() if stem in blob]) == 2
    assert user.delete(f"/docs/{doc_id}").status_code == 200
    assert user.delete(f"/docs/trash/{doc_id}").status_code == 200
    wait_until(lambda: not [blob for blob in state.blobs() if stem in blob], what="the removal of all blobs")
    assert state.query("SELECT * FROM Document_Files WHERE doc_id = ?", doc_id) == []
