"""Section 8: beyond the existing platform. The audit log is read last, when all has happened that it should tell of."""

import json
import time
from urllib.parse import quote

from contract_checks.client import BASE
from contract_checks.promise import (Broken, Skipped, expect, expect_detail, expect_empty, expect_json, expect_status,
                                     expect_true, promise)
from contract_checks.world import PASSWORD, Person, claims_of

SESSION_KEYS = ["jti", "created_at", "last_used_at", "address", "user_agent", "current"]
DETAIL_KEYS = ["doc_id", "filename", "path", "uploaded_by_user_id", "uploaded_at", "status", "error_message",
               "description", "ctype", "size", "sha256", "file_type", "updated_at", "page_count", "word_count",
               "primary_language", "avg_confidence", "stages"]
TEXT_KEYS = ["doc_id", "status", "page_count", "word_count", "primary_language", "avg_confidence", "text", "pages"]
AUDITED = ["user_register", "user_login", "user_login_failed", "user_logout", "password_change", "user_self_update",
           "user_admin_update", "user_activate", "user_delete", "user_quota_update", "document_upload", "document_download", "document_update",
           "document_delete", "document_reprocess", "path_create", "path_update", "path_delete"]


def another_session(world):
    return Person(world.server, world.user.email).log_in()


@promise("8", "POST /auth/logout, with either token: 204, and the session's tokens are revoked")
def _(world):
    for use_refresh_token in (False, True):
        person = another_session(world)
        token = person.refresh_token if use_refresh_token else person.token
        expect_empty(world.anyone.post("/auth/logout", token=token))
        expect_detail(world.anyone.get("/users/me", token=person.token), 401, "Could not validate credentials")
        expect_detail(world.anyone.post("/auth/refresh", token=person.refresh_token), 401, "Invalid refresh token")


@promise("8", "POST /auth/password: 204, the other sessions end; 400 Incorrect password")
def _(world):
    person = world.person("changer")
    other = Person(world.server, person.email).log_in()
    expect_detail(person.post("/auth/password", {"current_password": "Wrong one 1!", "new_password": "Another one 2!"}),
                  400, "Incorrect password")
    expect_empty(person.post("/auth/password", {"current_password": PASSWORD, "new_password": "Another one 2!"}))
    expect(world.anyone.post("/auth/refresh", token=other.refresh_token).status, 401)
    expect(world.anyone.post("/auth/refresh", token=person.refresh_token).status, 200)


@promise("8", "GET /auth/sessions and DELETE /auth/sessions/{jti}: 204, 404, also for another's")
def _(world):
    person = another_session(world)
    jti = claims_of(person.refresh_token)["jti"]
    sessions = expect_json(world.user.get("/auth/sessions"))
    expect(list(sessions[0]), SESSION_KEYS)
    expect(sum(session["current"] for session in sessions), 1, "current sessions")
    expect_true(jti in {session["jti"] for session in sessions}, jti, sessions)
    expect(world.other.delete(f"/auth/sessions/{jti}").status, 404)
    expect_empty(world.user.delete(f"/auth/sessions/{jti}"))
    expect(world.user.delete(f"/auth/sessions/{jti}").status, 404)
    expect(world.anyone.post("/auth/refresh", token=person.refresh_token).status, 401)


@promise("8", "GET /roles/: the roles, 99 among them")
def _(world):
    roles = expect_json(world.user.get("/roles/"))
    expect(list(roles[0]), ["role_id", "role_name", "description"])
    expect_true(99 in {role["role_id"] for role in roles}, "role 99", roles)


@promise("8", "GET /docs/{id}: all metadata")
def _(world):
    doc_id = world.document("details", "one two three\n")
    body = expect_json(world.user.get(f"/docs/{doc_id}"), DETAIL_KEYS)
    expect((body["status"], body["size"], body["page_count"], body["word_count"]), ("Finished", 14, 1, 3))
    expect([stage["stage_name"] for stage in body["stages"]], ["OCR"])


