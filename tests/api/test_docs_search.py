"""GET /docs/search: words in texts and names, one's own or, for an administrator, all (api.md section 8)."""

import html
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, Person, create_person, unique
from support.documents import SAMPLES, finish, pdf, upload_text
from support.server import wait_until
from support.state import State

KEYS = ["total", "items"]
ITEM_KEYS = ["doc_id", "filename", "path", "page", "language", "score", "snippet"]


def search(person, q, **query):
    body = expect.ok(person.get("/docs/search", params={"q": q, **query}), KEYS)
    for item in body["items"]:
        assert list(item) == ITEM_KEYS
        assert 0 < item["score"] <= 1
    return body


def ids(person, q, **query):
    return [item["doc_id"] for item in search(person, q, **query)["items"]]


def processed(person, text, filename=None, **fields):
    document = upload_text(person, text, filename, **fields)
    finish(person, document["doc_id"])
    return document["doc_id"]


@pytest.fixture(scope="module")
def owner(admin):
    with create_person(admin) as person:
        yield person


@pytest.fixture(scope="module")
def declaration(owner):
    return processed(owner, "الإعلان العالمي لحقوق الإنسان\nيولد جميع الناس أحرارًا\nAll human beings are born free.\n")


@pytest.mark.parametrize("q", ["الإعلان", "الاعلان", "اعلان", "إعلان", "والإعلان", "إنسان", "انسان", "أَحْرَار", "جـمـيـع",
                               "الناس", "human", "HUMAN", "beings", "being", "\"born free\"", "hum*", "\"العالمي لحقوق\""])
def test_spellings(owner, declaration, q):
    assert ids(owner, q) == [declaration]


CASES = [("الإعلان العالمي لحقوق الإنسان", ["الاعلان", "اعلان", "إنسان"]),
         ("مُحَمَّدٌ رَسَّامٌ مَشْهُورٌ في القاهرة", ["محمد", "رسام"]),
         ("مـــحـــمـــد يعمل في شركة النور", ["محمد"]),
         ("المكتبة الكبرى بجوار مدرسه الحي", ["المكتبه", "مدرسة", "الكبري"]),
         ("اجتماع رقم ٢٠٢٤/١٥ بتاريخ ١٣ أبريل", ["2024", "١٥"]),
         ("ﺍﻟﺠﻤﻬﻮﺭﻳﺔ ﺍﻟﺠﺰﺍﺋﺮﻳﺔ", ["الجمهورية"]),
         ("مسؤول الشؤون المالية على المستوى", ["مسوول", "على"]),
         ("Résumé of Müller, naïve café", ["resume", "cafe"]),
         ("ذهبت إلى المستشفي أمس", ["المستشفى"])]


def test_the_cases_of_folding(admin):
    with create_person(admin) as person:
        documents = {processed(person, text + "\n"): queries for text, queries in CASES}
        for doc_id, queries in documents.items():
            for q in queries:
                assert doc_id in ids(person, q), q


def test_a_hit(owner, declaration):
    body = search(owner, "human beings")
    assert body["total"] == 1
    hit = body["items"][0]
    assert hit["doc_id"] == declaration and hit["page"] == 1 and hit["path"] == "/"
    assert hit["filename"].endswith(".txt") and hit["language"] in ("ar", "en")
    assert "<mark>human</mark> <mark>beings</mark>" in hit["snippet"]


def test_the_order(admin):
    with create_person(admin) as person:
        some = processed(person, "zebras and nothing of the other\n")
        every = processed(person, "crossing of a zebra\n")
        phrase = processed(person, "the zebra crossing\n")
        name = processed(person, "other words\n", "zebra.txt")
        assert ids(person, "zebra crossing") == [phrase, every, name, some]
        assert ids(person, "zebra")[0] == name
        assert ids(person, "zebra crossing", limit=2) == [phrase, every]
        assert ids(person, "zebra crossing", skip=1, limit=2) == [every, name]
        assert search(person, "zebra crossing", skip=1, limit=2)["total"] == 4
        assert search(person, "zebra", skip=100) == {"total": 4, "items": []}
        assert ids(person, "zebra -crossing") in ([name, some], [some, name])
        assert ids(person, '"zebra crossing"') == [phrase]


