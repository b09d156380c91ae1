"""Every statement that Nassaq has for SQL Server, in the words in which it is sent: kept in tests/data/statements.sql, parsed,
and held against rules (support/statement_rules.py). What sends them is the real program, on a server that understands as much
T-SQL as that takes (support/transact_sql.py).

After a change of statements: NASSAQ_RENEW=1 build/test-venv/bin/pytest tests/integration/test_transact_sql.py, and a look at
what has become of that file.
"""

import os
import re
from contextlib import closing

import pyodbc
import pytest

from support.client import PASSWORD, Client, Person, create_person, unique
from support.documents import finish, pdf, upload_text, wait_processed
from support.events import EventStream
from support.postgres import Postgres
from support.server import ROOT, Server, wait_until
from support.sql_in_source import is_in_source, never_seen, source_texts
from support.statement_rules import Recorded, faults, parts, without_given_id
from support.transact_sql import TransactSql

GOLDEN = ROOT / "tests/data/statements.sql"
EMAIL = "admin@example.com"
LONG = "x" * 5_000
OLD = "2001-01-01 00:00:00"

# What breaks a rule and may: bounded by other means than a key or TOP, or an OR for each of a few rows.
ALLOWED = {
    "DELETE FROM Document_Events WHERE event_id <= ? AND created_at < ?": "up to the 2,000th that a look has found",
    "DELETE FROM Sessions WHERE expires_at < ?": "what has expired in the minute since the janitor's last look",
    "DELETE FROM Idempotency_Keys WHERE created_at <= ?": "the same",
    "DELETE FROM Page_Usage WHERE usage_day < ?": "a row a user and day",
    "SELECT d.doc_id FROM Documents d WHERE d.doc_id > ? AND d.doc_id <= ? AND NOT EXISTS": "of so many documents at a time",
}
# What takes an accident that is not made here. Held against the rules all the same, but by itself.
UNSEEN = {
    "SELECT user_id FROM Idempotency_Keys": "two uploads with one key at once",
    "UPDATE Outbox SET claimed_until = ? WHERE outbox_id = ? AND": "a blob deletion that a dead process has begun",
    "UPDATE Outbox SET available_at = ?, claimed_until = NULL WHERE outbox_id = ?": "a storage or a broker that is away",
    "UPDATE Outbox SET available_at = ? WHERE": "a text store that is away",
    "UPDATE Outbox SET claimed_until = NULL WHERE outbox_id IN {}": "a broker that is away",
    "SELECT created_at FROM Outbox WHERE outbox_id = ?": "the same",
    "UPDATE Job_Queue SET claimed_until = NULL": "a worker that stops in the middle of a job",
    "SELECT doc_id FROM Processing_Status WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Queued'":
        "a job come twice",
    "SELECT outbox_id FROM Outbox WHERE doc_id = ? AND queue_name = ? AND available_at > ?":
        "the same, of one that waits for another try",
    "UPDATE Job_Turns SET": "a broker beside the database",
    "INSERT INTO Job_Turns": "the same",
    "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, attempts)": "a stage besides OCR",
    "UPDATE Processing_Status SET status = 'Queued', attempts = ?": "a fault of a job that passes",
    "SELECT doc_id FROM Documents WHERE doc_id = ?": "a document that is deleted while it is extracted",
    "NOT EXISTS (SELECT 1 FROM Ocr_Results newer": "a platform's database with several results of a document",
    "DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word < ?": "very many words with one trigram",
    "UPDATE Users SET is_active = ? WHERE user_id = ?": "an account with very many rows in the audit log",
    "UPDATE Daily_Looks SET last_id = ?, claimed_until = NULL": "a text store that is away while the index is looked at",
    "DECLARE @result INT; EXEC @result = sp_getapplock @Resource = N'nassaq migrate'": "a step outside of a transaction",
    "UPDATE Document_Files SET place = ?": "a file that a worker of the platform moves",
    "INSERT INTO {0} ({1}, {2}) SELECT {1}, {3} FROM inserted": "PostgreSQL alone",
    "SELECT sha256 FROM Document_Files WHERE place = ?": "a backup, which is of SQLite alone",
    "SELECT outbox_id, available_at, queue_name, COALESCE(doc_id, 0) FROM Outbox WHERE outbox_id = ?": "a turn at its end",
}