@promise("8", "GET /docs/{id}/download: name by RFC 8187, ETag, 304, ranges, inline")
def _(world):
    doc_id = world.document("تنزيل", "0123456789")
    path = f"/docs/{doc_id}/download"
    answer = expect_status(world.user.get(path), 200)
    expect(answer.body, b"0123456789")
    disposition = answer.header("content-disposition")
    expect_true(disposition.startswith("attachment") and "filename*=UTF-8''" in disposition
                and quote(world.name("تنزيل")) in disposition, "the name as RFC 8187 has it", disposition)
    etag = answer.header("etag")
    expect(etag.strip('"'), world.user.get(f"/docs/{doc_id}").json()["sha256"], "etag")
    expect_true(answer.header("last-modified"), "Last-Modified", answer.headers)
    expect_empty(world.user.get(path, headers={"If-None-Match": etag}), 304)
    part = expect_status(world.user.get(path, headers={"Range": "bytes=2-4"}), 206)
    expect((part.body, part.header("content-range")), (b"234", "bytes 2-4/10"))
    expect(world.user.get(path, headers={"Range": "bytes=10-"}).status, 416)
    expect_true(world.user.get(path + "?inline=true").header("content-disposition").startswith("inline"), "inline", "not")


@promise("8", "an upload of the same content names the first document")
def _(world):
    first = world.document("first", f"twice in {world.run}\n")
    answer = world.upload(world.user, world.name("second"), f"twice in {world.run}\n")
    expect((answer.status, answer.json().get("duplicate_of")), (201, first))


@promise("8", "Idempotency-Key: the same upload is answered as it was first, another one is 422")
def _(world):
    key, name = {"Idempotency-Key": f"contract-{world.run}"}, world.name("once")
    first = expect_status(world.upload(world.user, name, headers=key), 201)
    expect(world.upload(world.user, name, headers=key).json(), first.json())
    other = expect_status(world.upload(world.user, world.name("other"), headers=key), 422)
    expect(other.json()["detail"][0]["loc"], ["header", "Idempotency-Key"])


@promise("8", "GET /docs/{id}/text: as JSON, as text; 409 before it is processed")
def _(world):
    doc_id = world.document("text", "كلمات عربية\n")
    body = expect_json(world.user.get(f"/docs/{doc_id}/text"), TEXT_KEYS)
    expect((body["text"].strip(), body["page_count"], body["pages"][0]["method"]), ("كلمات عربية", 1, "decoded"))
    plain = expect_status(world.user.get(f"/docs/{doc_id}/text", headers={"Accept": "text/plain"}), 200)
    expect_true(plain.header("content-type").startswith("text/plain"), "text/plain", plain.header("content-type"))
    expect(plain.text.strip(), "كلمات عربية")


@promise("8", "PATCH /docs/{id}: rename, move, describe; 409 as an upload")
def _(world):
    doc_id = world.document("renamed")
    taken = world.document("taken")
    world.path(f"contract-{world.run}-shelf")
    body = expect_json(world.user.patch(f"/docs/{doc_id}", {"filename": world.name("جديد"), "description": "وصف",
                                                           "full_path": f"contract-{world.run}-shelf"}), DETAIL_KEYS)
    expect((body["filename"], body["description"], body["path"]),
           (world.name("جديد"), "وصف", f"contract-{world.run}-shelf"))
    expect_detail(world.user.patch(f"/docs/{doc_id}", {"filename": world.name("taken"), "full_path": ""}), 409,
                  "A document with this filename already exists at the specified path.")
    expect_detail(world.user.patch(f"/docs/{doc_id}", {}), 400, "No fields to update")
    expect(world.user.get(f"/docs/{taken}").status, 200)


@promise("8", "POST /docs/{id}/reprocess: 202, back to Queued and through")
def _(world):
    doc_id = world.document("again")
    expect(expect_json(world.user.post(f"/docs/{doc_id}/reprocess"), status=202)["status"], "Queued")
    world.wait_processed(doc_id)
    expect(world.user.get(f"/docs/{doc_id}/status").json()["status"], "Finished")


@promise("8", "GET /docs/search: Arabic whatever its diacritics, hits marked, own documents only")
def _(world):
    if world.user.get("/docs/search?q=x").status == 422:
        raise Skipped("this server has no search")
    world.document("search", "مُحَمَّد كتب <b>رسالة</b>\n")
    body = expect_json(world.user.get("/docs/search?q=" + quote("محمد")), ["total", "items"])
    expect_true(body["total"] >= 1 and "<mark>" in body["items"][0]["snippet"], "a marked hit", body)
    expect_true("<b>" not in body["items"][0]["snippet"], "HTML escaped", body)
    expect(expect_json(world.other.get("/docs/search?q=" + quote("محمد")))["total"], 0)
    expect(world.user.get("/docs/search?q=%20").status, 422)