def test_the_page(admin, owner):
    """Of a document of several pages."""
    with create_person(admin) as person:
        document = person.upload(f"{unique('page')}.pdf", pdf("Uncommon vocabulary")).json()
        finish(person, document["doc_id"])
        assert [item["page"] for item in search(person, "vocabulary")["items"]] == [1]


def test_a_name_is_found_before_the_text_is_there_and_when_it_fails(admin):
    with create_person(admin) as person:
        name = unique("quetzal")
        document = person.upload(f"{name} الجدول.pdf", b"%PDF-1.4\nbroken\n").json()
        found = search(person, name)
        assert [item["doc_id"] for item in found["items"]] == [document["doc_id"]]
        assert ids(person, "جدول") == [document["doc_id"]]
        assert "<mark>" in found["items"][0]["snippet"]


def test_a_new_name_and_a_new_place(admin):
    with create_person(admin) as person:
        folder = unique("folder")
        expect.ok(admin.post("/paths/", json={"full_path": f"{folder}/inner"}), status=201)
        doc_id = processed(person, "pangolin\n", "oldname.txt")
        expect.ok(person.patch(f"/docs/{doc_id}", json={"filename": "newname.txt", "full_path": f"{folder}/inner"}))
        assert ids(person, "oldname") == []
        assert ids(person, "newname") == [doc_id]
        assert search(person, "pangolin")["items"][0]["path"] == f"{folder}/inner"
        assert ids(person, "pangolin", path=folder) == [doc_id]
        assert ids(person, "pangolin", path=f"{folder}/inner") == [doc_id]
        assert ids(person, "pangolin", path=f"{folder}/in") == []
        assert ids(person, "pangolin", path="/") == ids(person, "pangolin", path="") == [doc_id]


def test_languages(admin):
    with create_person(admin) as person:
        arabic = processed(person, "كتب الطالب الدرس في المكتبة اليوم رقم 777\n")
        english = processed(person, "The pupil has written the lesson number 777 in the library.\n")
        assert sorted(ids(person, "777")) == sorted([arabic, english])
        assert ids(person, "777", language="ar") == [arabic]
        assert ids(person, "777", language="en") == [english]
        assert ids(person, "777", language="xx") == []


def test_a_deleted_document_is_gone(admin, state):
    with create_person(admin) as person:
        doc_id = processed(person, "ephemeral\n")
        assert ids(person, "ephemeral") == [doc_id]
        expect.ok(admin.delete(f"/docs/{doc_id}"))
        assert search(person, "ephemeral") == {"total": 0, "items": []}
        assert search(admin, "ephemeral") == {"total": 0, "items": []}
        assert not state.query("SELECT 1 FROM Search_Pages WHERE doc_id = ?", doc_id)


def test_a_document_that_is_processed_again_is_there_once(admin):
    with create_person(admin) as person:
        doc_id = processed(person, "repeated\n")
        expect.ok(person.post(f"/docs/{doc_id}/reprocess"), status=202)
        finish(person, doc_id)
        assert search(person, "repeated")["total"] == 1


def test_similar_words(owner, declaration):
    assert ids(owner, "hmuan") == [declaration]
    assert ids(owner, "العالمى الاعلاان") == [declaration]
    assert ids(owner, "\"hmuan\"") == []
    snippet = search(owner, "hmuan")["items"][0]["snippet"]
    assert "<mark>human</mark>" in snippet


# -- what another may not see

@pytest.fixture(scope="module")
def secret(admin):
    """Another user's document, with words that nobody else has."""
    with create_person(admin) as person:
        doc_id = processed(person, "Shared words, and xylophonist confidential aluminium\n", "zanzibar plan.txt")
        person_id = person.get("/users/me").json()["user_id"]
        assert ids(person, "xylophonist") == [doc_id]
        yield doc_id, person_id


QUERIES = ["xylophonist", "xylophonis", "xylophnist", "xylo*", "\"confidential aluminium\"", "zanzibar", "zanzibra",
           "zan*", "confidential -plan", "aluminum", "plan"]


