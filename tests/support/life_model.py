"""What documents should be, whatever was done to them: versions, places, names, and which of them are in the trash."""

import hashlib
import random
from dataclasses import dataclass, field


@dataclass
class ModelDocument:
    doc_id: int
    filename: str
    path: str
    versions: list = field(default_factory=list)  # the bytes of each, the first one first
    in_trash: bool = False


def content_of(choices, name, number):
    """Small, and like no other."""
    return f"{name} النسخة {number} {choices.getrandbits(64):x}\n".encode() * choices.randrange(1, 40)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


ALL_STEPS = {"upload": 4, "replace": 5, "restore_version": 3, "rename": 3, "move": 3, "rename_path": 1, "delete": 4,
             "bring_back": 3, "purge": 1, "look": 3, "make_path": 1}


class Life:
    """Steps at random through the API, each done to the model as well; `check_own` and `check_places` compare the two.

    A step that ends in an exception, as when the server is killed, leaves `pending`: what it would have done to the model,
    unless the server has not done it.
    """

    def __init__(self, person, admin, seed, steps=ALL_STEPS, most_documents=60):
        self.person, self.admin = person, admin
        self.choices = random.Random(seed)
        self.steps, self.most_documents = steps, most_documents
        self.documents = {}
        self.paths = {"/": None}
        self.numbers = 0
        self.counts = {}
        self.pending = None

    def step(self):
        name = self.choices.choices(list(self.steps), self.steps.values())[0]
        if getattr(self, name)():
            self.counts[name] = self.counts.get(name, 0) + 1
        self.pending = None

    def _do(self, request, change):
        """Sends the request; `change(answer)` does to the model what it does when it is answered with success."""
        self.pending = change
        answer = request()
        if answer.status_code < 300:
            change(answer)
        self.pending = None
        return answer

    def _next(self, stem):
        self.numbers += 1
        return f"{stem} {self.numbers}"

    def _some(self, in_trash):
        chosen = [document for document in self.documents.values() if document.in_trash == in_trash]
        return self.choices.choice(chosen) if chosen else None

    def _taken(self, filename, path):
        return any(document.filename == filename and document.path == path and not document.in_trash
                   for document in self.documents.values())

    def upload(self):
        if len(self.documents) >= self.most_documents:
            return False
        filename = f"{self._next('وثيقة')} {self.person.user_id}.txt"
        # One in three has a name that another has had, so that names of blobs are wanted twice.
        if self.documents and self.choices.random() < 0.3:
            filename = self.choices.choice(list(self.documents.values())).filename
        path = self.choices.choice(list(self.paths))
        content = content_of(self.choices, filename, 1)

        def change(answer):
            doc_id = answer.json()["doc_id"] if answer else self._find(filename, path)
            self.documents[doc_id] = ModelDocument(doc_id, filename, path, [content])
        taken = self._taken(filename, path)
        answer = self._do(lambda: self.person.upload(filename, content, full_path="" if path == "/" else path), change)
        assert answer.status_code == (409 if taken else 201), answer.text
        return True

    def _find(self, filename, path):
        """The document that an upload without an answer has made."""
        items = self.person.get("/docs/me?limit=100").json()["items"]
        (doc_id,) = [item["doc_id"] for item in items if (item["filename"], item["path"]) == (filename, path)]
        return doc_id

    def replace(self):
        document = self._some(in_trash=False)
        if document is None:
            return False
        content = content_of(self.choices, document.filename, len(document.versions) + 1)
        if self.choices.random() < 0.2:
            content = self.choices.choice(document.versions)  # Bytes that it has had.

        def change(_):
            if content != document.versions[-1]:
                document.versions.append(content)
        answer = self._do(lambda: self.person.put(f"/docs/{document.doc_id}/file",
                                                  files={"file": ("x.txt", content, "text/plain")}), change)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == len(document.versions)
        return True

    def restore_version(self):
        document = self._some(in_trash=False)
        if document is None:
            return False
        number = self.choices.randrange(len(document.versions)) + 1
        content = document.versions[number - 1]

        def change(_):
            if content != document.versions[-1]:
                document.versions.append(content)
        answer = self._do(lambda: self.person.post(f"/docs/{document.doc_id}/versions/{number}/restore"), change)
        assert answer.status_code == 200, answer.text
        return True

    def _change(self, document, filename, path):
        def change(_):
            document.filename, document.path = filename, path
        taken = self._taken(filename, path) and (filename, path) != (document.filename, document.path)
        body = {"filename": filename, "full_path": "" if path == "/" else path}
        answer = self._do(lambda: self.person.patch(f"/docs/{document.doc_id}", json=body), change)
        assert answer.status_code == (409 if taken else 200), answer.text
        return True

    def rename(self):
        document = self._some(in_trash=False)
        name = f"{self._next('renamed')} {self.person.user_id}.txt"
        return document is not None and self._change(document, name, document.path)

    def move(self):
        document = self._some(in_trash=False)
        return document is not None and self._change(document, document.filename, self.choices.choice(list(self.paths)))

    def make_path(self):
        if len(self.paths) >= 12:
            return False
        path = self._next("مجلد")

        def change(answer):
            self.paths[path] = answer.json()["id"]
        answer = self._do(lambda: self.admin.post("/paths/", json={"full_path": path}), change)
        assert answer.status_code == 201, answer.text
        return True

    def rename_path(self):
        named = [path for path in self.paths if path != "/"]
        if not named:
            return False
        old, new = self.choices.choice(named), self._next("folder")

        def change(_):
            self.paths[new] = self.paths.pop(old)
            for document in self.documents.values():
                if document.path == old:
                    document.path = new  # Those in the trash come back there, too.
        answer = self._do(lambda: self.admin.patch(f"/paths/{self.paths[old]}", json={"full_path": new}), change)
        assert answer.status_code == 200, answer.text
        return True

    def delete(self):
        document = self._some(in_trash=False)
        if document is None:
            return False

        def change(_):
            document.in_trash = True
        answer = self._do(lambda: self.person.delete(f"/docs/{document.doc_id}"), change)
        if answer.status_code == 409:
            assert answer.json()["code"] == "document_busy", answer.text
            return False
        assert answer.status_code == 200, answer.text
        return True

    def bring_back(self):
        document = self._some(in_trash=True)
        if document is None:
            return False
        taken = self._taken(document.filename, document.path)

        def restore(filename):
            def change(_):
                document.filename, document.in_trash = filename, False
            parameters = {} if filename == document.filename else {"filename": filename}
            return self._do(lambda: self.person.post(f"/docs/{document.doc_id}/restore", params=parameters), change)
        answer = restore(document.filename)
        if taken:
            assert (answer.status_code, answer.json()["code"]) == (409, "restore_name_taken"), answer.text
            answer = restore(answer.json()["proposed_filename"])
        assert answer.status_code == 200, answer.text
        return True

    def purge(self):
        document = self._some(in_trash=True)
        if document is None:
            return False

        def change(_):
            del self.documents[document.doc_id]
        answer = self._do(lambda: self.person.delete(f"/docs/trash/{document.doc_id}"), change)
        assert answer.status_code == 200, answer.text
        return True

    def empty(self):
        gone = [document.doc_id for document in self.documents.values() if document.in_trash]

        def change(_):
            for doc_id in gone:
                del self.documents[doc_id]
        answer = self._do(lambda: self.person.delete("/docs/trash"), change)
        assert (answer.status_code, answer.json()) == (202, {"documents": len(gone)}), answer.text
        return True

    def look(self):
        document = self._some(in_trash=False)
        if document is None:
            return False
        answer = self.person.get(f"/docs/{document.doc_id}/download")
        assert (answer.status_code, answer.content) == (200, document.versions[-1])
        return True

    def settle(self):
        """After a kill: what was under way has been done wholly, or not at all."""
        change, self.pending = self.pending, None
        try:
            self.check_own()
        except AssertionError:
            if change is None:
                raise
            change(None)
            self.check_own()

    def check_own(self):
        """Every byte that the person can get is what the model says."""
        listed = {item["doc_id"] for item in self.person.get("/docs/me?limit=100").json()["items"]}
        trash = {item["doc_id"] for item in self.person.get("/docs/trash?limit=100").json()["items"]}
        for in_trash, seen in ((False, listed), (True, trash)):
            assert seen == {document.doc_id for document in self.documents.values() if document.in_trash == in_trash}
        for document in self.documents.values():
            if document.in_trash:
                continue
            details = self.person.get(f"/docs/{document.doc_id}").json()
            assert (details["filename"], details["path"], details.get("version", 1), details["sha256"]) == (
                document.filename, document.path, len(document.versions), sha256(document.versions[-1]))
            for number, content in enumerate(document.versions, 1):
                answer = self.person.get(f"/docs/{document.doc_id}/versions/{number}/download")
                assert (answer.status_code, answer.content) == (200, content)


def check_places(lives, state):
    """Each version of each document has a row, and each row a blob; and nothing else is there. @return the rows."""
    rows = {}
    for table in ("Document_Files", "Trashed_Files"):
        for row in state.query(f"SELECT doc_id, version, place, sha256 FROM {table} WHERE kind = 'original'"):
            rows[row["doc_id"], row["version"]] = (row["place"], row["sha256"])
    assert {key: checksum for key, (_, checksum) in rows.items()} == {
        (document.doc_id, number): sha256(content) for life in lives for document in life.documents.values()
        for number, content in enumerate(document.versions, 1)}
    assert state.blobs() == {place for place, _ in rows.values()}
    return rows
