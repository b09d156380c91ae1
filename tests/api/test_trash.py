"""The trash: DELETE /docs/{id}, GET /docs/trash, POST /docs/{id}/restore, DELETE /docs/trash (api.md section 5)."""

import pytest

from support import expect
from support.client import create_person, unique
from support.documents import finish, upload_text
from support.server import wait_until

KEYS = ["doc_id", "filename", "path", "uploaded_by_user_id", "ctype", "size", "uploaded_at", "deleted_at",
        "deleted_by_user_id", "purge_at"]


@pytest.fixture
def document(user):
    """One that is processed, and whose text has a word that no other has."""
    name = unique("trashed")
    answer = upload_text(user, f"the text of {name}word", f"{name}.txt")
    finish(user, answer["doc_id"])
    return {**answer, "word": f"{name}word", "stem": name}


def delete(person, document):
    assert person.delete(f"/docs/{document['doc_id']}").status_code == 200


def trash(person, query="?limit=100"):
    return expect.ok(person.get(f"/docs/trash{query}"), ["total", "items"])


def ids(listed):
    return [item["doc_id"] for item in listed["items"]]


def found(person, word):
    return ids(person.get(f"/docs/search?q={word}").json())


def test_it_is_out_of_sight(user, state, document):
    doc_id = document["doc_id"]
    numbers = user.get("/docs/stats").json()["documents"]
    delete(user, document)
    missing = f"Document with id {doc_id} not found."
    for path in ("", "/status", "/download", "/text", "/versions"):
        expect.detail(user.get(f"/docs/{doc_id}{path}"), 404, missing)
    assert doc_id not in ids(user.get("/docs/me?limit=100").json())
    assert found(user, document["word"]) == []
    assert user.get("/docs/stats").json()["documents"] == numbers - 1
    for table in ("Documents", "Processing_Status", "Ocr_Results", "Document_Text", "Document_Files"):
        assert state.query(f"SELECT doc_id FROM {table} WHERE doc_id = ?", doc_id) == []
    assert any(document["stem"] in blob for blob in state.blobs()), "its file stays"


def test_it_is_listed(user, other, admin, document):
    delete(user, document)
    (item,) = [item for item in trash(user)["items"] if item["doc_id"] == document["doc_id"]]
    assert list(item) == KEYS
    assert (item["filename"], item["path"], item["uploaded_by_user_id"], item["deleted_by_user_id"]) == (
        document["filename"], "/", user.user_id, user.user_id)
    for key in ("uploaded_at", "deleted_at", "purge_at"):
        expect.timestamp(item[key])
    assert item["purge_at"][:10] > item["deleted_at"][:10]
    assert document["doc_id"] not in ids(trash(other))
    assert document["doc_id"] in ids(trash(admin))
    assert document["doc_id"] in ids(trash(admin, f"?limit=100&user_id={user.user_id}"))
    assert document["doc_id"] not in ids(trash(admin, f"?limit=100&user_id={other.user_id}"))


def test_restored_it_is_what_it_was(user, state, document):
    doc_id = document["doc_id"]
    before = user.get(f"/docs/{doc_id}").json()
    text = user.get(f"/docs/{doc_id}/text").json()
    delete(user, document)
    restored = user.post(f"/docs/{doc_id}/restore")
    assert (restored.status_code, restored.json()) == (200, before)
    assert user.get(f"/docs/{doc_id}").json() == before
    assert user.get(f"/docs/{doc_id}/text").json() == text
    assert user.get(f"/docs/{doc_id}/download").content == f"the text of {document['word']}".encode()
    assert found(user, document["word"]) == [doc_id]
    assert found(user, document["stem"]) == [doc_id], "its name is found, too"
    assert doc_id not in ids(trash(user))
    assert state.query("SELECT doc_id FROM Trashed_Files WHERE doc_id = ?", doc_id) == []


def test_restored_it_is_no_other_ones_id(user, document):
    """Ids of documents in the trash are not given again, nor after they have come back."""
    delete(user, document)
    between = upload_text(user)
    assert between["doc_id"] > document["doc_id"]
    user.post(f"/docs/{document['doc_id']}/restore")
    assert upload_text(user)["doc_id"] > between["doc_id"]


def test_with_all_its_versions(user, document):
    doc_id = document["doc_id"]
    assert user.put(f"/docs/{doc_id}/file", files={"file": ("a.txt", b"second", "text/plain")}).status_code == 200
    finish(user, doc_id)
    before = user.get(f"/docs/{doc_id}/versions").json()
    delete(user, document)
    assert user.post(f"/docs/{doc_id}/restore").status_code == 200
    assert user.get(f"/docs/{doc_id}/versions").json() == before
    assert user.get(f"/docs/{doc_id}/versions/1/download").content == f"the text of {document['word']}".encode()