def read_events(world, last_event_id=None):
    """An open stream: the connection and the answer to read on; silence of ten seconds is an error."""
    connection = world.server.connect(timeout=10)
    headers = {"Authorization": f"Bearer {world.user.current_token()}", "Accept": "text/event-stream"}
    if last_event_id is not None:
        headers["Last-Event-ID"] = last_event_id
    connection.request("GET", f"{BASE}/docs/events", headers=headers)
    response = connection.getresponse()
    expect((response.status, response.getheader("content-type").split(";")[0]), (200, "text/event-stream"))
    return connection, response


@promise("8", "GET /docs/events: an event for each change of status; Last-Event-ID resumes")
def _(world):
    connection, response = read_events(world)
    first = response.readline()  # the stream says where it begins
    try:
        doc_id = world.upload(world.user, world.name("event")).json()["doc_id"]
        events, block = [], []
        while not events or events[-1]["data"]["status"] != "Finished":
            line = response.readline().decode().rstrip("\n")
            if line and not line.startswith(":"):
                block.append(line.split(": ", 1))
            elif not line and any(name == "data" for name, _ in block):
                fields = dict(block)
                event = {"id": fields["id"], "type": fields["event"], "data": json.loads(fields["data"])}
                events += [event] if event["data"]["doc_id"] == doc_id else []
                block = []
            elif not line:
                block = []
    finally:
        connection.close()
    expect([event["data"]["status"] for event in events], ["Queued", "Processing", "Finished"], "statuses")
    expect({event["type"] for event in events}, {"document"})
    expect(list(events[0]["data"]), ["doc_id", "stage_name", "status", "error_message"])
    expect_true(first, "a first line", first)
    connection, response = read_events(world, last_event_id=events[0]["id"])
    try:
        while not (line := response.readline()).startswith(b"data: "):
            pass
        expect((json.loads(line[6:])["doc_id"], json.loads(line[6:])["status"]), (doc_id, "Processing"), "resumed at")
    finally:
        connection.close()


@promise("8", "GET /docs/stats: one's own documents in numbers; an administrator's are of all")
def _(world):
    keys = ["documents", "pages", "words", "bytes", "by_status", "by_type", "by_language"]
    own = expect_json(world.user.get("/docs/stats"), keys)
    expect(own["documents"], world.user.get("/docs/me").json()["total"])
    expect(sum(own["by_status"].values()), own["documents"])
    everything = expect_json(world.admin.get("/docs/stats"), keys)
    expect_true(everything["documents"] >= own["documents"], "at least as many", everything)


@promise("8", "GET /docs/search: names are found, one's own only, with the hits in <mark>; nothing to search is 422")
def _(world):
    name = world.name("الإعلان")
    doc_id = expect_json(world.upload(world.user, name), status=201)["doc_id"]
    word = quote(name)
    found = expect_json(world.user.get(f"/docs/search?limit=100&q={word}"), ["total", "items"])
    hits = [item for item in found["items"] if item["doc_id"] == doc_id]
    expect_true(hits and "<mark>" in hits[0]["snippet"], "the document, marked", found)
    expect(list(hits[0]), ["doc_id", "filename", "path", "page", "language", "score", "snippet"])
    others = expect_json(world.other.get(f"/docs/search?q={word}&user_id={world.user.user_id}"), ["total", "items"])
    expect(others, {"total": 0, "items": []})
    for nothing in ("", "-x", quote('""')):
        expect(world.user.get(f"/docs/search?q={nothing}").status, 422)


@promise("8", "log-ins to one account are limited: 429 Too many requests, with Retry-After")
def _(world):
    for _ in range(15):  # LOGIN_RATE_LIMIT is 10 a minute unless it has been changed
        answer = world.anyone.post("/auth/login", f"username={quote(world.email('flood'))}&password=x",
                                   headers={"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status == 429:
            expect_detail(answer, 429, "Too many requests")
            expect_true(0 < int(answer.header("retry-after")) <= 60, "Retry-After of 1 to 60", answer.headers)
            return
    raise Skipped("LOGIN_RATE_LIMIT is off, or above its default")


@promise("8", "GET /logs/: total and items, newest first; action_type, user_id, since and until filter")
def _(world):
    body = expect_json(world.admin.get("/logs/?limit=100"), ["total", "items"])
    expect(list(body["items"][0]), ["log_id", "log_timestamp", "action_type", "user_id", "entity_id", "details"])
    order = [entry["log_timestamp"] for entry in body["items"]]
    expect(order, sorted(order, reverse=True), "order")
    one = expect_json(world.admin.get(f"/logs/?user_id={world.user.user_id}&action_type=document_upload&limit=100"))
    expect_true(one["total"] > 0 and {entry["user_id"] for entry in one["items"]} == {world.user.user_id}, "one user's", one)
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 86400))
    expect(expect_json(world.admin.get(f"/logs/?since={now}"))["total"], 0)
    expect(expect_json(world.admin.get(f"/logs/?until={now}&limit=1"))["total"] >= body["total"], True)


