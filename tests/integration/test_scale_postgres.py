"""What the API asks of PostgreSQL when there are very many documents: no statement reads a table from its beginning to its
end. Of 300,000 documents; in its longer form of ten million, which takes some ten minutes and 12 GB.
"""

import os
import time
from contextlib import closing

import pyodbc
import pytest

from support.client import PASSWORD, Person, unique
from support.documents import finish, upload_text
from support.plans import SETTINGS, Plans
from support.postgres import Postgres
from support.server import Server, is_sanitized

FULL = "NASSAQ_FULL" in os.environ
DOCUMENTS = 10_000_000 if FULL else 300_000
USERS = 1_000
UNTAKEN = 10_000
EMAIL = "admin@example.com"
# The rows of the platform's tables, and of the index. A user has every thousandth document, one in a hundred has failed, and
# a handful are worked on. The last documents were inserted by a server of the platform: the node takes them in.
FILL = {
    "Users": f"""
        INSERT INTO Users (user_id, username, full_name, email, password_hash, created_at, is_active, role_id)
        SELECT 1000 + n, 'user' || n, 'Some One', 'user' || n || '@example.com', 'x', now(), TRUE, 1
        FROM generate_series(1, {USERS}) n""",
    "Virtual_Paths": """
        INSERT INTO Virtual_Paths (path_id, full_path, created_at, depth)
        SELECT 1000 + n, '/folder ' || n, now(), 1 FROM generate_series(1, 1000) n""",
    "Documents": f"""
        INSERT INTO Documents (doc_id, filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, file_size,
                               content_type, file_type, sha256, blob_name)
        SELECT 1000 + n, 'document ' || n || '.txt', 1001 + n / 1000 % 1000, 1001 + n % {USERS}, 'text',
               now() - n * interval '1 second', n % 100000, 'text/plain', 'txt', md5('' || n) || md5('' || -n),
               'documents/' || n
        FROM generate_series(1, {DOCUMENTS}) n""",
    "Document_Files": f"""
        INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at,
                                    created_by_user_id)
        SELECT doc_id, 'original', 1, 0, blob_name, file_size, sha256, content_type, uploaded_at, uploaded_by_user_id
        FROM Documents WHERE doc_id <= {DOCUMENTS - UNTAKEN}""",
    "Processing_Status": f"""
        INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, end_time)
        SELECT 1000 + n, 'OCR', CASE WHEN n % 100000 = 7 THEN 'Queued' WHEN n % 100 = 0 THEN 'Failed' ELSE 'Finished' END,
               now(), now()
        FROM generate_series(1, {DOCUMENTS}) n""",
    "Ocr_Results": f"""
        INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, cost_usd_ocr, processed_at)
        SELECT 1000 + n, 1, 5, 1, CASE WHEN n % 2 = 0 THEN 'ar' ELSE 'en' END, 0, now()
        FROM generate_series(1, {DOCUMENTS}) n""",
    "Logs": f"""
        INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id)
        SELECT now() - n * interval '1 second', 'document_upload', 1001 + n % {USERS}, n
        FROM generate_series(1, {DOCUMENTS}) n""",
    "Search_Pages": f"""
        INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, terms)
        SELECT 1001 + n % {USERS}, 1000 + n, 1, 0, 1, 'en', 'common words of number ' || n,
               array_to_tsvector(ARRAY['=' || 1001 + n % {USERS}, '^document', '^~document', 'document', '~document', 'common',
                                       '~common', 'word' || n % 5000, '~word' || n % 5000])
        FROM generate_series(1, {DOCUMENTS}) n""",
    "Search_Vocabulary": f"""
        INSERT INTO Search_Vocabulary (user_id, word)
        SELECT 1000 + u, w FROM generate_series(1, {USERS}) u,
               (SELECT 'word' || n * 250 AS w FROM generate_series(0, 19) n UNION SELECT 'common' UNION SELECT 'document') w""",
    "Search_Trigrams": f"""
        INSERT INTO Search_Trigrams (trigram, user_id, word)
        SELECT DISTINCT substr('_' || w || '_', i, 3), 1000 + u, w FROM generate_series(1, {USERS}) u,
               (SELECT 'com' || translate(substr(md5('' || n), 1, 4), '0123456789', 'ghijklmnop') AS w
                FROM generate_series(1, 100) n UNION SELECT 'common' UNION SELECT 'document') w,
               generate_series(1, length(w)) i""",
}
BIG_TABLES = {"documents", "document_files", "processing_status", "ocr_results", "logs", "search_pages"}
# An administrator's statistics are of all documents. They are kept for a while (docs/decisions/0088).
COUNTED_WHOLE = {"processing_status"}


