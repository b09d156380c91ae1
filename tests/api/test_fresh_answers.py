"""An answer that is asked for again and again is never older than a change that was answered before it."""

import threading

from support import expect
from support.client import PASSWORD, Client, Person, create_person, unique
from support.documents import upload_text


class Polling:
    """Asks on a connection of its own without pause, as front ends do, so that there is always an answer to repeat."""

    def __init__(self, person, *paths):
        self.person, self.paths = person, paths
        self.done = threading.Event()
        self.failures = []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        with Client(self.person.address, self.person.access_token) as client:
            while not self.done.is_set():
                self.failures += [answer for path in self.paths if (answer := client.get(path)).status_code != 200]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.done.set()
        self.thread.join()
        assert not self.failures


def test_each_change_shows_at_once(user):
    with Polling(user, "/users/me"), Polling(user, "/users/me"):
        for number in range(200):
            name = f"Reader {number}"
            expect.ok(user.patch("/users/me", json={"full_name": name}))
            assert user.profile()["full_name"] == name
            assert user.profile()["full_name"] == name


def test_each_upload_shows_at_once(admin):
    owner = create_person(admin)
    with Polling(owner, "/docs/me", "/docs/me?limit=1"), Polling(admin, "/docs/"):
        for number in range(1, 31):
            doc_id = upload_text(owner, f"Fresh {number}", f"fresh {number}.txt")["doc_id"]
            for person, path in ((owner, "/docs/me"), (owner, "/docs/me?limit=1"), (admin, "/docs/")):
                body = expect.ok(person.get(path))
                assert body["items"][0]["doc_id"] == doc_id
            assert expect.ok(owner.get("/docs/me"))["total"] == number


def test_each_path_shows_at_once(admin, user):
    with Polling(user, "/paths/?max_depth=1"):
        for _ in range(20):
            path = expect.ok(admin.post("/paths/", json={"full_path": unique("fresh")}), status=201)
            assert path in expect.ok(admin.get(f"/paths/?prefix={path['full_path']}"))
            assert path in expect.ok(user.get(f"/paths/?prefix={path['full_path']}"))


def test_who_is_shut_out_is_refused_at_once(admin):
    person = create_person(admin)
    with Client(person.address, person.access_token) as client:
        for _ in range(3):
            for is_active, status in ((False, 403), (True, 401)):
                expect.ok(admin.patch(f"/users/{person.user_id}", json={"is_active": is_active}))
                assert client.get("/docs/me").status_code == status
                assert client.get("/docs/me").status_code == status
                assert client.get("/users/me").status_code == 401  # The session has ended, whatever comes after.
            client.headers["authorization"] = f"Bearer {person.log_in().access_token}"
            for path in ("/docs/me", "/users/me"):
                assert [client.get(path).status_code for _ in range(3)] == [200] * 3
        expect.empty(admin.delete(f"/users/{person.user_id}"))
        for path in ("/users/me", "/docs/me", "/roles/", "/paths/"):
            assert client.get(path).status_code == 401


def test_what_another_process_changes_shows_at_once(server, anyone):
    email = f"{unique('promoted')}@example.com"
    server.create_admin(email, "First Name", PASSWORD)
    with Person(server.address, email, PASSWORD) as person:
        person.log_in()
        for _ in range(3):
            other = create_person(person)
            assert other.profile()["role"] != "Admin"
            assert other.profile()["role"] != "Admin"
            server.create_admin(other.email, "Other Name", PASSWORD)
            assert other.get("/users/me").status_code == 401  # The new password has ended the session.
            assert other.log_in().profile()["role"] == "Admin"


def test_nobody_is_given_the_answer_of_another(admin, user, other):
    for _ in range(3):
        assert user.profile()["user_id"] == user.user_id
        assert other.profile()["user_id"] == other.user_id
        assert admin.profile()["role"] == "Admin"
        expect.detail(user.get("/docs/"), 403, "You are not authorized to perform this action.")
        assert admin.get("/docs/").status_code == 200