@pytest.fixture(scope="module")
def postgres():
    postgres = Postgres().start()
    yield postgres
    postgres.close()


@pytest.fixture(scope="module")
def database(postgres):
    with closing(pyodbc.connect(postgres.connection_string(), autocommit=True)) as connection:
        yield connection


@pytest.fixture(scope="module")
def recorded(postgres, database, tmp_path_factory):
    """What the program has said when it has done everything once."""
    server = Server(SQL_CONNECTION_STRING=postgres.connection_string())
    assert server.run("migrate").returncode == 0
    transact = TransactSql(postgres, tmp_path_factory.mktemp("transact"))
    transact.prepare(database)
    database.execute("DELETE FROM Schema_Version WHERE version = 30")  # One step is left to the program.
    server.settings.update(SQL_CONNECTION_STRING=transact.connection_string(), LOG_RETENTION_DAYS="30",
                           REFRESH_TOKEN_ROTATION="true", BLOB_ORPHAN_GRACE_MINUTES="1")
    server.start()
    try:
        server.create_admin(EMAIL, "Admin Person", PASSWORD)
        with Person(server.address, EMAIL) as admin:
            admin.log_in()
            do_everything(server, admin, database)
    finally:
        server.close()
        transact.close()
    assert not transact.refused
    errors = {event["error"] for event in server.log() if event["level"] == "error" and "error" in event}
    assert not errors, "\n".join(sorted(errors))
    return transact.recorded


def do_everything(server, admin, database):
    leave_old_rows(database)
    people(admin)
    with create_person(admin) as owner:
        documents(server, admin, owner)
        versions_and_trash(admin, owner)
        searches(admin, owner)
        quotas(admin, owner)
        for person in (admin, owner):
            lists(person)
        what_is_too_long(server, owner)
        commands(server, owner)
        owner.log_in()
        what_a_crash_leaves(server, owner, database)
        left = what_the_platform_leaves(server, admin, owner, database)
    wait_until(lambda: not has_old_rows(database), 90, what="the janitor")
    database.execute("UPDATE Daily_Looks SET due_at = '2000-01-01'")
    server.settings["TRASH_DAYS"] = 0
    before = len(server.log_lines)
    server.restart()  # It looks through everything at its start.
    wait_until(lambda: any("was compared with the documents" in line for line in server.log_lines[before:]), what="the sweep")
    with Person(server.address, EMAIL) as admin:
        assert admin.log_in().delete(f"/docs/{left}").is_success


def people(admin):
    with create_person(admin) as person:
        person.patch("/users/me", json={"full_name": "Another Name", "username": unique("user")})
        assert person.post("/auth/password", json={"current_password": PASSWORD, "new_password": PASSWORD + "2"}).is_success
        sessions = person.get("/auth/sessions").json()
        person.delete(f"/auth/sessions/{sessions[0]['jti']}")
        assert admin.post(f"/users/{person.user_id}/password", json={"new_password": PASSWORD}).is_success
        person.log_in()
        person.post("/auth/refresh", headers={"authorization": f"Bearer {person.refresh_token}"})
        assert admin.patch(f"/users/{person.user_id}", json={"role_id": 1, "is_active": False}).is_success
        assert admin.patch(f"/users/{person.user_id}/activate").is_success
        person.log_in()
        person.post("/auth/logout")
        for role_id in (99, 1):
            assert admin.patch(f"/users/{person.user_id}", json={"role_id": role_id}).is_success
        assert admin.delete(f"/users/{person.user_id}").status_code == 204
    for query in ("", "?is_active=true", "?is_active=false"):
        assert admin.get(f"/users/{query}").is_success
    assert admin.get("/users/pending").is_success


