"""A database that 0.2.0 has filled becomes one of this version, and nobody notices: every reading route answers everybody word
for word as before, and who could put documents into a folder still can. On PostgreSQL a node of 0.2.0 goes on beside; SQLite has
one node at a time, of either version. Afterwards something is shared, the earlier node writes into it, and it is found.

Its longer form builds 0.2.0 (tests/support/earlier_version.py), and is its only one.
"""

from contextlib import closing, contextmanager

import pytest

from support.client import PASSWORD, Person, create_person
from support.documents import finish, upload_text, wait_processed
from support.earlier_version import (VERSION_0_2_0, EarlierPerson, earlier_program, servers_of_one_folder,
                                     told_of_upgrade)
from support.postgres import Postgres

pytestmark = [pytest.mark.full, pytest.mark.longer]
SETTINGS = {"LOG_LEVEL": "info", "ACCESS_TOKEN_EXPIRE_MINUTES": 600, "BLOB_STORAGE_TYPE": "local", "OCR_CONCURRENCY": 1}
COMMAND_SECONDS = 300
ADMIN, OWNER, OTHER, FORMER, PENDING = (f"{name}@example.com" for name in ("admin", "owner", "other", "former", "pending"))
ACTIVE = (OWNER, OTHER)
FOLDERS = ("/", "عقود", "عقود/قديمة", "reports", "reports/2023")
SHARED = "عقود"
WORD = "ledger"

OF_NOBODY = ("/users/me", "/users/", "/users/?is_active=false", "/users/pending", "/roles/",
             "/paths/", "/paths/?minDepth=1&maxDepth=1", "/paths/?prefix=reports", "/docs/me", "/docs/me?status=Finished",
             "/docs/me?skip=1&limit=2", "/docs/", "/docs/?status=Failed", "/docs/?skip=2&limit=3", "/docs/trash",
             "/docs/trash?limit=1", "/docs/stats", "/docs/987654", "/docs/search?q=",
             f"/docs/search?q={WORD}&limit=100", f"/docs/search?q={WORD}&path=reports", f"/docs/search?q={WORD[:3]}*",
             f"/docs/search?q={WORD}+سجل", f'/docs/search?q="of+{OTHER.split("@", maxsplit=1)[0]}"', "/docs/search?q=خزنة")
OF_A_USER = ("/docs/?user_id={}", "/docs/trash?user_id={}", f"/docs/search?q={WORD}&user_id={{}}")
OF_A_DOCUMENT = ("", "/status", "/download", "/text", "/versions", "/versions/1/download", "/versions/2/download")


@pytest.fixture(scope="module")
def earlier():
    return earlier_program(VERSION_0_2_0, builds=True)


@pytest.fixture(params=["sqlite", "postgres"])
def nodes(request, earlier):
    with _connection(request.param) as connection, \
            servers_of_one_folder(**SETTINGS, SQL_CONNECTION_STRING=connection) as make:
        yield Nodes(make(earlier), make(), are_together=connection is not None)


@contextmanager
def _connection(kind):
    if kind == "sqlite":
        yield None
        return
    with closing(Postgres().start()) as postgres:
        yield postgres.connection_string()


class Nodes:
    """One of each version over one database."""

    def __init__(self, old, new, are_together):
        self.old, self.new, self._are_together = old, new, are_together

    def use(self, node):
        """Has it serve, beside the other one or in its place."""
        if not self._are_together:
            (self.old if node is self.new else self.new).stop()
        return node if node.running else node.start()

    def log_in(self, email, node):
        return (EarlierPerson if node is self.old else Person)(self.use(node).address, email).log_in()


def test_nobody_notices(nodes):
    library = Library(nodes)
    before = library.answers(nodes.old)
    for node in (nodes.new, nodes.old, nodes.new):
        assert_same(library.answers(node), before)
    assert "would apply" not in nodes.new.run("migrate", "--dry-run").stdout
    for node in (nodes.old, nodes.new):
        library.upload_into_every_folder(node)
    for node in (nodes.old, nodes.new):
        library.check_lists_and_searches(node)

    library.share()
    library.upload_into_every_folder(nodes.old)
    library.check_that_it_keeps_to_the_earlier_rule(nodes.old)
    nodes.use(nodes.new)
    nodes.old.stop()
    finish_upgrade(nodes.new)
    library.check_lists_and_searches(nodes.new)


def assert_same(answers, before):
    assert answers.keys() == before.keys()
    differing = {question: (before[question], answer) for question, answer in answers.items() if answer != before[question]}
    assert not differing, differing


def finish_upgrade(server):
    for command in (("migrate", "--finish"), ("search", "reindex"), ("doctor",)):
        done = server.run(*command, timeout=COMMAND_SECONDS)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert told_of_upgrade(server) == ["finished"]


