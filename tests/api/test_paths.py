"""Virtual paths (api.md section 6)."""

import pytest

from support import expect
from support.client import Client, unique
from support.documents import finish, upload_text
from support.server import wait_until
from support.state import numbers_below


def create(admin, full_path, **fields):
    return admin.post("/paths/", json={"full_path": full_path, **fields})


def created(admin, full_path, **fields):
    return expect.ok(create(admin, full_path, **fields), expect.PATH_KEYS, 201)


def listed(client, query="maxDepth=30"):
    return [path["full_path"] for path in expect.ok(client.get(f"/paths/?{query}"))]


def rename(admin, path, **fields):
    return admin.patch(f"/paths/{path['id']}", json=fields)


def the_root(client):
    (root,) = [path for path in expect.ok(client.get("/paths/?maxDepth=1")) if path["full_path"] == "/"]
    return root


# -- GET /paths/

def test_the_root_is_always_there(user):
    root = the_root(user)
    assert list(root) == expect.PATH_KEYS
    assert {**root, "id": 0, "created_at": ""} == {
        "id": 0, "full_path": "/", "description": "Root directory", "depth": 0, "created_at": ""}
    expect.timestamp(root["created_at"])


def test_the_list_is_in_order_and_bounded_by_depth(admin, user):
    top = unique("deep")
    names = [top, f"{top}/a", f"{top}/a/b", f"{top}/a/b/c", f"{top}/a/b/c/d", f"{top}/a/b/c/d/e", f"{top}/b"]
    for name in reversed(names):
        created(admin, name)
    assert listed(user, f"prefix={top}&maxDepth=30") == names
    assert listed(user, f"prefix={top}") == [name for name in names if name.count("/") < 5]  # depth 5 by default
    assert listed(user, f"prefix={top}&minDepth=2&maxDepth=3") == [name for name in names if 1 <= name.count("/") <= 2]
    assert listed(user, f"prefix={top}/a&maxDepth=30") == names[1:6]
    assert listed(user, f"prefix={top}&minDepth=3&maxDepth=2") == []
    everything = listed(user)
    assert everything == sorted(everything) and "/" in everything


def test_a_prefix_is_text_not_a_pattern(admin, user):
    top = unique("pattern")
    for name in (f"{top}%x", f"{top}_y", f"{top}z"):
        created(admin, name)
    assert listed(user, f"prefix={top}%25") == [f"{top}%x"]
    assert listed(user, f"prefix={top}_") == [f"{top}_y"]
    assert listed(user, "prefix=no-such-path") == []
    assert listed(user, "prefix=" + 5000 * "x") == []  # SQL Server would be sent a text that it compares with nothing.


@pytest.mark.parametrize("query, errors", [
    ("minDepth=-1", [expect.less_than("query", "minDepth", value="-1", minimum=0)]),
    ("minDepth=11", [expect.greater_than("query", "minDepth", value="11", maximum=10)]),
    ("maxDepth=0", [expect.less_than("query", "maxDepth", value="0", minimum=1)]),
    ("maxDepth=31", [expect.greater_than("query", "maxDepth", value="31", maximum=30)]),
    ("maxDepth=x&minDepth=y", [
        expect.unparsable_integer("query", "minDepth", value="y"),
        expect.unparsable_integer("query", "maxDepth", value="x")]),
])
def test_a_bad_query(user, query, errors):
    expect.invalid(user.get(f"/paths/?{query}"), *errors)


# -- POST /paths/

@pytest.mark.parametrize("given, kept, depth", [
    ("plain", "plain", 1),
    ("/leading", "leading", 1),
    ("trailing/", "trailing", 1),
    ("///many///", "many", 1),
    ("two/segments", "two/segments", 2),
    ("عقود/٢٠٢٤/شهر يناير", "عقود/٢٠٢٤/شهر يناير", 3),
    ("emoji 📁/😀", "emoji 📁/😀", 2),
    ("dots..are/fine...here", "dots..are/fine...here", 2),
    ("per%cent/a+b/#?&=", "per%cent/a+b/#?&=", 3),
    ("x" * 255, "x" * 255, 1),
    ("/".join(["ab"] * 30), "/".join(["ab"] * 30), 30),
    ("ع" * 250 + "/" + "ع" * 249, "ع" * 250 + "/" + "ع" * 249, 2),
    ("😀" * 125 + "/" + "😀" * 124, "😀" * 125 + "/" + "😀" * 124, 2),
    ("' OR 1=1; --", "' OR 1=1; --", 1),
], ids=lambda value: ascii(value)[:40])
def test_create(admin, user, given, kept, depth):
    body = created(admin, given, description="A description: وصف")
    assert {**body, "id": 0, "created_at": ""} == {
        "id": 0, "full_path": kept, "description": "A description: وصف", "depth": depth, "created_at": ""}
    assert type(body["id"]) is int
    expect.timestamp(body["created_at"])
    assert kept in listed(user)


