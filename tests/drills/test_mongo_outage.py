"""The text store goes away and comes back, under a server that works."""

import os
import time

import pymongo
import pytest

from support.client import PASSWORD, Person
from support.documents import status_of
from support.load import Load, uploaded
from support.mongo import PASSWORD as MONGO_PASSWORD
from support.mongo import Mongo
from support.server import Server, wait_until

OUTAGE_SECONDS = 60 if os.environ.get("NASSAQ_FULL") else 10


@pytest.fixture
def mongo():
    mongo = Mongo().start()
    yield mongo
    mongo.close()


@pytest.mark.parametrize("kind", ["killed", "frozen"])
def test_every_text_is_kept_once(mongo, kind):
    server = Server(**mongo.settings(), OCR_CONCURRENCY=2, LOG_LEVEL="info").start()
    try:
        server.create_admin("drill@example.com", "Drill Admin", PASSWORD)
        with Person(server.address, "drill@example.com") as person:
            token = person.log_in().access_token
            load = Load(server, token, "drill", pause=0.25)
            time.sleep(2)
            before = len(load.durations)
            if kind == "killed":
                mongo.kill()
            else:
                mongo.freeze()
            time.sleep(OUTAGE_SECONDS)
            during = load.durations[before:]
            if kind == "killed":
                mongo.start()
            else:
                mongo.thaw()
            back = time.monotonic()
            time.sleep(2)
            load.stop()
            statuses = {status for _, status, _ in load.answers}
            assert statuses == {201}, "no upload fails because of the texts"
            names = uploaded([load])
            check_finished(person, names)
            print(f"\n{kind} for {OUTAGE_SECONDS} s: {len(names)} documents, slowest upload meanwhile "
                  f"{max(during):.3f} s, all processed {time.monotonic() - back:.1f} s after the return")
            check_texts(mongo, person, names)
    finally:
        server.close()
    assert MONGO_PASSWORD not in "\n".join(server.log_lines)
    away = [line for line in server.log() if "text store is away" in line["message"]]
    assert 1 <= len(away) <= 5, "told, and not again and again"


def documents(person):
    found = []
    while page := person.get("/docs/", params={"skip": len(found), "limit": 100}).json()["items"]:
        found += page
    return {item["filename"]: item["doc_id"] for item in found}


def check_finished(person, names):
    ids = documents(person)
    assert sorted(ids) == sorted(names)
    for doc_id in ids.values():
        wait_until(lambda: status_of(person, doc_id)["status"] in ("Finished", "Failed"), 60, every=0.02)
        assert status_of(person, doc_id)["status"] == "Finished"


def check_texts(mongo, person, names):
    ids = documents(person)
    with pymongo.MongoClient(mongo.uri()) as client:
        texts = list(client["sdmsdb"]["ocr_results"].find({}))
    assert sorted(text["doc_id"] for text in texts) == sorted(ids.values()), "each has one text, and no other has"
    by_id = {text["doc_id"]: text["extracted_text"] for text in texts}
    for name in names:
        assert by_id[ids[name]] == f"words of {name}"