def shares(person):
    body = expect_json(person.get("/users/me/usage"), ["bytes", "documents", "pages_today", "day_ends"])
    return {key: body[key] for key in ("bytes", "documents", "pages_today")}


@promise("4", "GET|PUT /users/{id}/quota and GET /users/me/usage: 507 with what is left, before the body too")
def _(world):
    person = world.person("limited")
    quota = f"/users/{claims_of(person.token)['sub']}/quota"
    used = {"used": 0, "limit": None, "left": None}
    try:
        body = expect_json(world.admin.request("PUT", quota, {"documents": 1, "bytes": 20}))
        expect([body["bytes"], body["documents"], body["pages_per_day"]], [20, 1, None], "quota")
        expect(expect_json(world.admin.get(quota)), body, "GET after PUT")
        expect(shares(person)["documents"], {"used": 0, "limit": 1, "left": 1}, "documents")
        expect_detail(world.upload(person, world.name("large"), "x" * 21), 507,
                      "Storage quota exceeded: 20 of 20 bytes are left.")
        world.document("within-the-quota", "0123456789", person)
        expect(shares(person)["bytes"], {"used": 10, "limit": 20, "left": 10}, "bytes")
        expect_detail(world.upload(person, world.name("beyond-the-quota"), "x"), 507,
                      "Document quota exceeded: 0 of 1 documents are left.")
    finally:
        expect_status(world.admin.request("PUT", quota, {"documents": 0, "bytes": 0, "pages_per_day": 0}), 200)
    expect(shares(person)["bytes"], {**used, "used": 10}, "bytes without a limit")
    expect_detail(world.admin.request("PUT", "/users/0/quota", {}), 404, "User not found")


@promise("4", "names hide nothing: removed from names of files and people, refused in usernames and new paths")
def _(world):
    name = world.name("hidden")
    body = expect_json(world.upload(world.user, f"\u202a{name[:3]}\u202e\u200b{name[3:]}", "text"), status=201)
    expect(body["filename"], name, "filename")
    persian = f"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 {world.name('kept')}"
    expect(expect_json(world.upload(world.user, persian, "text"), status=201)["filename"], persian, "Persian filename")
    expect(world.user.patch("/users/me", {"username": "ab\u200bc"}).status, 422, "username")
    expect(world.admin.post("/paths/", {"full_path": "a\u202eb"}).status, 422, "path")


@promise("1", "user_id=0 or -1 finds nothing; skip beyond 2^53 - 1 is 422")
def _(world):
    for route in ("/docs/?", "/docs/search?q=one&", "/logs/?"):
        for nobody in (0, -1):
            expect(expect_json(world.admin.get(f"{route}user_id={nobody}")), {"total": 0, "items": []}, route)
        expect(world.admin.get(f"{route}skip={2**63 - 1}").status, 422, "skip")


@promise("8", "reading by Range or /text leaves an audit row, one for a document, a user and an hour")
def _(world):
    doc_id = world.document("read", "0123456789")
    for _ in range(3):
        expect(world.user.get(f"/docs/{doc_id}/download", headers={"range": "bytes=1-"}).status, 206)
        expect(world.user.get(f"/docs/{doc_id}/text").status, 200)
    rows = expect_json(world.admin.get("/logs/?action_type=document_download&limit=100"))["items"]
    expect(len([row for row in rows if row["entity_id"] == doc_id]), 1, "rows")


@promise("8", "the audit log tells of every kind of change that these checks made")
def _(world):
    expect_status(world.user.get(f"/docs/{world.document('audited')}/download"), 200)
    missing = [action for action in AUDITED if world.admin.get(f"/logs/?limit=1&action_type={action}").json()["total"] == 0]
    if missing:
        raise Broken(f"expected an entry of each action, came none of {missing}")
