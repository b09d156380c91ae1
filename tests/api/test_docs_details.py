"""GET /docs/{id}: all metadata of one document (api.md section 8)."""

import hashlib

from support import expect
from support.client import unique
from support.documents import finish, pdf, upload_text


def test_the_answer(admin, user):
    admin.post("/paths/", json={"full_path": "details/here"})
    content = pdf("Plain English words for the details")
    name = f"{unique('تفاصيل')}.pdf"
    uploaded = expect.ok(user.upload(name, content, "details/here", "وصف", "application/pdf"), status=201)
    finish(user, uploaded["doc_id"])
    body = expect.ok(user.get(f"/docs/{uploaded['doc_id']}"))
    assert list(body) == [*expect.ITEM_KEYS, "description", "ctype", "size", "sha256", "file_type", "updated_at",
                          "page_count", "word_count", "primary_language", "avg_confidence", "stages"]
    expected = {"doc_id": uploaded["doc_id"], "filename": name, "path": "details/here",
                "uploaded_by_user_id": user.user_id, "status": "Finished", "error_message": None, "description": "وصف",
                "ctype": "application/pdf", "size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                "page_count": 1, "word_count": 6, "primary_language": "en"}
    assert {key: body[key] for key in expected} == expected
    assert "pdf" in body["file_type"]
    expect.timestamp(body["uploaded_at"])
    assert 0 <= body["avg_confidence"] <= 1
    (stage,) = body["stages"]
    assert (stage["stage_name"], stage["status"]) == ("OCR", "Finished")


def test_before_it_is_processed(user, state):
    uploaded = upload_text(user)
    finish(user, uploaded["doc_id"])
    state.set_status(uploaded["doc_id"], "Queued")
    assert expect.ok(user.get(f"/docs/{uploaded['doc_id']}"))["status"] == "Queued"


def test_whose(admin, user, other):
    uploaded = upload_text(user)
    expect.ok(admin.get(f"/docs/{uploaded['doc_id']}"))
    expect.detail(other.get(f"/docs/{uploaded['doc_id']}"), 404, f"Document with id {uploaded['doc_id']} not found.")


def test_nothing(user):
    expect.detail(user.get("/docs/999999"), 404, "Document with id 999999 not found.")


def test_no_number(user):
    expect.invalid(user.get("/docs/x"), expect.unparsable_integer("path", "doc_id", value="x"))
