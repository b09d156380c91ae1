"""Section 5: documents."""

import hashlib
from urllib.parse import quote

from contract_checks.promise import Broken, expect, expect_detail, expect_invalid, expect_json, expect_true, promise

UPLOAD_KEYS = ["filename", "path", "ctype", "size", "metadata", "doc_id", "sha256"]
ITEM_KEYS = ["doc_id", "filename", "path", "uploaded_by_user_id", "uploaded_at", "status", "error_message",
             "file_size", "content_type", "file_type", "ocr_status", "ocr_error_message", "classification_status",
             "classification_error_message", "vectorization_status", "vectorization_error_message"]
STAGE_KEYS = ["stage_name", "status", "start_time", "end_time", "error_message"]
STATUS_KEYS = ["doc_id", "filename", *STAGE_KEYS, "stages"]

TAKEN = "A document with this filename already exists at the specified path."
EXECUTABLE = b"\x7fELF\x02\x01\x01" + bytes(64)


def not_found(doc_id):
    return f"Document with id {doc_id} not found."


@promise("5", "POST /docs/upload: 201 with the blob's URL, size, SHA-256; Arabic intact")
def _(world):
    text = "نص عربي للاختبار\n"
    name = world.name("رسالة")
    body = expect_json(world.upload(world.user, name, text, description="وصف"), UPLOAD_KEYS, 201)
    data = text.encode()
    expect((body["filename"], body["size"], body["sha256"], body["metadata"]),
           (name, len(data), hashlib.sha256(data).hexdigest(), {"description": "وصف", "full_path": ""}))
    expect_true("://" in body["path"], "a URL", body["path"])


@promise("5", "an upload into a path; 404 Provided path doesn't exist.")
def _(world):
    full_path = f"contract-{world.run}/عقود"
    world.path(f"contract-{world.run}")
    world.path(full_path)
    body = expect_json(world.upload(world.user, world.name("in-path"), full_path=full_path), UPLOAD_KEYS, 201)
    expect(body["metadata"], {"description": None, "full_path": full_path})
    expect_detail(world.upload(world.user, world.name("lost"), full_path=f"contract-{world.run}/nowhere"), 404,
                  "Provided path doesn't exist.")


@promise("5", "the same name at the same path is 409, and the document that was there keeps its content")
def _(world):
    name = world.name("twice")
    doc_id = expect_json(world.upload(world.user, name, "the first\n"), UPLOAD_KEYS, 201)["doc_id"]
    expect_detail(world.upload(world.other, name, "the second\n"), 409, TAKEN)
    expect(world.user.get(f"/docs/{doc_id}/download").body, b"the first\n")


@promise("5", "400 Uploaded file is empty, 400 Invalid filename, 415 for types and contents that do not fit")
def _(world):
    expect_detail(world.upload(world.user, world.name("empty"), ""), 400, "Uploaded file is empty")
    for name in ("..", ".", "%2e%2e" + "\x01.txt"):
        expect_detail(world.upload(world.user, name), 400, "Invalid filename")
    answer = world.upload(world.user, world.name("odd", "exe"))
    if answer.status != 415 or not answer.json()["detail"].startswith("Unsupported file type '.exe'. Supported: "):
        raise Broken(f"expected 415 Unsupported file type, came {answer.status} {answer.text!r}")
    expect_detail(world.user.upload(world.name("program", "pdf"), EXECUTABLE), 415,
                  "File content does not match its extension")


@promise("5", "a directory in the file's name is dropped")
def _(world):
    name = world.name("climber")
    body = expect_json(world.upload(world.user, f"../../etc/{name}"), UPLOAD_KEYS, 201)
    expect(body["filename"], name)


@promise("5", "an upload without a file is 422")
def _(world):
    answer = world.user.post("/docs/upload", b"--x\r\nContent-Disposition: form-data; name=\"full_path\"\r\n\r\n\r\n--x--\r\n",
                             headers={"Content-Type": "multipart/form-data; boundary=x"})
    expect_invalid(answer, ("missing", ["body", "file"], "Field required", None))


@promise("5", "GET /docs/me: total and items, newest first, only one's own; skip, limit, status")
def _(world):
    body = expect_json(world.user.get("/docs/me?limit=100"), ["total", "items"])
    expect_true(body["items"] and list(body["items"][0]) == ITEM_KEYS, "items", body["items"][:1])
    expect({item["uploaded_by_user_id"] for item in body["items"]}, {world.user.user_id})
    order = [(item["uploaded_at"], item["doc_id"]) for item in body["items"]]
    expect(order, sorted(order, reverse=True), "order")
    page = expect_json(world.user.get("/docs/me?skip=1&limit=1"))
    expect((page["total"], [item["doc_id"] for item in page["items"]]), (body["total"], [body["items"][1]["doc_id"]]))
    expect(expect_json(world.user.get("/docs/me?skip=1000000000"))["items"], [])
    finished = expect_json(world.user.get("/docs/me?status=Finished&limit=100"))
    expect_true({item["status"] for item in finished["items"]} <= {"Finished"}, "Finished only", finished["items"])


