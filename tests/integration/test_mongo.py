"""Texts in a MongoDB-wire server, side by side with pymongo, by which the Python platform speaks to it."""

import datetime
import time

import pymongo
import pytest

from support.client import PASSWORD, Person
from support.documents import finish, upload_text
from support.mongo import PASSWORD as MONGO_PASSWORD
from support.mongo import Mongo
from support.server import Server, run_command, wait_until

TEXT = "عقد إيجار\nA lease of ten years."


@pytest.fixture(scope="module")
def mongo():
    mongo = Mongo().start()
    yield mongo
    mongo.close()


@pytest.fixture(scope="module")
def server(mongo):
    server = Server(**mongo.settings()).start()
    yield server
    server.close()
    assert MONGO_PASSWORD not in "\n".join(server.log_lines)


@pytest.fixture(scope="module")
def texts(mongo):
    with pymongo.MongoClient(mongo.uri()) as client:
        yield client["sdmsdb"]["ocr_results"]


@pytest.fixture(scope="module")
def person(server):
    server.create_admin("texts@example.com", "Texts Admin", PASSWORD)
    with Person(server.address, "texts@example.com") as person:
        yield person.log_in()


def test_the_document_is_the_platforms(person, texts, server):
    doc_id = upload_text(person, TEXT)["doc_id"]
    finish(person, doc_id)
    (found,) = texts.find({"doc_id": doc_id})
    assert list(found) == ["_id", "doc_id", "filename", "file_type", "blob_path", "extracted_text", "pages", "ocr",
                           "classification", "processed_at"]
    assert found["extracted_text"] == TEXT
    assert found["file_type"].lstrip(".") == "txt"
    assert list(found["ocr"]) == ["page_count", "word_count", "avg_confidence", "primary_language", "cost_usd",
                                  "elapsed_seconds"]
    assert (found["ocr"]["page_count"], found["ocr"]["word_count"], found["ocr"]["cost_usd"]) == (1, 7, 0.0)
    assert 0 < found["ocr"]["elapsed_seconds"] < 60
    assert found["classification"] is None
    assert abs(found["processed_at"] - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)) < \
        datetime.timedelta(minutes=1)
    assert person.get(f"/docs/{doc_id}/text").json()["text"] == TEXT
    details = person.get(f"/docs/{doc_id}").json()
    assert details.get("mongo_doc_id", found["_id"]) == found["_id"]
    serving = next(line for line in server.log() if line["message"] == "serving")
    assert serving["texts"] == "mongodb"


def test_what_the_cloud_worker_wrote_is_read(person, texts):
    doc_id = upload_text(person, TEXT)["doc_id"]
    finish(person, doc_id)
    texts.delete_many({"doc_id": doc_id})
    texts.insert_one({"doc_id": doc_id, "filename": "x.txt", "extracted_text": "من السحابة", "pages": [
        {"page_number": 1, "text": "من السحابة", "confidence": 0.91}]})
    body = person.get(f"/docs/{doc_id}/text").json()
    assert body["text"] == "من السحابة"
    assert body["pages"][0]["confidence"] == 0.91


def test_the_text_goes_with_its_document(person, texts):
    doc_id = upload_text(person, TEXT)["doc_id"]
    finish(person, doc_id)
    assert person.delete(f"/docs/{doc_id}").status_code == 200
    assert texts.count_documents({"doc_id": doc_id}) == 1  # As long as it lies in the trash.
    assert person.delete(f"/docs/trash/{doc_id}").status_code == 200
    assert texts.count_documents({"doc_id": doc_id}) == 0


def test_reprocessing_keeps_the_id(person, texts):
    doc_id = upload_text(person, TEXT)["doc_id"]
    finish(person, doc_id)
    before = texts.find_one({"doc_id": doc_id})
    assert person.post(f"/docs/{doc_id}/reprocess").status_code in (200, 202)
    wait_until(lambda: texts.find_one({"doc_id": doc_id})["processed_at"] > before["processed_at"])
    finish(person, doc_id)
    assert [found["_id"] for found in texts.find({"doc_id": doc_id})] == [before["_id"]]


