"""GET /docs/{id}/download: bytes, names, ranges and conditions (api.md section 8; RFC 9110, RFC 6266, RFC 8187)."""

import hashlib
import random
import re
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

import pytest

from support import expect
from support.client import unique
from support.documents import pdf, png, upload_text
from support.server import wait_until

CONTENT = bytes(random.Random(7).choices(b"abcdefgh \n", k=200_000))


@pytest.fixture(scope="module")
def document(user):
    body = expect.ok(user.upload("bytes to serve.txt", CONTENT, content_type="text/plain"), status=201)
    return {**body, "url": f"/docs/{body['doc_id']}/download", "etag": f'"{body["sha256"]}"'}


def test_the_answer(user, document):
    response = user.get(document["url"])
    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["content-length"] == str(len(CONTENT))
    assert response.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-type"].split(";")[0] == "text/plain"
    assert parsedate_to_datetime(response.headers["last-modified"]).tzinfo is not None
    assert response.headers["last-modified"].endswith(" GMT")
    assert response.headers["content-disposition"].startswith("attachment")
    assert "bytes to serve.txt" in response.headers["content-disposition"]


def test_head(user, document):
    got, headed = user.get(document["url"]), user.head(document["url"])
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "last-modified", "content-disposition", "accept-ranges"):
        assert headed.headers[name] == got.headers[name]


# -- names

@pytest.mark.parametrize("filename", [
    "عقد عمل رقم ١٢.txt", "😀 emoji.txt", "plain.txt", "semi;colon, comma.txt", "per%41cent+plus.txt", "it's (1).txt",
    'quote\\"d.txt',
], ids=ascii)
def test_the_name_in_the_disposition(user, filename):
    body = expect.ok(user.upload(filename, b"named"), status=201)
    disposition = user.get(f"/docs/{body['doc_id']}/download").headers["content-disposition"]
    assert disposition.isascii() and "\r" not in disposition and "\n" not in disposition
    if "filename*=" not in disposition:  # a quoted string says the same of a name in ASCII (RFC 6266)
        quoted = disposition.removeprefix("attachment; filename=")
        assert quoted[0] == quoted[-1] == '"' and re.sub(r"\\(.)", r"\1", quoted[1:-1]) == body["filename"]
        return
    encoded = disposition.split("filename*=")[1].split(";")[0]
    assert encoded.startswith("UTF-8''") and unquote(encoded.removeprefix("UTF-8''")) == body["filename"]
    # attr-char of RFC 8187; everything else is percent-encoded.
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~%"
    assert set(encoded.removeprefix("UTF-8''")) <= set(plain)


@pytest.mark.parametrize("inline, kind", [
    ("true", "inline"), ("1", "inline"), ("yes", "inline"), ("false", "attachment"), ("0", "attachment")])
def test_inline(user, document, inline, kind):
    response = user.get(f"{document['url']}?inline={inline}")
    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["content-disposition"].startswith(kind)


def test_inline_that_is_no_boolean(user, document):
    expect.invalid(user.get(f"{document['url']}?inline=perhaps"),
                   expect.unparsable_boolean("query", "inline", value="perhaps"))


@pytest.mark.parametrize("filename, content, content_type", [
    ("typed.pdf", pdf("typed"), "application/pdf"),
    ("typed.png", png(), "image/png"),
])
def test_the_type(user, filename, content, content_type):
    body = expect.ok(user.upload(filename, content), status=201)
    response = user.get(f"/docs/{body['doc_id']}/download")
    assert (response.headers["content-type"], response.content) == (content_type, content)


# -- conditions

@pytest.mark.parametrize("form", ["{}", "W/{}", "*", '"other", {}', '"a",W/"b" , {}'])
def test_if_none_match_hits(user, document, form):
    response = user.get(document["url"], headers={"if-none-match": form.format(document["etag"])})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == document["etag"]


@pytest.mark.parametrize("value", ['"other"', "nonsense", '""', ""])
def test_if_none_match_misses(user, document, value):
    response = user.get(document["url"], headers={"if-none-match": value})
    assert (response.status_code, response.content) == (200, CONTENT)


def test_a_304_keeps_the_connection_usable(user, document):
    for _ in range(3):
        assert user.get(document["url"], headers={"if-none-match": document["etag"]}).status_code == 304
        assert user.get(document["url"]).content == CONTENT


# -- ranges

SIZE = len(CONTENT)


