"""POST /docs/upload (api.md section 5): what is taken, each refusal, and that a refused upload leaves nothing."""

import hashlib
import itertools
import os
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from support import expect
from support.client import unique
from support.documents import TEST_DATA, finish, pdf, png, upload_text
from support.raw import RawConnection, request

SERVER_SETTINGS = {"MAX_UPLOAD_SIZE_MB": 1}
LIMIT = 1024 * 1024
BOUNDARY = "the-boundary"
TOO_LARGE = "File too large, Max Limit is set to 1 MB"


@pytest.fixture
def untouched(state):
    """After the test the data directory holds what it held before: no blob, row or job more, and nothing spooled."""
    before = state.uploads()
    yield
    after = state.uploads()
    for table in ("Outbox", "Job_Queue"):  # work of earlier uploads goes from the one to the other meanwhile
        del after[table], before[table]
    assert after == before


def part(name, content, filename=None, content_type=None):
    """One part of a multipart body; `filename` goes in as it is."""
    disposition = f'form-data; name="{name}"'.encode()
    if filename is not None:
        disposition += b'; filename="' + (filename if isinstance(filename, bytes) else filename.encode()) + b'"'
    head = b"Content-Disposition: " + disposition + b"\r\n"
    if content_type:
        head += f"Content-Type: {content_type}\r\n".encode()
    return head + b"\r\n" + (content if isinstance(content, bytes) else content.encode())


def multipart(*parts, preamble=b"", epilogue=b""):
    mark = f"--{BOUNDARY}".encode()
    return preamble + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n" + epilogue


def post(client, body, content_type=f"multipart/form-data; boundary={BOUNDARY}"):
    return client.post("/docs/upload", content=body, headers={"content-type": content_type})


@pytest.fixture(scope="module")
def folder(admin):
    return expect.ok(admin.post("/paths/", json={"full_path": "عقود/2024"}), status=201)["full_path"]


# -- what is taken

def test_the_answer(user, folder, state):
    content = pdf("Contract 42")
    response = user.upload("عقد عمل.pdf", content, folder, "A first contract: وصف", "application/pdf")
    body = expect.uploaded(response)
    assert {**body, "doc_id": 0, "path": ""} == {
        "filename": "عقد عمل.pdf", "path": "", "ctype": "application/pdf", "size": len(content),
        "metadata": {"description": "A first contract: وصف", "full_path": folder},
        "doc_id": 0, "sha256": hashlib.sha256(content).hexdigest()}
    assert list(body["metadata"]) == ["description", "full_path"]
    assert type(body["doc_id"]) is int
    # The blob's URL: absolute, percent-encoded, its name the virtual path and the file's.
    assert body["path"].isascii() and urlsplit(body["path"]).scheme
    assert unquote(urlsplit(body["path"]).path).endswith(f"/{folder}/عقد عمل.pdf")


def test_at_the_root_without_a_description(user):
    name = f"{unique('root')}.txt"
    body = expect.uploaded(user.upload(name, b"at the root", content_type="text/plain"))
    assert body["metadata"] == {"description": None, "full_path": ""}
    assert unquote(urlsplit(body["path"]).path).endswith(f"/{name}")


@pytest.mark.parametrize("full_path", ["/عقود/2024", "عقود/2024/", "//عقود/2024//"], ids=ascii)
def test_slashes_around_the_path_do_not_matter(user, folder, full_path):
    body = expect.ok(user.upload(f"{unique('slash')}.txt", b"x", full_path), status=201)
    assert expect.ok(user.get(f"/docs/{body['doc_id']}"))["path"] == folder


@pytest.mark.parametrize("full_path", ["", "/"])
def test_the_root_has_two_names(user, full_path):
    body = expect.ok(user.upload(f"{unique('root')}.txt", b"x", full_path), status=201)
    assert expect.ok(user.get(f"/docs/{body['doc_id']}"))["path"] == "/"


