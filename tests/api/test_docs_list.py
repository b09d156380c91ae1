"""GET /docs/, GET /docs/me and GET /docs/{doc_id}/status (api.md section 5)."""

import pytest

from support import expect
from support.client import create_person, unique
from support.database import KIND
from support.documents import finish, status_of, upload_text, wait_processed

STATUSES = ("Finished", "Failed", "Processing", "Queued")


@pytest.fixture(scope="module")
def library(admin, user, other, state):
    """Ten documents of two users, newest first; four of them put into the four statuses."""
    admin.post("/paths/", json={"full_path": "library/shelf"})
    documents = []
    for number in range(10):
        owner = other if number % 3 == 2 else user
        folder = "library/shelf" if number % 2 else ""
        body = upload_text(owner, f"Volume {number}", f"volume {number}.txt", full_path=folder)
        documents.append({**body, "owner": owner})
    for document in documents:
        finish(document["owner"], document["doc_id"])
    for document, status in zip(documents, STATUSES):
        state.set_status(document["doc_id"], status)
    return documents[::-1]


def ids(response):
    return [item["doc_id"] for item in expect.ok(response, ["total", "items"])["items"]]


def test_an_item(admin, user, library):
    body = expect.ok(user.get("/docs/me?limit=100"), ["total", "items"])
    mine = [document for document in library if document["owner"] is user]
    assert body["total"] == len(mine) == len(body["items"])
    for item, document in zip(body["items"], mine):
        assert list(item) == expect.LIST_KEYS
        expect.timestamp(item["uploaded_at"])
        assert (item["doc_id"], item["filename"]) == (document["doc_id"], document["filename"])
        assert item["uploaded_by_user_id"] == user.user_id
        assert item["path"] == (document["metadata"]["full_path"] or "/")
        assert item["status"] in STATUSES and item["error_message"] is None
        assert (item["ocr_status"], item["ocr_error_message"]) == (item["status"], None)
        assert (item["file_size"], item["content_type"], item["file_type"]) == (document["size"], "text/plain", ".txt")
        assert item["classification_status"] is item["classification_error_message"] is None
        assert item["vectorization_status"] is item["vectorization_error_message"] is None


def test_newest_first(admin, library):
    body = expect.ok(admin.get("/docs/?limit=100"))
    assert [item["doc_id"] for item in body["items"]] == [document["doc_id"] for document in library]
    keys = [(item["uploaded_at"], item["doc_id"]) for item in body["items"]]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("query, part", [
    ("", slice(0, 20)), ("limit=3", slice(0, 3)), ("skip=3&limit=4", slice(3, 7)), ("skip=9", slice(9, 10)),
    ("skip=10", slice(10, 10)), ("skip=1000000", slice(10, 10)),
])
def test_pages(admin, library, query, part):
    body = expect.ok(admin.get(f"/docs/?{query}"))
    assert body["total"] == 10
    assert [item["doc_id"] for item in body["items"]] == [document["doc_id"] for document in library][part]


def test_everyone_sees_his_own(admin, user, other, library):
    for person in (user, other, admin):
        assert ids(person.get("/docs/me?limit=100")) == [
            document["doc_id"] for document in library if document["owner"] is person]


def test_an_administrator_filters_by_user(admin, user, other, library):
    for person in (user, other, admin):
        assert ids(admin.get(f"/docs/?limit=100&user_id={person.user_id}")) == [
            document["doc_id"] for document in library if document["owner"] is person]
    assert expect.ok(admin.get("/docs/?user_id=999999")) == {"total": 0, "items": []}


@pytest.mark.parametrize("status", STATUSES)
def test_the_filter_takes_exactly_these(admin, user, library, status):
    expected = [document for number, document in enumerate(library[::-1])
                if status == (STATUSES[number] if number < 4 else "Finished")][::-1]
    body = expect.ok(admin.get(f"/docs/?status={status}"))
    assert body["total"] == len(expected)
    assert [item["doc_id"] for item in body["items"]] == [document["doc_id"] for document in expected]
    assert {item["status"] for item in body["items"]} == {status}
    assert ids(user.get(f"/docs/me?status={status}")) == [
        document["doc_id"] for document in expected if document["owner"] is user]


def test_all_filters_together(admin, user, library):
    query = f"status=Finished&user_id={user.user_id}&skip=1&limit=2"
    expected = [document["doc_id"] for document in library if document["owner"] is user]
    assert ids(admin.get(f"/docs/?{query}")) == expected[1:3]