def documents(server, admin, owner):
    path = unique("folder")
    assert admin.post("/paths/", json={"full_path": path, "description": "one"}).status_code == 201
    with closing(EventStream(server, owner.access_token)), closing(EventStream(server, admin.access_token)):
        text = upload_text(owner, "law contracts and reports of human rights\n", f"{unique('law')}.txt", full_path=path)
        finish(owner, text["doc_id"])
    long_text = "\n".join(f"number{i} of some words" for i in range(40_000))
    large = upload_text(owner, long_text, f"{unique('large')}.txt")
    many = owner.upload(f"{unique('pages')}.pdf", pdf(*[f"page {i} of words" for i in range(70)])).json()
    broken = owner.upload(f"{unique('broken')}.pdf", pdf()[:200]).json()
    for key in ("a key", "a key"):
        owner.post("/docs/upload", files={"file": ("keyed.txt", b"keyed", "text/plain")}, headers={"Idempotency-Key": key})
    for document in (large, many, broken):
        if "doc_id" in document:
            wait_processed(owner, document["doc_id"])
    doc_id = text["doc_id"]
    for one in (doc_id, large["doc_id"], many["doc_id"]):
        for route in ("", "/status", "/text", "/download", "/download?inline=true"):
            assert owner.get(f"/docs/{one}{route}").is_success
    owner.get(f"/docs/{doc_id}/download", headers={"range": "bytes=0-3"})
    assert owner.get(f"/docs/same-content?sha256={text['sha256']}").is_success
    for change in ({"filename": f"{unique('renamed')}.txt"}, {"description": "described"}, {"full_path": "/"},
                   {"full_path": path}):
        assert owner.patch(f"/docs/{doc_id}", json=change).is_success
    assert owner.post(f"/docs/{doc_id}/reprocess").status_code == 202
    finish(owner, doc_id)
    [path_id] = [one["id"] for one in admin.get(f"/paths/?prefix={path}").json() if one["full_path"] == path]
    assert admin.patch(f"/paths/{path_id}", json={"full_path": unique("moved"), "description": "two"}).is_success
    admin.delete(f"/paths/{path_id}")
    admin.get("/paths/")
    rare = upload_text(owner, "a word that goes with its document: quixotic")
    finish(owner, rare["doc_id"])
    for one in (many, large, rare):
        assert owner.delete(f"/docs/{one['doc_id']}").is_success


def versions_and_trash(admin, owner):
    doc_id, name = finished_text(owner), f"{unique('again')}.txt"
    assert owner.put(f"/docs/{doc_id}/file", files={"file": (name, b"the second words", "text/plain")}).is_success
    finish(owner, doc_id)
    assert owner.get(f"/docs/{doc_id}/versions?limit=1").is_success
    assert owner.get(f"/docs/{doc_id}/versions/1/download").is_success
    assert owner.post(f"/docs/{doc_id}/versions/1/restore").is_success
    finish(owner, doc_id)
    others = [finished_text(owner) for _ in range(2)]
    for one in (doc_id, *others):
        assert owner.delete(f"/docs/{one}").is_success
    for person, query in ((owner, ""), (admin, ""), (admin, f"?user_id={owner.user_id}&skip=1&limit=1")):
        assert person.get(f"/docs/trash{query}").is_success
    assert owner.post(f"/docs/{doc_id}/restore").is_success
    assert owner.delete(f"/docs/trash/{others[0]}").is_success
    with create_person(admin) as other:
        assert other.delete(f"/docs/{finished_text(other)}").is_success
        assert admin.delete(f"/users/{other.user_id}").is_success
    assert owner.delete("/docs/trash").is_success
    wait_until(lambda: owner.get("/docs/trash").json()["total"] == 0, what="an empty trash")


