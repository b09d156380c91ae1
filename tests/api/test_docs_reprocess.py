"""POST /docs/{doc_id}/reprocess (api.md section 8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import unique
from support.documents import finish, upload_text, wait_processed

BUSY = "Cannot reprocess document while it is Queued or Processing."


@pytest.fixture
def finished(user):
    document = upload_text(user, "words to find again\n")
    finish(user, document["doc_id"])
    return document["doc_id"]


def reprocess(client, doc_id):
    return client.post(f"/docs/{doc_id}/reprocess")


def test_a_finished_document(user, finished, state):
    before = state.query("SELECT * FROM Processing_Status WHERE doc_id = ?", finished)[0]
    body = expect.ok(reprocess(user, finished), expect.STATUS_KEYS, status=202)
    assert (body["doc_id"], body["status"], body["end_time"], body["error_message"]) == (finished, "Queued", None, None)
    finish(user, finished)
    assert user.get(f"/docs/{finished}/text").json()["text"].strip() == "words to find again"
    (after,) = state.query("SELECT * FROM Processing_Status WHERE doc_id = ?", finished)
    assert after["status_id"] == before["status_id"] and after["start_time"] > before["start_time"]
    assert after["attempts"] == 1
    assert len(state.query("SELECT * FROM Ocr_Results WHERE doc_id = ?", finished)) == 1


def test_a_failed_document(user, state):
    doc_id = user.upload(f"{unique('broken')}.pdf", b"%PDF-1.4\nnothing behind it\n").json()["doc_id"]
    assert wait_processed(user, doc_id)["status"] == "Failed"
    body = expect.ok(reprocess(user, doc_id), status=202)
    assert (body["status"], body["error_message"]) == ("Queued", None)
    again = wait_processed(user, doc_id)
    assert again["status"] == "Failed" and again["error_message"]


@pytest.mark.parametrize("status", ["Queued", "Processing"])
def test_one_that_is_being_processed(user, finished, state, status):
    state.set_status(finished, status)
    messages = state.count("Outbox") + state.count("Job_Queue")
    expect.detail(reprocess(user, finished), 409, BUSY)
    assert state.count("Outbox") + state.count("Job_Queue") == messages
    state.set_status(finished, "Finished")


def test_racing_requests(user, finished, state):
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda _: reprocess(user, finished).status_code, range(6)))
    audited = state.query("SELECT log_id FROM Logs WHERE action_type = 'document_reprocess' AND entity_id = ?", finished)
    assert set(codes) <= {202, 409} and codes.count(202) == len(audited) >= 1
    finish(user, finished)


def test_whose(admin, other, finished):
    expect.detail(reprocess(other, finished), 404, f"Document with id {finished} not found.")
    expect.ok(reprocess(admin, finished), status=202)
    finish(admin, finished)


@pytest.mark.parametrize("doc_id", [999999, 0, -1, 2**62])
def test_no_document(user, doc_id):
    expect.detail(reprocess(user, doc_id), 404, f"Document with id {doc_id} not found.")


def test_a_stage_by_its_name(user, finished):
    body = expect.ok(user.post(f"/docs/{finished}/reprocess?stage=OCR"), expect.STATUS_KEYS, status=202)
    assert (body["stage_name"], body["status"]) == ("OCR", "Queued")
    finish(user, finished)


@pytest.mark.parametrize("stage", ["Previews", "ocr", ""])
def test_a_stage_that_is_not_there(user, finished, stage):
    expect.detail(user.post(f"/docs/{finished}/reprocess", params={"stage": stage}), 400,
                  f"Unknown stage '{stage}'. Stages: OCR")


def test_a_name_that_no_stage_can_have(user, finished):
    assert user.post(f"/docs/{finished}/reprocess", params={"stage": "x" * 51}).status_code == 422
