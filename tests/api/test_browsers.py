"""What a browser may keep, and what it may make of a document (RFC 9111, RFC 9110, w3.org/TR/CSP3)."""

import pytest

from support import expect
from support.client import unique
from support.documents import pdf, png

ORIGIN = {"origin": "http://localhost:8080"}


def vary_of(response):
    (field,) = response.headers.get_list("vary") or [""]
    names = [name.strip().lower() for name in field.split(",")]
    assert len(names) == len(set(names)), field
    return set(names)


@pytest.fixture(scope="module")
def document(user):
    body = expect.ok(user.upload("kept by nobody.txt", b"some words"), status=201)
    return f"/docs/{body['doc_id']}"


@pytest.mark.parametrize("path, headers, status", [
    ("/users/me", {}, 200),
    ("/docs/me", {}, 200),
    ("/docs/me", {}, 200),  # again: this one is remembered (decision 0052)
    ("/users/", {}, 403),
    ("/docs/999999", {}, 404),
    ("/docs/me?limit=0", {}, 422),
    ("{document}", {}, 200),
    ("{document}/download", {}, 200),
    ("{document}/download", {"range": "bytes=1-2"}, 206),
    ("{document}/download", {"range": "bytes=1000-"}, 416),
    ("{document}/download", {"if-none-match": "*"}, 304),
    ("{document}/download?inline=true", {}, 200),
])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_for_the_caller_alone(user, document, method, path, headers, status):
    if method == "HEAD" and status in (206, 416):
        status = 200
    response = user.request(method, path.format(document=document), headers={**headers, **ORIGIN})
    assert response.status_code == status
    assert response.headers.get_list("cache-control") == ["private, no-cache"]
    assert vary_of(response) >= {"authorization", "cookie", "origin"}


def test_without_a_token_too(anyone, document):
    response = anyone.get(document)
    assert response.status_code == 401
    assert response.headers["cache-control"] == "private, no-cache"
    assert vary_of(response) == {"authorization", "cookie"}


def test_what_is_secret_or_public_stays_so(anyone, user):
    assert anyone.login(user.email).headers["cache-control"] == "no-store"
    assert user.get("/auth/sessions").headers["cache-control"] == "no-store"
    assert "cache-control" not in anyone.get("//").headers


def test_a_preflight_names_the_origin_once(anyone):
    response = anyone.options("/users/me", headers={**ORIGIN, "access-control-request-method": "GET"})
    assert vary_of(response) == {"origin"}


# -- inline

ARABIC = "بسم الله الرحمن الرحيم\nعقد إيجار بين الطرفين\n"


@pytest.mark.parametrize("content, expected", [
    (ARABIC.encode(), "text/plain; charset=UTF-8"),
    (b"\xef\xbb\xbf" + ARABIC.encode(), "text/plain; charset=UTF-8"),
    (ARABIC.encode("cp1256"), "text/plain; charset=windows-1256"),
    (ARABIC.encode("utf-16-le"), "text/plain; charset=UTF-16LE"),
    (ARABIC.encode("utf-16"), "text/plain; charset=UTF-16LE"),
    ("Größe, Straße, Ähre, Übermut".encode("cp1252"), "text/plain"),
], ids=["UTF-8", "UTF-8 with BOM", "Windows-1256", "UTF-16LE", "UTF-16 with BOM", "what cannot be told"])
def test_a_text_shows_in_its_character_set(user, content, expected):
    body = expect.ok(user.upload(f"{unique('shown')}.txt", content, content_type="text/html"), status=201)
    response = user.get(f"/docs/{body['doc_id']}/download?inline=true")
    assert (response.headers["content-type"], response.content) == (expected, content)
    assert response.headers["content-security-policy"] == "sandbox"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert user.head(f"/docs/{body['doc_id']}/download?inline=true").headers["content-type"] == expected


@pytest.mark.parametrize("extension, content, expected, policy", [
    (".pdf", pdf("shown"), "application/pdf", None),
    (".png", png(), "image/png", "sandbox"),
])
def test_the_type_is_the_extensions(user, state, extension, content, expected, policy):
    body = expect.ok(user.upload(unique("shown") + extension, content, content_type="text/html"), status=201)
    state.execute("UPDATE Documents SET content_type = 'text/html' WHERE doc_id = ?", body["doc_id"])
    response = user.get(f"/docs/{body['doc_id']}/download?inline=true")
    assert response.headers["content-type"] == expected
    assert response.headers.get("content-security-policy") == policy
