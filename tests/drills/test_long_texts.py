"""kill -9 while a long text is put in the place of another: the old one is there, whole, until the new one is, and nothing of a
text that was not written to its end remains. On SQLite, where such a text is written in many transactions."""

import time

import pytest

from support.client import PASSWORD, Person
from support.database import KIND
from support.documents import wait_processed
from support.server import Server, wait_until
from support.state import State

pytestmark = pytest.mark.skipif(KIND != "sqlite", reason="other databases write a text in one transaction")
MEBIBYTE = 1 << 20
# The claim of the dead worker ends after 30 s; what it has written is given up when two looks, 30 s apart, find it unchanged.
LONGEST_SECONDS = 240
# The one that is there, and the one that is to take its place.
TEXTS = [f"{word} of a text that is long\n".encode() for word in ("first", "second")]


@pytest.fixture
def server():
    server = Server(LOG_LEVEL="info").start()
    yield server
    server.close()


def text_in(state):
    """The words of the text that a reader would get now, and how many bytes it has."""
    rows = state.query("SELECT content FROM Long_Text_Pieces WHERE revision = "
                       "(SELECT revision FROM Document_Text WHERE page = 0) ORDER BY piece")
    text = "".join(row["content"] for row in rows)
    return set(text.split("\n")) - {""}, len(text)


def pieces_under_way(state):
    rows = state.query("SELECT pieces FROM Long_Texts WHERE is_whole = 0 AND pieces > 0")
    return rows[0]["pieces"] if rows else 0


def replace_blob(server, state, content):
    """As if other bytes were read from the same file the second time."""
    [row] = state.query("SELECT doc_id, blob_name FROM Documents")
    path = server.storage.path(row["blob_name"])
    path.unlink()
    path.write_bytes(content)
    state.execute("UPDATE Documents SET sha256 = NULL WHERE doc_id = ?", row["doc_id"])


def test_kill_between_two_pieces(server):
    first, second = (text * (19 * MEBIBYTE // len(text)) for text in TEXTS)
    server.create_admin("long@example.com", "Long Admin", PASSWORD)
    state = State(server.data_directory, server.storage)
    with Person(server.address, "long@example.com").log_in() as person:
        doc_id = person.upload("long.txt", first).json()["doc_id"]
        assert wait_processed(person, doc_id, seconds=240)["status"] == "Finished"
        before = text_in(state)
        assert all(line.startswith("first") for line in before[0]) and before[1] > 18 * MEBIBYTE
        replace_blob(server, state, second)
        assert person.post(f"/docs/{doc_id}/reprocess").status_code == 202
        end = time.monotonic() + 120
        while not (pieces := pieces_under_way(state)):
            assert time.monotonic() < end, "no text was under way"
        server.kill()
    print(f"killed behind {pieces} rows or more of about {19 * MEBIBYTE >> 14}")
    assert text_in(state) == before, "the old text is there, whole"
    server.start()
    with Person(server.address, "long@example.com").log_in() as person:
        assert wait_processed(person, doc_id, seconds=LONGEST_SECONDS)["status"] == "Finished"
        text = person.get(f"/docs/{doc_id}/text", headers={"accept": "text/plain"}, timeout=120).text
        assert text.strip() == second.decode().strip()
    wait_until(lambda: state.count("Long_Texts") == 1, LONGEST_SECONDS, what="the end of what was left")
    assert state.query("SELECT COUNT(*) AS n FROM Long_Text_Pieces WHERE revision NOT IN (SELECT revision FROM Long_Texts)"
                       ) == [{"n": 0}]