def test_a_description_is_optional(admin):
    assert created(admin, unique("bare"))["description"] is None
    assert created(admin, unique("bare"), description=None)["description"] is None


def test_a_path_that_exists(admin):
    name = unique("twice")
    created(admin, name)
    for spelling in (name, f"/{name}", f"{name}/"):
        expect.detail(create(admin, spelling), 409, f"Path '{name}' already exists.")


@pytest.mark.parametrize("full_path", [
    "", "/", "//", "a//b", ".", "..", "a/./b", "a/../b", "../a", "a/..", "a\\b", "a\0b", "a\nb", "a\x7fb", "tab\there",
    "a\u0085b", "x" * 256, "a/" + "x" * 256, "ab/" * 166 + "abc", "😀" * 126 + "/" + "😀" * 124,
], ids=lambda value: ascii(value)[:30])
def test_a_bad_path(admin, user, full_path):
    before = listed(user)
    response = create(admin, full_path)
    if full_path.strip("/") == "" and response.status_code == 409:
        return  # the root, which exists
    assert response.status_code == 422, response.text
    (error,) = response.json()["detail"]
    assert error["loc"] == ["body", "full_path"]
    assert error["type"] in ("value_error", "string_too_short", "string_too_long")
    if error["type"] == "value_error":
        assert error["msg"].startswith("Value error, ") and error["ctx"] == {"error": {}}
    assert listed(user) == before


@pytest.mark.parametrize("body, errors", [
    ({}, [expect.missing("body", "full_path", value={})]),
    ({"full_path": None}, [expect.not_a_string("body", "full_path", value=None)]),
    ({"full_path": 7, "description": 8}, [
        expect.not_a_string("body", "full_path", value=7), expect.not_a_string("body", "description", value=8)]),
    ([], [expect.not_an_object([])]),
    ({"full_path": "extra", "depth": 3}, [expect.extra("body", "depth", value=3)]),
], ids=ascii)
def test_a_bad_body(admin, body, errors):
    expect.invalid(admin.post("/paths/", json=body), *errors)


# -- PATCH /paths/{path_id}

def test_describe(admin, user):
    path = created(admin, unique("describe"))
    body = expect.ok(rename(admin, path, description="Now described"), expect.PATH_KEYS)
    assert body == {**path, "description": "Now described"}
    assert body in expect.ok(user.get("/paths/"))


def test_rename(admin, user):
    path = created(admin, unique("before"), description="stays")
    name = unique("after")
    body = expect.ok(rename(admin, path, full_path=f"/{name}/deeper/"), expect.PATH_KEYS)
    assert body == {**path, "full_path": f"{name}/deeper", "depth": 2}
    assert path["full_path"] not in listed(user) and f"{name}/deeper" in listed(user)


def test_renaming_takes_everything_below_along(admin, user):
    top, name = unique("old"), unique("new")
    tree = [created(admin, name) for name in (top, f"{top}/a", f"{top}/a/b", f"{top}x", f"{top} /a", f"x{top}/a")]
    document = upload_text(user, full_path=f"{top}/a/b")
    expect.ok(rename(admin, tree[0], full_path=f"{name}/moved"))
    paths = {path["id"]: path for path in expect.ok(user.get("/paths/?maxDepth=30"))}
    assert [paths[path["id"]]["full_path"] for path in tree] == [
        f"{name}/moved", f"{name}/moved/a", f"{name}/moved/a/b", f"{top}x", f"{top} /a", f"x{top}/a"]
    assert [paths[path["id"]]["depth"] for path in tree] == [2, 3, 4, 1, 2, 2]
    # The document is reachable under the new path; its blob kept its name.
    assert expect.ok(user.get(f"/docs/{document['doc_id']}"))["path"] == f"{name}/moved/a/b"
    assert user.get(f"/docs/{document['doc_id']}/download").status_code == 200


def test_a_document_may_come_to_where_the_old_path_was(admin, user, state):
    """Blobs keep their names when a path is renamed, so the same blob name is wanted twice."""
    old, new = unique("once"), unique("then")
    path = created(admin, old)
    first = upload_text(user, "first", filename="same.txt", full_path=old)
    expect.ok(rename(admin, path, full_path=new))
    created(admin, old)
    response = user.upload("same.txt", b"second", full_path=old)
    assert response.status_code in (201, 409)
    assert user.get(f"/docs/{first['doc_id']}/download").content == b"first"
    if response.status_code == 201:
        assert user.get(f"/docs/{response.json()['doc_id']}/download").content == b"second"


