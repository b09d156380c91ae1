"""Users take turns in the queue: one document of one user waits for few of another's, however many those are."""

import pytest

from support.client import create_person, unique
from support.documents import TEST_DATA, finish, status_of, upload_text
from support.server import wait_until

SERVER_SETTINGS = {"OCR_CONCURRENCY": 1}
PICTURES = 25


@pytest.fixture(scope="module")
def many(admin):
    with create_person(admin) as person:
        yield person


def upload_pictures(person, count):
    picture = (TEST_DATA / "letter-english.png").read_bytes()
    made = []
    for _ in range(count):
        response = person.upload(f"{unique('picture')}.png", picture)
        assert response.status_code == 201, response.text
        made.append(response.json()["doc_id"])
    return made


def ended(server):
    """The documents whose job has ended, in that order."""
    return [line["doc_id"] for line in server.log() if line["message"] == "a document is processed"]


def test_one_line_waits_for_two_documents_of_another(server, many, user):
    pictures = upload_pictures(many, PICTURES)
    wait_until(lambda: status_of(many, pictures[0])["status"] != "Queued", what="the first picture's turn")
    before = ended(server)
    line = upload_text(user, "one line\n")["doc_id"]
    finish(user, line)
    wait_until(lambda: line in ended(server), what="the line in the log")
    order = [doc_id for doc_id in ended(server) if doc_id not in before]
    assert order.index(line) <= 2, order
    # What was to be waited for: they are still there.
    assert sum(status_of(many, doc_id)["status"] == "Queued" for doc_id in pictures) > PICTURES // 2


def test_every_document_gets_its_turn(many):
    """With nobody else there, those of one user follow each other without a pause, in their order."""
    made = [upload_text(many, f"text {number}\n")["doc_id"] for number in range(20)]
    for doc_id in made:
        finish(many, doc_id, seconds=600)


def test_documents_that_are_read_again_take_turns_too(server, many, user):
    made = [upload_text(many, f"again {number}\n")["doc_id"] for number in range(20)]
    for doc_id in made:
        finish(many, doc_id, seconds=600)
    for doc_id in made:
        assert many.post(f"/docs/{doc_id}/reprocess").status_code == 202
    line = upload_text(user, "one more line\n")["doc_id"]
    for doc_id in [line, *made]:
        finish(many if doc_id != line else user, doc_id, seconds=600)
    wait_until(lambda: ended(server).count(made[-1]) == 2, what="all in the log")
