"""A database that 0.1.0 has filled becomes one of this version: in the embedded shape by a start, and on PostgreSQL while a
node of 0.1.0 goes on uploading, renaming, deleting, reading and searching. Nothing is lost, and the same is found.

Of 2,000 documents where 0.1.0 has been built (tests/support/earlier_version.py); in its longer form, which builds it, of
100,000.
"""

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from support.archive import Archive, PostgresRows, SqliteRows, fill, sha256
from support.client import PASSWORD, Person
from support.documents import wait_processed
from support.earlier_version import (VERSION_0_1_0, EarlierPerson, earlier_program, servers_of_one_folder,
                                     told_of_upgrade)
from support.postgres import Postgres
from support.server import ROOT, wait_until
from support.storages import LocalBlobs

pytestmark = [pytest.mark.full, pytest.mark.longer, pytest.mark.measures]
FULL = "NASSAQ_FULL" in os.environ
COUNT = 100_000 if FULL else 2_000
ADMIN, OWNER = "admin@example.com", "owner@example.com"
# Documents of the archive that are renamed and deleted by those who work while it is upgraded; the others stay as they are.
RENAMED, DELETED = 3, 7
WORK_SECONDS = 60 if FULL else 10
# 0.1.0 takes seconds to delete one of a hundred thousand documents, and longer beside others; what an answer took is printed.
LONGEST_ANSWER = 600
LIMIT_SECONDS = 3600 if FULL else 300
SETTINGS = {"LOG_LEVEL": "info", "ACCESS_TOKEN_EXPIRE_MINUTES": 600, "BLOB_STORAGE_TYPE": "local", "OCR_CONCURRENCY": 1,
            # The least that is not for tests: the sweep at each start asks of every file of the archive whose it is.
            "BLOB_ORPHAN_GRACE_MINUTES": 10}
# Files and versions come with this migration; what it does not bring is not asked for.
KNOWS_FILES = any((ROOT / "migrations").glob("*_document_files.*"))


@pytest.fixture(scope="module")
def earlier():
    return earlier_program(VERSION_0_1_0, builds=FULL)


@pytest.fixture
def make_server():
    with servers_of_one_folder(**SETTINGS) as make:
        yield make


@pytest.fixture
def postgres():
    server = Postgres().start()
    yield server
    server.close()


# -- the two shapes

def test_embedded(earlier, make_server):
    archive = Archive(COUNT)
    old = make_server(earlier, SQL_CONNECTION_STRING=None)
    rows = SqliteRows(old.settings["DATA_DIR"])
    holdings = prepare(old, archive, rows)
    with log_in(old, EarlierPerson) as people:
        found = search_all(people, archive)
    assert old.stop() == 0

    new = make_server(SQL_CONNECTION_STRING=None)
    with timed("the start of this version"):
        new.start()
    with timed("until the doctor says that it is finished"):
        wait_until_finished(new)
    with log_in(new, Person) as people:
        check(new, people, archive, holdings, rows, found)
    if KNOWS_FILES:
        harms_nothing_afterwards(make_server, earlier, new, holdings, {"SQL_CONNECTION_STRING": None})


def test_beside_a_node_of_0_1_0(earlier, make_server, postgres):
    archive, connection = Archive(COUNT), {"SQL_CONNECTION_STRING": postgres.connection_string()}
    old = make_server(earlier, **connection)
    rows = PostgresRows(postgres.connection_string())
    holdings = prepare(old, archive, rows)
    with log_in(old, EarlierPerson) as people:
        found = search_all(people, archive)

    new = make_server(**connection)
    with Work(old, EarlierPerson, archive, holdings, share=0) as old_work:
        old_work.wait_for_more()
        migrate(new, "migrate")
        with timed("the start of this version"):
            new.start()
        with Work(new, Person, archive, holdings, share=1) as new_work:
            begins_again_meanwhile(make_server, earlier, connection)
            if KNOWS_FILES:
                assert not is_finished(new), "0.1.0 may serve"
                refuses_another_version(new, holdings)
            time.sleep(WORK_SECONDS)
            old_work.wait_for_more()
            new_work.wait_for_more()
            old_work.stop()
            assert old.stop() == 0
            if KNOWS_FILES:
                migrate(new, "migrate", "--finish")
            wait_until_finished(new)
            new_work.wait_for_more()
    print(f"through 0.1.0: {old_work.told()}; through this version: {new_work.told()}")
    with log_in(new, Person) as people:
        check(new, people, archive, holdings, rows, found)
    if KNOWS_FILES:
        harms_nothing_afterwards(make_server, earlier, new, holdings, connection)


