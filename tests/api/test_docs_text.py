"""GET /docs/{id}/text: the extracted text as JSON and as plain text (api.md section 8)."""

import pytest

from support import expect
from support.client import unique
from support.documents import finish, pdf, wait_processed

TEXT = "Some English words in one line.\nAnd a second line with more of them.\n"
ARABIC = "هذا نص عربي قصير فيه كلمات كافية لمعرفة لغته.\nوهذا سطر ثان.\n"


def text_of(person, content, filename):
    response = person.upload(filename, content)
    assert response.status_code == 201, response.text
    doc_id = response.json()["doc_id"]
    finish(person, doc_id)
    return doc_id, expect.ok(person.get(f"/docs/{doc_id}/text"), expect.TEXT_KEYS)


def test_a_text_file(user):
    doc_id, body = text_of(user, TEXT.encode(), f"{unique('plain')}.txt")
    assert (body["doc_id"], body["status"], body["page_count"]) == (doc_id, "Finished", 1)
    assert (body["word_count"], body["primary_language"]) == (14, "en")
    assert body["text"].strip() == TEXT.strip()
    (page,) = body["pages"]
    assert list(page) == expect.PAGE_KEYS
    assert (page["page"], page["method"], page["language"]) == (1, "decoded", "en")
    assert page["text"].strip() == TEXT.strip()


@pytest.mark.parametrize("encode", [
    lambda text: text.encode(),
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.encode("utf-16"),
    lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    lambda text: text.encode("cp1256"),
    lambda text: text.replace("\n", "\r\n").encode("cp1256"),
], ids=["UTF-8", "UTF-8 with BOM", "UTF-16LE", "UTF-16BE", "Windows-1256", "Windows-1256 CRLF"])
@pytest.mark.parametrize("extension", [".txt", ".csv"])
def test_encodings_of_an_arabic_text(user, encode, extension):
    _, body = text_of(user, encode(ARABIC), f"{unique('عربي')}{extension}")
    assert body["text"].replace("\r\n", "\n").strip() == ARABIC.strip()
    assert (body["primary_language"], body["pages"][0]["method"]) == ("ar", "decoded")


def test_the_text_layer_of_a_pdf(user):
    _, body = text_of(user, pdf("Embedded words of a page"), f"{unique('layer')}.pdf")
    assert body["text"].split() == ["Embedded", "words", "of", "a", "page"]
    assert (body["pages"][0]["method"], body["word_count"]) == ("embedded", 5)


def test_as_many_pages_as_are_read(user):
    """EXTRACT_TEXT_PAGES"""
    _, body = text_of(user, pdf(*(f"Words of page {number}" for number in range(1, 2_001))), f"{unique('thick')}.pdf")
    assert [page["text"].strip() for page in body["pages"]] == [f"Words of page {number}" for number in range(1, 2_001)]


@pytest.mark.parametrize("accept", ["text/plain", "text/plain; charset=utf-8", "text/plain, */*;q=0.1"])
def test_as_plain_text(user, accept):
    doc_id, body = text_of(user, ARABIC.encode(), f"{unique('plain')}.txt")
    response = user.get(f"/docs/{doc_id}/text", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].replace(" ", "") == "text/plain;charset=utf-8"
    assert response.content.decode() == body["text"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain;q=0.5", "image/png", ""])
def test_otherwise_as_json(user, accept):
    doc_id, _ = text_of(user, b"words", f"{unique('json')}.txt")
    expect.ok(user.get(f"/docs/{doc_id}/text", headers={"accept": accept}), expect.TEXT_KEYS)


@pytest.mark.parametrize("status", ["Queued", "Processing"])
@pytest.mark.parametrize("accept", ["*/*", "text/plain"])
def test_before_it_is_processed(user, state, status, accept):
    doc_id, _ = text_of(user, b"words", f"{unique('early')}.txt")
    state.set_status(doc_id, status)
    expect.detail(user.get(f"/docs/{doc_id}/text", headers={"accept": accept}), 409, "Document is not processed yet.")


def test_of_a_failed_document(user):
    response = user.upload(f"{unique('damaged')}.pdf", b"%PDF-1.4\n1 0 obj\n<< damaged\n")
    assert wait_processed(user, response.json()["doc_id"])["status"] == "Failed"
    response = user.get(f"/docs/{response.json()['doc_id']}/text")
    assert 400 <= response.status_code < 500 and list(response.json()) == ["detail", "code"]


def test_whose(admin, user, other):
    doc_id, body = text_of(user, b"private words", f"{unique('private')}.txt")
    assert expect.ok(admin.get(f"/docs/{doc_id}/text")) == body
    expect.detail(other.get(f"/docs/{doc_id}/text"), 404, f"Document with id {doc_id} not found.")
    expect.detail(user.get("/docs/999999/text"), 404, "Document with id 999999 not found.")


def test_words_nobody_can_inject(user):
    """Text comes back as text, whatever it says."""
    hostile = "<script>alert(1)</script> ' OR 1=1; -- \u2028 \U0001f600 {\"a\":1}"
    _, body = text_of(user, hostile.encode(), f"{unique('hostile')}.txt")
    assert hostile.split(" ")[0] in body["text"] and "\U0001f600" in body["text"]