class Library:
    """What 0.2.0 has been filled with, and what has come since."""

    def __init__(self, nodes):
        self._nodes = nodes
        self._documents = {}  # By id: whose it is, and its folder. Without what lies in the trash.
        self._trashed, self._tokens, self._user_ids = [], {}, {}
        self._uploads = 0
        self._is_shared = False
        self._fill()

    # -- before

    def _fill(self):
        server = self._nodes.use(self._nodes.old)
        server.create_admin(ADMIN, "Admin Person", PASSWORD)
        with self._nodes.log_in(ADMIN, server) as admin:
            for path in FOLDERS[1:]:
                assert admin.post("/paths/", json={"full_path": path}).status_code == 201
            people = [create_person(admin, email) for email in (*ACTIVE, FORMER)]
            for person in people:
                for folder in FOLDERS:
                    self._upload(person, folder)
            self._make_what_is_special(people[0])
            pending = create_person(admin, PENDING, active=False)
            for person in (admin, *people, pending):
                self._tokens[person.email], self._user_ids[person.email] = person.access_token, person.user_id
            former = self._user_ids[FORMER]
            assert admin.patch(f"/users/{former}", json={"is_active": False}).status_code == 200

    def _make_what_is_special(self, owner):
        """A document with two versions, one in the trash, and one that has failed."""
        replaced, trashed = [doc_id for doc_id, (email, _) in self._documents.items() if email == owner.email][:2]
        files = {"file": ("a.txt", f"{WORD}, the second version\n".encode(), "text/plain")}
        assert owner.put(f"/docs/{replaced}/file", files=files).status_code == 200
        finish(owner, replaced)
        assert owner.delete(f"/docs/{trashed}").status_code == 200
        del self._documents[trashed]
        self._trashed.append(trashed)
        damaged = owner.upload("damaged.pdf", b"%PDF-1.4\n% and no more\n", content_type="application/pdf")
        assert wait_processed(owner, damaged.json()["doc_id"])["status"] == "Failed"

    def _upload(self, person, folder):
        self._uploads += 1
        text = f"{WORD} {self._uploads} of {person.email.split('@')[0]} in {folder}\nسجل رقم {self._uploads} في الخزنة\n"
        place = {} if folder == "/" else {"full_path": folder}
        doc_id = upload_text(person, text, f"ملف {self._uploads}.txt", **place)["doc_id"]
        finish(person, doc_id)
        self._documents[doc_id] = (person.email, folder)

    # -- what is asked

    def answers(self, node):
        """What each is answered to each question: status, what the content is said to be, and its bytes."""
        kind = EarlierPerson if node is self._nodes.old else Person
        address = self._nodes.use(node).address
        found = {}
        for email, token in self._tokens.items():
            with kind(address, email) as person:
                if token:
                    person.use(token)
                for question in self._questions():
                    found[email, question] = told_by(person.get(question))
                found[email, "log-in"] = person.login(email).status_code
        return found

    def _questions(self):
        yield from OF_NOBODY
        yield from (question.format(user_id) for question in OF_A_USER for user_id in self._user_ids.values())
        yield from (f"/docs/{doc_id}{question}" for doc_id in (*self._documents, *self._trashed)
                    for question in OF_A_DOCUMENT)

    # -- afterwards

    def upload_into_every_folder(self, node):
        for email in ACTIVE:
            with self._nodes.log_in(email, node) as person:
                for folder in FOLDERS:
                    self._upload(person, folder)

    def share(self):
        """What lies in a folder, and below, with a group that OTHER is in."""
        with self._nodes.log_in(ADMIN, self._nodes.new) as admin:
            group = admin.post("/groups/", json={"group_name": "Readers"}).json()["group_id"]
            assert admin.put(f"/groups/{group}/members/{self._user_ids[OTHER]}").status_code == 204
            folder = next(path["id"] for path in admin.get("/paths/").json() if path["full_path"] == SHARED)
            entries = [{"group_id": group, "allow": ["document.read"]}]
            assert admin.put(f"/paths/{folder}/access", json={"entries": entries}).status_code == 200
        self._is_shared = True

    def check_lists_and_searches(self, node):
        """Each finds what they may read, whichever node has taken it in."""
        for email in ACTIVE:
            expected = {doc_id for doc_id, (owner, folder) in self._documents.items()
                        if owner == email or (self._is_shared and email == OTHER and is_below(folder, SHARED))}
            with self._nodes.log_in(email, node) as person:
                assert found_by(person, f"/docs/search?q={WORD}") == expected
                if self._is_shared:
                    assert found_by(person, "/docs/?view=all&status=Finished") == expected

    def check_that_it_keeps_to_the_earlier_rule(self, node):
        """0.2.0 knows of nothing that is shared: nobody sees more through it."""
        with self._nodes.log_in(OTHER, node) as person:
            for doc_id, (owner, _) in self._documents.items():
                assert person.get(f"/docs/{doc_id}").status_code == (200 if owner == OTHER else 404)


def told_by(response):
    return (response.status_code, *(response.headers.get(name) for name in ("content-type", "content-disposition", "etag")),
            response.content)


def is_below(folder, above):
    return folder == above or folder.startswith(f"{above}/")


def found_by(person, question):
    response = person.get(f"{question}&limit=100")
    assert response.status_code == 200, response.text
    answer = response.json()
    doc_ids = [item["doc_id"] for item in answer["items"]]
    assert answer["total"] == len(doc_ids) == len(set(doc_ids))
    return set(doc_ids)
