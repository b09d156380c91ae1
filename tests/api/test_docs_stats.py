"""GET /docs/stats: documents in numbers, one's own or, for an administrator, all (api.md section 8)."""

import pytest

from support import expect
from support.client import create_person, unique
from support.documents import finish, pdf, upload_text, wait_processed

KEYS = ["documents", "pages", "words", "bytes", "by_status", "by_type", "by_language"]
NOTHING = {"documents": 0, "pages": 0, "words": 0, "bytes": 0,
           "by_status": {"Failed": 0, "Finished": 0, "Processing": 0, "Queued": 0}, "by_type": {}, "by_language": {}}


def stats(person):
    return expect.ok(person.get("/docs/stats"), KEYS)


@pytest.fixture(scope="module")
def owner(admin):
    with create_person(admin) as person:
        yield person


@pytest.fixture(scope="module")
def documents(owner):
    texts = ["The quick brown fox jumps over the lazy dog near the river bank.\n", "كتب الطالب الدرس في المكتبة اليوم.\n"]
    made = [upload_text(owner, text) for text in texts]
    page = pdf("Hello from the statistics of this page")
    made.append(owner.upload(f"{unique('page')}.pdf", page).json())
    made.append(owner.upload(f"{unique('broken')}.pdf", b"%PDF-1.4\nnothing\n").json())
    for document in made[:3]:
        finish(owner, document["doc_id"])
    assert wait_processed(owner, made[3]["doc_id"])["status"] == "Failed"
    return made


def test_without_documents(other):
    assert stats(other) == NOTHING


def test_ones_own(owner, documents):
    body = stats(owner)
    assert body["documents"] == 4 and body["bytes"] == sum(document["size"] for document in documents)
    assert body["by_status"] == {"Failed": 1, "Finished": 3, "Processing": 0, "Queued": 0}
    assert body["by_type"] == {"pdf": 2, "txt": 2}
    assert sum(body["by_language"].values()) == 3
    details = [owner.get(f"/docs/{document['doc_id']}").json() for document in documents[:3]]
    assert body["pages"] == sum(document["page_count"] for document in details) == 3
    assert body["words"] == sum(document["word_count"] for document in details) > 10
    assert set(body["by_language"]) == {document["primary_language"] for document in details}


def test_all_of_them(admin, owner, documents, user):
    mine = upload_text(user)
    finish(user, mine["doc_id"])
    body, own = stats(admin), stats(owner)
    assert body["documents"] == own["documents"] + 1
    assert body["bytes"] == own["bytes"] + mine["size"]
    assert body["by_status"]["Finished"] == own["by_status"]["Finished"] + 1


def test_a_deleted_document_does_not_count(admin, user):
    before = stats(user)
    document = upload_text(user)
    finish(user, document["doc_id"])
    assert stats(user)["documents"] == before["documents"] + 1
    expect.ok(admin.delete(f"/docs/{document['doc_id']}"))
    assert stats(user) == before


def test_what_the_platform_left_unknown(owner, documents, state):
    """A document of the Python platform may have neither size nor type."""
    before = stats(owner)
    doc_id = documents[0]["doc_id"]
    state.execute("UPDATE Documents SET file_type = NULL, file_size = NULL WHERE doc_id = ?", doc_id)
    body = stats(owner)
    assert body["by_type"] == {"pdf": 2, "txt": 1, "unknown": 1}
    assert body["bytes"] == before["bytes"] - documents[0]["size"]


@pytest.mark.databases("sqlite")
def test_the_numbers_of_all_are_kept(admin, owner, documents, state):
    """As triggers keep them, and as they are counted: after uploads, results, changes and deletions of every kind."""
    def counted():
        types = state.query("SELECT COALESCE(file_type, '') AS type, COUNT(*) AS documents, "
                            "COALESCE(SUM(file_size), 0) AS bytes FROM Documents GROUP BY 1 ORDER BY 1")
        languages = state.query("SELECT primary_language AS language, COUNT(*) AS documents, SUM(page_count) AS pages, "
                                "SUM(word_count) AS words FROM Ocr_Results GROUP BY 1 ORDER BY 1")
        return types, languages

    def kept():
        types = state.query("SELECT file_type AS type, documents, bytes FROM Type_Counts WHERE documents > 0 ORDER BY 1")
        languages = state.query("SELECT primary_language AS language, documents, pages, words FROM Language_Counts "
                                "WHERE documents > 0 ORDER BY 1")
        return types, languages
    assert counted() == kept()
    doc_id = documents[1]["doc_id"]
    for change in ("UPDATE Documents SET file_type = 'doc', file_size = 7 WHERE doc_id = ?",
                   "UPDATE Documents SET file_type = NULL, file_size = NULL WHERE doc_id = ?",
                   "UPDATE Ocr_Results SET primary_language = 'fr', page_count = 9, word_count = 8 WHERE doc_id = ?",
                   "DELETE FROM Ocr_Results WHERE doc_id = ?"):
        state.execute(change, doc_id)
        assert counted() == kept(), change
    assert owner.post(f"/docs/{doc_id}/reprocess").status_code == 202
    finish(owner, doc_id)
    assert counted() == kept()
    expect.ok(admin.delete(f"/docs/{doc_id}"))
    assert counted() == kept()
    assert stats(admin)["documents"] == state.count("Documents")


@pytest.mark.databases("sqlite")
def test_the_queries_use_an_index(state):
    plan = " ".join(row["detail"] for row in state.query(
        "EXPLAIN QUERY PLAN SELECT file_type, COUNT(*), COALESCE(SUM(file_size), 0) FROM Documents "
        "WHERE uploaded_by_user_id = 1 GROUP BY file_type"))
    assert "COVERING INDEX" in plan and "TEMP B-TREE" not in plan
