"""Nothing tells of a document to whom may not read it: every route that names one, and every table that does (access.md)."""

import json

import pytest

from support import expect
from support.client import create_person, unique
from support.database import KIND
from support.documents import finish, upload_text
from support.routes import ROUTES

NOWHERE = 987_654_321
BODIES = {
    ("PATCH", "/docs/{doc_id}"): {"json": {"description": "x"}},
    ("PUT", "/docs/{doc_id}/file"): {"files": {"file": ("a.txt", b"x", "text/plain")}},
    ("PUT", "/docs/{doc_id}/access"): {"json": {"entries": []}},
    ("PATCH", "/docs/{doc_id}/owner"): {"json": {"user_id": 1}},
    ("PUT", "/paths/{path_id}/access"): {"json": {"entries": []}},
    ("PATCH", "/paths/{path_id}"): {"json": {"description": "x"}},
}
# By what a row that names a document is kept from those who may not read it.
ASKED_FOR_EACH_DOCUMENT = "require_document() comes first: test_a_stranger_is_answered_as_if_it_were_not_there"
CONDITION = "readable_by() is in the statement: test_access.py, test_shared_search.py, test_access_life.py"
NEVER_TOLD = "no answer has anything of it but sums of one's own"
TABLES = {
    "documents": CONDITION,
    "document_files": ASKED_FOR_EACH_DOCUMENT,
    "document_text": ASKED_FOR_EACH_DOCUMENT,
    "document_text_parts": ASKED_FOR_EACH_DOCUMENT,
    "processing_status": CONDITION,
    "ocr_results": ASKED_FOR_EACH_DOCUMENT,
    "document_events": CONDITION,
    "document_reads": NEVER_TOLD,
    "audience_documents": CONDITION,
    "search_pages": CONDITION,
    "search_large": NEVER_TOLD,
    "search_moved_documents": NEVER_TOLD,
    "outbox": NEVER_TOLD,
    "job_queue": NEVER_TOLD,
    "job_turns": NEVER_TOLD,
    "page_usage": NEVER_TOLD,
    "idempotency_keys": "the key is the uploader's own: test_docs_idempotency.py",
    "rag_ingest": NEVER_TOLD,
    "trashed_documents": CONDITION,
    "trashed_files": CONDITION,
    "trashed_status": NEVER_TOLD,
    "trashed_results": NEVER_TOLD,
    "trashed_text": NEVER_TOLD,
    "trashed_text_parts": NEVER_TOLD,
    "trashed_ingests": NEVER_TOLD,
}


@pytest.fixture(scope="module")
def hidden(admin):
    """A document with a text, and the path that it is in, which nobody else may see."""
    owner = create_person(admin)
    path = expect.ok(admin.post("/paths/", json={"full_path": unique("hidden")}), status=201)
    word = unique("secret").replace("-", "")
    document = upload_text(owner, f"the word {word}", filename=f"{word}.txt", full_path=path["full_path"])
    finish(owner, document["doc_id"])
    everyone = next(group for group in expect.ok(admin.get("/groups/")) if group["is_everyone"])
    expect.ok(admin.put(f"/paths/{path['id']}/access", json={
        "entries": [{"group_id": everyone["group_id"], "deny": ["path.read", "path.create"]}]}))
    return {"owner": owner, "doc_id": document["doc_id"], "path_id": path["id"], "word": word, "sha256": document["sha256"]}


@pytest.fixture(scope="module")
def stranger(admin, hidden):
    return create_person(admin)


@pytest.fixture
def reads_nothing(admin, state):
    """One whose role has another action, and so not that of reading; with a document of their own from before."""
    person = create_person(admin)
    word = unique("mine").replace("-", "")
    document = upload_text(person, f"the word {word}", filename=f"{word}.txt")
    finish(person, document["doc_id"])
    role_id = 1_700 + person.user_id
    state.execute("INSERT INTO Roles (role_id, role_name) VALUES (?, ?)", role_id, unique("blind"))
    for action in ("document.write", "path.read", "path.create"):
        state.execute("INSERT INTO Role_Actions (role_id, action_id) SELECT ?, action_id FROM Actions WHERE action_name = ?",
                      role_id, action)
    assert admin.patch(f"/users/{person.user_id}", json={"role_id": role_id}).status_code == 200
    person.log_in()
    return person, document, word