QUERIES = ["law", "law reports", "one two three four five six seven eight", '"human rights"', 'law "human rights"', "rep*",
           "law rep*", "law -contracts", 'law -contracts -"human rights"', "law -rep*", "reprots", "la nowhere*",
           '"human rights" "law contracts"']


def searches(admin, owner):
    for person in (admin, owner):
        for query in QUERIES:
            assert person.get("/docs/search", params={"q": query}).is_success
    assert admin.get("/docs/search", params={"q": "law", "user_id": owner.user_id}).is_success
    for person in (admin, owner):
        for more in ({"path": "contracts", "language": "en"}, {"skip": 50}):
            assert person.get("/docs/search", params={"q": "law", **more}).is_success


def quotas(admin, owner):
    for subject in (f"users/{owner.user_id}", "roles/1"):
        for quota in ({"documents": 1_000, "bytes": 10**9, "pages_per_day": 1_000}, {}):
            assert admin.put(f"/{subject}/quota", json=quota).is_success
            assert admin.get(f"/{subject}/quota").is_success
            finish(owner, upload_text(owner)["doc_id"])
            assert owner.get("/users/me/usage").is_success
    assert owner.delete(f"/docs/{upload_text(owner)['doc_id']}").status_code in (200, 409)


def lists(person):
    for status in ("", "?status=Finished", "?status=Failed", "?status=Queued", "?skip=1&limit=1"):
        assert person.get(f"/docs/me{status}").is_success
        person.get(f"/docs/{status}")
    for query in ("", "?user_id=2", "?action_type=user_login", "?action_type=user_login&user_id=2",
                  "?since=2020-01-01T00:00:00&until=2030-01-01T00:00:00"):
        person.get(f"/logs/{query}")
    person.get("/docs/?user_id=2")
    person.get("/docs/?user_id=2&status=Finished")
    for route in ("/docs/stats", "/roles/", "/users/me", "//healthz/ready", "//metrics"):
        assert person.get(route).is_success


def what_is_too_long(server, owner):
    """Whatever is compared, longer than an NVARCHAR may be that can be."""
    with Client(server.address) as anyone:
        anyone.login(LONG + "@example.com")
        anyone.register(LONG + "@example.com")
    owner.get("/paths/", params={"prefix": LONG})
    owner.get("/docs/search", params={"q": LONG})
    owner.get("/docs/search", params={"q": LONG + "*"})
    owner.get("/docs/search", params={"q": "law", "path": LONG, "language": LONG})
    owner.upload(LONG + ".txt", b"x", full_path=LONG)
    owner.patch("/users/me", json={"username": LONG})
    owner.delete(f"/auth/sessions/{LONG}")
    with Person(server.address, EMAIL) as admin:
        admin.log_in()
        admin.get("/logs/", params={"action_type": LONG})
        admin.post("/paths/", json={"full_path": LONG})


def commands(server, owner):
    assert server.run("jobs", "list").returncode == 0
    server.run("jobs", "retry", "--all")
    assert server.run("jobs", "purge").returncode in (0, 2)
    assert server.run("search", "reindex", timeout=300).returncode == 0
    server.run("doctor", "--storage", "--verify", timeout=300)
    server.run("admin", "reset-password", "--email", owner.email, "--password-stdin", stdin=PASSWORD + "\n")


def what_a_crash_leaves(server, owner, database):
    """A job whose worker is gone, one without a message, a message of a clock that was ahead, and a file that is missing."""
    gone, lost, missing = (finished_text(owner) for _ in range(3))
    database.execute("UPDATE Processing_Status SET status = 'Processing', claimed_by = 'nobody', claimed_until = ? "
                     "WHERE doc_id = ?", OLD, gone)
    database.execute("UPDATE Processing_Status SET status = 'Queued', start_time = ? WHERE doc_id = ?", OLD, lost)
    database.execute("INSERT INTO Outbox (queue_name, body, created_at, available_at) "
                     "VALUES ('blob-deletions', 'no/such/blob', '2090-01-01', '2090-01-01')")
    for document in (gone, lost):
        finish(owner, document)
    server.storage.path(owner_blob(database, missing)).unlink()
    assert owner.post(f"/docs/{missing}/reprocess").status_code == 202
    wait_until(lambda: database.execute("SELECT attempts FROM Processing_Status WHERE doc_id = ?", missing).fetchone()[0],
               what="a job that is tried again")
    owner.delete(f"/docs/{missing}")


