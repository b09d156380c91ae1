"""Home folders (HOME_FOLDERS): a folder of each person's own, of which others see nothing (access.md)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, Person, create_person, unique
from support.documents import finish, upload_text
from support.server import wait_until
from support.state import State

ABOVE = "home"
SERVER_SETTINGS = {"HOME_FOLDERS": ABOVE}
NOT_MADE = "a home folder could not be made"
NOT_AUTHORIZED = (403, "You are not authorized to perform this action.")
NO_SUCH_PATH = (404, "Provided path doesn't exist.")


@pytest.fixture
def layla(admin):
    with create_person(admin, username=unique("layla")) as person:
        yield person


@pytest.fixture
def omar(admin):
    with create_person(admin, username=unique("omar")) as person:
        yield person


def username_of(person):
    return person.profile()["username"]


def home(person):
    """As it is called where nothing stands in the way."""
    return f"{ABOVE}/{username_of(person)}"


def paths(person):
    """The ids by the names of all that they see."""
    return {path["full_path"]: path["id"] for path in expect.ok(person.get("/paths/?maxDepth=30"))}


def make(person, full_path):
    return expect.ok(person.post("/paths/", json={"full_path": full_path}), expect.PATH_KEYS, 201)


def rename(person, path_id, full_path):
    return person.patch(f"/paths/{path_id}", json={"full_path": full_path})


def say(person, path_id, *entries):
    expect.ok(person.put(f"/paths/{path_id}/access", json={"entries": list(entries)}))


def activate(admin, **fields):
    """Somebody who has not logged in yet."""
    person = create_person(admin, active=False, **fields)
    assert admin.patch(f"/users/{person.user_id}/activate").status_code == 200
    return person


def homes_of(state, person):
    return state.query("SELECT path_id FROM Home_Folders WHERE user_id = ?", person.user_id)


def entries_of(state, person):
    return state.query("SELECT permission_id FROM Individual_Permissions WHERE user_id = ?", person.user_id)


def warnings(server):
    return [line for line in server.log() if line["message"] == NOT_MADE]


# -- whose it is

def test_a_person_makes_folders_in_their_home(layla):
    own = home(layla)
    seen = paths(layla)
    assert own in seen and ABOVE not in seen
    assert [name for name in seen if name.startswith(f"{ABOVE}/")] == [own]
    contracts = make(layla, f"{own}/contracts")
    below = make(layla, f"{own}/contracts/2026")
    assert expect.ok(rename(layla, contracts["id"], f"{own}/papers"))["full_path"] == f"{own}/papers"
    assert {own, f"{own}/papers", f"{own}/papers/2026"} <= set(paths(layla))
    document = upload_text(layla, full_path=f"{own}/papers/2026")
    assert document["path"] == f"{own}/papers/2026"
    finish(layla, document["doc_id"])
    assert expect.ok(layla.patch(f"/docs/{document['doc_id']}", json={"full_path": own}))["path"] == own
    assert layla.delete(f"/paths/{below['id']}").status_code == 204


def test_and_nowhere_else(layla):
    for full_path in (unique("elsewhere"), f"{ABOVE}/{unique('another')}"):
        expect.detail(layla.post("/paths/", json={"full_path": full_path}), *NOT_AUTHORIZED)
    expect.detail(rename(layla, paths(layla)[home(layla)], unique("elsewhere")), *NOT_AUTHORIZED)
    expect.detail(layla.upload("a.txt", b"x", full_path=ABOVE), *NO_SUCH_PATH)


def test_others_see_nothing_of_it(layla, omar):
    own = home(layla)
    folder = make(layla, f"{own}/secret")
    word = unique("sesame")
    doc_id = upload_text(layla, f"the word {word}", full_path=folder["full_path"])["doc_id"]
    finish(layla, doc_id)
    assert not [name for name in paths(omar) if name.startswith(own)]
    missing = f"Document with id {doc_id} not found."
    for response in (omar.get(f"/docs/{doc_id}"), omar.get(f"/docs/{doc_id}/download"),
                     omar.get(f"/docs/{doc_id}/text"), omar.delete(f"/docs/{doc_id}")):
        expect.detail(response, 404, missing)
    for view in ("all", "shared"):
        assert expect.ok(omar.get("/docs/", params={"view": view}))["items"] == []
    assert expect.ok(omar.get("/docs/search", params={"q": word}))["items"] == []
    assert [item["doc_id"] for item in expect.ok(layla.get("/docs/search", params={"q": word}))["items"]] == [doc_id]
    for path_id in (folder["id"], paths(layla)[own]):
        gone = f"Path with id of '{path_id}' doesn't exists."
        expect.detail(rename(omar, path_id, f"{home(omar)}/taken"), 404, gone)
        expect.detail(omar.get(f"/paths/{path_id}/access"), 404, gone)
        expect.detail(omar.delete(f"/paths/{path_id}"), 404, f"Path with {path_id} doesn't exist")
    expect.detail(omar.post("/paths/", json={"full_path": f"{own}/mine"}), *NOT_AUTHORIZED)
    for full_path in (own, folder["full_path"], f"{own}/not-there"):
        expect.detail(omar.upload("a.txt", b"x", full_path=full_path), *NO_SUCH_PATH)


def test_what_is_said_to_all_at_the_root_ends_above_the_homes(admin, layla, omar):
    everyone = admin.get("/groups/").json()[0]["group_id"]
    root = paths(admin)["/"]
    before = expect.ok(admin.get(f"/paths/{root}/access"))["entries"]
    own = home(layla)
    doc_id = upload_text(layla, full_path=own)["doc_id"]
    more = [{"group_id": everyone, "allow": ["path.read", "path.create", "path.write", "document.read"]},
            {"user_id": omar.user_id, "allow": ["path.read", "document.read"]}]
    say(admin, root, *more)
    try:
        assert own not in paths(omar)
        expect.detail(omar.get(f"/docs/{doc_id}"), 404, f"Document with id {doc_id} not found.")
        assert own in paths(layla)
    finally:
        say(admin, root, *({key: entry[key] for key in ("group_id", "allow", "deny")} for entry in before))


def test_two_homes_have_the_same_name_in_them(layla, omar):
    for person in (layla, omar):
        assert upload_text(person, f"of {person.user_id}", "report.txt", full_path=home(person))["filename"] == "report.txt"
    expect.detail(layla.upload("report.txt", b"another", full_path=home(layla)), 409,
                  "A document with this filename already exists at the specified path.")


def test_a_folder_in_it_is_shared(layla, omar):
    own = home(layla)
    folder = make(layla, f"{own}/project")
    doc_id = upload_text(layla, full_path=folder["full_path"])["doc_id"]
    kept = upload_text(layla, full_path=own)["doc_id"]
    say(layla, folder["id"], {"user_id": omar.user_id, "allow": ["path.read", "path.create", "document.read"]})
    assert folder["full_path"] in paths(omar) and own not in paths(omar)
    assert omar.get(f"/docs/{doc_id}").status_code == 200
    expect.detail(omar.get(f"/docs/{kept}"), 404, f"Document with id {kept} not found.")
    theirs = upload_text(omar, full_path=folder["full_path"])["doc_id"]
    assert layla.get(f"/docs/{theirs}").status_code == 200, "what others put into a home is its owner's to read"


# -- how it is called

@pytest.mark.parametrize("username, name", [
    ("ليلى حداد", "ليلى حداد"),
    ("a.b..c", "a.b..c"),
    ("...", "..."),
    ("a/b\\c", "a_b_c"),
    ("../up", ".._up"),
    ("///", "___"),
])
def test_a_home_is_called_like_its_owner(admin, username, name):
    with create_person(admin, username=username) as person:
        assert f"{ABOVE}/{name}" in paths(person)
        assert upload_text(person, full_path=f"{ABOVE}/{name}")["path"] == f"{ABOVE}/{name}"


@pytest.mark.parametrize("username", [" ..", "  ", "a\nb"])
def test_who_cannot_be_called_so_has_a_number(admin, state, username):
    """The platform may have let them be called so."""
    person = activate(admin)
    state.execute("UPDATE Users SET username = ? WHERE user_id = ?", username, person.user_id)
    with person.log_in():
        assert f"{ABOVE}/user {person.user_id}" in paths(person)
        state.execute("UPDATE Users SET username = ? WHERE user_id = ?", unique("better"), person.user_id)


def test_a_name_that_is_taken_gets_a_number(admin):
    first, second = unique("taken"), unique("below")
    make(admin, f"{ABOVE}/{first}")
    make(admin, f"{ABOVE}/{second}/that/is/there")
    for username in (first, second):
        with create_person(admin, username=username) as person:
            assert [name for name in paths(person) if name.startswith(ABOVE)] == [f"{ABOVE}/{username} (2)"]
    with create_person(admin, username=f"{first}/") as slash, create_person(admin, username=f"{first}_") as underscore:
        assert f"{ABOVE}/{first}_" in paths(slash)
        assert f"{ABOVE}/{first}_ (2)" in paths(underscore)


# -- when it is made

def test_nobody_has_one_before_the_first_log_in(admin, state):
    person = activate(admin)
    assert homes_of(state, person) == []
    with person.log_in():
        assert len(homes_of(state, person)) == 1


def test_who_is_created_has_one(admin, state):
    username = unique("created")
    body = {"full_name": "New Person", "email": f"{username}@example.com", "username": username}
    user_id = expect.ok(admin.post("/users/", json=body), status=201)["user"]["user_id"]
    path_id = paths(admin)[f"{ABOVE}/{username}"]
    assert state.query("SELECT path_id FROM Home_Folders WHERE user_id = ?", user_id) == [{"path_id": path_id}]
    (row,) = [row for row in expect.ok(admin.get("/logs/?action_type=path_create"))["items"]
              if row["entity_id"] == path_id]
    assert (row["user_id"], row["details"]) == (admin.user_id, f"{ABOVE}/{username}")


def test_many_log_ins_at_once_make_one(admin, server, state):
    people = [activate(admin, username=unique("hasty")) for _ in range(4)]
    before = len(warnings(server))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda person: person.login(person.email), people * 4))
    assert [answer.status_code for answer in answers] == [200] * 16
    seen = paths(admin)
    for person in people:
        with person.log_in():
            assert homes_of(state, person) == [{"path_id": seen[home(person)]}]
            assert len(entries_of(state, person)) == 9, "each action once"
            assert f"{home(person)} (2)" not in seen
    assert len(warnings(server)) == before


def test_one_that_was_renamed_is_not_made_again(layla, state):
    own = home(layla)
    path_id = paths(layla)[own]
    other_name = f"{ABOVE}/{unique('renamed')}"
    assert expect.ok(rename(layla, path_id, other_name))["id"] == path_id
    layla.log_in()
    assert own not in paths(layla) and paths(layla)[other_name] == path_id
    assert homes_of(state, layla) == [{"path_id": path_id}]


def test_nor_is_one_that_was_deleted(layla, state):
    own = home(layla)
    assert layla.delete(f"/paths/{paths(layla)[own]}").status_code == 204
    layla.log_in()
    assert own not in paths(layla)
    assert homes_of(state, layla) == [{"path_id": None}] and entries_of(state, layla) == []


def test_a_log_in_does_without_one(admin, server, state):
    person = activate(admin)
    before = len(warnings(server))
    state.rename_table("Home_Folders", "Home_Folders_Away")
    try:
        with person.log_in():
            assert person.get("/docs/me").status_code == 200
    finally:
        state.rename_table("Home_Folders_Away", "Home_Folders")
    wait_until(lambda: len(warnings(server)) > before, what="the warning")
    assert warnings(server)[-1]["user_id"] == person.user_id
    with person.log_in():
        assert home(person) in paths(person), "the next one makes it"


# -- what becomes of it

def test_it_is_handed_over_with_the_rest(admin, layla, omar):
    own = home(layla)
    folder = make(layla, f"{own}/project")
    doc_id = upload_text(layla, full_path=folder["full_path"])["doc_id"]
    finish(layla, doc_id)
    say(layla, paths(layla)[own], {"user_id": layla.user_id, "allow": ["path.share", "path.read"]},
        {"user_id": omar.user_id, "allow": ["path.read"], "deny": ["document.read"]})
    answer = admin.post(f"/users/{layla.user_id}/handover", json={"user_id": omar.user_id})
    assert answer.status_code == 202, answer.text
    wait_until(lambda: admin.get(f"/users/{layla.user_id}/handover").status_code == 404, what="the end of the hand-over")
    assert {own, folder["full_path"], home(omar)} <= set(paths(omar))
    assert own not in paths(layla)
    make(omar, f"{own}/project/more")
    assert expect.ok(omar.get(f"/docs/{doc_id}"))["path"] == folder["full_path"]
    layla.log_in()
    assert not [name for name in paths(layla) if name.startswith(ABOVE)], "they are given no other"
    path_id = paths(admin)[own]
    (row,) = [row for row in expect.ok(admin.get("/logs/?action_type=path_access&limit=100"))["items"]
              if row["entity_id"] == path_id and row["user_id"] == admin.user_id]
    assert row["details"] == f"home of user {layla.user_id} -> user {omar.user_id}"
    assert admin.delete(f"/users/{layla.user_id}").status_code == 204
    assert own in paths(omar)


def test_an_account_is_deleted_and_its_folder_stays(admin, layla, state):
    own = home(layla)
    make(layla, f"{own}/below")
    assert admin.delete(f"/users/{layla.user_id}").status_code == 204
    assert homes_of(state, layla) == [] and entries_of(state, layla) == []
    seen = paths(admin)
    for full_path in (f"{own}/below", own):
        assert admin.delete(f"/paths/{seen[full_path]}").status_code == 204


def test_an_account_with_documents_or_other_rights_stays(admin, layla, omar, state):
    related = (400, "Cannot delete user: related records exist.")
    doc_id = upload_text(layla, full_path=home(layla))["doc_id"]
    expect.detail(admin.delete(f"/users/{layla.user_id}"), *related)
    assert len(entries_of(state, layla)) == 9, "a refusal takes nothing away"
    assert home(layla) in paths(layla)
    expect.ok(layla.put(f"/docs/{doc_id}/access", json={"entries": [{"user_id": omar.user_id, "allow": ["document.read"]}]}))
    expect.detail(admin.delete(f"/users/{omar.user_id}"), *related)


# -- with other settings

def listed(person):
    return list(paths(person))


def test_there_are_none_until_it_is_switched_on(new_server):
    server = new_server().start()
    state = State(server.data_directory, server.storage)
    server.create_admin("admin@example.com", "The Administrator", PASSWORD)
    admin = Person(server.address, "admin@example.com").log_in()
    layla = create_person(admin, username="layla")
    assert listed(layla) == ["/"] and listed(admin) == ["/"]
    assert state.count("Home_Folders") == 0
    expect.detail(layla.post("/paths/", json={"full_path": f"{ABOVE}/layla"}), *NOT_AUTHORIZED)
    # What was there before is hidden with it.
    above = make(admin, "people/homes")
    make(admin, "people/homes/old")
    server.settings["HOME_FOLDERS"] = "/people/homes/"
    server.restart()
    admin, layla = (Person(server.address, person.email).log_in() for person in (admin, layla))
    assert listed(layla) == ["/", "people/homes/layla"]
    # What an administrator has said there instead stays.
    everyone = admin.get("/groups/").json()[0]["group_id"]
    say(admin, above["id"], {"group_id": everyone, "allow": ["path.read"], "deny": ["path.create", "document.read"]})
    omar = create_person(admin, username="omar")
    assert {"people/homes", "people/homes/layla", "people/homes/omar"} <= set(paths(omar))
    expect.detail(omar.upload("a.txt", b"x", full_path="people/homes/layla"), 403,
                  "You do not have permission to put documents there.")
    # Another place is for those who have none yet; switched off, what there is stays.
    server.settings["HOME_FOLDERS"] = "others"
    server.restart()
    admin, layla = (Person(server.address, person.email).log_in() for person in (admin, layla))
    sami = create_person(admin, username="sami")
    assert "others/sami" in paths(sami) and "others/layla" not in paths(layla)
    server.settings["HOME_FOLDERS"] = None
    server.restart()
    layla = Person(server.address, layla.email).log_in()
    make(layla, "people/homes/layla/more")


def test_registration_is_closed(new_server):
    server = new_server(HOME_FOLDERS=ABOVE, REGISTRATION="closed").start()
    server.create_admin("admin@example.com", "The Administrator", PASSWORD)
    admin = Person(server.address, "admin@example.com").log_in()
    body = {"full_name": "New Person", "email": "new@example.com", "username": "new", "password": PASSWORD}
    expect.ok(admin.post("/users/", json=body), status=201)
    person = Person(server.address, "new@example.com").log_in()
    expect.empty(person.post("/auth/password", json={"current_password": PASSWORD, "new_password": PASSWORD + "2"}))
    assert listed(person) == ["/", f"{ABOVE}/new"]
    make(person, f"{ABOVE}/new/folder")


@pytest.mark.parametrize("value, says", [
    ("a//b", "'a//b' cannot be a path: Path must not contain empty segments"),
    ("..", "'..' cannot be a path: Path must not contain '.' or '..' segments"),
    ("a\\b", "cannot be a path: Path must not contain backslashes or control characters"),
    ("a\u202eb", "cannot be a path: Path must not contain invisible characters"),
    ("/", "is the root"),
    ("a" * 200 + "/" + "b" * 100, "has more than 300 characters"),
])
def test_a_bad_name_is_refused_at_the_start(new_server, value, says):
    done = new_server().run("serve", HOME_FOLDERS=value)
    assert done.returncode == 78 and "HOME_FOLDERS: " in done.stderr and says in done.stderr, done.stderr