def ask(person, route, known):
    """The route about what is there, and about what is not; the answers without the numbers of the two."""
    answers = []
    for doc_id, path_id in ((known["doc_id"], known["path_id"]), (NOWHERE, NOWHERE)):
        url = (route.path.replace("{doc_id}", str(doc_id)).replace("{path_id}", str(path_id))
               .replace("{version}", "1").replace("{user_id}", str(person.user_id)))
        response = person.request(route.method, url, **BODIES.get((route.method, route.path), {}))
        text = response.text.replace(str(doc_id), "N").replace(str(path_id), "N")
        names = sorted(name for name in response.headers if name not in ("content-length", "date"))
        answers.append((response.status_code, text, [(name, value_of(response, name)) for name in names]))
    return answers


def value_of(response, name):
    """What every answer has another one of says nothing."""
    return "" if name in ("x-request-id", "etag") else response.headers[name]


def routes_of_things():
    return [route for route in ROUTES if "{doc_id}" in route.path or "{path_id}" in route.path]


@pytest.mark.parametrize("route", routes_of_things(), ids=str)
def test_a_stranger_is_answered_as_if_it_were_not_there(stranger, hidden, route):
    there, missing = ask(stranger, route, hidden)
    assert there == missing
    assert there[0] in (403, 404)
    assert hidden["word"] not in json.dumps(there)


def test_nothing_else_tells_a_stranger_of_it(stranger, hidden):
    for url in ("/docs/", "/docs/me", "/docs/stats", "/docs/trash", "/paths/", f"/docs/search?q={hidden['word']}",
                f"/docs/search?q={hidden['word'][:-1]}", "/docs/?view=all", "/docs/?view=shared",
                f"/docs/same-content?sha256={hidden['sha256']}", "/users/me/usage"):
        answer = stranger.get(url)
        body = json.dumps(answer.json()).replace(f'"{hidden["word"]}"', "").replace(f'"{hidden["word"][:-1]}"', "")
        assert hidden["word"] not in body, url
        assert hidden["sha256"] not in body or "same-content" in url, url
    assert expect.ok(stranger.get(f"/docs/search?q={hidden['word']}"))["total"] == 0
    assert expect.ok(stranger.get(f"/docs/same-content?sha256={hidden['sha256']}"))["items"] == []
    assert hidden["owner"].get(f"/docs/{hidden['doc_id']}").status_code == 200


def test_a_role_that_reads_nothing_is_told_nothing_of_ones_own(reads_nothing):
    person, document, word = reads_nothing
    known = {"doc_id": document["doc_id"], "path_id": NOWHERE}
    for route in routes_of_things():
        if "{doc_id}" in route.path:
            there, missing = ask(person, route, known)
            assert there == missing and there[0] in (403, 404), route
    for url in ("/docs/me", "/docs/?view=own", "/docs/?view=all", f"/docs/search?q={word}", "/docs/trash"):
        answer = expect.ok(person.get(url))
        assert answer["total"] == 0 and answer["items"] == [], url
    statistics = expect.ok(person.get("/docs/stats"))
    assert statistics["documents"] == 0 and not any(statistics["by_status"].values())
    assert expect.ok(person.get(f"/docs/same-content?sha256={document['sha256']}"))["items"] == []
    again = upload_text(person, f"the word {word}")
    assert again["duplicate_of"] is None


def test_every_table_that_names_a_document_has_been_thought_about(state):
    """A new one is to be put into the list above, with what keeps it."""
    if KIND == "sqlite":
        rows = state.query("SELECT lower(m.name) AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
                           "WHERE m.type = 'table' AND lower(c.name) = 'doc_id'")
    else:
        rows = state.query("SELECT DISTINCT LOWER(table_name) AS name FROM information_schema.columns "
                           "WHERE LOWER(column_name) = 'doc_id'")
    assert {row["name"] for row in rows} - TABLES.keys() == set()
