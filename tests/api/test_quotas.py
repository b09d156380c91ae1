"""Quotas: GET|PUT /users/{id}/quota and /roles/{id}/quota, GET /users/me/usage, and uploads that meet them (api.md, 4)."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, Person, create_person, unique
from support.documents import finish, upload_text
from support.raw import RawConnection, request
from support.server import wait_until

USAGE_KEYS = ["bytes", "documents", "pages_today", "day_ends"]
USER_KEYS = ["user_id", "bytes", "documents", "pages_per_day", "usage"]
ROLE_KEYS = ["role_id", "bytes", "documents", "pages_per_day"]
LARGEST = 2**53 - 1


@pytest.fixture
def person(admin):
    with create_person(admin) as someone:
        yield someone


def set_quota(admin, person, **quota):
    return expect.ok(admin.put(f"/users/{person.user_id}/quota", json=quota), USER_KEYS)


def usage(person):
    return expect.ok(person.get("/users/me/usage"), USAGE_KEYS)


def share(used, limit=None):
    return {"used": used, "limit": limit, "left": None if limit is None else max(limit - used, 0)}


def upload(person, content=b"0123456789", **headers):
    return person.post("/docs/upload", files={"file": (f"{unique('quota')}.txt", content, "text/plain")}, headers=headers)


def test_by_default_there_is_none(admin, person):
    body = usage(person)
    assert [body[key] for key in USAGE_KEYS[:3]] == [share(0)] * 3
    expect.timestamp(body["day_ends"])
    assert datetime.datetime.fromisoformat(body["day_ends"]).time() == datetime.time(0)
    upload_text(person, "0123456789")
    assert usage(person)["bytes"] == share(10) and usage(person)["documents"] == share(1)
    quota = expect.ok(admin.get(f"/users/{person.user_id}/quota"), USER_KEYS)
    assert [quota[key] for key in USER_KEYS[:4]] == [person.user_id, None, None, None]
    assert quota["usage"]["documents"] == share(1)


def test_documents_of_before_count(admin, person):
    for _ in range(2):
        upload_text(person, "0123456789")
    assert set_quota(admin, person, documents=3)["usage"]["documents"] == share(2, 3)
    upload_text(person)
    expect.detail(upload(person), 507, "Document quota exceeded: 0 of 3 documents are left.")
    assert usage(person)["documents"] == share(3, 3)


def test_bytes(admin, person, state):
    set_quota(admin, person, bytes=25)
    finish(person, upload_text(person, "0123456789")["doc_id"])
    before = state.uploads()
    expect.detail(upload(person, b"x" * 16), 507, "Storage quota exceeded: 15 of 25 bytes are left.")
    assert state.uploads() == before, "a refused upload leaves nothing"
    upload_text(person, "0123456789abcde")
    expect.detail(upload(person, b"x"), 507, "Storage quota exceeded: 0 of 25 bytes are left.")
    assert usage(person)["bytes"] == share(25, 25)


def test_what_is_deleted_is_given_back(admin, person):
    set_quota(admin, person, bytes=10, documents=1)
    doc_id = upload_text(person, "0123456789")["doc_id"]
    finish(person, doc_id)
    assert upload(person).status_code == 507
    expect.ok(admin.delete(f"/docs/{doc_id}"))
    assert usage(person)["bytes"] == share(0, 10)
    upload_text(person, "0123456789")


def test_reprocessing_takes_no_room(admin, person):
    set_quota(admin, person, bytes=10, documents=1)
    doc_id = upload_text(person, "0123456789")["doc_id"]
    finish(person, doc_id)
    assert person.post(f"/docs/{doc_id}/reprocess").status_code == 202
    finish(person, doc_id)
    assert usage(person)["documents"] == share(1, 1)


def test_uploads_at_once_cannot_overrun_it(admin, person):
    set_quota(admin, person, documents=5)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: upload(person).status_code, range(24)))
    assert sorted(answers) == [201] * 5 + [507] * 19
    assert expect.ok(person.get("/docs/me"))["total"] == 5
    assert usage(person)["documents"] == share(5, 5)


def test_nor_by_bytes(admin, person):
    set_quota(admin, person, bytes=1000)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: upload(person, b"x" * 300).status_code, range(16)))
    assert sorted(answers) == [201] * 3 + [507] * 13
    assert usage(person)["bytes"] == share(900, 1000)


def test_a_name_that_is_taken_takes_no_room(admin, person):
    set_quota(admin, person, documents=2)
    name = upload_text(person)["filename"]
    assert person.upload(name, b"again").status_code == 409
    assert usage(person)["documents"] == share(1, 2)


@pytest.mark.parametrize("expects", [True, False])
def test_refused_by_the_announced_length_before_the_body(admin, person, server, expects):
    """Two MiB are announced and none is sent."""
    set_quota(admin, person, bytes=1000)
    with RawConnection(server) as connection:
        connection.send(request(
            "POST", "/api/v1/docs/upload", f"Authorization: Bearer {person.access_token}",
            "Content-Type: multipart/form-data; boundary=x", f"Content-Length: {2 * 2**20}",
            *["Expect: 100-continue"] * expects))
        answer = connection.read_response()
    assert (answer.status, answer.json()) == (
        507, {"detail": "Storage quota exceeded: 1000 of 1000 bytes are left.", "code": "quota_bytes"})


def test_an_upload_sent_again_is_answered_as_it_was(admin, person):
    set_quota(admin, person, documents=1)
    name = f"{unique('again')}.txt"

    def send():
        return person.post("/docs/upload", files={"file": (name, b"text", "text/plain")}, headers={"idempotency-key": "k"})

    first = expect.ok(send(), status=201)
    assert expect.ok(send(), status=201) == first
    assert upload(person, **{"idempotency-key": "another"}).status_code == 507


def seconds_of_the_day_left():
    now = datetime.datetime.now(datetime.UTC)
    return 86400 - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


def test_pages_of_a_day(admin, person):
    set_quota(admin, person, pages_per_day=2)
    documents = [upload_text(person)["doc_id"] for _ in range(2)]
    for doc_id in documents:
        finish(person, doc_id)
    assert usage(person)["pages_today"] == share(2, 2)
    for response in (upload(person), person.post(f"/docs/{documents[0]}/reprocess")):
        expect.detail(response, 429, "Page quota exceeded: 0 of 2 pages are left today.")
        assert abs(int(response.headers["retry-after"]) - seconds_of_the_day_left()) < 60
    set_quota(admin, person, pages_per_day=3)
    finish(person, upload_text(person)["doc_id"])


def test_a_document_beyond_the_pages_waits_for_the_next_day(admin, person, state):
    """It has been accepted, so it is not refused: it stays Queued, and its message waits."""
    doc_id = upload_text(person)["doc_id"]
    finish(person, doc_id)
    set_quota(admin, person, pages_per_day=1)
    # As if a worker had died with it, so that it is queued once more.
    state.execute("UPDATE Processing_Status SET status = 'Processing', claimed_by = 'gone', "
                  "claimed_until = '2020-01-01T00:00:00.000000' WHERE doc_id = ?", doc_id)

    def waiting():
        return state.query("SELECT user_id FROM Outbox WHERE doc_id = ? AND available_at > ?", doc_id,
                           datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3])

    wait_until(lambda: len(waiting()) == 1)
    # The message that the worker has received goes from the outbox a moment after it was published.
    wait_until(lambda: state.query("SELECT user_id FROM Outbox WHERE doc_id = ?", doc_id) == waiting())
    assert waiting() == [{"user_id": person.user_id}], "it takes its turn"
    assert expect.ok(person.get(f"/docs/{doc_id}/status"))["status"] == "Queued"
    # The day has gone by.
    state.execute("UPDATE Page_Usage SET usage_day = usage_day - 1 WHERE user_id = ?", person.user_id)
    state.execute("UPDATE Outbox SET available_at = '2020-01-01T00:00:00.000000' WHERE doc_id = ?", doc_id)
    finish(person, doc_id)


def test_the_users_goes_before_the_roles(admin, person):
    admin.patch(f"/users/{person.user_id}", json={"role_id": 1})
    body = expect.ok(admin.put("/roles/1/quota", json={"documents": 0, "bytes": 100}), ROLE_KEYS)
    try:
        assert body == expect.ok(admin.get("/roles/1/quota")) == {
            "role_id": 1, "bytes": 100, "documents": 0, "pages_per_day": None}
        assert usage(person)["bytes"] == share(0, 100) and usage(person)["documents"] == share(0)
        set_quota(admin, person, bytes=200)
        assert usage(person)["bytes"] == share(0, 200)
        set_quota(admin, person, bytes=0)
        assert usage(person)["bytes"] == share(0)
        set_quota(admin, person)
        assert usage(person)["bytes"] == share(0, 100)
    finally:
        admin.put("/roles/1/quota", json={})
    assert usage(person)["bytes"] == share(0)


@pytest.mark.parametrize("body, error", [
    ({"bytes": -1}, expect.less_than("body", "bytes", value=-1, minimum=0)),
    ({"documents": LARGEST + 1}, expect.greater_than("body", "documents", value=LARGEST + 1, maximum=LARGEST)),
    ({"pages_per_day": "many"}, expect.unparsable_integer("body", "pages_per_day", value="many")),
    ({"pages": 1}, expect.extra("body", "pages", value=1)),
])
def test_a_bad_quota(admin, person, body, error):
    for route in (f"/users/{person.user_id}/quota", "/roles/1/quota"):
        expect.invalid(admin.put(route, json=body), error)


def test_nobody(admin):
    for number in (0, -1, 999_999, 2**62):
        for response in (admin.get(f"/users/{number}/quota"), admin.put(f"/users/{number}/quota", json={})):
            expect.detail(response, 404, "User not found")
        for response in (admin.get(f"/roles/{number}/quota"), admin.put(f"/roles/{number}/quota", json={})):
            expect.detail(response, 404, "Role not found")


def test_it_is_audited(admin, person):
    set_quota(admin, person, documents=7)
    entry = expect.ok(admin.get("/logs/?action_type=user_quota_update&limit=1"))["items"][0]
    assert (entry["user_id"], entry["entity_id"]) == (admin.user_id, person.user_id)
    assert entry["details"] == "bytes inherited, documents 7, pages_per_day inherited"
    expect.ok(admin.put("/roles/1/quota", json={}))
    assert expect.ok(admin.get("/logs/?action_type=role_quota_update&limit=1"))["items"][0]["entity_id"] == 1


def test_a_user_with_a_quota_can_be_deleted(admin):
    someone = create_person(admin)
    set_quota(admin, someone, documents=7)
    expect.empty(admin.delete(f"/users/{someone.user_id}"))


def test_of_the_server(new_server):
    """QUOTA_…: for everybody but administrators."""
    server = new_server(QUOTA_STORAGE_MB=1, QUOTA_DOCUMENTS=2, QUOTA_PAGES_PER_DAY=3)
    server.start()
    server.create_admin("quota@example.com", "Quota Admin", PASSWORD)
    with Person(server.address, "quota@example.com") as admin:
        admin.log_in()
        with create_person(admin) as person:
            body = usage(person)
            assert (body["bytes"], body["documents"], body["pages_today"]) == (share(0, 2**20), share(0, 2), share(0, 3))
            assert set_quota(admin, person, documents=0)["usage"]["documents"] == share(0)
        assert usage(admin)["documents"] == share(0)