@pytest.mark.parametrize("query, errors", [
    ("status=finished", [expect.not_a_status("query", "status", value="finished")]),
    ("status=", [expect.not_a_status("query", "status", value="")]),
    ("status=%D8%B9", [expect.not_a_status("query", "status", value="ع")]),
    ("skip=-1", [expect.less_than("query", "skip", value="-1", minimum=0)]),
    ("limit=0", [expect.less_than("query", "limit", value="0", minimum=1)]),
    ("limit=101", [expect.greater_than("query", "limit", value="101", maximum=100)]),
    ("status=x&limit=y&skip=z", [
        expect.unparsable_integer("query", "skip", value="z"), expect.unparsable_integer("query", "limit", value="y"),
        expect.not_a_status("query", "status", value="x")]),
])
def test_a_bad_query(admin, user, query, errors):
    expect.invalid(admin.get(f"/docs/?{query}"), *errors)
    expect.invalid(user.get(f"/docs/me?{query}"), *errors)


def test_a_bad_user_id(admin):
    expect.invalid(admin.get("/docs/?user_id=me&status=x"),
                   expect.not_a_status("query", "status", value="x"),
                   expect.unparsable_integer("query", "user_id", value="me"))


# -- GET /docs/{doc_id}/status

def test_status(user):
    document = upload_text(user, "to be finished")
    body = expect.ok(user.get(f"/docs/{document['doc_id']}/status"), expect.STATUS_KEYS)
    assert (body["doc_id"], body["filename"], body["stage_name"]) == (document["doc_id"], document["filename"], "OCR")
    assert body["stages"] == [{key: body[key] for key in expect.STAGE_KEYS}]
    body = finish(user, document["doc_id"])
    expect.timestamp(body["start_time"])
    expect.timestamp(body["end_time"])
    assert body["start_time"] <= body["end_time"]
    assert body["error_message"] is None


def test_a_failed_document_says_why(user):
    response = user.upload(f"{unique('damaged')}.pdf", b"%PDF-1.4\n1 0 obj\n<< damaged\n")
    assert response.status_code == 201, response.text
    body = wait_processed(user, response.json()["doc_id"])
    assert body["status"] == "Failed"
    assert len(body["error_message"]) > 10 and "/" not in body["error_message"].replace("and/or", "")
    expect.timestamp(body["end_time"])
    listed = expect.ok(user.get("/docs/me?limit=100&status=Failed"))["items"]
    assert (body["doc_id"], body["error_message"]) in [(item["doc_id"], item["error_message"]) for item in listed]


def test_whose_status(admin, user, other):
    document = upload_text(user)
    assert status_of(admin, document["doc_id"])["doc_id"] == document["doc_id"]
    expect.detail(other.get(f"/docs/{document['doc_id']}/status"), 404,
                  f"Document with id {document['doc_id']} not found.")


@pytest.mark.parametrize("doc_id", [999999, 0, -1, 2**53, 2**63 - 1])
def test_status_of_nothing(admin, doc_id):
    expect.detail(admin.get(f"/docs/{doc_id}/status"), 404, f"Document with id {doc_id} not found.")


def test_documents_of_a_user_who_became_pending_stay(admin):
    with create_person(admin) as person:
        document = upload_text(person)
        admin.patch(f"/users/{person.user_id}", json={"is_active": False})
        assert status_of(admin, document["doc_id"])["doc_id"] == document["doc_id"]


# -- as today's platform leaves documents

def add_stage(state, doc_id, stage, status, error=None):
    state.execute("INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, error_message) "
                  "VALUES (?, ?, ?, ?, ?)", doc_id, stage, status, "2026-06-01T10:00:00.000000", error)


def test_every_stage_is_shown(admin, state):
    with create_person(admin) as person:
        doc_id = upload_text(person)["doc_id"]
        finish(person, doc_id)
        assert expect.ok(person.get("/docs/me"))["items"][0]["vectorization_status"] is None
        add_stage(state, doc_id, "Classification", "Failed", "no domain")
        add_stage(state, doc_id, "Vectorization", "Queued")
        state.execute("UPDATE Documents SET file_type = '.txt' WHERE doc_id = ?", doc_id)
        body = expect.ok(person.get("/docs/me"))
        assert body["total"] == 1
        item, = body["items"]
        assert (item["status"], item["ocr_status"]) == ("Finished", "Finished")
        assert (item["classification_status"], item["classification_error_message"]) == ("Failed", "no domain")
        assert (item["vectorization_status"], item["vectorization_error_message"]) == ("Queued", None)
        assert item["file_type"] == ".txt"
        status = expect.ok(person.get(f"/docs/{doc_id}/status"), expect.STATUS_KEYS)
        assert (status["stage_name"], status["status"]) == ("OCR", "Finished")
        assert [list(stage) for stage in status["stages"]] == [expect.STAGE_KEYS] * 3
        assert [(stage["stage_name"], stage["status"]) for stage in status["stages"]] == [
            ("OCR", "Finished"), ("Classification", "Failed"), ("Vectorization", "Queued")]
        details = expect.ok(person.get(f"/docs/{doc_id}"))
        assert (details["file_type"], details["stages"]) == ("txt", status["stages"])
        assert expect.ok(person.get("/docs/stats"))["by_type"] == {"txt": 1}