def test_its_name_is_free_at_once(user, document):
    delete(user, document)
    second = upload_text(user, "in its place", document["filename"])
    refused = user.post(f"/docs/{document['doc_id']}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "restore_name_taken")
    proposed = refused.json()["proposed_filename"]
    assert proposed == f"{document['stem']} (2).txt" and proposed in refused.json()["detail"]
    restored = user.post(f"/docs/{document['doc_id']}/restore", params={"filename": proposed})
    assert (restored.status_code, restored.json()["filename"]) == (200, proposed)
    assert user.get(f"/docs/{second['doc_id']}/download").content == b"in its place"
    assert user.get(f"/docs/{document['doc_id']}/download").content == f"the text of {document['word']}".encode()
    assert found(user, "in") is not None


@pytest.mark.parametrize("name, status, detail", [
    ("a/b.txt", 400, "Invalid filename"),
    ("a.pdf", 415, "File content does not match its extension"),
])
def test_a_name_that_will_not_do(user, document, name, status, detail):
    delete(user, document)
    expect.detail(user.post(f"/docs/{document['doc_id']}/restore", params={"filename": name}), status, detail)
    assert user.post(f"/docs/{document['doc_id']}/restore").status_code == 200


def test_its_path_is_gone(admin, user):
    path = unique("gone")
    path_id = admin.post("/paths/", json={"full_path": path}).json()["id"]
    document = upload_text(user, "somewhere", full_path=path)
    finish(user, document["doc_id"])
    delete(user, document)
    assert admin.delete(f"/paths/{path_id}").status_code in (200, 204), "a path with nothing but trash is empty"
    refused = user.post(f"/docs/{document['doc_id']}/restore")
    expect.detail(refused, 409, f"The path '{path}' does not exist any more: name another one as full_path.",
                  "restore_path_gone")
    restored = user.post(f"/docs/{document['doc_id']}/restore", params={"full_path": ""})
    assert (restored.status_code, restored.json()["path"]) == (200, "/")


def test_its_path_has_another_name(admin, user):
    path, new = unique("named"), unique("renamed")
    path_id = admin.post("/paths/", json={"full_path": path}).json()["id"]
    document = upload_text(user, "there", full_path=path)
    finish(user, document["doc_id"])
    delete(user, document)
    assert admin.patch(f"/paths/{path_id}", json={"full_path": new}).status_code == 200
    assert user.post(f"/docs/{document['doc_id']}/restore").json()["path"] == new


def test_one_that_was_not_processed_yet(user, state):
    document = upload_text(user, "late words")
    finish(user, document["doc_id"])
    state.set_status(document["doc_id"], "Queued")
    delete(user, document)
    assert user.post(f"/docs/{document['doc_id']}/restore").json()["status"] == "Queued"
    finish(user, document["doc_id"])


def test_removed_for_good(user, state, document):
    doc_id = document["doc_id"]
    delete(user, document)
    answer = expect.ok(user.delete(f"/docs/trash/{doc_id}"), ["doc_id", "message"])
    assert answer == {"doc_id": doc_id, "message": "Document removed for good."}
    gone = f"Document with id {doc_id} is not in the trash."
    expect.detail(user.post(f"/docs/{doc_id}/restore"), 404, gone)
    expect.detail(user.delete(f"/docs/trash/{doc_id}"), 404, gone)
    wait_until(lambda: not any(document["stem"] in blob for blob in state.blobs()), what="the blob's removal")
    for table in ("Trashed_Documents", "Trashed_Files", "Trashed_Text", "Trashed_Status", "Trashed_Results"):
        assert state.query(f"SELECT doc_id FROM {table} WHERE doc_id = ?", doc_id) == []


def test_emptied(admin, state):
    with create_person(admin) as person:
        stems = []
        for _ in range(3):
            stems.append(unique("emptied"))
            document = upload_text(person, "to go", f"{stems[-1]}.txt")
            finish(person, document["doc_id"])
            delete(person, document)
        answer = person.delete("/docs/trash")
        assert (answer.status_code, answer.json()) == (202, {"documents": 3})
        assert trash(person) == {"total": 0, "items": []}
        expect.detail(person.post(f"/docs/{document['doc_id']}/restore"), 404,
                      f"Document with id {document['doc_id']} is not in the trash.")
        wait_until(lambda: not any(stem in blob for blob in state.blobs() for stem in stems), 60, what="the removals")
        assert person.delete("/docs/trash").json() == {"documents": 0}


def test_when_its_time_is_over(user, state, document):
    delete(user, document)
    state.execute("UPDATE Trashed_Documents SET purge_at = ? WHERE doc_id = ?", "2026-01-01T00:00:00.000000",
                  document["doc_id"])
    assert document["doc_id"] not in ids(trash(user))
    wait_until(lambda: not any(document["stem"] in blob for blob in state.blobs()), 60, what="the removal")


def test_it_does_not_count(admin):
    with create_person(admin) as person:
        admin.put(f"/users/{person.user_id}/quota", json={"bytes": 25, "documents": 2})
        first, second = (upload_text(person, "0123456789") for _ in range(2))
        finish(person, first["doc_id"])
        delete(person, first)
        usage = person.get("/users/me/usage").json()
        assert (usage["bytes"]["used"], usage["documents"]["used"]) == (10, 1)
        third = upload_text(person, "9876543210")
        expect.detail(person.post(f"/docs/{first['doc_id']}/restore"), 507,
                      "Document quota exceeded: 0 of 2 documents are left.")
        finish(person, third["doc_id"])
        delete(person, third)
        assert person.post(f"/docs/{first['doc_id']}/restore").status_code == 200
        usage = person.get("/users/me/usage").json()
        assert (usage["bytes"]["used"], usage["documents"]["used"]) == (20, 2)


def test_whose_it_is_not(user, other, document):
    delete(user, document)
    gone = f"Document with id {document['doc_id']} is not in the trash."
    expect.detail(other.post(f"/docs/{document['doc_id']}/restore"), 404, gone)
    expect.detail(other.delete(f"/docs/trash/{document['doc_id']}"), 404, gone)


def test_an_administrator_may(admin, user, document):
    delete(admin, document)
    assert document["doc_id"] in ids(trash(user))
    assert admin.post(f"/docs/{document['doc_id']}/restore").status_code == 200


def test_it_is_audited(user, state, document):
    doc_id = document["doc_id"]
    delete(user, document)
    user.post(f"/docs/{doc_id}/restore")
    delete(user, document)
    user.delete(f"/docs/trash/{doc_id}")
    actions = [row["action_type"] for row in state.query(
        "SELECT action_type FROM Logs WHERE entity_id = ? ORDER BY log_id", doc_id)]
    assert [action for action in actions if action != "document_upload" and action != "document_download"] == [
        "document_delete", "document_restore", "document_delete", "document_purge"]


def test_with_a_user_goes_what_they_have_in_the_trash(admin, state):
    with create_person(admin) as person:
        stem = unique("left")
        document = upload_text(person, "of somebody who leaves", f"{stem}.txt")
        finish(person, document["doc_id"])
        delete(person, document)
        assert admin.delete(f"/users/{person.user_id}").status_code in (200, 204)
    assert document["doc_id"] not in ids(trash(admin))
    wait_until(lambda: not any(stem in blob for blob in state.blobs()), 60, what="the removal")


def test_what_the_platform_has_written(user, state, document):
    """Columns that only the platform fills come back, too."""
    doc_id = document["doc_id"]
    state.execute("UPDATE Ocr_Results SET domain = 'Law', category = 'Contracts', classification_confidence = 0.5 "
                  "WHERE doc_id = ?", doc_id)
    state.execute("INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) VALUES (?, 'Vectorization', "
                  "'Queued', ?)", doc_id, "2026-06-01T10:00:00.000000")
    delete(user, document)
    assert user.post(f"/docs/{doc_id}/restore").status_code == 200
    assert state.query("SELECT domain, category FROM Ocr_Results WHERE doc_id = ?", doc_id) == [
        {"domain": "Law", "category": "Contracts"}]
    stages = {row["stage_name"]: row["status"] for row in
              state.query("SELECT stage_name, status FROM Processing_Status WHERE doc_id = ?", doc_id)}
    assert stages == {"OCR": "Finished", "Vectorization": "Queued"}


def test_a_long_text(user, state):
    """More than one transaction writes on SQLite."""
    word = unique("longword")
    text = "".join(f"line {number} of {word}\n" for number in range(150_000))
    document = upload_text(user, text)
    finish(user, document["doc_id"])
    before = user.get(f"/docs/{document['doc_id']}/text", headers={"accept": "text/plain"}).text
    delete(user, document)
    assert user.post(f"/docs/{document['doc_id']}/restore", timeout=300).status_code == 200, "a sanitizer takes its time"
    assert user.get(f"/docs/{document['doc_id']}/text", headers={"accept": "text/plain"}).text == before
    wait_until(lambda: set(found(user, word)) == {document["doc_id"]}, 120, what="its words")