def test_renaming_to_itself_changes_nothing(admin):
    path = created(admin, unique("same"))
    assert expect.ok(rename(admin, path, full_path=path["full_path"])) == path


def test_renaming_below_itself(admin, user):
    top = unique("inside")
    path, child = created(admin, top), created(admin, f"{top}/child")
    response = rename(admin, path, full_path=f"{top}/child/deeper")
    assert response.status_code in (200, 400, 409, 422)
    kept = {path["id"]: path["full_path"] for path in expect.ok(user.get("/paths/?maxDepth=30"))}
    if response.status_code == 200:
        assert (kept[path["id"]], kept[child["id"]]) == (f"{top}/child/deeper", f"{top}/child/deeper/child")
    else:
        assert (kept[path["id"]], kept[child["id"]]) == (top, f"{top}/child")


def test_renaming_to_one_that_exists(admin, user):
    first, second = created(admin, unique("first")), created(admin, unique("second"))
    for spelling in (second["full_path"], f"/{second['full_path']}/"):
        expect.detail(rename(admin, first, full_path=spelling), 409, f"Path '{second['full_path']}' already exists.")
    assert first["full_path"] in listed(user)


def test_renaming_so_that_a_path_below_meets_one_that_exists(admin, user):
    """The target is free, but what would come to lie below it is not: nothing may change."""
    top, target = unique("meets"), unique("target")
    path = created(admin, top)
    created(admin, f"{top}/child")
    created(admin, f"{target}/child")
    expect.detail(rename(admin, path, full_path=target), 409, f"Path '{target}/child' already exists.")
    assert {top, f"{top}/child", f"{target}/child"} <= set(listed(user)) and target not in listed(user)


def test_renaming_so_that_a_path_below_grows_too_long(admin, user):
    top = unique("grow")
    path = created(admin, top)
    below = created(admin, f"{top}/" + "x" * 240 + "/" + "y" * 240)
    response = rename(admin, path, full_path="z" * 200)
    assert response.status_code in (400, 422), response.text
    assert {top, below["full_path"]} <= set(listed(user))


@pytest.mark.parametrize("full_path", ["a//b", "..", "a/../b", "a\\b", "a\0b", "x" * 256])
def test_renaming_to_a_bad_path(admin, full_path):
    path = created(admin, unique("bad"))
    response = rename(admin, path, full_path=full_path)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "full_path"]


def test_extra_fields_are_refused_when_changing_one(admin):
    path = created(admin, unique("extra"))
    expect.invalid(rename(admin, path, description="changed", id=7), expect.extra("body", "id", value=7))


@pytest.mark.parametrize("path_id", [999999, 0, -1])
def test_update_nothing(admin, path_id):
    expect.detail(admin.patch(f"/paths/{path_id}", json={"description": "x"}), 404,
                  f"Path with id of '{path_id}' doesn't exists.")


@pytest.mark.parametrize("fields", [{"full_path": "elsewhere"}, {"description": "changed"}, {"full_path": "/"}])
def test_the_root_cannot_be_changed(admin, fields):
    root = the_root(admin)
    response = rename(admin, root, **fields)
    assert response.status_code == 400 and list(response.json()) == ["detail", "code"]
    assert the_root(admin) == root


# -- DELETE /paths/{path_id}

def test_delete(admin, user):
    path = created(admin, unique("delete"))
    expect.empty(admin.delete(f"/paths/{path['id']}"))
    assert path["full_path"] not in listed(user)
    expect.detail(admin.delete(f"/paths/{path['id']}"), 404, f"Path with {path['id']} doesn't exist")


def test_delete_nothing(admin):
    expect.detail(admin.delete("/paths/999999"), 404, "Path with 999999 doesn't exist")


def test_delete_the_root(admin):
    root = the_root(admin)
    response = admin.delete(f"/paths/{root['id']}")
    assert response.status_code == 400 and list(response.json()) == ["detail", "code"]
    assert the_root(admin) == root


def test_delete_a_path_with_documents(admin, user):
    path = created(admin, unique("used"))
    upload_text(user, full_path=path["full_path"])
    expect.detail(admin.delete(f"/paths/{path['id']}"), 400, "Cannot delete path: documents reference it.")
    assert path["full_path"] in listed(user)


def test_delete_a_path_with_paths_below(admin, user):
    top = unique("parent")
    path, child = created(admin, top), created(admin, f"{top}/child")
    created(admin, f"{top}x")  # begins the same, but is not below
    expect.detail(admin.delete(f"/paths/{path['id']}"), 400, "Cannot delete path: it has sub-paths.")
    expect.empty(admin.delete(f"/paths/{child['id']}"))
    expect.empty(admin.delete(f"/paths/{path['id']}"))