@pytest.fixture
def repeated(admin, state):
    """Somebody's only document, which has two rows of its OCR stage and of its result, as the platform may leave them."""
    on = {"Processing_Status": "uq_processing_status_doc_id_stage", "Ocr_Results": "uq_ocr_results_doc_id"}
    for table, index in on.items():
        state.execute(f"DROP INDEX {index}" + (f" ON {table}" if KIND == "mssql" else ""))
    with create_person(admin) as person:
        doc_id = upload_text(person)["doc_id"]
        finish(person, doc_id)
        add_stage(state, doc_id, "OCR", "Failed", "the second time")
        state.execute("INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, "
                      "cost_usd_ocr, processed_at) SELECT doc_id, 7, 70, 1, 'fr', 0, processed_at FROM Ocr_Results "
                      "WHERE doc_id = ?", doc_id)
        yield person, doc_id
        state.execute("DELETE FROM Ocr_Results WHERE doc_id = ?", doc_id)
        state.execute("DELETE FROM Processing_Status WHERE doc_id = ? AND status_id < "
                      "(SELECT MAX(status_id) FROM Processing_Status)", doc_id)
    for (table, index), columns in zip(on.items(), ("doc_id, stage_name", "doc_id")):
        state.execute(f"CREATE UNIQUE INDEX {index} ON {table} ({columns})")


@pytest.mark.databases("postgres", "mssql")  # No SQLite database is the platform's: a stage has one row there.
def test_of_two_rows_of_a_stage_the_newest_counts(repeated, admin, state):
    person, doc_id = repeated
    for query, total in (("", 1), ("?status=Failed", 1), ("?status=Finished", 0)):
        body = expect.ok(person.get(f"/docs/me{query}"))
        assert body["total"] == total == len(body["items"]), query
        for item in body["items"]:
            assert (item["doc_id"], item["status"], item["error_message"]) == (doc_id, "Failed", "the second time")
    status = expect.ok(person.get(f"/docs/{doc_id}/status"))
    assert (status["status"], len(status["stages"])) == ("Failed", 1)
    details = expect.ok(person.get(f"/docs/{doc_id}"))
    assert (details["status"], details["page_count"]) == ("Failed", 7)
    numbers = expect.ok(person.get("/docs/stats"))
    assert (numbers["by_status"]["Failed"], numbers["by_status"]["Finished"]) == (1, 0)
    assert (numbers["by_language"], numbers["pages"], numbers["words"]) == ({"fr": 1}, 7, 70)
    rows = state.query("SELECT COUNT(DISTINCT doc_id) AS n FROM Processing_Status WHERE stage_name = 'OCR'")
    everything = expect.ok(admin.get("/docs/stats"))
    assert sum(everything["by_status"].values()) == rows[0]["n"]


@pytest.mark.databases("postgres", "mssql")  # No SQLite database is the platform's: a stage has one row there.
@pytest.mark.parametrize("older", ["Queued", "Failed", "Finished"])
def test_of_two_rows_of_a_stage_the_newest_is_worked_on(repeated, state, older):
    person, doc_id = repeated
    state.execute("UPDATE Processing_Status SET status = ? WHERE doc_id = ? AND error_message IS NULL", older, doc_id)
    expect.ok(person.post(f"/docs/{doc_id}/reprocess"), status=202)
    finish(person, doc_id)
    rows = state.query("SELECT status FROM Processing_Status WHERE doc_id = ? AND stage_name = 'OCR' ORDER BY status_id",
                       doc_id)
    assert [row["status"] for row in rows] == [older, "Finished"]


@pytest.mark.parametrize("nobody", [0, -1, -(2**63), 2**31, 2**63 - 1])
def test_an_id_that_nobody_has_is_not_everybody(admin, library, nobody):
    """Of lists and of the search: nothing is found, and nothing is counted."""
    for route in ("/docs/?", "/docs/?status=Finished&", "/docs/search?q=volume&", "/docs/search?q=vol*&", "/logs/?"):
        assert expect.ok(admin.get(f"{route}user_id={nobody}")) == {"total": 0, "items": []}, route


@pytest.mark.parametrize("route", ["/docs/?", "/docs/me?", "/docs/search?q=volume&", "/logs/?", "/users/?"])
def test_as_much_as_may_be_skipped(admin, library, route):
    """The largest number that a JavaScript client can count to; a limit can still be added to it."""
    most = 2**53 - 1
    for status in ("", "status=Finished&") if route == "/docs/?" else ("",):
        assert admin.get(f"{route}{status}skip={most}&limit=100").status_code == 200
    for skip in (most + 1, 2**63 - 1):
        expect.invalid(admin.get(f"{route}skip={skip}"),
                       expect.greater_than("query", "skip", value=str(skip), maximum=most))
