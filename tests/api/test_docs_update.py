"""PATCH /docs/{doc_id}: rename, move, describe (api.md section 8). The blob stays where it is."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import unique
from support.documents import finish, pdf, upload_text

SERVER_SETTINGS = {"TRASH_DAYS": 0}  # What is deleted here is to be gone.
EXISTS = "A document with this filename already exists at the specified path."
DETAILS = [*expect.ITEM_KEYS, "description", "ctype", "size", "sha256", "file_type", "updated_at", "page_count",
           "word_count", "primary_language", "avg_confidence", "stages"]


@pytest.fixture(scope="module")
def folder(admin):
    name = unique("folder")
    expect.ok(admin.post("/paths/", json={"full_path": name}), status=201)
    return name


@pytest.fixture
def document(user):
    return upload_text(user, "kept words\n", description="first")


def patch(client, document, **fields):
    return client.patch(f"/docs/{document['doc_id']}", json=fields)


def content(client, document):
    return client.get(f"/docs/{document['doc_id']}/download")


def test_rename(user, document, state):
    finish(user, document["doc_id"])
    before = state.blobs()
    name = f"{unique('تقرير')}.txt"
    body = expect.ok(patch(user, document, filename=name), DETAILS)
    assert (body["filename"], body["path"], body["description"]) == (name, "/", "first")
    expect.timestamp(body["updated_at"])
    assert state.blobs() == before
    response = content(user, document)
    assert response.content == b"kept words\n"
    assert "filename*=UTF-8''%D8%AA" in response.headers["content-disposition"]
    assert body == expect.ok(user.get(f"/docs/{document['doc_id']}"))


def test_move_there_and_back(user, document, folder, state):
    before = state.blobs()
    assert expect.ok(patch(user, document, full_path=f"/{folder}/"))["path"] == folder
    for root in ("", "/"):
        assert expect.ok(patch(user, document, full_path=folder))["path"] == folder
        assert expect.ok(patch(user, document, full_path=root))["path"] == "/"
    assert state.blobs() == before
    assert content(user, document).content == b"kept words\n"


def test_describe(user, document):
    assert expect.ok(patch(user, document, description="وصف ✓"))["description"] == "وصف ✓"
    assert expect.ok(patch(user, document, filename=document["filename"]))["description"] == "وصف ✓"
    assert expect.ok(patch(user, document, description=None))["description"] is None


def test_all_at_once(user, document, folder):
    name = f"{unique('all')}.txt"
    body = expect.ok(patch(user, document, filename=name, full_path=folder, description="d"))
    assert (body["filename"], body["path"], body["description"]) == (name, folder, "d")


def test_it_can_be_processed_and_deleted_afterwards(admin, user, document, folder, state):
    finish(user, document["doc_id"])
    expect.ok(patch(user, document, filename=f"{unique('later')}.txt", full_path=folder))
    expect.ok(user.post(f"/docs/{document['doc_id']}/reprocess"), status=202)
    finish(user, document["doc_id"])
    assert user.get(f"/docs/{document['doc_id']}/text").json()["text"].strip() == "kept words"
    before = state.blobs()
    expect.ok(admin.delete(f"/docs/{document['doc_id']}"))
    assert len(before - state.blobs()) == 1


def test_the_old_name_is_free_again(user, document):
    """Its blob still has it: the new document's gets another one, and neither harms the other."""
    expect.ok(patch(user, document, filename=f"{unique('moved')}.txt"))
    second = upload_text(user, "other words\n", document["filename"])
    assert content(user, document).content == b"kept words\n"
    assert content(user, second).content == b"other words\n"


def test_what_another_has(user, other, document, folder):
    taken = upload_text(other)
    expect.detail(patch(user, document, filename=taken["filename"]), 409, EXISTS)
    elsewhere = upload_text(other, filename=document["filename"], full_path=folder)
    expect.detail(patch(user, document, full_path=folder), 409, EXISTS)
    assert expect.ok(user.get(f"/docs/{document['doc_id']}"))["path"] == "/"
    assert elsewhere["filename"] == document["filename"]


def test_the_same_values_again_are_no_conflict(user, document):
    expect.ok(patch(user, document, filename=document["filename"], full_path="/"))


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/b.txt", "..\\b.txt", "a\x00.txt", "a\n.txt", "x" * 252 + ".txt"],
                         ids=ascii)
def test_an_invalid_name(user, document, name):
    expect.detail(patch(user, document, filename=name), 400, "Invalid filename")


@pytest.mark.parametrize("name", ["a.csv", "a.pdf", "a.png"])
def test_the_bytes_stay_what_they_are(user, document, name):
    expect.detail(patch(user, document, filename=name), 415, "File content does not match its extension")