def test_a_store_that_does_not_answer_holds_up_nobody(person, server, mongo):
    """Frozen, so that connections open and nothing comes: the worst kind."""
    done = upload_text(person, TEXT)["doc_id"]
    finish(person, done)
    assert person.get("//healthz/ready").json()["status"] == "ok"
    mongo.freeze()
    try:
        began = time.monotonic()
        response = person.get(f"/docs/{done}/text")
        assert response.status_code == 503, response.text
        assert response.json() == {"detail": "The texts are not available now, please retry.",
                                   "code": "texts_unavailable"}
        assert int(response.headers["retry-after"]) > 0
        assert time.monotonic() - began < 10
        began = time.monotonic()
        for _ in range(20):
            assert person.get(f"/docs/{done}/text").status_code == 503
        assert time.monotonic() - began < 2, "once it is known, nobody waits"
        began = time.monotonic()
        waiting = upload_text(person, "words that wait")["doc_id"]
        assert time.monotonic() - began < 2
        ready = person.get("//healthz/ready")
        assert ready.status_code == 200
        assert ready.json()["status"] == "degraded" and ready.json()["checks"]["documents"]["status"] == "down"
        deleted = upload_text(person, "words to forget")["doc_id"]
        assert deleted
    finally:
        mongo.thaw()
    began = time.monotonic()
    finish(person, waiting, 30)
    print(f"\nprocessed {time.monotonic() - began:.1f} s after the store was thawed")
    finish(person, deleted, 30)
    wait_until(lambda: person.get("//healthz/ready").json()["status"] == "ok")
    assert person.get(f"/docs/{waiting}/text").json()["text"] == "words that wait"


def found(person, query):
    return person.get("/docs/search", params={"q": query}).json()["items"]


def test_searching_needs_no_text_store(person, mongo):
    doc_id = upload_text(person, "Pangolins of the steppe")["doc_id"]
    finish(person, doc_id)
    mongo.freeze()
    try:
        (hit,) = found(person, "pangolin")
        assert hit["doc_id"] == doc_id
        assert hit["snippet"] == "<mark>Pangolins</mark> of the steppe"
    finally:
        mongo.thaw()
    wait_until(lambda: person.get("//healthz/ready").json()["status"] == "ok", 40)


def test_what_the_cloud_worker_wrote_comes_into_the_index(person, server, texts):
    doc_id = upload_text(person, TEXT)["doc_id"]
    finish(person, doc_id)
    texts.update_one({"doc_id": doc_id}, {"$set": {
        "extracted_text": "numbat", "pages": [{"page_number": 1, "text": "a numbat", "confidence": 0.91}]}})
    assert found(person, "numbat") == []
    done = server.run("search", "reindex")
    assert done.returncode == 0, done.stderr
    assert [hit["snippet"] for hit in found(person, "numbat")] == ["a <mark>numbat</mark>"]


def test_a_deletion_waits_for_the_store(person, mongo, texts):
    doc_id = upload_text(person, TEXT)["doc_id"]
    finish(person, doc_id)
    mongo.kill()
    assert person.delete(f"/docs/{doc_id}").status_code == 200
    assert person.delete(f"/docs/trash/{doc_id}").status_code == 200
    mongo.start()
    wait_until(lambda: texts.count_documents({"doc_id": doc_id}) == 0, 40)


def test_wrong_settings_are_named_without_the_password(tmp_path):
    done = run_command("serve", settings={"ENVIRONMENT": "dev", "DATA_DIR": tmp_path / "data",
                                          "MONGO_CONNECTION_STR": "mongodb://user:s3cr/et@host/"}, directory=tmp_path)
    assert done.returncode == 78
    assert "MONGO_CONNECTION_STR: " in done.stderr and "percent-encoded" in done.stderr
    assert "s3cr" not in done.stderr
