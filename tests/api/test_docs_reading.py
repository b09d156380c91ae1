"""The audit rows of reading: one for a document, a user and an hour, by whatever route (api.md, 8)."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from support import expect
from support.client import unique
from support.documents import finish, upload_text


@pytest.fixture
def document(user):
    doc_id = upload_text(user, "read me, please\n", f"{unique('read')}.txt")["doc_id"]
    finish(user, doc_id)
    return doc_id


def restart(server, *clients):
    server.restart()
    for client in clients:
        client.address = server.address


def readers(admin, doc_id):
    items = expect.ok(admin.get("/logs/?action_type=document_download&limit=100"))["items"]
    return [item["user_id"] for item in items if item["entity_id"] == doc_id]


@pytest.mark.parametrize("route, headers", [
    ("download", {}), ("download", {"range": "bytes=1-"}), ("download", {"range": "bytes=-1"}),
    ("download?inline=true", {"range": "bytes=3-3"}), ("text", {}), ("text", {"accept": "text/plain"}),
])
def test_whatever_is_read_is_written_down(admin, user, document, route, headers):
    assert user.get(f"/docs/{document}/{route}", headers=headers).status_code in (200, 206)
    assert readers(admin, document) == [user.user_id]


def test_what_is_not_read_is_not(admin, user, other, document):
    etag = user.head(f"/docs/{document}/download").headers["etag"]
    user.head(f"/docs/{document}/text")
    assert user.get(f"/docs/{document}/download", headers={"if-none-match": etag}).status_code == 304
    assert user.get(f"/docs/{document}/download", headers={"range": "bytes=99-"}).status_code == 416
    assert other.get(f"/docs/{document}/download").status_code == 404
    assert readers(admin, document) == []


def test_one_row_for_a_document_and_a_user(admin, user, document):
    for number in range(200):
        assert user.get(f"/docs/{document}/download", headers={"range": f"bytes={number % 10}-"}).status_code == 206
    user.get(f"/docs/{document}/text")
    admin.get(f"/docs/{document}/text")
    assert sorted(readers(admin, document)) == sorted([user.user_id, admin.user_id])


def test_another_row_in_the_next_hour_and_none_after_a_restart(admin, user, server, document, state):
    user.get(f"/docs/{document}/download")
    assert readers(admin, document) == [user.user_id]
    restart(server, user, admin)
    user.get(f"/docs/{document}/download")
    assert readers(admin, document) == [user.user_id], "the table remembers what the process has forgotten"
    state.execute("UPDATE Document_Reads SET read_hour = read_hour - 1 WHERE doc_id = ?", document)
    restart(server, user, admin)
    user.get(f"/docs/{document}/download")
    assert readers(admin, document) == [user.user_id] * 2


@pytest.mark.databases("sqlite")
def test_reading_does_not_wait_for_the_writer(user, admin, state, document):
    """While another program keeps SQLite's only writer: before, a download waited for it, and at last was refused."""
    with closing(sqlite3.connect(state.directory / "nassaq.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        assert user.get(f"/docs/{document}/download").status_code == 200
        assert user.get(f"/docs/{document}/text").status_code == 200
        assert time.monotonic() - start < 2
        writer.execute("ROLLBACK")
    assert readers(admin, document) == [user.user_id], "it was written after"


@pytest.mark.databases("sqlite")
def test_what_was_read_is_written_when_the_server_stops(user, admin, server, state, document):
    with closing(sqlite3.connect(state.directory / "nassaq.db", isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert user.get(f"/docs/{document}/download").status_code == 200
        threading.Timer(0.5, writer.execute, ["ROLLBACK"]).start()
        server.stop()
    assert [row["entity_id"] for row in state.query(
        "SELECT entity_id FROM Logs WHERE action_type = 'document_download' AND entity_id = ?", document)] == [document]
    restart(server, user, admin)
