"""Many at once: what may happen only once happens once, and what must always hold holds after each race."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, Client, Person, create_person, unique
from support.documents import finish, upload_text
from support.server import Server

LAST_ADMIN = "At least one active administrator is required."


def at_once(*actions):
    """Runs them on a thread each, all let go together; their results in order."""
    start = threading.Barrier(len(actions))

    def run(action):
        start.wait(30)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def statuses(answers):
    return sorted(answer.status_code for answer in answers)


# -- accounts

def spellings(text):
    """The same in different cases."""
    return [text.lower(), text.upper(), text.capitalize(), text.swapcase(), text[:-3] + text[-3:].upper()]


def test_one_address_in_many_cases_is_registered_once(server, state):
    email = f"{unique('racer')}@example.com"
    clients = [Client(server.address) for _ in range(5)]
    answers = at_once(*[lambda client=client, spelt=spelt: client.register(spelt)
                        for client, spelt in zip(clients, spellings(email))])
    assert statuses(answers) == [201] + [400] * 4
    for answer in answers:
        if answer.status_code == 400:
            expect.detail(answer, 400, "Email already registered")
    assert len(state.query("SELECT 1 FROM Users WHERE lower(email) = ?", email)) == 1


@pytest.mark.parametrize("stem", ["racer", "Ünïcode"])
def test_one_username_in_many_cases_is_taken_once(server, stem):
    username = unique(stem)
    clients = [Client(server.address) for _ in range(5)]
    answers = at_once(*[
        lambda client=client, spelt=spelt: client.register(f"{unique('named')}@example.com", username=spelt)
        for client, spelt in zip(clients, spellings(username))])
    assert statuses(answers) == [201] + [400] * 4
    for answer in answers:
        if answer.status_code == 400:
            expect.detail(answer, 400, "Username already taken")


def test_two_people_want_the_same_name(admin):
    people = [create_person(admin) for _ in range(3)]
    wanted = unique("wanted")
    answers = at_once(*[lambda person=person: person.patch("/users/me", json={"username": wanted}) for person in people])
    assert statuses(answers) == [200, 400, 400]
    assert [person.profile()["username"] for person in people].count(wanted) == 1


def test_a_registration_races_a_change_of_address(admin, server):
    for _ in range(2):
        person = create_person(admin)
        email = f"{unique('contested')}@example.com"
        newcomer = Client(server.address)
        answers = at_once(lambda: newcomer.register(email.upper()),
                          lambda: admin.patch(f"/users/{person.user_id}", json={"email": email}))
        assert sum(answer.status_code in (200, 201) for answer in answers) == 1
        owners = [user for user in admin.get("/users/?limit=100").json() if user["email"] == email]
        assert len(owners) == 1


# -- the last administrator

@pytest.fixture(scope="module")
def two_admins():
    """The only two administrators of a server of their own; each test leaves them both in office."""
    server = Server().start()
    people = []
    for name in ("first", "second"):
        server.create_admin(f"{name}@example.com", "Only Admin", PASSWORD)
        people.append(Person(server.address, f"{name}@example.com").log_in())
    yield people
    for person in people:
        person.close()
    server.close()


def active_admins(state_of):
    return [user for user in state_of if user["role"] == "Admin" and user["is_active"]]


def restore(people):
    """Both administrators again, by whichever of them is left."""
    (left,) = [person for person in people if person.get("/users/?limit=100").status_code == 200]
    for person in people:
        if person is not left:
            response = left.patch(f"/users/{person.user_id}", json={"role_id": 99, "is_active": True})
            assert response.status_code == 200, response.text
            person.log_in()  # A deactivation has ended their session.


HARM = {
    "demote": lambda by, whom: by.patch(f"/users/{whom.user_id}", json={"role_id": 1}),
    "take the role": lambda by, whom: by.patch(f"/users/{whom.user_id}", json={"role_id": None}),
    "deactivate": lambda by, whom: by.patch(f"/users/{whom.user_id}", json={"is_active": False}),
}


@pytest.mark.parametrize("first, second", [(one, other) for one in HARM for other in HARM])
def test_two_administrators_turn_on_each_other(two_admins, first, second):
    one, other = two_admins
    for _ in range(5):
        answers = at_once(lambda: HARM[first](one, other), lambda: HARM[second](other, one))
        # The loser is told that he is no administrator any more, or that he would be the last.
        assert [answer.status_code for answer in answers].count(200) == 1, [answer.text for answer in answers]
        (refused,) = [answer for answer in answers if answer.status_code != 200]
        assert refused.status_code == 403 or refused.json() == {"detail": LAST_ADMIN, "code": "last_administrator"}
        (left,) = [person for person in two_admins if person.get("/users/").status_code == 200]
        assert len(active_admins(left.get("/users/?limit=100").json())) == 1
        restore(two_admins)


def test_two_administrators_delete_each_other(new_server):
    server = new_server().start()
    people = []
    for name in ("first", "second"):
        server.create_admin(f"{name}@example.com", "Only Admin", PASSWORD)
        people.append(Person(server.address, f"{name}@example.com").log_in())
    one, other = people
    answers = at_once(lambda: one.delete(f"/users/{other.user_id}"), lambda: other.delete(f"/users/{one.user_id}"))
    assert [answer.status_code for answer in answers].count(204) == 1, [answer.text for answer in answers]
    (left,) = [person for person in people if person.get("/users/").status_code == 200]
    assert len(active_admins(left.get("/users/?limit=100").json())) == 1


def test_two_administrators_step_down_at_once(two_admins):
    """Each on himself: the second to come is the last one, and stays."""
    for _ in range(5):
        answers = at_once(*[lambda person=person: HARM["demote"](person, person) for person in two_admins])
        assert statuses(answers) == [200, 400], [answer.text for answer in answers]
        restore(two_admins)


# -- paths and documents

def test_one_path_is_made_once(admin, server):
    name = unique("path")
    administrators = [Client(server.address, admin.access_token) for _ in range(6)]
    answers = at_once(*[lambda client=client, slash=slash: client.post("/paths/", json={"full_path": f"{slash}{name}"})
                        for client, slash in zip(administrators, ["", "/", "//", "", "/", "//"])])
    assert statuses(answers) == [201] + [409] * 5


def test_two_paths_want_the_same_name(admin, server):
    wanted = unique("wanted")
    paths = [expect.ok(admin.post("/paths/", json={"full_path": unique("shelf")}), status=201)["id"] for _ in range(4)]
    clients = [Client(server.address, admin.access_token) for _ in paths]
    answers = at_once(*[lambda client=client, path=path: client.patch(f"/paths/{path}", json={"full_path": wanted})
                        for client, path in zip(clients, paths)])
    assert statuses(answers) == [200, 409, 409, 409]
    assert [path["full_path"] for path in admin.get(f"/paths/?prefix={wanted}").json()] == [wanted]


def test_a_rename_races_a_new_path_below(admin, server):
    """Whoever comes first, the new path is below a path that is there, and no half of a rename shows."""
    for _ in range(5):
        old, new = unique("old"), unique("new")
        top = expect.ok(admin.post("/paths/", json={"full_path": old}), status=201)["id"]
        expect.ok(admin.post("/paths/", json={"full_path": f"{old}/before"}), status=201)
        second = Client(server.address, admin.access_token)
        renamed, created = at_once(lambda: admin.patch(f"/paths/{top}", json={"full_path": new}),
                                   lambda: second.post("/paths/", json={"full_path": f"{old}/during"}))
        assert (renamed.status_code, created.status_code) == (200, 201)
        found = {path["full_path"] for path in admin.get("/paths/?maxDepth=30").json()}
        assert {new, f"{new}/before"} <= found and old not in found and f"{old}/before" not in found
        assert (f"{new}/during" in found) != (f"{old}/during" in found)


def test_a_deletion_of_a_path_races_an_upload_into_it(admin, user, state):
    """Either the path goes and the upload finds none, or the document is in it and the path stays."""
    for _ in range(5):
        name = unique("doomed")
        path_id = expect.ok(admin.post("/paths/", json={"full_path": name}), status=201)["id"]
        before = state.uploads()
        deleted, uploaded = at_once(lambda: admin.delete(f"/paths/{path_id}"),
                                    lambda: user.upload(f"{unique('late')}.txt", b"late", full_path=name))
        if uploaded.status_code == 201:
            expect.detail(deleted, 400, "Cannot delete path: documents reference it.")
            assert user.get(f"/docs/{uploaded.json()['doc_id']}").json()["path"] == name
        else:
            expect.detail(uploaded, 404, "Provided path doesn't exist.")
            expect.empty(deleted)
            after = state.uploads()
            assert (after["blobs"], after["Documents"]) == (before["blobs"], before["Documents"])


def test_one_name_is_uploaded_once(admin, server):
    """Four people, one name, four contents: one document, and its content is that of the one who was told 201."""
    name = f"{unique('race')}.txt"
    people = [create_person(admin) for _ in range(4)]
    answers = at_once(*[lambda person=person, number=number: person.upload(name, f"content of {number}".encode())
                        for number, person in enumerate(people)])
    assert statuses(answers) == [201] + [409] * 3
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 201)
    doc_id = answers[winner].json()["doc_id"]
    assert people[winner].get(f"/docs/{doc_id}/download").text == f"content of {winner}"


def test_a_document_is_deleted_once(admin, user, server):
    for _ in range(3):
        doc_id = upload_text(user)["doc_id"]
        finish(user, doc_id)
        clients = [Client(server.address, admin.access_token) for _ in range(4)]
        answers = at_once(*[lambda client=client: client.delete(f"/docs/{doc_id}") for client in clients])
        assert statuses(answers) == [200, 404, 404, 404]


def test_a_document_that_goes_is_neither_changed_nor_processed_again(admin, user, server):
    for _ in range(3):
        doc_id = upload_text(user)["doc_id"]
        finish(user, doc_id)
        deleted, *others = at_once(lambda: Client(server.address, admin.access_token).delete(f"/docs/{doc_id}"),
                                   lambda: user.patch(f"/docs/{doc_id}", json={"description": "late"}),
                                   lambda: Client(server.address, user.access_token).post(f"/docs/{doc_id}/reprocess"))
        assert all(answer.status_code in (200, 202, 404, 409) for answer in others), statuses(others)
        if deleted.status_code == 409:  # Processed again first.
            finish(user, doc_id)
        else:
            assert deleted.status_code == 200 and user.get(f"/docs/{doc_id}").status_code == 404


def test_a_user_is_removed_once_and_changed_no_more(admin, server):
    for _ in range(3):
        person = create_person(admin)
        clients = [Client(server.address, admin.access_token) for _ in range(3)]
        *deleted, changed, renamed = at_once(
            *[lambda client=client: client.delete(f"/users/{person.user_id}") for client in clients],
            lambda: admin.patch(f"/users/{person.user_id}", json={"full_name": "Changed At Once"}),
            lambda: person.patch("/users/me", json={"full_name": "Renamed At Once"}))
        assert statuses(deleted) == [204, 404, 404]
        assert changed.status_code in (200, 404) and renamed.status_code in (200, 401)
