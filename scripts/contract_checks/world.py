"""Who and what the promises are checked with: an administrator, two users, one who waits, and what they make."""

import base64
import json
import sys
import time
import uuid

from contract_checks.client import Client, Server

PASSWORD = "Contract check 1!"
PENDING = "Your account is pending role assignment. Please contact an administrator."
FORBIDDEN = "You are not authorized to perform this action."

USER_KEYS = ["user_id", "full_name", "email", "username", "role", "is_active", "created_at"]


class NoAdministrator(Exception):
    """The log-in that was given is none of an active administrator's."""


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encode_part(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


class Person(Client):
    """Somebody with an account. Renews the access token before it runs out, however short its life."""

    def __init__(self, server, email, password=PASSWORD):
        super().__init__(server)
        self.email = email
        self.password = password
        self.user_id = None
        self.refresh_token = None

    def log_in(self):
        answer = self.login(self.email, self.password)
        if answer.status != 200:
            raise NoAdministrator(f"{self.email} cannot log in: {answer.status} {answer.text[:200]}")
        self.take(answer.json())
        self.user_id = int(claims_of(self.token)["sub"])
        return self

    def login(self, email, password, **fields):
        return Client(self.server).login(email, password, **fields)

    def take(self, tokens):
        self.token = tokens["access_token"]
        self.refresh_token = tokens.get("refresh_token", self.refresh_token)

    def current_token(self):
        if self.token and claims_of(self.token)["exp"] - time.time() < 20:
            answer = Client(self.server, self.refresh_token).post("/auth/refresh")
            if answer.status == 200:
                self.take(answer.json())
        return self.token


class World:
    def __init__(self, base_url, admin_email, admin_password, origin):
        self.server = Server(base_url)
        self.origin = origin
        self.run = uuid.uuid4().hex[:8]  # in every name, so that no two runs meet
        self.anyone = Client(self.server)
        self.admin = Person(self.server, admin_email, admin_password).log_in()
        if self.admin.get("/users/?limit=1").status != 200:
            raise NoAdministrator(f"{admin_email} is no active administrator")
        self._users, self._documents, self._paths = [], [], []
        self.user = self.person("user")
        self.other = self.person("other")
        self.pending = self.person("pending", is_active=False)

    # -- people

    def email(self, name):
        return f"contract-{self.run}-{name}@example.com"

    def register(self, name, **fields):
        """The answer to a registration, which clean_up() undoes."""
        answer = self.anyone.register(**{"full_name": "Contract Check", "email": self.email(name),
                                         "password": PASSWORD, **fields})
        if answer.status == 201:
            self._users.append(answer.json()["user_id"])
        return answer

    def person(self, name, is_active=True):
        """A user who is logged in; one who waits for an administrator has tokens from a moment of activity."""
        user_id = self.register(name).json()["user_id"]
        self.admin.patch(f"/users/{user_id}/activate")
        person = Person(self.server, self.email(name)).log_in()
        if not is_active:
            self.admin.patch(f"/users/{user_id}", {"is_active": False})
        return person

    # -- documents

    def name(self, stem, extension="txt"):
        return f"contract-{self.run}-{stem}.{extension}"

    def upload(self, person, filename, text=None, **fields):
        """Without a text, one that no other document has."""
        text = f"Some words to keep, of {filename}.\n" if text is None else text
        answer = person.upload(filename, text.encode(), "text/plain", **fields)
        if answer.status == 201:
            self._documents.append(answer.json()["doc_id"])
        return answer

    def document(self, stem, text=None, person=None):
        """The id of a document that has been processed, made on the first call."""
        name = self.name(stem)
        answer = self.upload(person or self.user, name, text)
        return self.wait_processed(answer.json()["doc_id"])

    def wait_processed(self, doc_id, seconds=120):
        deadline = time.monotonic() + seconds
        while self.admin.get(f"/docs/{doc_id}/status").json()["status"] not in ("Finished", "Failed"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"document {doc_id} was not processed within {seconds} seconds")
            time.sleep(0.2)
        return doc_id

    # -- paths

    def path(self, full_path, **fields):
        """The answer to the creation of a path, which clean_up() undoes."""
        answer = self.admin.post("/paths/", {"full_path": full_path, **fields})
        if answer.status == 201:
            self._paths.append(answer.json()["id"])
        return answer

    # -- the end

    def clean_up(self):
        """Deletes what is still there; says what could not be deleted."""
        for doc_id in self._documents:
            if self.admin.get(f"/docs/{doc_id}/status").status == 200:
                self.wait_processed(doc_id)
                self._remove(f"/docs/{doc_id}")
        for path_id in reversed(self._paths):
            self._remove(f"/paths/{path_id}")
        for user_id in self._users:
            self._remove(f"/users/{user_id}")

    def _remove(self, path):
        answer = self.admin.delete(path)
        if answer.status not in (200, 204, 404):
            print(f"contract: DELETE {path}: {answer.status} {answer.text[:200]}", file=sys.stderr)