@pytest.mark.parametrize("q", QUERIES)
def test_anothers_document_is_never_a_hit(other, secret, q):
    assert search(other, q) == {"total": 0, "items": []}


@pytest.mark.parametrize("q", QUERIES)
def test_not_by_his_id_either(other, secret, q):
    assert search(other, q, user_id=secret[1]) == {"total": 0, "items": []}


def test_it_counts_for_nothing(admin, secret):
    with create_person(admin) as person:
        mine = processed(person, "Shared words of mine\n")
        before = search(person, "shared words xylophonist")
        assert before["total"] == 1 and [item["doc_id"] for item in before["items"]] == [mine]
        with create_person(admin) as third:
            processed(third, "Shared words, shared words, xylophonist\n")
        assert search(person, "shared words xylophonist") == before, "not even a score tells of others' documents"
        my_id = person.get("/users/me").json()["user_id"]
        assert ids(person, "shared", user_id=my_id) == [mine]


def test_an_administrator_finds_all(admin, secret):
    doc_id, person_id = secret
    assert doc_id in ids(admin, "xylophonist")
    assert ids(admin, "zanzibar", user_id=person_id) == [doc_id]
    my_id = admin.get("/users/me").json()["user_id"]
    assert ids(admin, "zanzibar", user_id=my_id) == []
    assert doc_id in ids(admin, "xylophnist")


# -- whatever is typed

@pytest.mark.parametrize("q", ["", " ", "\"\"", "-", "*", "-word", "-\"two words\"", "():^'~%_[]{}", "ـ", "\"", "ء"])
def test_nothing_to_search(user, q):
    response = user.get("/docs/search", params={"q": q})
    assert response.status_code == 422
    error = response.json()["detail"][0]
    assert error["loc"] == ["query", "q"] and error["type"] == "value_error"
    assert error["msg"].startswith("Value error, The query has nothing to search for")


def test_the_query_is_required_and_bounded(user):
    response = user.get("/docs/search")
    assert response.status_code == 422 and response.json()["detail"][0]["type"] == "missing"
    response = user.get("/docs/search", params={"q": "x" * 501})
    assert response.status_code == 422 and response.json()["detail"][0]["type"] == "string_too_long"


@pytest.mark.parametrize("name, value, kind", [("skip", -1, "greater_than_equal"), ("limit", 0, "greater_than_equal"),
                                               ("limit", 101, "less_than_equal"), ("user_id", "x", "int_parsing"),
                                               ("path", "a/../b", "value_error")])
def test_wrong_parameters(user, name, value, kind):
    response = user.get("/docs/search", params={"q": "word", name: value})
    assert response.status_code == 422
    error = response.json()["detail"][0]
    assert error["loc"] == ["query", name] and error["type"] == kind


@pytest.mark.parametrize("q", [
    "a AND b", "a OR", "NOT b", "NEAR(a b, 2)", "name:x", "{name words}:x", "words : \"x\"", "a^2", "a + b", "\"a\"*",
    "'a' & !'b' | 'c':*", "a <-> b", "x'); DROP TABLE Documents; --", "%_[a-z]%", "a\\", "\"a\" \"b\" \"c", "*a*",
    "-a b", "- - - a", "--a b", "a\tb\nc", "😀 a", "null", "\"null\"", "ﷺ", "東京", "(" * 200 + "a", "a*" * 100, "\"" * 99 + "a",
    " ".join(f"w{n}" for n in range(120)), "é" * 400, "a\u200fb \u202ec", "½", "x" * 500])
def test_never_a_syntax_error(owner, declaration, q):
    assert search(owner, q)["total"] >= 0


def test_a_snippet_is_safe_html(admin):
    with create_person(admin) as person:
        text = "<script>alert(\"quokka\")</script> & <mark>not ours</mark> 'quoted'\n"
        processed(person, text)
        snippet = search(person, "quokka")["items"][0]["snippet"]
        assert "<mark>quokka</mark>" in snippet
        rest = snippet.replace("<mark>quokka</mark>", "quokka")
        assert not re.search("[<>\"']", rest)
        assert html.unescape(rest) == text.strip()
        person.upload("<b>wombat<b>.txt", b"nothing\n", content_type="text/plain")
        assert search(person, "wombat")["items"][0]["snippet"] == "&lt;b&gt;<mark>wombat</mark>&lt;b&gt;.txt"


