"""DELETE /docs/{doc_id} (api.md section 5)."""

import pytest

from support import expect
from support.client import unique
from support.documents import finish, upload_text
from support.server import wait_until


def test_the_answer(admin, user):
    document = upload_text(user)
    finish(user, document["doc_id"])
    assert expect.ok(admin.delete(f"/docs/{document['doc_id']}"), ["doc_id", "message"]) == {
        "doc_id": document["doc_id"], "message": "Document deleted successfully."}


def test_nothing_of_it_is_left(admin, user, state):
    name = f"{unique('gone')}.txt"
    document = upload_text(user, "soon gone", name)
    doc_id = document["doc_id"]
    finish(user, doc_id)
    assert any(blob.endswith(name) for blob in state.blobs())
    assert admin.delete(f"/docs/{doc_id}").status_code == 200
    missing = f"Document with id {doc_id} not found."
    for path in (f"/docs/{doc_id}", f"/docs/{doc_id}/status", f"/docs/{doc_id}/download", f"/docs/{doc_id}/text"):
        expect.detail(user.get(path), 404, missing)
    expect.detail(admin.delete(f"/docs/{doc_id}"), 404, missing)
    for table in ("Documents", "Processing_Status", "Ocr_Results", "Document_Text"):
        assert state.query(f"SELECT * FROM {table} WHERE doc_id = ?", doc_id) == []
    wait_until(lambda: not any(blob.endswith(name) for blob in state.blobs()), what="the blob's removal")
    assert doc_id not in [item["doc_id"] for item in user.get("/docs/me?limit=100").json()["items"]]


def test_its_name_is_free_again(admin, user):
    name = f"{unique('again')}.txt"
    first = upload_text(user, "first", name)
    finish(user, first["doc_id"])
    assert admin.delete(f"/docs/{first['doc_id']}").status_code == 200
    second = upload_text(user, "second", name)
    assert second["doc_id"] != first["doc_id"]
    assert user.get(f"/docs/{second['doc_id']}/download").content == b"second"


@pytest.mark.parametrize("status", ["Queued", "Processing"])
def test_while_it_is_worked_on(admin, user, state, status):
    document = upload_text(user, "kept")
    finish(user, document["doc_id"])
    state.set_status(document["doc_id"], status)
    expect.detail(admin.delete(f"/docs/{document['doc_id']}"), 409,
                  "Cannot delete document while it is Queued or Processing.")
    assert user.get(f"/docs/{document['doc_id']}/download").content == b"kept"
    state.set_status(document["doc_id"], "Finished")
    assert admin.delete(f"/docs/{document['doc_id']}").status_code == 200


def test_a_failed_one(admin, user, state):
    document = upload_text(user)
    finish(user, document["doc_id"])
    state.set_status(document["doc_id"], "Failed")
    assert admin.delete(f"/docs/{document['doc_id']}").status_code == 200


def test_not_even_the_owner_may(user):
    document = upload_text(user)
    expect.detail(user.delete(f"/docs/{document['doc_id']}"), 403, "You are not authorized to perform this action.")
    assert user.get(f"/docs/{document['doc_id']}/status").status_code == 200


@pytest.mark.parametrize("doc_id", [999999, 0, -1])
def test_nothing(admin, doc_id):
    expect.detail(admin.delete(f"/docs/{doc_id}"), 404, f"Document with id {doc_id} not found.")


def test_it_is_audited(admin, user, state):
    document = upload_text(user)
    finish(user, document["doc_id"])
    admin.delete(f"/docs/{document['doc_id']}")
    assert state.query("SELECT user_id FROM Logs WHERE action_type = 'document_delete' AND entity_id = ?",
                       document["doc_id"]) == [{"user_id": admin.user_id}]