@pytest.mark.parametrize("name, extension", [("a.exe", ".exe"), ("none", ""), (".txt", "")])
def test_an_extension_that_is_not_supported(user, document, name, extension):
    response = patch(user, document, filename=name)
    assert response.status_code == 415
    assert response.json()["detail"].startswith(f"Unsupported file type '{extension}'. Supported: ")


def test_another_spelling_of_the_same_type(user, document):
    assert expect.ok(patch(user, document, filename=f"{unique('upper')}.TXT"))["file_type"] == "txt"


def test_a_path_that_is_not_there(user, document):
    expect.detail(patch(user, document, full_path="no/where"), 404, "Provided path doesn't exist.")


@pytest.mark.parametrize("body, error", [
    ({"filename": 1}, expect.not_a_string("body", "filename", value=1)),
    ({"full_path": []}, expect.not_a_string("body", "full_path", value=[])),
    ({"description": {}}, expect.not_a_string("body", "description", value={})),
    ({"full_path": "a//b"}, expect.own_rule("body", "full_path", text="Path must not contain empty segments",
                                            value="a//b")),
    ({"full_path": "a/../b"}, expect.own_rule("body", "full_path",
                                              text="Path must not contain '.' or '..' segments", value="a/../b")),
])
def test_a_bad_body(user, document, body, error):
    expect.invalid(patch(user, document, **body), error)


@pytest.mark.parametrize("body", [{}, {"filename": None, "full_path": None}, {"doc_id": 5, "uploaded_by_user_id": 1}])
def test_nothing_to_update(user, document, body):
    expect.detail(patch(user, document, **body), 400, "No fields to update")


def test_only_these_fields_change(user, other, document):
    """No mass assignment."""
    before = expect.ok(user.get(f"/docs/{document['doc_id']}"))
    body = expect.ok(patch(user, document, description="x", uploaded_by_user_id=other.user_id, sha256="0", size=1,
                           blob_name="other", status="Finished"))
    changed = {key for key in DETAILS if body[key] != before[key]} - {"status", "stages", "page_count", "word_count",
                                                                     "primary_language", "avg_confidence"}
    assert changed == {"description", "updated_at"}


def test_another_users_document(admin, other, document):
    expect.detail(patch(other, document, description="x"), 404, f"Document with id {document['doc_id']} not found.")
    assert expect.ok(patch(admin, document, description="by an administrator"))["description"]


@pytest.mark.parametrize("doc_id", [999999, 0, -1, 2**62])
def test_no_document(user, doc_id):
    expect.detail(user.patch(f"/docs/{doc_id}", json={"description": "x"}), 404, f"Document with id {doc_id} not found.")


def test_it_is_audited(user, document, folder, state):
    name = f"{unique('audited')}.txt"
    patch(user, document, filename=name, full_path=folder)
    patch(user, document, description="x")
    rows = state.query("SELECT details FROM Logs WHERE action_type = 'document_update' AND entity_id = ? "
                       "AND user_id = ? ORDER BY log_id", document["doc_id"], user.user_id)
    assert [row["details"] for row in rows] == [f"{document['filename']} -> {folder}/{name}", "description"]


def test_racing_renames_to_one_name(user, state):
    documents = [upload_text(user, f"words {number}\n") for number in range(6)]
    name = f"{unique('wanted')}.txt"
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda document: patch(user, document, filename=name).status_code, documents))
    assert sorted(codes) == [200] + [409] * 5
    for number, document in enumerate(documents):
        assert content(user, document).content == f"words {number}\n".encode()


def test_a_rename_races_an_upload(user):
    document = upload_text(user)
    name = f"{unique('contested')}.pdf"
    source = user.upload(f"{unique('source')}.pdf", pdf()).json()
    with ThreadPoolExecutor(2) as pool:
        rename = pool.submit(patch, user, source, filename=name)
        upload = pool.submit(user.upload, name, pdf("other"))
        codes = sorted([rename.result().status_code, upload.result().status_code])
    assert codes in ([200, 409], [201, 409]), (codes, document)


def test_racing_moves_and_the_end_of_a_path(admin, user):
    """Nobody ends up in a path that is gone."""
    for _ in range(5):
        document = upload_text(user)
        name = unique("doomed")
        path_id = expect.ok(admin.post("/paths/", json={"full_path": name}), status=201)["id"]
        with ThreadPoolExecutor(2) as pool:
            move = pool.submit(patch, user, document, full_path=name)
            end = pool.submit(admin.delete, f"/paths/{path_id}")
        assert (move.result().status_code, end.result().status_code) in {(200, 400), (404, 204)}
        assert user.get(f"/docs/{document['doc_id']}").status_code == 200