@pytest.fixture(scope="module")
def postgres():
    postgres = Postgres().start(**SETTINGS, shared_buffers="1GB", maintenance_work_mem="512MB", max_wal_size="16GB",
                                checkpoint_timeout="1h")
    yield postgres
    postgres.close()


@pytest.fixture(scope="module")
def server(postgres):
    """Over a database that has all the rows, and whose statistics are up to date, as autovacuum keeps them."""
    # What is looked at are plans, on a machine that does much else besides: not how long they take.
    server = Server(SQL_CONNECTION_STRING=postgres.connection_string(), SEARCH_TIMEOUT_SECONDS=60)
    assert server.run("migrate").returncode == 0
    with closing(pyodbc.connect(postgres.connection_string(), autocommit=True)) as connection:
        fill(connection)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    yield server
    server.close()


def fill(connection):
    """Without indexes and foreign keys, which are made again behind it: that takes a fifth of the time."""
    connection.execute("SET auto_explain.log_min_duration = -1")
    connection.execute("SET session_replication_role = replica")
    tables = ", ".join(f"'{table.lower()}'" for table in BIG_TABLES)
    indexes = connection.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename IN (" + tables + ") AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)").fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    for statement in FILL.values():
        connection.execute(statement)
    for _, definition in indexes:
        connection.execute(definition)
    for table in FILL:
        connection.execute(f"VACUUM ANALYZE {table}")
    for table, column in (("Users", "user_id"), ("Documents", "doc_id"), ("Virtual_Paths", "path_id")):
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), MAX({column})) FROM {table}")


@pytest.fixture(scope="module")
def people(server):
    """An administrator, and somebody who has every thousandth document."""
    with Person(server.address, EMAIL) as admin:
        admin.log_in()
        assert admin.post("/users/1500/password", json={"new_password": PASSWORD}).is_success
        with Person(server.address, "user500@example.com") as owner:
            owner.log_in()
            yield {"admin": admin, "owner": owner}


READS = [
    "/users/me", "/users/me/usage", "/users/", "/users/?is_active=true&skip=500", "/paths/", "/roles/",
    "/docs/me", "/docs/me?skip=250&limit=50", "/docs/me?status=Finished", "/docs/me?status=Failed", "/docs/me?status=Queued",
    "/docs/", "/docs/?skip=1000&limit=100", "/docs/?status=Failed", "/docs/?status=Processing", "/docs/?user_id=1500",
    "/docs/?user_id=1500&status=Failed", "/docs/stats", "/logs/", "/logs/?user_id=1500", "/logs/?action_type=document_upload",
    "/logs/?action_type=user_login&limit=5", "/docs/search?q=word42", "/docs/search?q=common+word42", "/docs/search?q=wor*",
    "/docs/search?q=common", "/docs/search?q=wrod42", "/docs/search?q=%22common+words%22", "/docs/search?q=common+-word42",
]


@pytest.mark.longer
@pytest.mark.parametrize("person", ["owner", "admin"])
@pytest.mark.parametrize("route", READS)
def test_reading(postgres, people, person, route):
    plans = Plans(postgres)
    begin = time.monotonic()
    answer = people[person].get(route)
    seconds = time.monotonic() - begin
    assert answer.status_code in ((200,) if person == "admin" else (200, 403)), answer.text
    reads_no_whole_table(plans, but=COUNTED_WHOLE if (route, person) == ("/docs/stats", "admin") else set())
    assert seconds < (60 if is_sanitized() else 10), "what a person waits for"


@pytest.mark.longer
def test_a_total_that_took_its_time_is_kept(postgres, people):
    """But nobody sees a change of their own late, whichever node it was made on."""
    admin = people["admin"]
    total = admin.get("/docs/").json()["total"]
    plans = Plans(postgres)
    assert any(not counts_documents(admin, plans) for _ in range(20)), "each list counts all documents"
    document = upload_text(admin, "counted at once", f"{unique('counted')}.txt")
    assert admin.get("/docs/").json()["total"] == total + 1
    finish(admin, document["doc_id"])
    node = Server(SQL_CONNECTION_STRING=postgres.connection_string())
    node.start()
    try:
        with Person(node.address, EMAIL) as elsewhere:
            elsewhere.log_in()
            counts_documents(admin, plans)
            assert elsewhere.delete(f"/docs/{document['doc_id']}").is_success
            assert admin.get("/docs/").json()["total"] == total
    finally:
        node.close()


