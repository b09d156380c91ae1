"""Who may do what, read word for word from the rule (docs/access.md), beside the same things done over HTTP at random."""

import random
from dataclasses import dataclass, field

from .client import create_person, unique
from .documents import finish, upload_text

DOCUMENT_ACTIONS = ("document.read", "document.write", "document.delete", "document.share")
PATH_ACTIONS = ("path.read", "path.create", "path.write", "path.delete", "path.share")
WORD = "pomegranate"  # All documents have it.
ALL_STEPS = {"upload": 4, "move_document": 3, "delete": 2, "bring_back": 2, "hand_over": 1, "say_at_document": 6,
             "say_at_folder": 6, "join": 4, "leave": 3, "move_folder": 2, "make_folder": 1}


@dataclass
class ModelDocument:
    doc_id: int
    owner: object
    folder: object
    in_trash: bool = False


@dataclass
class ModelFolder:
    path_id: int
    full_path: str


@dataclass
class Model:
    """`entries`: of each place, {(is_a_person's, id): {action: whether it is allowed}}."""

    documents: dict = field(default_factory=dict)
    folders: dict = field(default_factory=dict)
    members: dict = field(default_factory=dict)  # of each group, the ids of people
    entries: dict = field(default_factory=dict)

    def says(self, place, user_id, action):
        entries = self.entries.get(place, {})
        own = entries.get((True, user_id), {}).get(action)
        if own is not None:
            return own
        of_groups = [entries.get((False, group), {}).get(action) for group, members in self.members.items()
                     if user_id in members]
        if False in of_groups:
            return False
        return True if True in of_groups else None

    def chain(self, folder):
        """The folder and those above it, the nearest first; the root is of no interest here."""
        parts = folder.full_path.split("/")
        by_path = {other.full_path: other for other in self.folders.values()}
        return [by_path[path] for length in range(len(parts), 0, -1) if (path := "/".join(parts[:length])) in by_path]

    def may(self, person, action, document):
        if document.owner is person:
            return True
        said = self.says(("document", document.doc_id), person.user_id, action)
        return self.may_by_folders(person, action, document.folder) if said is None else said

    def may_by_folders(self, person, action, folder):
        for above in self.chain(folder):
            said = self.says(("path", above.path_id), person.user_id, action)
            if said is not None:
                return said
        return action in ("path.read", "path.create")