def test_it_is_audited(admin, state):
    path = created(admin, unique("audited"))
    rename(admin, path, description="changed")
    admin.delete(f"/paths/{path['id']}")
    rows = state.query("SELECT action_type FROM Logs WHERE user_id = ? AND entity_id = ?", admin.user_id, path["id"])
    assert {"path_create", "path_update", "path_delete"} <= {row["action_type"] for row in rows}


# -- documents of the platform, which do not name their blobs

def make_platforms(state, *documents):
    """As if the Python server had made them: without a checksum, without the name of a blob."""
    for document in documents:
        state.execute("UPDATE Documents SET blob_name = NULL, sha256 = NULL WHERE doc_id = ?", document["doc_id"])
        state.execute("DELETE FROM Document_Files WHERE doc_id = ?", document["doc_id"])


def blob_name(state, document):
    (row,) = state.query("SELECT blob_name FROM Documents WHERE doc_id = ?", document["doc_id"])
    return row["blob_name"]


def platform_document(admin, state, full_path, text):
    document = upload_text(admin, text, full_path=full_path)
    finish(admin, document["doc_id"])
    make_platforms(state, document)
    return document


def content(admin, document):
    return admin.get(f"/docs/{document['doc_id']}/download").content


def test_a_rename_leaves_the_documents_of_the_platform_their_files(admin, state):
    top = unique("platform")
    path, below = created(admin, top), created(admin, f"{top}/عقود")
    documents = [platform_document(admin, state, name, f"words in {name}\n") for name in (top, f"{top}/عقود")]
    contents = [content(admin, document) for document in documents]
    renamed = unique("renamed")
    expect.ok(rename(admin, path, full_path=renamed), expect.PATH_KEYS)
    expect.ok(rename(admin, below, full_path=f"{renamed}/deeper"), expect.PATH_KEYS)
    assert [content(admin, document) for document in documents] == contents
    assert [blob_name(state, document) for document in documents] == [
        f"{top}/{documents[0]['filename']}", f"{top}/عقود/{documents[1]['filename']}"]


def test_so_does_a_rename_by_the_platforms_server(admin, state):
    top = unique("platform")
    path = created(admin, top)
    document = platform_document(admin, state, top, "words that stay\n")
    state.execute("UPDATE Virtual_Paths SET full_path = ? WHERE path_id = ?", unique("renamed"), path["id"])
    assert content(admin, document) == b"words that stay\n"
    assert blob_name(state, document) == f"{top}/{document['filename']}"


def test_a_rename_of_a_path_with_many_documents_of_the_platform(admin, state):
    """More than are named at once."""
    top = unique("platform")
    path = created(admin, top)
    state.execute("INSERT INTO Documents (filename, path_id, uploaded_by_user_id, uploaded_at) "
                  f"SELECT CAST(n AS VARCHAR(10)), ?, 1, '2026-01-01T00:00:00' FROM {numbers_below(2100)}", path["id"])
    expect.ok(rename(admin, path, full_path=unique("renamed")), expect.PATH_KEYS)
    rows = state.query("SELECT filename, blob_name FROM Documents WHERE path_id = ?", path["id"])
    assert len(rows) == 2100
    assert all(row["blob_name"] == f"{top}/{row['filename']}" for row in rows)
    state.execute("DELETE FROM Documents WHERE path_id = ?", path["id"])


def test_the_next_sweep_takes_nothing(admin, server, state):
    top = unique("platform")
    path, other = created(admin, top), created(admin, unique("other"))
    mended = platform_document(admin, state, top, "words that are swept around\n")
    expect.ok(rename(admin, path, full_path=unique("renamed")), expect.PATH_KEYS)
    # One whose path was renamed when nobody wrote down the name of its blob.
    lost = platform_document(admin, state, unique_path(admin), "words of before\n")
    state.execute("UPDATE Documents SET path_id = ? WHERE doc_id = ?", other["id"], lost["doc_id"])
    before = state.blobs()
    def sweeps():
        return [entry for entry in server.log() if entry["message"] == "the storage was compared with the documents"]
    server.settings["BLOB_ORPHAN_GRACE_MINUTES"] = "0"
    server.stop()
    swept = len(sweeps())
    server.start()
    line = wait_until(lambda: sweeps()[swept:], what="a sweep")[0]
    assert (line["given_up"], line["doubtful"]) == (0, 1)
    assert state.blobs() == before
    with Client(server.address, admin.access_token) as client:
        assert content(client, mended) == b"words that are swept around\n"
        assert "nassaq_doubtful_blobs 1" in client.get("//metrics").text


def unique_path(admin):
    return created(admin, unique("before"))["full_path"]
