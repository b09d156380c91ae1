"""Uploads that come twice: with an Idempotency-Key, and with a content that is there already."""

import threading

import pytest

from support import expect
from support.client import unique


def upload(person, name, content, key=None, **fields):
    headers = {"idempotency-key": key} if key is not None else {}
    return person.post("/docs/upload", files={"file": (name, content, "text/plain")}, data=fields, headers=headers)


def key_error(fault):
    return {"type": "value_error", "loc": ["header", "Idempotency-Key"], "msg": f"Value error, {fault}",
            "input": None, "ctx": {"error": {}}}


def test_the_same_again_is_answered_as_first(user, state):
    name, key = f"{unique('again')}.txt", unique("key")
    first = expect.uploaded(upload(user, name, b"once only", key, description="a description"))
    before = state.blobs(), state.count("Documents"), state.count("Logs")
    for _ in range(3):
        assert expect.ok(upload(user, name, b"once only", key, description="a description"), status=201) == first
    assert (state.blobs(), state.count("Documents"), state.count("Logs")) == before


def test_the_first_answer_outlives_its_document(user, admin, state):
    name, key = f"{unique('gone')}.txt", unique("key")
    first = expect.uploaded(upload(user, name, b"soon renamed", key))
    assert user.patch(f"/docs/{first['doc_id']}", json={"filename": f"{unique('other')}.txt"}).status_code == 200
    assert expect.ok(upload(user, name, b"soon renamed", key), status=201) == first


@pytest.mark.parametrize("change", ["content", "filename", "description"])
def test_another_upload_with_that_key(user, state, change):
    name, key = f"{unique('reused')}.txt", unique("key")
    expect.uploaded(upload(user, name, b"the first", key))
    before = state.blobs(), state.count("Documents")
    answer = {"content": lambda: upload(user, name, b"the second", key),
              "filename": lambda: upload(user, f"{unique('x')}.txt", b"the first", key),
              "description": lambda: upload(user, name, b"the first", key, description="another")}[change]()
    expect.invalid(answer, key_error("was used for another upload"))
    assert (state.blobs(), state.count("Documents")) == before


def test_a_key_is_a_persons_own(user, other):
    key = unique("key")
    expect.uploaded(upload(user, f"{unique('mine')}.txt", b"mine", key))
    expect.uploaded(upload(other, f"{unique('yours')}.txt", b"yours", key))


def test_a_refused_upload_uses_no_key(user):
    name, key = f"{unique('refused')}.txt", unique("key")
    expect.detail(upload(user, name, b"", key), 400, "Uploaded file is empty")
    expect.uploaded(upload(user, name, b"now with content", key))


def test_a_key_is_forgotten_after_a_day(user, state):
    name, key = f"{unique('day')}.txt", unique("key")
    expect.uploaded(upload(user, name, b"yesterday", key))
    state.execute("UPDATE Idempotency_Keys SET created_at = '2020-01-01T00:00:00.000000' WHERE idempotency_key = ?", key)
    expect.uploaded(upload(user, f"{unique('new')}.txt", b"today", key))


@pytest.mark.parametrize("key", ["", "k" * 256, "k\tk", "كلمة".encode()])
def test_keys_that_are_none(user, key):
    expect.invalid(upload(user, f"{unique('bad')}.txt", b"x", key),
                   key_error("must have 1 to 255 characters, all of them printable ASCII"))


def test_the_same_at_once_is_one_document(user, state):
    name, key = f"{unique('race')}.txt", unique("key")
    before = state.count("Documents"), len(state.blobs())
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(upload(user, name, b"all at once", key)))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.text for answer in answers}) == 1
    assert (state.count("Documents"), len(state.blobs())) == (before[0] + 1, before[1] + 1)


def test_a_duplicate_names_the_first(user, other):
    content = unique("the same words ").encode()
    first = expect.uploaded(upload(user, f"{unique('first')}.txt", content))
    assert "duplicate_of" not in first
    for _ in range(2):
        expect.uploaded(upload(user, f"{unique('second')}.txt", content), duplicate_of=first["doc_id"])
    # What others have is nobody's business.
    assert "duplicate_of" not in expect.uploaded(upload(other, f"{unique('other')}.txt", content))


@pytest.mark.storages("local")
def test_a_duplicate_takes_no_place(user, admin, server, state):
    content = unique("stored once ").encode() * 10_000
    names = [f"{unique('linked')}.txt" for _ in range(3)]
    documents = [expect.uploaded(upload(user, name, content)) for name in names]
    assert len({state.storage.path(name).stat().st_ino for name in names}) == 1
    for document in documents:
        assert user.get(f"/docs/{document['doc_id']}/download").content == content


@pytest.mark.storages("local")
def test_a_damaged_file_is_not_shared(user, state):
    content = unique("about to rot ").encode() * 1_000
    first, second = f"{unique('rotten')}.txt", f"{unique('sound')}.txt"
    expect.uploaded(upload(user, first, content))
    path = state.storage.path(first)
    path.write_bytes(b"X" + content[1:])
    document = expect.uploaded(upload(user, second, content))
    assert user.get(f"/docs/{document['doc_id']}/download").content == content