def begins_again_meanwhile(make_server, earlier, connection):
    """A node of 0.1.0 that starts when the database is the new version's already, and looks through the storage at once."""
    late = make_server(earlier, **connection).start()
    wait_until(lambda: any(event.get("message") == "the storage was compared with the documents" for event in late.log()),
               LIMIT_SECONDS, what="the sweep of a node of 0.1.0")
    assert late.stop() == 0


def refuses_another_version(server, holdings):
    """A node of 0.1.0 would take the file of the version before for nobody's."""
    with Person(server.address, OWNER) as owner:
        response = owner.log_in().put(f"/docs/{holdings.of_archive[0]}/file",
                                      files={"file": ("another.txt", b"another version", "text/plain")})
    assert response.status_code == 409, response.text


def harms_nothing_afterwards(make_server, earlier, new, holdings, connection):
    """Somebody starts 0.1.0 once more. To its sweep an earlier version, and what is in the trash, are nobody's."""
    replaced, deleted = holdings.of_archive[1], holdings.of_archive[2]
    with Person(new.address, OWNER) as owner:
        response = owner.log_in().put(f"/docs/{replaced}/file", files={"file": ("a.txt", b"another version", "text/plain")})
        assert response.status_code == 200, response.text
        wait_processed(owner, replaced)
        assert owner.delete(f"/docs/{deleted}").status_code == 200
    assert new.stop() == 0
    late = make_server(earlier, **connection, BLOB_ORPHAN_GRACE_MINUTES=0).start()
    wait_until(lambda: any("must not be removed" in line for line in late.log_lines), LIMIT_SECONDS,
               what="a sweep that the database has stopped")
    assert late.stop() == 0
    new.start()
    with Person(new.address, OWNER) as owner:
        before = owner.log_in().get(f"/docs/{replaced}/versions/1/download")
        assert (before.status_code, sha256(before.content)) == (200, holdings.digests[replaced])
        assert owner.post(f"/docs/{deleted}/restore").status_code == 200
        check_download(owner, deleted, holdings.digests[deleted])


def migrate(server, *command):
    with timed(" ".join(command)):
        done = server.run(*command, timeout=LIMIT_SECONDS)
    assert done.returncode == 0, done.stderr
    print(done.stdout.strip())


@contextmanager
def timed(what):
    begin = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begin:.2f} s")


def is_finished(server):
    """Whether the doctor says so, and nothing else about it, such as how far it is."""
    return told_of_upgrade(server) == (["finished"] if KNOWS_FILES else [])


def wait_until_finished(server):
    wait_until(lambda: is_finished(server), LIMIT_SECONDS, every=0.5, what="the end of the upgrade")


# -- before

def prepare(old, archive, rows):
    """Fills a server of 0.1.0, which runs afterwards. Returns what it holds."""
    old.start()
    old.create_admin(ADMIN, "Admin Person", PASSWORD)
    with EarlierPerson(old.address, ADMIN) as admin, EarlierPerson(old.address, OWNER) as owner:
        admin.log_in()
        for path in ("عقود", "عقود/قديمة", "reports", "reports/2023"):
            assert admin.post("/paths/", json={"full_path": path}).status_code == 201
        user_id = owner.register(OWNER).json()["user_id"]
        assert admin.patch(f"/users/{user_id}/activate").status_code == 200
        with timed(f"{archive.count} documents"):
            doc_ids = fill(old, owner.log_in(), archive, rows)
    with timed("0.1.0's search index"):
        done = old.run("search", "reindex", timeout=LIMIT_SECONDS)
    assert done.returncode == 0, done.stderr
    old.start()
    return Holdings(archive, doc_ids)


class Holdings:
    """What has to be there in the end, by doc_id. Several threads change it, each its own documents."""

    def __init__(self, archive, doc_ids):
        self.of_archive = doc_ids
        self.filenames = {doc_id: archive.filename(number) for number, doc_id in enumerate(doc_ids)}
        self.digests = {doc_id: sha256(archive.content(number)) for number, doc_id in enumerate(doc_ids)}
        self.gone = set()
        self.doubtful = set()  # What was to be renamed or deleted with a request that was answered 503.

    def untouched(self):
        """The documents that nobody was to change."""
        return {doc_id for number, doc_id in enumerate(self.of_archive) if number % 10 not in (RENAMED, DELETED)}


