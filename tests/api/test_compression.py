"""Answers in gzip for clients that take them so (api.md section 1, RFC 9110, 8.4 and 12.5.3)."""

import time

import pytest

from support import expect
from support.client import Person, create_person, unique
from support.documents import finish, upload_text

GZIP = {"accept-encoding": "gzip, deflate, br"}
LONG_TEXT = "".join(f"Line {number} of a text with عقد إيجار and a lease.\n" for number in range(6000))


def coding_of(response):
    return response.headers.get("content-encoding")


def varies_by_coding(response):
    return "accept-encoding" in [name.strip().lower() for name in response.headers.get("vary", "").split(",")]


def both(person, path, **headers):
    """The bare answer and the one in gzip. They are the same, and each says how long it is."""
    bare, encoded = person.get(path, headers=headers), person.get(path, headers={**headers, **GZIP})
    assert (bare.status_code, encoded.status_code) == (200, 200)
    assert (coding_of(bare), coding_of(encoded)) == (None, "gzip")
    assert bare.content == encoded.content
    assert encoded.num_bytes_downloaded < bare.num_bytes_downloaded / 2
    assert varies_by_coding(bare) and varies_by_coding(encoded)
    for response in bare, encoded:
        length = response.headers.get("content-length")
        assert length is None or int(length) == response.num_bytes_downloaded
    return bare, encoded


def add(person, text):
    """A document whose entry in a list changes no more."""
    document = upload_text(person, text, f"{unique('listed')}.txt")
    finish(person, document["doc_id"])
    return document


@pytest.fixture(scope="module")
def owner(admin):
    person = create_person(admin)
    for number in range(12):
        add(person, f"Some words {number}")
    return person


@pytest.fixture(scope="module")
def long_text(owner):
    return add(owner, LONG_TEXT)["doc_id"]


@pytest.mark.parametrize("path", ["/docs/me", "/docs/me?limit=9", "/paths/"])
def test_a_long_answer(admin, owner, path):
    if path == "/paths/":
        for _ in range(40):
            expect.ok(admin.post("/paths/", json={"full_path": unique("a-path-that-takes-some-room")}), status=201)
    for _ in range(3):  # The later ones may be remembered (decision 0052), in each coding.
        _, encoded = both(owner, path)
        assert encoded.headers["content-length"]


def test_metrics(anyone):
    response = anyone.get("//metrics", headers=GZIP)
    assert coding_of(response) == "gzip"
    assert "nassaq_" in response.text
    assert coding_of(anyone.get("//metrics")) is None


def test_a_change_shows_in_each_coding_at_once(owner):
    for _ in range(5):
        filename = add(owner, "Fresh words")["filename"]
        for headers in ({}, GZIP, GZIP, {}):
            assert expect.ok(owner.get("/docs/me", headers=headers))["items"][0]["filename"] == filename


def test_short_answers_stay_bare(owner):
    for _ in range(2):
        response = owner.get("/users/me", headers=GZIP)
        assert coding_of(response) is None and not varies_by_coding(response)
    refused = owner.get("/docs/999999", headers=GZIP)
    assert refused.status_code == 404 and coding_of(refused) is None


@pytest.mark.parametrize("wish, coding", [
    ("gzip", "gzip"), ("x-gzip", "gzip"), ("*", "gzip"), ("gzip;q=0.5, identity;q=0.5", "gzip"),
    ("br, deflate", None), ("identity", None), ("gzip;q=0", None), ("*;q=0", None), ("gzip;q=0, *", None),
    ("gzip;q=0.5, identity", None), ("identity;q=0", None), ("gzip;q=nonsense", None),
])
def test_what_the_client_wants(owner, wish, coding):
    response = owner.get("/docs/me", headers={"accept-encoding": wish})
    assert coding_of(response) == coding
    assert response.content == owner.get("/docs/me").content
    assert varies_by_coding(response)


def test_who_refuses_the_bare_content_gets_none(owner):
    bare = owner.get("/users/me")
    for _ in range(2):
        response = owner.get("/users/me", headers={"accept-encoding": "gzip, identity;q=0"})
        assert coding_of(response) == "gzip"
        assert response.content == bare.content
        assert coding_of(owner.get("/users/me", headers=GZIP)) is None


@pytest.mark.parametrize("path", ["/docs/me", "/docs/{long_text}/text", "/users/me"])
@pytest.mark.parametrize("headers", [{}, GZIP])
def test_head_says_what_get_would(owner, long_text, path, headers):
    path = path.format(long_text=long_text)
    head, get = owner.head(path, headers=headers), owner.get(path, headers=headers)
    assert head.content == b""
    for name in ("content-encoding", "content-length", "content-type", "vary", "transfer-encoding"):
        assert head.headers.get(name) == get.headers.get(name), name


@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_a_text_that_is_streamed(owner, long_text, accept):
    bare, encoded = both(owner, f"/docs/{long_text}/text", accept=accept)
    for response in bare, encoded:
        assert response.headers["transfer-encoding"] == "chunked"
        assert {"accept", "accept-encoding"} <= {name.strip().lower() for name in response.headers["vary"].split(",")}
    text = encoded.json()["text"] if accept == "application/json" else encoded.text
    assert text.strip() == LONG_TEXT.strip()


def test_a_text_that_is_answered_at_once(owner):
    doc_id = add(owner, LONG_TEXT[:20_000])["doc_id"]
    for accept in ("application/json", "text/plain"):
        _, encoded = both(owner, f"/docs/{doc_id}/text", accept=accept)
        assert encoded.headers["content-length"]


@pytest.mark.parametrize("headers, status", [
    ({}, 200), ({"range": "bytes=100-4999"}, 206), ({"range": "bytes=999999999-"}, 416), ({"if-none-match": "*"}, 304),
])
def test_downloads_stay_bare(owner, long_text, headers, status):
    bare = owner.get(f"/docs/{long_text}/download", headers=headers)
    response = owner.get(f"/docs/{long_text}/download", headers={**headers, **GZIP})
    assert response.status_code == bare.status_code == status
    assert coding_of(response) is None and not varies_by_coding(response)
    assert response.content == bare.content
    assert response.headers.get("etag") == bare.headers.get("etag")


def test_events_stay_bare(owner):
    with owner.stream("GET", "/docs/events", headers=GZIP) as response:
        assert response.status_code == 200
        assert coding_of(response) is None


def test_what_is_secret_stays_bare(admin):
    with create_person(admin) as person:
        for _ in range(12):
            Person(person.address, person.email, person.password).log_in()
        response = person.get("/auth/sessions", headers=GZIP)
        assert len(response.content) > 1024
        assert coding_of(response) is None and not varies_by_coding(response)
        response = person.post("/auth/login", headers=GZIP, data={"username": person.email, "password": person.password})
        assert response.status_code == 200 and coding_of(response) is None


def test_a_slow_reader_gets_all_of_a_stream(owner, long_text):
    with owner.stream("GET", f"/docs/{long_text}/text", headers={**GZIP, "accept": "text/plain"}) as response:
        pieces = []
        for piece in response.iter_bytes(4096):
            pieces.append(piece)
            if len(pieces) < 20:
                time.sleep(0.01)
    assert b"".join(pieces).decode().strip() == LONG_TEXT.strip()