@promise("5", "GET /docs/: everybody's, for administrators; user_id and status filter")
def _(world):
    body = expect_json(world.admin.get(f"/docs/?limit=100&user_id={world.user.user_id}"), ["total", "items"])
    expect(body["total"], world.user.get("/docs/me").json()["total"])
    expect_true({item["uploaded_by_user_id"] for item in body["items"]} == {world.user.user_id}, "one user's", body)
    paths = {item["path"] for item in body["items"]}
    expect_true("/" in paths and f"contract-{world.run}/عقود" in paths, "the virtual paths, / for the root", paths)
    expect(world.admin.get("/docs/?limit=101").status, 422)


@promise("5", "GET /docs/{id}/status: the OCR stage; 404 for another's and for none")
def _(world):
    doc_id = world.document("status")
    body = expect_json(world.user.get(f"/docs/{doc_id}/status"), STATUS_KEYS)
    expect((body["stage_name"], body["status"], body["error_message"]), ("OCR", "Finished", None))
    expect([list(stage) for stage in body["stages"]], [STAGE_KEYS])
    expect_json(world.admin.get(f"/docs/{doc_id}/status"), STATUS_KEYS)
    expect_detail(world.other.get(f"/docs/{doc_id}/status"), 404, not_found(doc_id))
    expect_detail(world.user.get("/docs/999999999/status"), 404, not_found(999999999))


@promise("5", "DELETE /docs/{id}: 200 with a message, for its owner and administrators; 404 for others and for none")
def _(world):
    own = world.document("deleted by its owner")
    expect_detail(world.other.delete(f"/docs/{own}"), 404, not_found(own))
    expect(world.user.delete(f"/docs/{own}").status, 200)
    doc_id = world.document("deleted")
    expect(expect_json(world.admin.delete(f"/docs/{doc_id}"), ["doc_id", "message"]),
           {"doc_id": doc_id, "message": "Document deleted successfully."})
    expect_detail(world.admin.delete(f"/docs/{doc_id}"), 404, not_found(doc_id))


VERSION_KEYS = ["version", "is_current", "ctype", "size", "sha256", "created_at", "created_by_user_id"]


@promise("5", "PUT /docs/{id}/file: a version; If-Match is 412 when it is another; each can be had and restored")
def _(world):
    doc_id = world.document("versions", "the first version\n")
    etag = world.user.get(f"/docs/{doc_id}/download").header("etag")
    second = expect_json(world.user.put_file(f"/docs/{doc_id}/file", "x.txt", b"the second version\n", {"If-Match": etag}),
                         VERSION_KEYS)
    expect((second["version"], second["is_current"]), (2, True))
    expect_detail(world.user.put_file(f"/docs/{doc_id}/file", "x.txt", b"too late\n", {"If-Match": etag}), 412,
                  "The document has changed")
    world.wait_processed(doc_id)
    expect(world.user.get(f"/docs/{doc_id}").json()["version"], 2)
    listed = expect_json(world.user.get(f"/docs/{doc_id}/versions"), ["total", "items"])
    expect((listed["total"], [item["version"] for item in listed["items"]]), (2, [2, 1]))
    expect(world.user.get(f"/docs/{doc_id}/versions/1/download").body, b"the first version\n")
    restored = expect_json(world.user.post(f"/docs/{doc_id}/versions/1/restore"), VERSION_KEYS + ["restored_from"])
    expect((restored["version"], restored["restored_from"]), (3, 1))
    world.wait_processed(doc_id)
    expect(world.user.get(f"/docs/{doc_id}/download").body, b"the first version\n")
    expect_detail(world.user.get(f"/docs/{doc_id}/versions/9/download"), 404, f"Document {doc_id} has no version 9.")
    expect_detail(world.other.get(f"/docs/{doc_id}/versions"), 404, not_found(doc_id))


@promise("5", "the trash: what is deleted is listed, restored under its id, and 409 with a free name where its own is taken")
def _(world):
    name = world.name("trash")
    doc_id = world.wait_processed(world.upload(world.user, name).json()["doc_id"])
    expect(world.user.delete(f"/docs/{doc_id}").status, 200)
    listed = expect_json(world.user.get("/docs/trash"), ["total", "items"])
    expect_true(doc_id in [item["doc_id"] for item in listed["items"]], "the document", listed)
    world.wait_processed(world.upload(world.user, name).json()["doc_id"])
    refused = world.user.post(f"/docs/{doc_id}/restore")
    expect((refused.status, refused.json()["code"]), (409, "restore_name_taken"))
    proposed = refused.json()["proposed_filename"]
    restored = world.user.post(f"/docs/{doc_id}/restore?filename={quote(proposed)}").json()
    expect((restored["doc_id"], restored["filename"]), (doc_id, proposed))
    expect(world.user.delete(f"/docs/{doc_id}").status, 200)
    expect_json(world.user.delete(f"/docs/trash/{doc_id}"), ["doc_id", "message"])
    expect_detail(world.user.post(f"/docs/{doc_id}/restore"), 404, f"Document with id {doc_id} is not in the trash.")


@promise("5", "another user's documents are 404 at every address")
def _(world):
    doc_id = world.document("mine")
    for method, path in (("GET", ""), ("GET", "/status"), ("GET", "/download"), ("GET", "/text"), ("POST", "/reprocess")):
        expect_detail(world.other.request(method, f"/docs/{doc_id}{path}"), 404, not_found(doc_id))
    expect_detail(world.other.patch(f"/docs/{doc_id}", {"description": "x"}), 404, not_found(doc_id))
