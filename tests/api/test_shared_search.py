"""Searches of what others have shared: hits, totals, snippets, beginnings and typos, of what may be read and of nothing else."""

import random

import pytest

from support import expect
from support.client import create_person, unique
from support.documents import finish, upload_text


def word():
    """One that no other test has, and long enough that two typos are still near."""
    return "".join(random.choices("bcdfghklmnprstvz", k=10))


@pytest.fixture
def folder(admin):
    return expect.ok(admin.post("/paths/", json={"full_path": unique("shelf")}), status=201)


@pytest.fixture
def rare():
    return word()


@pytest.fixture
def document(other, folder, rare):
    return put(other, f"a letter about {rare} and its owner", folder)


def put(person, text, folder=None, name=None):
    answer = upload_text(person, text, name or f"{unique('letter')}.txt", full_path=folder["full_path"] if folder else "")
    finish(person, answer["doc_id"])
    return answer


def let(person, thing, *entries):
    expect.ok(person.put(f"{thing}/access", json={"entries": list(entries)}))


def share(admin, folder, person):
    let(admin, f"/paths/{folder['id']}", {"user_id": person.user_id, "allow": ["document.read"]})


def search(person, query, **params):
    answer = expect.ok(person.get("/docs/search", params={"q": query, "limit": 100, **params}), ["total", "items"])
    if not params:
        assert answer["total"] == len(answer["items"])
    return [item["doc_id"] for item in answer["items"]]


def test_a_hit_of_a_shared_folder_is_as_its_owners(admin, user, other, folder, document, rare):
    assert search(user, rare) == []
    share(admin, folder, user)
    (hit,) = expect.ok(user.get("/docs/search", params={"q": rare}))["items"]
    (own,) = expect.ok(other.get("/docs/search", params={"q": rare}))["items"]
    assert hit == own and f"<mark>{rare}</mark>" in hit["snippet"]
    let(admin, f"/paths/{folder['id']}")
    assert search(user, rare) == [], "at the next request"


def test_ones_own_and_others_are_found_together(admin, user, other, folder, document, rare):
    own = put(user, f"{rare} of my own")
    share(admin, folder, user)
    assert sorted(search(user, rare)) == sorted([own["doc_id"], document["doc_id"]])
    assert search(user, rare, user_id=user.user_id) == [own["doc_id"]]
    assert search(user, rare, user_id=other.user_id) == [document["doc_id"]]
    assert search(user, rare, path=folder["full_path"]) == [document["doc_id"]]
    page = expect.ok(user.get("/docs/search", params={"q": rare, "limit": 1, "skip": 1}))
    assert page["total"] == 2 and len(page["items"]) == 1


def test_a_single_document_that_is_shared(user, other, document, rare):
    put(other, f"{rare} beside it")
    let(other, f"/docs/{document['doc_id']}", {"user_id": user.user_id, "allow": ["document.read"]})
    assert search(user, rare) == [document["doc_id"]]
    assert search(user, rare, user_id=other.user_id) == [document["doc_id"]]


def test_what_is_denied_in_a_shared_folder_is_not_found(admin, user, other, folder, document, rare):
    hidden = put(other, f"{rare} that is hidden", folder)
    share(admin, folder, user)
    let(other, f"/docs/{hidden['doc_id']}", {"user_id": user.user_id, "deny": ["document.read"]})
    assert search(user, rare) == [document["doc_id"]]


@pytest.mark.parametrize("query", ["{begin}*", '"about {rare}"', "sesame {rare}", "{rare} -mine", "{typo}"])
def test_every_kind_of_query(admin, user, folder, document, rare, query):
    share(admin, folder, user)
    assert search(user, query.format(begin=rare[:8], rare=rare, typo=rare[:4] + rare[5:])) == [document["doc_id"]]


def test_a_name_is_found(admin, user, other, folder):
    name = word()
    document = put(other, "a text", folder, f"{name}.txt")
    assert search(user, name) == []
    share(admin, folder, user)
    assert search(user, name) == [document["doc_id"]]


def test_a_typo_is_not_mended_by_what_may_not_be_read(admin, user, other, folder, document, rare):
    """Of the same owner: more words that are nearer than there are alternatives, none of which may be read."""
    typo = rare[:4] + rare[5:]
    put(other, " ".join(typo + letter for letter in "bcdfghjk"))
    share(admin, folder, user)
    assert search(user, typo) == [document["doc_id"]]


def test_who_moves_a_document_takes_its_words_along(admin, user, other, folder, document, rare):
    share(admin, folder, user)
    away = expect.ok(admin.post("/paths/", json={"full_path": unique("elsewhere")}), status=201)
    expect.ok(other.patch(f"/docs/{document['doc_id']}", json={"full_path": away["full_path"]}))
    assert search(user, rare) == []
    expect.ok(other.patch(f"/docs/{document['doc_id']}", json={"full_path": folder["full_path"]}))
    assert search(user, rare) == [document["doc_id"]]


def test_who_may_read_nothing_finds_nothing(admin, document, rare):
    reader = create_person(admin)
    assert search(reader, rare) == search(reader, f"{rare[:8]}*") == []
