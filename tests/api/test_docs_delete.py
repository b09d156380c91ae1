"""DELETE /docs/{doc_id} where no trash is kept (api.md section 5); test_trash.py is about the trash."""

import pytest

from support import expect
from support.client import unique
from support.documents import finish, upload_text
from support.server import wait_until

SERVER_SETTINGS = {"TRASH_DAYS": 0}


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


BUSY = "Cannot delete document while it is 'Processing'. Wait for processing to complete or fail."


def add_stage(state, doc_id, stage, status):
    state.execute("INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) VALUES (?, ?, ?, ?)",
                  doc_id, stage, status, "2026-06-01T10:00:00.000000")


@pytest.mark.parametrize("stage", ["OCR", "Classification"])
def test_while_it_is_worked_on(admin, user, state, stage):
    document = upload_text(user, "kept")
    finish(user, document["doc_id"])
    if stage != "OCR":
        add_stage(state, document["doc_id"], stage, "Queued")
    state.execute("UPDATE Processing_Status SET status = 'Processing' WHERE doc_id = ? AND stage_name = ?",
                  document["doc_id"], stage)
    for person in (user, admin):
        expect.detail(person.delete(f"/docs/{document['doc_id']}"), 409, BUSY)
    assert user.get(f"/docs/{document['doc_id']}/download").content == b"kept"
    state.set_status(document["doc_id"], "Finished")
    assert admin.delete(f"/docs/{document['doc_id']}").status_code == 200


def test_a_failed_one(admin, user, state):
    document = upload_text(user)
    finish(user, document["doc_id"])
    state.set_status(document["doc_id"], "Failed")
    assert admin.delete(f"/docs/{document['doc_id']}").status_code == 200


def test_one_that_waits(user, state):
    """Whoever gets its message later drops it."""
    document = upload_text(user)
    finish(user, document["doc_id"])
    state.set_status(document["doc_id"], "Queued")
    assert user.delete(f"/docs/{document['doc_id']}").status_code == 200
    assert state.query("SELECT * FROM Outbox WHERE doc_id = ?", document["doc_id"]) == []


def test_deletion_against_the_worker(user, state):
    """Each document is deleted as soon as it is there, while a worker takes it: it goes whole, or stays until it is done."""
    answers = {}
    for _ in range(30):
        document = upload_text(user, unique("raced"))
        answers[document["doc_id"]] = user.delete(f"/docs/{document['doc_id']}")
    for doc_id, answer in answers.items():
        if answer.status_code != 200:
            expect.detail(answer, 409, BUSY)
            finish(user, doc_id)
            assert user.delete(f"/docs/{doc_id}").status_code == 200
    assert any(answer.status_code == 200 for answer in answers.values())
    last = upload_text(user, "behind them all")
    finish(user, last["doc_id"])  # So the messages of the deleted ones have been dropped.
    for doc_id in answers:
        for table in ("Documents", "Processing_Status", "Ocr_Results", "Document_Text", "Outbox"):
            assert state.query(f"SELECT * FROM {table} WHERE doc_id = ?", doc_id) == []
        events = state.query("SELECT status FROM Document_Events WHERE doc_id = ? ORDER BY event_id", doc_id)
        assert "Failed" not in [event["status"] for event in events]


def test_the_owner_may(user, state):
    document = upload_text(user)
    finish(user, document["doc_id"])
    assert user.delete(f"/docs/{document['doc_id']}").status_code == 200
    assert state.query("SELECT user_id FROM Logs WHERE action_type = 'document_delete' AND entity_id = ?",
                       document["doc_id"]) == [{"user_id": user.user_id}]


def test_no_other_user_may(user, other):
    """Nor learns that there is one."""
    document = upload_text(user)
    finish(user, document["doc_id"])
    expect.detail(other.delete(f"/docs/{document['doc_id']}"), 404,
                  f"Document with id {document['doc_id']} not found.")
    assert user.get(f"/docs/{document['doc_id']}/status").status_code == 200


@pytest.mark.parametrize("doc_id", [999999, 0, -1])
def test_nothing_of_ones_own(user, doc_id):
    expect.detail(user.delete(f"/docs/{doc_id}"), 404, f"Document with id {doc_id} not found.")


@pytest.mark.parametrize("doc_id", [999999, 0, -1])
def test_nothing(admin, doc_id):
    expect.detail(admin.delete(f"/docs/{doc_id}"), 404, f"Document with id {doc_id} not found.")


def test_it_is_audited(admin, user, state):
    document = upload_text(user)
    finish(user, document["doc_id"])
    admin.delete(f"/docs/{document['doc_id']}")
    assert state.query("SELECT user_id FROM Logs WHERE action_type = 'document_delete' AND entity_id = ?",
                       document["doc_id"]) == [{"user_id": admin.user_id}]


# -- tables of other programs

@pytest.fixture
def table(state):
    """Makes a table whose rows refer to documents, as others have it beside ours; it is gone afterwards."""
    made = set()

    def make(name):
        state.execute(f"CREATE TABLE {name} (ingest_id INTEGER NOT NULL PRIMARY KEY, "
                      "doc_id BIGINT NOT NULL REFERENCES Documents (doc_id))")
        made.add(name)

    yield make
    for name in made:
        state.execute(f"DROP TABLE {name}")


def test_what_the_platform_keeps_of_it_goes_with_it(user, state, table):
    """The table was made by hand, and at any time: this one after the server has looked."""
    first, second, kept = (upload_text(user)["doc_id"] for _ in range(3))
    for doc_id in (first, second, kept):
        finish(user, doc_id)
    assert user.delete(f"/docs/{first}").status_code == 200
    table("Rag_Ingest")
    for number, doc_id in enumerate([second, second, kept]):
        state.execute("INSERT INTO Rag_Ingest (ingest_id, doc_id) VALUES (?, ?)", number, doc_id)
    assert user.delete(f"/docs/{second}").status_code == 200
    assert state.query("SELECT doc_id FROM Rag_Ingest") == [{"doc_id": kept}]
    assert user.delete(f"/docs/{kept}").status_code == 200


def test_a_table_of_the_platform_may_go_again(user, state, table):
    table("Rag_Ingest")
    first, second = (upload_text(user)["doc_id"] for _ in range(2))
    finish(user, first)
    finish(user, second)
    state.execute("INSERT INTO Rag_Ingest (ingest_id, doc_id) VALUES (1, ?)", first)
    assert user.delete(f"/docs/{first}").status_code == 200
    state.execute("DROP TABLE Rag_Ingest")
    assert user.delete(f"/docs/{second}").status_code == 200
    table("Rag_Ingest")


def test_what_nobody_knows_keeps_it(server, user, state, table):
    document = upload_text(user, "kept")
    finish(user, document["doc_id"])
    table("Somebodys")
    state.execute("INSERT INTO Somebodys (ingest_id, doc_id) VALUES (1, ?)", document["doc_id"])
    expect.detail(user.delete(f"/docs/{document['doc_id']}"), 409, "Cannot delete document: related records exist.")
    assert user.get(f"/docs/{document['doc_id']}/download").content == b"kept"
    wait_until(lambda: any((line.get("table") or "").lower() == "somebodys" for line in server.log()), what="the warning")
    state.execute("DELETE FROM Somebodys")
    assert user.delete(f"/docs/{document['doc_id']}").status_code == 200
