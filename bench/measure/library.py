"""A database full of documents that were never uploaded: their rows alone, as lists read them."""

import contextlib
import sqlite3

DOCUMENTS_OF_CALLER = 1_000
DOCUMENTS_OF_USER = 1_000


def _users(count):
    return ((f"reader{number}", f"Reader {number}", f"reader{number}@example.com", "2026-01-01 00:00:00.000000")
            for number in range(count))


def _documents(count, caller, path_id, first_user, users):
    for number in range(count):
        is_callers = number % max(count // DOCUMENTS_OF_CALLER, 1) == 0
        owner = caller if is_callers else first_user + number % users
        month, day = 1 + number * 11 // count, 1 + number % 28
        time = f"2026-{month:02}-{day:02} {number % 24:02}:{number % 60:02}:{number // 60 % 60:02}.{number % 10**6:06}"
        yield (f"scan {number}.pdf", path_id, owner, f"sql:{number}", time, time, 1_000 + number, f"{number:064x}",
               f"bench/scan {number}.pdf")


def fill(database, count, caller_id=1):
    """Adds `count` finished documents, DOCUMENTS_OF_CALLER of them the caller's, the others those of users who have
    DOCUMENTS_OF_USER each."""
    users = max(count // DOCUMENTS_OF_USER, 1)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        connection.executemany("INSERT INTO Users (username, full_name, email, password_hash, created_at, is_active, role_id)"
                               " VALUES (?, ?, ?, 'x', ?, 1, 3)", _users(users))
        first_user = connection.execute("SELECT user_id FROM Users WHERE username = 'reader0'").fetchone()[0]
        path_id = connection.execute("INSERT INTO Virtual_Paths (full_path, created_at, depth) "
                                     "VALUES ('/bench', '2026-01-01 00:00:00.000000', 1)").lastrowid
        connection.executemany(
            "INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, "
            "file_size, content_type, file_type, sha256, blob_name) VALUES (?, ?, ?, ?, ?, ?, ?, 'application/pdf', "
            "'.pdf', ?, ?)", _documents(count, caller_id, path_id, first_user, users))
        connection.execute("INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, end_time, attempts) "
                           "SELECT doc_id, 'OCR', 'Finished', uploaded_at, uploaded_at, 1 FROM Documents")
        connection.execute("INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text) "
                           "SELECT uploaded_by_user_id, doc_id, 1, 1, 1 FROM Documents")