class AccessLife:
    """Steps at random, each by somebody who may or may not; after each, `check` compares all answers for all people."""

    def __init__(self, admin, seed, people=4, groups=3, folders=5, most_documents=12):
        self.admin = admin
        self.choices = random.Random(seed)
        self.model = Model()
        self.people = [create_person(admin) for _ in range(people)]
        self.most_documents = most_documents
        self.counts = {}
        for _ in range(groups):
            answer = admin.post("/groups/", json={"group_name": unique("group")})
            self.model.members[answer.json()["group_id"]] = set()
        for _ in range(folders):
            self.make_folder()

    def close(self):
        for person in self.people:
            person.close()

    def log_in(self):
        """A token does not live as long as this."""
        for person in [self.admin, *self.people]:
            person.log_in()

    def step(self):
        name = self.choices.choices(list(ALL_STEPS), ALL_STEPS.values())[0]
        if getattr(self, name)() is not False:
            self.counts[name] = self.counts.get(name, 0) + 1

    def _documents(self, in_trash=False):
        return [document for document in self.model.documents.values() if document.in_trash == in_trash]

    def _any(self, things):
        things = list(things)
        return self.choices.choice(things) if things else None

    def make_folder(self):
        above = self._any([None, *self.model.folders.values()])
        if len(self.model.folders) > 12 or (above and above.full_path.count("/") > 3):
            return False
        path = (f"{above.full_path}/" if above else "") + unique("folder")
        answer = self.admin.post("/paths/", json={"full_path": path})
        assert answer.status_code == 201, answer.text
        self.model.folders[answer.json()["id"]] = ModelFolder(answer.json()["id"], path)

    def upload(self):
        if len(self.model.documents) >= self.most_documents:
            return False
        person, folder = self._any(self.people), self._any(self.model.folders.values())
        answer = person.upload(f"{unique('paper')}.txt", WORD.encode(), full_path=folder.full_path)
        if not self.model.may_by_folders(person, "path.read", folder):
            assert answer.status_code == 404, answer.text
        elif not self.model.may_by_folders(person, "path.create", folder):
            assert answer.status_code == 403, answer.text
        else:
            assert answer.status_code == 201, answer.text
            doc_id = answer.json()["doc_id"]
            finish(person, doc_id)
            self.model.documents[doc_id] = ModelDocument(doc_id, person, folder)

    def move_document(self):
        document, person = self._any(self._documents()), self._any(self.people)
        folder = self._any(self.model.folders.values())
        if document is None or folder is document.folder:
            return False
        answer = person.patch(f"/docs/{document.doc_id}", json={"full_path": folder.full_path})
        expected = self._moving_is_answered(person, document, folder)
        assert answer.status_code == expected, (expected, answer.text)
        if expected == 200:
            document.folder = folder

    def _moving_is_answered(self, person, document, folder):
        if not self.model.may(person, "document.read", document):
            return 404
        if not all(self.model.may(person, action, document) for action in ("document.write", "document.delete")):
            return 403
        if not self.model.may_by_folders(person, "path.read", folder):
            return 404
        return 200 if self.model.may_by_folders(person, "path.create", folder) else 403

    def delete(self):
        document, person = self._any(self._documents()), self._any(self.people)
        if document is None:
            return False
        answer = person.delete(f"/docs/{document.doc_id}")
        if not self.model.may(person, "document.read", document):
            assert answer.status_code == 404, answer.text
        elif not self.model.may(person, "document.delete", document):
            assert answer.status_code == 403, answer.text
        else:
            assert answer.status_code == 200, answer.text
            document.in_trash = True

    def bring_back(self):
        document, person = self._any(self._documents(in_trash=True)), self._any(self.people)
        if document is None:
            return False
        answer = person.post(f"/docs/{document.doc_id}/restore")
        if not self.model.may(person, "document.read", document):
            assert answer.status_code == 404, answer.text
        elif not self.model.may(person, "document.delete", document):
            assert answer.status_code == 403, answer.text
        elif not self.model.may_by_folders(person, "path.read", document.folder):
            assert answer.status_code == 404, answer.text
        elif not self.model.may_by_folders(person, "path.create", document.folder):
            assert answer.status_code == 403, answer.text
        else:
            assert answer.status_code == 200, answer.text
            document.in_trash = False
            finish(person, document.doc_id)

    def hand_over(self):
        document, successor = self._any(self._documents()), self._any(self.people)
        if document is None or successor is document.owner:
            return False
        answer = document.owner.patch(f"/docs/{document.doc_id}/owner", json={"user_id": successor.user_id})
        assert answer.status_code == 200, answer.text
        document.owner = successor

    def say_at_document(self):
        document = self._any(self._documents())
        if document is None:
            return False
        self._say(("document", document.doc_id), f"/docs/{document.doc_id}", DOCUMENT_ACTIONS)

    def say_at_folder(self):
        folder = self._any(self.model.folders.values())
        self._say(("path", folder.path_id), f"/paths/{folder.path_id}", DOCUMENT_ACTIONS + PATH_ACTIONS)

    def _say(self, place, route, actions):
        whom = self._any([(True, person.user_id) for person in self.people] +
                         [(False, group) for group in self.model.members])
        entries = dict(self.model.entries.get(place, {}))
        said = {action: self.choices.random() < 0.7
                for action in self.choices.sample(actions, self.choices.randrange(len(actions)))}
        if said:
            entries[whom] = said
        else:
            entries.pop(whom, None)
        body = [{"user_id" if is_person else "group_id": number,
                 "allow": [action for action, is_allowed in of_one.items() if is_allowed],
                 "deny": [action for action, is_allowed in of_one.items() if not is_allowed]}
                for (is_person, number), of_one in entries.items()]
        answer = self.admin.put(f"{route}/access", json={"entries": body})
        assert answer.status_code == 200, answer.text
        self.model.entries[place] = entries

    def join(self):
        group, person = self._any(self.model.members), self._any(self.people)
        assert self.admin.put(f"/groups/{group}/members/{person.user_id}").is_success
        self.model.members[group].add(person.user_id)

    def leave(self):
        group = self._any(self.model.members)
        user_id = self._any(sorted(self.model.members[group]))
        if user_id is None:
            return False
        assert self.admin.delete(f"/groups/{group}/members/{user_id}").is_success
        self.model.members[group].remove(user_id)

    def move_folder(self):
        folder, above = self._any(self.model.folders.values()), self._any([None, *self.model.folders.values()])
        below = [other for other in self.model.folders.values()
                 if (other.full_path + "/").startswith(folder.full_path + "/")]
        if above in below or (above and above.full_path.count("/") > 3):
            return False
        path = (f"{above.full_path}/" if above else "") + unique("moved")
        answer = self.admin.patch(f"/paths/{folder.path_id}", json={"full_path": path})
        assert answer.status_code == 200, answer.text
        before = len(folder.full_path)
        for other in below:
            other.full_path = path + other.full_path[before:]

    def check(self):
        for person in self.people:
            self._check_person(person)

    def _check_person(self, person):
        readable = {document.doc_id for document in self._documents() if self.model.may(person, "document.read", document)}
        own = {document.doc_id for document in self._documents() if document.owner is person}
        for view, expected in (("all", readable), ("own", own), ("shared", readable - own)):
            self._check_list(person, "/docs/", {"view": view}, expected)
        self._check_list(person, "/docs/me", {}, own)
        self._check_list(person, "/docs/search", {"q": WORD}, readable)
        of_somebody = self._any(self.people)
        theirs = {document.doc_id for document in self._documents() if document.owner is of_somebody}
        self._check_list(person, "/docs/search", {"q": WORD, "user_id": of_somebody.user_id}, readable & theirs)
        self._check_list(person, "/docs/trash", {"view": "all"},
                         {document.doc_id for document in self._documents(in_trash=True)
                          if self.model.may(person, "document.read", document)})
        for document in self._documents():
            self._check_document(person, document, document.doc_id in readable)
        self._check_folders(person)

    def _check_list(self, person, route, query, expected):
        answer = person.get(route, params={"limit": 100, **query}).json()
        found = [item["doc_id"] for item in answer["items"]]
        assert (answer["total"], sorted(found)) == (len(expected), sorted(expected)), (route, query)

    def _check_document(self, person, document, is_readable):
        route = self._any(["", "/status", "/text", "/versions", "/download", "/versions/1/download"])
        answer = person.get(f"/docs/{document.doc_id}{route}")
        assert answer.status_code == (200 if is_readable else 404), (route, answer.text)
        if not is_readable:
            assert answer.json()["detail"] == f"Document with id {document.doc_id} not found."
            return
        explained = person.get(f"/docs/{document.doc_id}/access/{person.user_id}").json()["actions"]
        assert {action["action"]: action["is_allowed"] for action in explained} == {
            action: self.model.may(person, action, document) for action in DOCUMENT_ACTIONS}

    def _check_folders(self, person):
        visible = {folder.full_path for folder in self.model.folders.values()
                   if self.model.may_by_folders(person, "path.read", folder)}
        listed = {path["full_path"] for path in person.get("/paths/?maxDepth=30").json()}
        assert listed & {folder.full_path for folder in self.model.folders.values()} == visible