def what_the_platform_leaves(server, admin, owner, database):
    """A document that does not name its blob, a text that lies in one row, and documents whose files nobody has taken in; and
    what is counted was counted long ago. @return one of the documents"""
    doc_id = finished_text(owner, full_path="platform", before=lambda: admin.post("/paths/", json={"full_path": "platform"}))
    database.execute("UPDATE Documents SET blob_name = NULL WHERE doc_id = ?", doc_id)
    database.execute("UPDATE Document_Text SET revision = NULL, parts = NULL, content = repeat('long text ', 20000) "
                     "WHERE doc_id = ?", doc_id)
    assert owner.get(f"/docs/{doc_id}/text").is_success
    [path_id] = [one["id"] for one in admin.get("/paths/?prefix=platform").json()]
    assert admin.patch(f"/paths/{path_id}", json={"full_path": "renamed"}).is_success
    database.execute("UPDATE User_Usage SET counted_at = ?", OLD)
    ours, theirs = finished_text(owner), finished_text(owner)
    database.execute("UPDATE Documents SET sha256 = NULL WHERE doc_id = ?", theirs)
    database.execute("DELETE FROM Document_Files WHERE doc_id IN (?, ?)", ours, theirs)
    database.execute("DELETE FROM Finished_Upgrades")
    assert server.run("migrate", "--finish").returncode == 0
    return ours


def finished_text(owner, before=lambda: None, **fields):
    before()
    doc_id = upload_text(owner, f"some words {unique('word')}", **fields)["doc_id"]
    finish(owner, doc_id)
    return doc_id


def owner_blob(database, doc_id):
    return database.execute("SELECT blob_name FROM Documents WHERE doc_id = ?", doc_id).fetchone()[0]


def leave_old_rows(database):
    for statement in (
            f"INSERT INTO Logs (log_timestamp, action_type) VALUES ('{OLD}', 'user_login')",
            "INSERT INTO Document_Reads (read_hour, user_id, doc_id) VALUES (1, 1, 1)",
            f"INSERT INTO Document_Events (doc_id, user_id, stage_name, status, created_at) VALUES (1, 1, 'OCR', 'Queued', '{OLD}')",
            "INSERT INTO Page_Usage (usage_day, user_id, pages) SELECT 1, user_id, 1 FROM Users LIMIT 1",
            "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) "
            f"SELECT 'old', user_id, '{OLD}', '{OLD}', '{OLD}' FROM Users LIMIT 1",
            "INSERT INTO Idempotency_Keys (user_id, idempotency_key, fingerprint, answer, created_at) "
            f"SELECT user_id, 'old', 'x', '{{}}', '{OLD}' FROM Users LIMIT 1"):
        database.execute(statement)


def has_old_rows(database):
    return any(database.execute(f"SELECT COUNT(*) FROM {table} WHERE {condition}").fetchone()[0] for table, condition in (
        ("User_Usage", f"counted_at = '{OLD}'"), ("Search_Leftovers", "1 = 1"),
        ("Logs", f"log_timestamp = '{OLD}'"), ("Document_Reads", "read_hour = 1"), ("Page_Usage", "usage_day = 1"),
        ("Document_Events", f"created_at = '{OLD}'"), ("Sessions", "jti = 'old'"), ("Idempotency_Keys", "idempotency_key = 'old'")))


# -- The checks