@pytest.mark.parametrize("value, first, last", [
    ("bytes=0-0", 0, 0),
    ("bytes=0-9", 0, 9),
    ("bytes=100-199", 100, 199),
    ("bytes=199990-", 199_990, SIZE - 1),
    (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    ("bytes=0-", 0, SIZE - 1),
    ("bytes=-1", SIZE - 1, SIZE - 1),
    ("bytes=-500", SIZE - 500, SIZE - 1),
    (f"bytes=-{SIZE * 10}", 0, SIZE - 1),
    (f"bytes=10-{SIZE * 10}", 10, SIZE - 1),
    ("bytes=10-99999999999999999999999999", 10, SIZE - 1),
    ("Bytes=0-9", 0, 9),
])
def test_a_range(user, document, value, first, last):
    response = user.get(document["url"], headers={"range": value})
    assert response.status_code == 206
    assert response.content == CONTENT[first:last + 1]
    assert response.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert response.headers["content-length"] == str(last - first + 1)
    assert response.headers["etag"] == document["etag"]


@pytest.mark.parametrize("value", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0",
                                   "bytes=99999999999999999999999999-"])
def test_a_range_that_is_not_there(user, document, value):
    response = user.get(document["url"], headers={"range": value})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{SIZE}"
    assert list(response.json()) == ["detail", "code"]


@pytest.mark.parametrize("value", [
    "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "items=0-5", "bytes 0-5", "bytes=0x1-5", "bytes=1.5-2", "nonsense",
    "bytes=--5", "bytes=+1-5",
])
def test_a_range_that_is_nonsense_is_ignored(user, document, value):
    """RFC 9110 section 14.2: a server may ignore Range, and must when the unit is unknown."""
    response = user.get(document["url"], headers={"range": value})
    assert (response.status_code, response.content) == (200, CONTENT)


def test_several_ranges_are_not_served(user, document):
    """Only a single range is; the whole is an answer that every client can use."""
    response = user.get(document["url"], headers={"range": "bytes=0-1,5-9"})
    assert (response.status_code, response.content) == (200, CONTENT)


def test_head_with_a_range(user, document):
    """RFC 9110 section 14.2: Range is defined for GET only."""
    response = user.head(document["url"], headers={"range": "bytes=0-9"})
    assert response.status_code in (200, 206) and response.content == b""


def test_if_range(user, document):
    headers = {"range": "bytes=0-9"}
    assert user.get(document["url"], headers={**headers, "if-range": document["etag"]}).status_code == 206
    for stale in ('"other"', f"W/{document['etag']}", "Sat, 01 Jan 2000 00:00:00 GMT", "nonsense"):
        response = user.get(document["url"], headers={**headers, "if-range": stale})
        assert (response.status_code, response.content) == (200, CONTENT)


def test_if_none_match_comes_before_the_range(user, document):
    response = user.get(document["url"], headers={"range": "bytes=0-9", "if-none-match": document["etag"]})
    assert response.status_code == 304


def test_a_download_resumed_piece_by_piece(user, document):
    pieces = [user.get(document["url"], headers={"range": f"bytes={at}-{at + 65_535}"}).content
              for at in range(0, SIZE, 65_536)]
    assert b"".join(pieces) == CONTENT


# -- whose

def test_whose(admin, user, other, anyone, document):
    assert admin.get(document["url"]).content == CONTENT
    expect.detail(other.get(document["url"]), 404, f"Document with id {document['doc_id']} not found.")
    expect.detail(anyone.get(document["url"]), 401, "Not authenticated")
    expect.detail(user.get("/docs/999999/download"), 404, "Document with id 999999 not found.")


def test_a_condition_does_not_open_anothers_document(other, document):
    for headers in ({"if-none-match": document["etag"]}, {"range": "bytes=0-0"}, {"if-none-match": "*"}):
        assert other.get(document["url"], headers=headers).status_code == 404


def test_it_is_audited(user, state):
    body = upload_text(user, "audited", f"{unique('audited')}.txt")
    assert user.get(f"/docs/{body['doc_id']}/download").status_code == 200
    # Who reads does not wait for it.
    wait_until(lambda: state.query("SELECT user_id FROM Logs WHERE action_type = 'document_download' AND entity_id = ?",
                                   body["doc_id"]) == [{"user_id": user.user_id}])


def test_a_blob_that_is_lost_is_an_error_not_a_crash(user, server, state):
    name = f"{unique('lost')}.txt"
    body = upload_text(user, "about to be lost", name)
    state.storage.remove(name)
    response = user.get(f"/docs/{body['doc_id']}/download")
    assert response.status_code in (404, 500)
    assert list(response.json()) == ["detail", "code"] and str(state.directory) not in response.text
    assert user.get("/users/me").status_code == 200