def counts_documents(person, plans):
    plans.take()
    assert person.get("/docs/").is_success
    time.sleep(0.1)
    return any(plan.statement.startswith("SELECT COUNT(*)") for plan in plans.take())


@pytest.mark.longer
def test_statistics_that_took_their_time_are_kept(postgres, people):
    admin = people["admin"]
    first = admin.get("/docs/stats").json()
    assert first["documents"] >= DOCUMENTS
    plans = Plans(postgres)
    assert any(not groups_documents(admin, plans) for _ in range(20)), "all documents are counted each time"
    assert admin.get("/docs/stats").json() == first


def groups_documents(person, plans):
    plans.take()
    assert person.get("/docs/stats").is_success
    time.sleep(0.1)
    return any("GROUP BY" in plan.statement for plan in plans.take())


@pytest.mark.longer
def test_a_page_far_behind(postgres, people):
    """What is passed over is passed over in an index."""
    plans = Plans(postgres)
    answer = people["admin"].get(f"/docs/?skip={DOCUMENTS - 100}&limit=20")
    assert len(answer.json()["items"]) == 20
    time.sleep(0.2)
    (page,) = [plan for plan in plans.take() if "p.full_path, d.uploaded_by_user_id" in plan.statement]
    assert any(node["Node Type"] == "Index Only Scan" and node["Index Name"] == "ix_documents_uploaded_at"
               for node in page.nodes), page


@pytest.mark.longer
@pytest.mark.parametrize("query", ["common", "common document", "common -word42"])
def test_an_administrators_common_word_unpacks_no_texts(postgres, people, query):
    """All passages have it: they are found by the index, and looked at no more once the index has said so."""
    plans = Plans(postgres)
    assert people["admin"].get("/docs/search", params={"q": query}).is_success
    looks = [node for plan in taken(plans) for node in plan.nodes if node.get("Relation Name") == "search_pages"
             and "@@" in node.get("Recheck Cond", node.get("Filter", ""))]
    assert looks and {node["Node Type"] for node in looks} == {"Bitmap Heap Scan"}


@pytest.mark.longer
def test_an_administrators_typo_looks_at_the_words_of_few_users(postgres, people):
    plans = Plans(postgres)
    answer = people["admin"].get("/docs/search", params={"q": "comnon"})
    assert answer.is_success and answer.json()["total"] > 0
    looks = [node for plan in taken(plans) for node in plan.nodes if node.get("Relation Name") == "search_trigrams"]
    assert looks and all("user_id" in node.get("Index Cond", "") for node in looks), str(looks)


@pytest.mark.longer
def test_the_life_of_a_document(postgres, people):
    plans = Plans(postgres)
    owner = people["owner"]
    doc_id = upload_text(owner, "some new words", f"{unique('scale')}.txt")["doc_id"]
    finish(owner, doc_id)
    for route in ("", "/status", "/text", "/download"):
        assert owner.get(f"/docs/{doc_id}{route}").status_code == 200
    assert owner.patch(f"/docs/{doc_id}", json={"filename": f"{unique('renamed')}.txt"}).status_code == 200
    assert owner.post(f"/docs/{doc_id}/reprocess").status_code == 202
    finish(owner, doc_id)
    assert owner.delete(f"/docs/{doc_id}").status_code in (200, 204)
    reads_no_whole_table(plans)


@pytest.mark.longer
def test_what_a_node_does_by_itself(postgres, server, people):
    """Its loops for some seconds, a restart, and the looks that `doctor` takes."""
    plans = Plans(postgres)
    server.restart()
    time.sleep(10)
    assert server.run("jobs", "list").returncode == 0
    assert server.run("doctor").returncode == 0
    reads_no_whole_table(plans)


def taken(plans):
    time.sleep(0.2)  # The collector of the log is a process of its own.
    found = plans.take()
    assert found, "no plan was written"
    return found


def reads_no_whole_table(plans, but=frozenset()):
    for plan in taken(plans):
        assert not plan.whole_tables() & (BIG_TABLES - but), f"{plan.milliseconds} ms: {plan.statement}"
