"""Very many small documents in Arabic and English, each known by its number: names, texts, and searches for some of them.

The first ones are uploaded. The rows of the others are written as those of the first ones, straight into the database, and
their files into the folder of blobs: uploading a hundred thousand takes hours.
"""

import hashlib
import os
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

from support.documents import finish

PATHS = ("/", "عقود", "عقود/قديمة", "reports", "reports/2023")
UPLOADED = 20
# Every so many-th document is as the Python platform leaves it: it names neither its blob nor its digest.
PLATFORM_EVERY = 19
OF_A_GROUP = 100

_LATIN = [first + second for first in "bdfgklmnprstvz" for second in "aiou"]
_ARABIC = [first + second for first in "دجحخرزشصطعغقمن" for second in "اويس"]
_FATHA = "\u064e"


class Archive:
    """What the documents 0 to below `count` are. A word is in those of two groups, of a hundred documents each or so."""

    def __init__(self, count):
        self.count = count
        self.groups = max(1, count // OF_A_GROUP)

    def path(self, number):
        return PATHS[number % len(PATHS)]

    def filename(self, number):
        return f"ملف {number}.txt" if number % 2 else f"report {number}.txt"

    def place(self, number):
        """Where 0.1.0, and the platform, keep it."""
        folder = self.path(number)
        return self.filename(number) if folder == "/" else f"{folder}/{self.filename(number)}"

    def text(self, number):
        """With few words that all have in common: of each of them 0.1.0 looks at up to 50,000 pages when it deletes a
        document, before it answers."""
        first, second = number % self.groups, number // 7 % self.groups
        return (f"{latin(first)} ledger {number}, {latin(second)}.\n"
                f"سجل {arabic(first)} {number}، {arabic(second)}.\n")

    def content(self, number):
        return self.text(number).encode()

    def is_of_platform(self, number):
        return number >= UPLOADED and number % PLATFORM_EVERY == 0

    def searches(self):
        """Of each kind, those that find some hundreds of documents at most."""
        english, other_english, excluded, last_english = (latin(group % self.groups) for group in (3, 8, 11, -1))
        an_arabic, other_arabic, last_arabic = (arabic(group % self.groups) for group in (5, 9, -1))
        even = self.count // 10 * 10 - 2
        return [
            english, an_arabic, other_arabic.replace("دار", f"د{_FATHA}ار"), f"ال{last_arabic}",   # words
            f"{other_english} {an_arabic}", f"{english} -{excluded}",                              # of several words
            f"{english[:3]}*", f"{other_arabic[:3]}*", f"{last_english[:5]}*",                     # what begins so
            f'"{other_english} ledger"', f'"سجل {last_arabic}"', f'"ledger {even}"',               # phrases
            f'"report {even}"', f'"ملف {even + 1}"',                                               # names
        ]


def latin(group):
    """A word that no dictionary has, and that begins as those of the neighbouring groups."""
    return _LATIN[group // 56 % 56] + _LATIN[group % 56] + "nar"


def arabic(group):
    return _ARABIC[group // 56 % 56] + _ARABIC[group % 56] + "دار"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# -- into a server

def fill(server, owner, archive, database):
    """Makes all of them, of `owner`, on a server that runs now and has stopped afterwards, with an empty search index.

    `database`: a SqliteRows or PostgresRows. Returns the doc_ids by their numbers."""
    uploaded = [_upload(owner, archive, number) for number in range(min(UPLOADED, archive.count))]
    server.stop()
    _write_blobs(Path(server.settings["DATA_DIR"]) / "blobs", archive)
    with closing(database.connect()) as connection:
        _write_rows(connection, archive, uploaded[0])
        connection.commit()
        doc_ids = dict(connection.execute("SELECT filename, doc_id FROM Documents").fetchall())
    return [doc_ids[archive.filename(number)] for number in range(archive.count)]


def _upload(owner, archive, number):
    folder = archive.path(number)
    response = owner.upload(archive.filename(number), archive.content(number), None if folder == "/" else folder,
                            content_type="text/plain")
    assert response.status_code == 201, response.text
    doc_id = response.json()["doc_id"]
    finish(owner, doc_id)
    return doc_id


def _write_blobs(root, archive):
    """Two days old, so that a sweep asks whose they are."""
    folders = {path: root.joinpath(*(f"{part}%" for part in path.split("/") if part)) for path in PATHS}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    then = time.time() - 2 * 86_400
    for number in range(archive.count):
        file = folders[archive.path(number)] / archive.filename(number)
        if number >= UPLOADED:
            file.write_bytes(archive.content(number))
        os.utime(file, (then, then))


def _write_rows(connection, archive, model):
    """`model`: the id of the document whose rows those of the others are like."""
    paths = dict(connection.execute("SELECT full_path, path_id FROM Virtual_Paths").fetchall())
    document, text = (_row(connection, table, model) for table in ("Documents", "Document_Text"))
    numbers = range(UPLOADED, archive.count)
    _insert(connection, "Documents", (_document(document, archive, number, paths) for number in numbers))
    ours = f"{_text_id(0)[:20]}%"
    others = connection.execute("SELECT doc_id, mongo_doc_id, filename FROM Documents WHERE mongo_doc_id LIKE ?",
                                (ours,)).fetchall()
    texts = {archive.filename(number): archive.text(number) for number in numbers}
    _insert(connection, "Document_Text", ({**text, "doc_id": doc_id, "text_id": text_id, "content": texts[filename]}
                                          for doc_id, text_id, filename in others))
    for table, key in (("Processing_Status", "status_id"), ("Ocr_Results", "result_id")):
        names = [name for name in _row(connection, table, model) if name not in (key, "doc_id")]
        connection.execute(
            f"INSERT INTO {table} (doc_id, {', '.join(names)}) "
            f"SELECT d.doc_id, {', '.join(f'm.{name}' for name in names)} FROM Documents d CROSS JOIN {table} m "
            "WHERE m.doc_id = ? AND d.mongo_doc_id LIKE ?", (model, ours))


def _text_id(number):
    return str(uuid.UUID(int=number))


def _document(model, archive, number, paths):
    row = {name: value for name, value in model.items() if name != "doc_id"}
    content = archive.content(number)
    row |= {"filename": archive.filename(number), "path_id": paths[archive.path(number)], "mongo_doc_id": _text_id(number),
            "file_size": len(content), "sha256": sha256(content), "blob_name": archive.place(number)}
    if archive.is_of_platform(number):
        row |= {"sha256": None, "blob_name": None}
    return row


def _row(connection, table, doc_id):
    cursor = connection.execute(f"SELECT * FROM {table} WHERE doc_id = ?", (doc_id,))
    return dict(zip([column[0] for column in cursor.description], cursor.fetchone()))


def _insert(connection, table, rows):
    cursor, first = connection.cursor(), next(rows)
    names, values = list(first), [list(first.values())]
    values += [list(row.values()) for row in rows]
    marks = ", ".join("?" * len(names))
    cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)


class SqliteRows:
    """A way into the database around the server."""

    def __init__(self, data_directory):
        self.file = Path(data_directory) / "nassaq.db"

    def connect(self):
        return sqlite3.connect(self.file, timeout=60)

    def query(self, sql, *parameters):
        with closing(self.connect()) as connection:
            return [tuple(row) for row in connection.execute(sql, parameters).fetchall()]


class PostgresRows(SqliteRows):
    def __init__(self, connection_string):
        self.connection_string = f"{connection_string};BoolsAsChar=0"

    def connect(self):
        import pyodbc
        return pyodbc.connect(self.connection_string)