def test_the_rows_it_writes(user, folder, state):
    content = b"rows of an upload"
    name = f"{unique('rows')}.txt"
    body = expect.ok(user.upload(name, content, folder, "described", "text/plain"), status=201)
    (document,) = state.query("SELECT * FROM Documents WHERE doc_id = ?", body["doc_id"])
    (path,) = state.query("SELECT full_path FROM Virtual_Paths WHERE path_id = ?", document["path_id"])
    assert path["full_path"] == folder
    assert (document["filename"], document["uploaded_by_user_id"]) == (name, user.user_id)
    assert (document["file_size"], document["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (document["content_type"], document["description"]) == ("text/plain", "described")
    assert document["blob_name"] == f"{folder}/{name}"
    (status,) = state.query("SELECT * FROM Processing_Status WHERE doc_id = ?", body["doc_id"])
    assert status["stage_name"] == "OCR"
    finish(user, body["doc_id"])
    (document,) = state.query("SELECT * FROM Documents WHERE doc_id = ?", body["doc_id"])
    assert document["mongo_doc_id"] != "pending"
    assert len(state.query("SELECT * FROM Processing_Status WHERE doc_id = ?", body["doc_id"])) == 1
    assert len(state.query("SELECT * FROM Ocr_Results WHERE doc_id = ?", body["doc_id"])) == 1
    assert state.query("SELECT user_id FROM Logs WHERE action_type = 'document_upload' AND entity_id = ?",
                       body["doc_id"]) == [{"user_id": user.user_id}]


PARTS = {
    "file": lambda name: part("file", "in any order", name, "text/plain"),
    "full_path": lambda name: part("full_path", "عقود/2024"),
    "description": lambda name: part("description", "described", content_type="text/plain; charset=utf-8"),
}


@pytest.mark.parametrize("order", list(itertools.permutations(PARTS)), ids="-".join)
def test_parts_in_any_order(user, folder, order):
    name = f"{unique('order')}.txt"
    response = post(user, multipart(*[PARTS[key](name) for key in order]))
    body = expect.uploaded(response)
    assert (body["filename"], body["size"]) == (name, 12)
    assert body["metadata"] == {"description": "described", "full_path": folder}


@pytest.mark.parametrize("frame", [
    {"preamble": b"This is a multi-part message.\r\n"},
    {"epilogue": b"nobody reads this"},
], ids=["preamble", "epilogue"])
def test_around_the_parts(user, frame):
    body = multipart(part("file", "framed", f"{unique('frame')}.txt"), **frame)
    assert expect.ok(post(user, body), status=201)["size"] == 6


@pytest.mark.parametrize("content_type", [
    f'multipart/form-data; boundary="{BOUNDARY}"',
    f"multipart/form-data; charset=utf-8; boundary={BOUNDARY}",
    f"Multipart/Form-Data; Boundary={BOUNDARY}",
    f"multipart/form-data;boundary={BOUNDARY}",
])
def test_spellings_of_the_boundary(user, content_type):
    body = multipart(part("file", "spelled", f"{unique('boundary')}.txt"))
    assert post(user, body, content_type).status_code == 201


@pytest.mark.parametrize("content", [
    f"\r\n--{BOUNDARY[:-1]}".encode(), f"--{BOUNDARY}".encode(), b"\r\n--", b"\r\n" * 1000, b"\r" * 65536,
    f"\r\n-{BOUNDARY}\r\n".encode() * 3000, b"ends with CR\r",
], ids=lambda value: ascii(value)[:30])
def test_content_that_looks_like_the_boundary(user, content):
    content = b"words " + content
    body = expect.ok(post(user, multipart(part("file", content, f"{unique('look')}.txt"))), status=201)
    assert body["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_body_in_small_chunks(user):
    body = multipart(PARTS["description"](""), part("file", "chunk by chunk", f"{unique('chunk')}.txt"))
    response = post(user, (body[at:at + 1] for at in range(len(body))))
    assert expect.ok(response, status=201)["size"] == len("chunk by chunk")


def test_exactly_the_limit(user):
    content = b"ab c" * (LIMIT // 4)
    body = expect.ok(user.upload(f"{unique('limit')}.txt", content), status=201)
    assert (body["size"], body["sha256"]) == (LIMIT, hashlib.sha256(content).hexdigest())


def test_the_same_name_in_two_folders(admin, user):
    name = f"{unique('twice')}.txt"
    for folder in (unique("one"), unique("two")):
        admin.post("/paths/", json={"full_path": folder})
        assert user.upload(name, b"x", folder).status_code == 201
    assert user.upload(name, b"x").status_code == 201


# -- file names

@pytest.mark.parametrize("sent, kept", [
    ("%D8%B9%D9%82%D8%AF%20{}%25.txt", "عقد {}%.txt"),  # as Dart and others send it
    ("%d8%a8%2f%d8%b9{}.txt", "ع{}.txt"),  # a folder is none of the name, however it is written
    ("50%20off{}.txt", "50%20off{}.txt"), ("100%25{}.txt", "100%25{}.txt"),  # real names: browsers escape no blank
    ("%E9t%E9{}.txt", "%E9t%E9{}.txt"), ("100%{}.txt", "100%{}.txt"),
])
def test_a_name_that_is_percent_encoded(user, sent, kept):
    number = unique("")
    body = expect.ok(post(user, multipart(part("file", "x", sent.format(number)))), status=201)
    assert body["filename"] == kept.format(number)


@pytest.mark.parametrize("filename", [
    "عقد عمل رقم ١٢.txt", "😀📁.txt", "مختلط mixed 123.txt", "spaces  and   tabs.txt", "UPPER.TXT", "two.dots.txt",
    "semi;colon=equals,comma.txt", "percent%20%2F.txt", "plus+and&.txt", "#hash?query.txt", "'quotes'.txt",
    "ﷺ.txt", "a" * 251 + ".txt", "ع" * 251 + ".txt", "😀" * 125 + "x.txt", "...txt", "-rf.txt", "~.txt", "CON.txt",
    "e\u0301.txt".replace("e\u0301", "é"),
], ids=lambda value: ascii(value)[:40])
def test_a_name_that_is_kept(user, filename):
    body = expect.ok(post(user, multipart(part("file", filename, filename))), status=201)
    assert body["filename"] == filename
    response = user.get(f"/docs/{body['doc_id']}/download")
    assert (response.status_code, response.text) == (200, filename)
    assert unquote(urlsplit(body["path"]).path).endswith("/" + filename)


def test_a_name_is_kept_in_nfc(user):
    decomposed = "cafe\u0301 " + unique("n") + " \u0627\u0653.txt"
    body = expect.ok(user.upload(decomposed, b"x"), status=201)
    assert body["filename"] == unicodedata.normalize("NFC", decomposed)
    expect.detail(user.upload(body["filename"], b"y"), 409,
                  "A document with this filename already exists at the specified path.")


def test_rfc_8187_names(user):
    """`filename*` is what some scripts send for names that are not ASCII."""
    name = f"{unique('اسم')}.txt"
    encoded = "".join(f"%{byte:02X}" for byte in name.encode())
    head = f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{encoded}\r\n\r\nx".encode()
    assert expect.ok(post(user, multipart(head)), status=201)["filename"] == name


def test_quoted_names(user):
    """Browsers escape a quote as %22; RFC 7578 clients with a backslash."""
    stem = unique("quoted")
    body = expect.ok(post(user, multipart(part("file", "x", f'{stem} \\"q\\".txt'))), status=201)
    assert body["filename"] in (f'{stem} "q".txt', 'q".txt')


@pytest.mark.parametrize("filename", [
    "../../../etc/passwd{}.txt", "/etc/cron.d/{}.txt", "..\\..\\{}.txt", "C:\\Windows\\{}.txt", "a/b/{}.txt",
    "./{}.txt", "blobs/../{}.txt", "....//{}.txt",
])
def test_a_name_loses_its_directory_or_is_refused(user, state, filename):
    before = state.blobs()
    filename = filename.format(unique("sneaky"))
    response = post(user, multipart(part("file", "sneaky", filename)))
    new = state.blobs() - before
    if response.status_code == 201:
        kept = response.json()["filename"]
        assert "/" not in kept and "\\" not in kept and kept == filename.replace("\\", "/").rsplit("/", 1)[1]
        assert len(new) == 1 and new.pop() == kept
    else:
        expect.detail(response, 400, "Invalid filename")
        assert not new
    # The folders around are those of others too, which come and go.
    outside = [Path(folder, name) for folder, folders, files in os.walk(state.directory.parent)
               for name in folders + files if "sneaky" in name]
    assert not [path for path in outside if not path.is_relative_to(state.directory)]


@pytest.mark.parametrize("filename", [
    "", ".", "..", "a\0b.txt", "a\x01b.txt", "a\x7fb.txt", "a\tb.txt", "a\u0085b.txt", "a" * 252 + ".txt",
    "ع" * 252 + ".txt", "😀" * 126 + ".txt", b"\xff\xfe.txt", b"\xc0\xaf.txt", b"\xed\xa0\x80.txt",
], ids=lambda value: ascii(value)[:30])
def test_a_name_that_is_refused(user, untouched, filename):
    response = post(user, multipart(part("file", "x", filename)))
    if isinstance(filename, bytes):  # no text at all
        assert response.status_code in (400, 422) and list(response.json()) == ["detail", "code"]
    elif filename in ("", "a\0b.txt"):  # FastAPI takes a part with an empty name for a field
        assert response.status_code in (400, 422)
    else:
        expect.detail(response, 400, "Invalid filename")


# -- refusals

def test_without_a_file(user, untouched):
    error = expect.missing("body", "file")
    expect.invalid(post(user, multipart(part("description", "x"))), error)
    expect.invalid(user.post("/docs/upload"), error)
    expect.invalid(post(user, multipart()), error)


def test_a_file_without_a_name_is_a_field(user, untouched):
    response = post(user, multipart(part("file", "just text")))
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "file"]


def test_another_content_type(user, untouched):
    for content_type in ("application/json", "application/octet-stream", "text/plain"):
        response = user.post("/docs/upload", content=b"{}", headers={"content-type": content_type})
        expect.invalid(response, expect.missing("body", "file"))


@pytest.mark.parametrize("full_path", ["..", "../..", "عقود/../عقود/2024", "عقود\\2024", "عقود//2024", "x" * 600])
def test_a_path_that_cannot_be(user, folder, untouched, full_path):
    response = user.upload(f"{unique('lost')}.txt", b"x", full_path)
    if response.status_code == 422:
        assert response.json()["detail"][0]["loc"] == ["body", "full_path"]
    else:
        expect.detail(response, 404, "Provided path doesn't exist.")


@pytest.mark.parametrize("full_path", ["nowhere", "عقود", "عقود/2024/deeper", "عقود/2", "' OR 1=1 --", "%", "_"])
def test_a_path_that_is_not_there(user, folder, untouched, full_path):
    """Nor is a parent that nobody made."""
    response = user.upload(f"{unique('lost')}.txt", b"x", full_path)
    expect.detail(response, 404, "Provided path doesn't exist.")


def test_a_name_that_is_taken_leaves_the_first_unharmed(user, other, folder, state):
    name = f"{unique('taken')}.txt"
    first = upload_text(user, "the first", filename=name, full_path=folder)
    finish(user, first["doc_id"])
    before = state.uploads()
    for person in (user, other):
        expect.detail(person.upload(name, b"the second", folder), 409,
                      "A document with this filename already exists at the specified path.")
    assert state.uploads() == before
    assert user.get(f"/docs/{first['doc_id']}/download").content == b"the first"


def test_an_empty_file(user, untouched):
    expect.detail(user.upload(f"{unique('empty')}.txt", b""), 400, "Uploaded file is empty")
    expect.detail(user.upload(f"{unique('empty')}.pdf", b""), 400, "Uploaded file is empty")


@pytest.mark.parametrize("filename, shown", [
    ("program.exe", ".exe"), ("page.html", ".html"), ("archive.tar.gz", ".gz"), ("text.txt.exe", ".exe"),
    ("UPPER.EXE", ".exe"), ("none", ""), ("dot.", None), (".txt", None), ("نص.عربي", ".عربي"), ("x.tx t", ".tx t"),
])
def test_an_unsupported_extension(user, untouched, filename, shown):
    response = user.upload(filename, b"MZ content")
    assert response.status_code == 415
    text = response.json()["detail"]
    assert text.startswith("Unsupported file type '")
    if shown is not None:
        assert text.lower().startswith(f"unsupported file type '{shown}'. supported: ")
    for extension in (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".heif", ".heic", ".docx", ".xlsx",
                      ".pptx", ".doc", ".txt", ".csv"):
        assert extension in text


@pytest.mark.parametrize("filename, content", [
    ("program.pdf", b"MZ\x90\0" + b"\0" * 500),
    ("page.jpg", b"<!DOCTYPE html><html><script>alert(1)</script></html>"),
    ("text.pdf", b"just some words, no PDF at all"),
    ("picture.pdf", png()),
    ("paper.png", pdf()),
    ("paper.txt", pdf()),
    ("picture.txt", png()),
    ("program.txt", Path("/bin/true").read_bytes()),
    ("picture.csv", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + b"\0" * 200),
    ("words.docx", b"no archive"),
    ("page.pdf", b"<!DOCTYPE html><script>alert(1)</script>%PDF-1.4"),
    ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("page.doc", b"<html><body>Word opens it all the same</body></html>"),
    ("program.doc", b"MZ\x90\0" + b"\0" * 500),
    ("archive.txt", b"\x1f\x8b\x08\0" + b"\0" * 100),
])
def test_content_of_another_type(user, untouched, filename, content):
    expect.detail(user.upload(filename, content), 415, "File content does not match its extension")


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize("name, source, ctype, words", [
    ("picture.jpg", "letter-english.png", "image/png", "Olive Quarter"),
    ("photo.png", "رسالة المكتبة.jpg", "image/jpeg", "المكتبة"),
    ("web.jpg", "letter-web.jpg", "image/webp", "Olive Quarter"),
    ("fax.png", "receipt.bmp", "image/bmp", "four chairs"),
    ("newer.doc", "agreement.docx", DOCX, "Agreement on the lending of books"),
    ("older.docx", "letter-old.doc", "application/msword", None),
    ("rich.doc", "letter-rich.doc", "application/rtf", "حي الزيتون"),
    ("printed.pdf", "letter-printed.pdf", "application/pdf", "Olive Quarter"),
])
def test_a_file_is_what_its_bytes_are(user, name, source, ctype, words):
    """It is taken, read, and given back as what it is."""
    stem, _, extension = name.partition(".")
    content = (TEST_DATA / source).read_bytes()
    body = expect.ok(user.upload(f"{unique(stem)}.{extension}", content), status=201)
    assert body["ctype"] == ctype
    finish(user, body["doc_id"])
    assert words is None or words in user.get(f"/docs/{body['doc_id']}/text").json()["text"]
    download = user.get(f"/docs/{body['doc_id']}/download")
    assert (download.headers["content-type"], download.content) == (ctype, content)


def test_a_wrong_name_can_be_put_right(user):
    body = expect.ok(user.upload(f"{unique('wrong')}.jpg", (TEST_DATA / "letter-english.png").read_bytes()), status=201)
    finish(user, body["doc_id"])
    path = f"/docs/{body['doc_id']}"
    expect.detail(user.patch(path, json={"filename": f"{unique('right')}.bmp"}), 415,
                  "File content does not match its extension")
    assert expect.ok(user.patch(path, json={"filename": f"{unique('right')}.png"}))["file_type"] == "png"


def test_the_claimed_content_type_is_not_believed(user):
    body = expect.ok(user.upload(f"{unique('claim')}.txt", b"plain words", content_type="text/html"), status=201)
    assert "html" not in body["ctype"]


# -- size

def test_one_byte_too_many(user, untouched):
    expect.detail(user.upload(f"{unique('large')}.txt", b"x" * (LIMIT + 1)), 413, TOO_LARGE)


def test_too_much_in_chunks(user, untouched):
    body = multipart(part("file", b"x" * (LIMIT + 1), f"{unique('large')}.txt"))
    response = post(user, (body[at:at + 65536] for at in range(0, len(body), 65536)))
    expect.detail(response, 413, TOO_LARGE)


def raw_head(user, *headers):
    return request("POST", "/api/v1/docs/upload", f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
                   *([f"Authorization: Bearer {user.access_token}"] if user else []), *headers)


def test_an_announced_size_is_refused_before_the_body(server, user, untouched):
    with RawConnection(server, timeout=5) as connection:
        connection.send(raw_head(user, "Content-Length: 99999999999", "Expect: 100-continue"))
        response = connection.read_response()
        assert (response.status, response.json()) == (413, {"detail": TOO_LARGE, "code": "file_too_large"})


@pytest.mark.parametrize("headers", [["Content-Length: 1000"], ["Content-Length: 1000", "Expect: 100-continue"],
                                     ["Transfer-Encoding: chunked"]], ids=" ".join)
def test_nobody_in_particular_is_refused_before_the_body(server, untouched, headers):
    with RawConnection(server, timeout=5) as connection:
        connection.send(raw_head(None, *headers))
        response = connection.read_response()
        assert (response.status, response.json()) == (
            401, {"detail": "Not authenticated", "code": "not_authenticated"})


def test_expect_continue_is_answered_when_the_upload_is_welcome(server, user):
    body = multipart(part("file", "after 100", f"{unique('expect')}.txt"))
    with RawConnection(server, timeout=10) as connection:
        connection.send(raw_head(user, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.read_response().status == 100
        connection.send(body)
        assert connection.read_response().status == 201


def test_a_client_that_goes_away(server, user, untouched):
    body = multipart(part("file", b"x" * 500_000, f"{unique('gone')}.txt"))
    for cut in (len(body) - 1, len(body) // 2, 200):
        with RawConnection(server) as connection:
            connection.send(raw_head(user, f"Content-Length: {len(body)}") + body[:cut])
            time.sleep(0.2)


# -- broken multipart

WHOLE = multipart(part("file", "content", "broken.txt"))


@pytest.mark.parametrize("body", [
    b"",
    b"nonsense",
    f"--{BOUNDARY}".encode(),
    f"--{BOUNDARY}--\r\n".encode(),
    WHOLE[:-6],
    WHOLE[:40],
    WHOLE.replace(b"Content-Disposition", b"Content-Nothing"),
    WHOLE.replace(b"form-data; ", b"attachment; "),
    WHOLE.replace(b'name="file"', b"nameless"),
    WHOLE.replace(b"\r\n", b"\n"),
    WHOLE.replace(b"\r\n\r\n", b"\r\n" + b"X-Many: header\r\n" * 3000 + b"\r\n", 1),
    WHOLE.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n", 1),
    multipart(*[part(f"field{number}", "x") for number in range(5000)]),
    multipart(part("description", b"x" * 900_000)),
    multipart(part("description", b"\xff\xfe"), part("file", "x", "broken.txt")),
    multipart(part("full_path", b"\xff\xfe"), part("file", "x", "broken.txt")),
    multipart(part("full_path", b"a\0b"), part("file", "x", "broken.txt")),
], ids=lambda value: ascii(value)[:50])
def test_a_broken_body(user, untouched, body):
    response = post(user, body)
    assert response.status_code in (400, 404, 413, 422), response.text
    assert list(response.json()) == ["detail", "code"]


@pytest.mark.parametrize("content_type", [
    "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="',
    f"multipart/form-data; boundary={'x' * 500}", "multipart/form-data; boundary=another",
])
def test_a_broken_boundary(user, untouched, content_type):
    response = post(user, WHOLE, content_type)
    assert response.status_code in (400, 422)
    assert list(response.json()) == ["detail", "code"]


@pytest.mark.parametrize("second", ["a file", "a field"])
def test_two_files(user, untouched, second):
    """None of them is lost silently: the request is refused, and nothing of it stays."""
    names = [f"{unique('two')}.txt" for _ in range(2)]
    response = post(user, multipart(part("file", names[0], names[0]),
                                    part("file", names[1], names[1] if second == "a file" else None)))
    expect.detail(response, 400, "Send one file per request.")


# -- many at once

def test_only_one_of_many_at_once_gets_the_name(user, other, state):
    name = f"{unique('race')}.txt"
    before = state.uploads()
    people = [user, other] * 6
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(lambda pair: pair[1].upload(name, f"content {pair[0]}".encode()), enumerate(people)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    (number, winner), = [(number, answer) for number, answer in enumerate(answers) if answer.status_code == 201]
    assert people[number].get(f"/docs/{winner.json()['doc_id']}/download").text == f"content {number}"
    after = state.uploads()
    assert len(after["blobs"]) == len(before["blobs"]) + 1
    assert after["Documents"] == before["Documents"] + 1
