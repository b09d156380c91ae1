"""SQLite with very many pages of one owner: whatever is done with them, the others who write wait less than a second, and
the write-ahead log stays small. Of 50,000 pages; in its longer form of a million, which takes some ten minutes and 6 GB.
"""

import os
import random
import shutil
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support.client import PASSWORD, Person, create_person, unique
from support.documents import upload_text
from support.server import Server
from support.state import State

pytestmark = pytest.mark.measures
FULL = "NASSAQ_FULL" in os.environ
PAGES_OF_A_DOCUMENT = 100
DOCUMENTS = 10_000 if FULL else 500
WORDS_OF_A_PAGE = 50
EMAIL = "admin@example.com"
LONGEST_WAIT = 1.0
MOST_LOG_BYTES = 10**9
REINDEX_SECONDS = 60 if FULL else 10


@pytest.fixture(scope="module")
def library():
    """A server, the owner of the pages, and the ids of their documents."""
    server = Server(LOG_LEVEL="info")
    assert server.run("migrate").returncode == 0
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    fill(Path(server.data_directory))
    server.start()
    with Person(server.address, EMAIL) as owner:
        owner.log_in()
        yield server, owner
    server.close()


def fill(folder):
    """Rows as the worker writes them; an id of the index begins with the owner's."""
    state = State(folder)
    owner = state.query("SELECT user_id FROM Users")[0]["user_id"]
    chance = random.Random(7)
    vocabulary = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(20_000)]
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    texts = [" ".join(chance.choices(vocabulary, weights, k=WORDS_OF_A_PAGE)) for _ in range(5_000)]
    documents = range(1, DOCUMENTS + 1)
    (folder / "blobs").mkdir(exist_ok=True)
    for number in documents:  # A backup without its files is none.
        (folder / "blobs" / f"book {number}.txt").write_text("ten bytes.")
    pages = [(number, page) for number in documents for page in range(1, PAGES_OF_A_DOCUMENT + 1)]
    with closing(sqlite3.connect(folder / "nassaq.db")) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        connection.executemany(
            "INSERT INTO Documents (doc_id, filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, file_size, "
            f"blob_name) VALUES (?, ?, 1, {owner}, ?, '2026-01-01T00:00:00.000000', 10, ?)",
            ((number, f"book {number}.txt", f"sql:{number}", f"book {number}.txt") for number in documents))
        connection.execute("INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, end_time) SELECT doc_id, "
                           "'OCR', 'Finished', uploaded_at, uploaded_at FROM Documents")
        connection.executemany(
            "INSERT INTO Document_Text (doc_id, page, text_id, method, content) VALUES (?, ?, ?, 'text', ?)",
            ((number, page, f"sql:{number}", texts[(number * 7 + page) % len(texts)]) for number, page in pages))
        connection.executemany(
            f"INSERT INTO Search_Pages (passage_id, user_id, doc_id, page, part, has_text) VALUES (?, {owner}, ?, ?, 0, 1)",
            (((owner << 32) + number * PAGES_OF_A_DOCUMENT + page, number, page) for number, page in pages))
        connection.executemany(
            "INSERT INTO Search_Index (rowid, name, name_stems, words, stems) VALUES (?, 'book', 'book', ?, ?)",
            (((owner << 32) + number * PAGES_OF_A_DOCUMENT + page, text, text)
             for number, page in pages for text in (texts[(number * 7 + page) % len(texts)],)))
        connection.executemany(f"INSERT OR IGNORE INTO Search_Vocabulary (user_id, word) VALUES ({owner}, ?)",
                               ((word,) for word in vocabulary))
        connection.executemany(f"INSERT OR IGNORE INTO Search_Trigrams (trigram, user_id, word) VALUES (?, {owner}, ?)",
                               ((word[place:place + 3], word) for word in vocabulary for place in range(len(word) - 2)))


@pytest.fixture(scope="module")
def other(library):
    _, owner = library
    with create_person(owner) as person:
        yield person


@contextmanager
def others_write(library, other):
    """Somebody else uploads small texts all the while; afterwards none of them has waited long, and the log is small.

    What it yields grows by the seconds that each upload took."""
    server, _ = library
    waits, largest, done = [], [0], threading.Event()
    log = Path(server.data_directory) / "nassaq.db-wal"

    def write():
        while not done.is_set():
            begin = time.monotonic()
            upload_text(other, "a few words", f"{unique('beside')}.txt")
            waits.append(time.monotonic() - begin)
            largest[0] = max(largest[0], log.stat().st_size)
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waits
    finally:
        done.set()
        writer.join()
    print(f"{len(waits)} uploads, the longest took {max(waits):.3f} s; the log grew to {largest[0] / 1e6:.0f} MB")
    assert len(waits) > 10
    assert max(waits) < LONGEST_WAIT
    assert largest[0] < MOST_LOG_BYTES


@pytest.mark.longer
def test_deleting(library, other):
    _, owner = library
    with others_write(library, other):
        for number in range(1, 21):
            assert owner.delete(f"/docs/{number}").is_success
        time.sleep(3)  # What is left of their words goes behind.


@pytest.mark.longer
def test_backing_up(library, other, tmp_path):
    server, _ = library
    with others_write(library, other) as waits:
        while len(waits) <= 10:  # A single one may take no time.
            assert server.begin("backup", tmp_path / "backup").wait(900) == 0
            shutil.rmtree(tmp_path / "backup")


@pytest.mark.longer
def test_indexing_anew(library, other):
    """For a while: all of it would take many minutes, and it may be interrupted."""
    server, _ = library
    with others_write(library, other):
        with server.begin("search", "reindex") as reindex:
            time.sleep(REINDEX_SECONDS)
            reindex.terminate()