@contextmanager
def log_in(server, kind):
    """The owner of all documents, and an administrator, whose searches go another way."""
    with kind(server.address, OWNER) as owner, kind(server.address, ADMIN) as admin:
        yield owner.log_in(), admin.log_in()


# -- searching

def search_all(people, archive):
    """The doc_ids that each of the searches finds for each of them."""
    found = {(person.email, q): search(person, q) for person in people for q in archive.searches()}
    print("found:", ", ".join(f"{q} {len(doc_ids)}" for (email, q), doc_ids in found.items() if email == OWNER))
    assert all(found.values()), "a search that finds nothing says nothing"
    return found


def search(person, q):
    doc_ids, skip = set(), 0
    while True:
        response = person.get("/docs/search", params={"q": q, "skip": skip, "limit": 100})
        assert response.status_code == 200, response.text
        items = response.json()["items"]
        doc_ids |= {item["doc_id"] for item in items}
        skip += len(items)
        if not items or skip >= response.json()["total"]:
            return doc_ids


# -- meanwhile

class Work:
    """Somebody who uploads, renames, deletes, reads and searches through one node, one thing after the other, until stop().

    `share`: which half of the documents that are to change are his."""

    def __init__(self, server, kind, archive, holdings, share):
        self.done, self.unavailable = Counter(), []
        self._archive, self._holdings, self._name = archive, holdings, f"meanwhile {share}"
        self._renames, self._deletions = (
            iter([number for number in range(archive.count) if number % 10 == digit and number // 10 % 2 == share])
            for digit in (RENAMED, DELETED))
        self._uploaded, self._chance, self._longest = [], random.Random(share), Counter()
        self._people = [kind(server.address, email).log_in() for email in (OWNER, ADMIN)]
        self._ended, self._error = threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def stop(self):
        """Raises what went wrong."""
        self._ended.set()
        self._thread.join(LONGEST_ANSWER)
        assert not self._thread.is_alive()
        for person in self._people:
            person.close()
        if self._error:
            raise self._error

    def told(self):
        return (f"{dict(self.done)}, the longest took {dict(self._longest)} seconds, {len(self.unavailable)} were answered "
                "503")

    def wait_for_more(self, count=50):
        """Until so many more things have been done, of each kind one at least."""
        before = sum(self.done.values())
        wait_until(lambda: self._error or (sum(self.done.values()) >= before + count and len(self.done) == 5),
                   LONGEST_ANSWER, what="more work")

    def _run(self):
        try:
            while not self._ended.is_set():
                for step in (self._upload, self._read, self._rename, self._search, self._delete, self._read_new):
                    step(*self._people)
                time.sleep(0.02)
        except Exception as error:  # For stop(), which a test sees.
            self._error = error

    def _ask(self, what, person, method, path, expected=200, **options):
        """Returns the answer, or None for a 503; any other than the expected one is an error."""
        begin = time.monotonic()
        response = person.request(method, path, timeout=LONGEST_ANSWER, **options)
        self._longest[what] = max(self._longest[what], round(time.monotonic() - begin, 2))
        if response.status_code == 503 and "retry-after" in response.headers:
            self.unavailable.append((what, response.text))
            return None
        assert response.status_code == expected, f"{what}: {response.status_code} {response.text}"
        self.done[what] += 1
        return response

    def _upload(self, owner, _):
        number = len(self._uploaded) + len(self.unavailable)
        filename = f"{self._name} ملف {number}.txt"
        content = f"uploaded {self._name} as document {number}, وثيقة رقم {number}\n".encode()
        response = self._ask("upload", owner, "POST", "/docs/upload", 201, files={"file": (filename, content, "text/plain")})
        if response:
            doc_id = response.json()["doc_id"]
            self._holdings.digests[doc_id], self._holdings.filenames[doc_id] = sha256(content), filename
            self._uploaded.append(doc_id)

    def _read(self, owner, _):
        number = self._chance.randrange(self._archive.count)
        if number % 10 != DELETED:
            self._download(owner, self._holdings.of_archive[number])

    def _read_new(self, owner, _):
        """One that came meanwhile, through either node."""
        self._download(owner, self._chance.choice(self._uploaded or self._holdings.of_archive[:1]))
        self._download(owner, max(list(self._holdings.filenames)))

    def _download(self, owner, doc_id):
        response = self._ask("download", owner, "GET", f"/docs/{doc_id}/download")
        assert response is None or sha256(response.content) == self._holdings.digests[doc_id], doc_id

    def _rename(self, owner, _):
        number = next(self._renames, None)
        if number is None:
            return
        doc_id, filename = self._holdings.of_archive[number], f"{self._name} اسم جديد {number}.txt"
        if self._ask("rename", owner, "PATCH", f"/docs/{doc_id}", json={"filename": filename}):
            self._holdings.filenames[doc_id] = filename
        else:
            self._holdings.doubtful.add(doc_id)

    def _delete(self, _, admin):
        number = next(self._deletions, None)
        if number is None:
            return
        doc_id = self._holdings.of_archive[number]
        if self._ask("delete", admin, "DELETE", f"/docs/{doc_id}"):
            self._holdings.gone.add(doc_id)
        else:
            self._holdings.doubtful.add(doc_id)

    def _search(self, owner, admin):
        number = self._chance.randrange(self._archive.count)
        person = self._chance.choice((owner, admin))
        response = self._ask("search", person, "GET", "/docs/search", params={"q": f'"ledger {number}"'})
        if response and number % 10 != DELETED:
            doc_id = self._holdings.of_archive[number]
            assert doc_id in {item["doc_id"] for item in response.json()["items"]}, f"document {number} is not found"


# -- afterwards

def check(server, people, archive, holdings, rows, found):
    """All that was answered is so, in the database, in the storage and over HTTP; and the searches find what they found."""
    owner, _ = people
    unfinished = "SELECT COUNT(*) FROM Processing_Status WHERE status IN ('Queued', 'Processing')"
    wait_until(lambda: rows.query(unfinished) == [(0,)], LIMIT_SECONDS, every=0.5, what="the end of all jobs")
    certain = {doc_id: filename for doc_id, filename in holdings.filenames.items()
               if doc_id not in holdings.gone | holdings.doubtful}
    check_rows(rows, certain, holdings)
    untouched = holdings.untouched()
    for key, doc_ids in search_all(people, archive).items():
        assert doc_ids & untouched == found[key] & untouched, key
    with timed(f"{len(certain)} downloads"), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda doc_id: check_download(owner, doc_id, holdings.digests[doc_id]), certain))
    for doc_id in holdings.gone:
        assert owner.get(f"/docs/{doc_id}").status_code == 404
    wait_until(lambda: LocalBlobs(server.settings["DATA_DIR"]).names() == places(rows), 180, every=1,
               what="a storage with the files of all documents and nothing else")