def plainly(statement):
    """Without what differs from one run to the next: how many rows or ids there were."""
    statement = re.sub(r"\(\?(?:, \?)+\)", "(?, ...)", statement)
    statement = re.sub(r"(\((?:\?|CAST|NULL)[^()]*\.\.\.\))(?:, \1)+", r"\1, ...", statement)
    return re.sub(r"\s+", " ", statement).strip()


def in_lines(statement):
    """As a person reads it."""
    statement = re.sub(r"(@\w+ \w+(?:\(\d+\))? = \?,) ", r"\1\n        ", statement)
    return re.sub(r" (UNION ALL |FROM |WHERE |ORDER BY |GROUP BY )|(?<=;) ", lambda found: "\n    " + (found[1] or ""), statement)


def statements_of(recorded):
    """Each by itself, whatever it was sent together with; what a search asks is one. Without those of a migration."""
    found = set()
    for one in recorded:
        batch = [part for part in parts(without_given_id(one.text)) if not part.startswith(("SET ", "BEGIN", "COMMIT", "ROLLBACK", "--"))]
        found |= {plainly("; ".join(batch))} if batch and batch[0].startswith("DECLARE") else set(map(plainly, batch))
    return sorted(found)


def kept():
    """One to a place, as it was sent. Not all come each time: some take a job that lasts, or two nodes at once."""
    return {re.sub(r"\n +", " ", statement) for statement in GOLDEN.read_text().rstrip("\n").split("\n\n")}


def test_the_statements_are_those_that_are_kept(recorded):
    sent = set(statements_of(recorded))
    if os.environ.get("NASSAQ_RENEW"):
        known = sent | {statement for statement in kept() if is_in_source(statement)}
        GOLDEN.write_text("\n\n".join(map(in_lines, sorted(known))) + "\n")
    unknown = {statement for statement in sent - kept() if not statement.startswith(tuple(UNSEEN))}  # An accident may come.
    assert unknown == set(), "not in tests/data/statements.sql, see the head of this file"
    assert [statement for statement in kept() - sent if not is_in_source(statement)] == [], "sent no more"


def test_the_rules_are_kept(recorded):
    found = {plainly(one.text): told for one in recorded if not is_allowed(one.text) and (told := faults(one))}
    for statement in kept():
        one = statement.replace(", ...", "")
        if not is_allowed(one) and (told := faults(Recorded(one))):
            found[statement] = told
    assert not found, "\n".join(f"{statement}\n    {told}" for statement, told in found.items())


def is_allowed(statement):
    wrong = [part for part in parts(statement) if faults(Recorded(part))]
    return wrong and all(part.startswith(tuple(ALLOWED)) for part in wrong)


def test_no_statement_of_the_source_has_escaped(recorded):
    unseen = [text for text in never_seen([*(one.text for one in recorded), *kept()]) if not text.text.startswith(tuple(UNSEEN))]
    assert not unseen, "\n".join(f"{text.file}: {text.text}" for text in unseen)


def test_what_is_seldom_sent_keeps_the_rules_too():
    found = {text.text: told for text in source_texts() if text.is_whole() and not is_allowed(text.text)
             and (told := faults(Recorded(text.text)))}
    assert not found, "\n".join(f"{statement}\n    {told}" for statement, told in found.items())


def test_a_hit_is_found_without_reading_its_words(recorded):
    """But for phrases, all that a search reads of a passage is in an index of its own."""
    script = (ROOT / "migrations/0030_search_reads.mssql.sql").read_text()
    [(key, others)] = re.findall(r"ON Search_Pages \((\w+)\) INCLUDE \(([^)]+)\)", script)
    searches = [one.text for one in recorded if "OPTION (RECOMPILE)" in one.text and " LIKE " not in one.text]
    assert searches
    for search in searches:
        assert set(re.findall(r"\bs\.(\w+)", search)) <= {key, *others.split(", ")}, search