def test_a_very_long_text(admin):
    """A text file is one page, of whatever length; its end is found, too."""
    with create_person(admin) as person:
        text = " ".join(f"entry{number}" for number in range(60_000)) + " terminal platypus\n"
        doc_id = processed(person, text)
        hit = search(person, "terminal platypus")["items"][0]
        assert hit["doc_id"] == doc_id and hit["page"] == 1
        assert "<mark>terminal</mark> <mark>platypus</mark>" in hit["snippet"]
        assert len(hit["snippet"]) < 2000
        assert ids(person, "entry59999*") == ids(person, "plat*") == [doc_id]
        everywhere = search(person, "entry*")
        assert everywhere["total"] > 1 and "<mark>entry0</mark>" in everywhere["items"][0]["snippet"]
        assert search(person, "entry* -terminal")["total"] == everywhere["total"] - 1


def test_many_at_once(admin):
    """Searching while others upload and process."""
    with create_person(admin) as person:
        documents = [upload_text(person, f"parallel number{number}\n") for number in range(8)]
        with ThreadPoolExecutor(4) as pool:
            counts = list(pool.map(lambda _: search(person, "parallel")["total"], range(40)))
        for document in documents:
            finish(person, document["doc_id"])
        assert max(counts) <= 8
        assert search(person, "parallel")["total"] == 8
        for number, document in enumerate(documents):
            assert ids(person, f"number{number}") == [document["doc_id"]]


def test_documents_of_before_are_brought_in(new_server):
    """What an older version has processed is found once this one has started; and after `search reindex`."""
    server = new_server().start()
    server.create_admin("old@example.com", "Old Admin", PASSWORD)
    with Person(server.address, "old@example.com", PASSWORD) as person:
        person.log_in()
        doc_id = processed(person, "ancient parchment\n", "scroll.txt")
    server.stop()
    state = State(server.data_directory, server.storage)
    state.execute("DELETE FROM Search_Pages")
    state.execute("DELETE FROM Search_Trigrams")
    state.execute("DELETE FROM Search_Vocabulary")
    state.execute("UPDATE Daily_Looks SET due_at = '2000-01-01T00:00:00.000000'")  # As its migration leaves it.
    server.start()
    with Person(server.address, "old@example.com", PASSWORD) as person:
        person.log_in()
        wait_until(lambda: ids(person, "parchment") == [doc_id], 90, what="the old document in the index")
        assert ids(person, "scroll") == ids(person, "parchmnt") == [doc_id]
        # As the migration that brings the vocabulary leaves a database with documents.
        state.execute("DELETE FROM Search_Vocabulary")
        state.execute("INSERT INTO Search_Vocabulary (user_id, word) VALUES (0, '')")
        assert ids(person, "parch*") == ids(person, "scr*") == [doc_id]
        state.execute("DELETE FROM Search_Pages")
        done = server.run("search", "reindex")
        assert done.returncode == 0 and done.stdout.endswith("Indexed 1 documents.\n"), done.stderr
        assert ids(person, "parchment") == ids(person, "scroll") == [doc_id]
        assert ids(person, "parch*") == ids(person, "scr*") == [doc_id]
        assert not state.query("SELECT 1 FROM Search_Vocabulary WHERE user_id = 0")
        again = server.run("search", "reindex")
        assert again.returncode == 0
        assert search(person, "parchment")["total"] == 1


@pytest.mark.samples
def test_a_phrase_in_the_middle_of_193_pages(owner):
    content = (SAMPLES / "pdf/debian-policy.pdf").read_bytes()
    document = owner.upload("debian-policy.pdf", content).json()
    finish(owner, document["doc_id"], seconds=300)
    for line in (SAMPLES / "gt/debian-policy.pdf.phrases.tsv").read_text().splitlines():
        page, phrase, note = (line.split("\t") + ["", ""])[:3]
        if note != "words" or not page.isdigit():
            continue
        found = search(owner, f'"{phrase}"', limit=100)["items"]
        assert int(page) in [item["page"] for item in found if item["doc_id"] == document["doc_id"]], phrase