def check_rows(rows, certain, holdings):
    documents = dict(rows.query("SELECT doc_id, filename FROM Documents"))
    assert not holdings.gone & documents.keys(), "a document that was deleted is there"
    assert {doc_id: documents.get(doc_id) for doc_id in certain} == certain, "a document is lost, or has another name"
    statuses = dict(rows.query("SELECT doc_id, MIN(status) FROM Processing_Status GROUP BY doc_id"))
    assert statuses == dict.fromkeys(documents, "Finished")
    for table in ("Ocr_Results", "Document_Text", "Search_Pages"):  # Each document has one page.
        counts = dict(rows.query(f"SELECT doc_id, COUNT(*) FROM {table} GROUP BY doc_id"))
        assert counts == dict.fromkeys(documents, 1), table
    if KNOWS_FILES:
        check_files(rows, documents.keys(), holdings.digests)


def check_files(rows, doc_ids, digests):
    """One original a document, in its first version; of one of the platform's nobody need have looked at the bytes."""
    files = rows.query("SELECT doc_id, kind, version, part, sha256 FROM Document_Files")
    assert sorted(file[:4] for file in files) == sorted((doc_id, "original", 1, 0) for doc_id in doc_ids)
    told = {doc_id: digest for doc_id, _, _, _, digest in files if digest is not None and doc_id in digests}
    assert told == {doc_id: digests[doc_id] for doc_id in told}


def places(rows):
    """The names of the blobs of all documents, as the database has them."""
    if KNOWS_FILES:
        return {row[0] for table in ("Document_Files", "Trashed_Files") for row in rows.query(f"SELECT place FROM {table}")}
    return {blob_name or (filename if path == "/" else f"{path}/{filename}") for blob_name, filename, path in
            rows.query("SELECT d.blob_name, d.filename, p.full_path FROM Documents d "
                       "JOIN Virtual_Paths p ON p.path_id = d.path_id")}


def check_download(owner, doc_id, digest):
    response = owner.get(f"/docs/{doc_id}/download")
    assert response.status_code == 200, f"{doc_id}: {response.text}"
    assert sha256(response.content) == digest, doc_id
