"""A database of the platform, with its data, becomes one of ours in place (docs/platform.md section 3)."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support import expect
from support.client import PASSWORD, Person
from support.database import KIND, PLATFORM_TABLES, database, plain
from support.documents import finish, upload_text
from support.server import wait_until

pytestmark = pytest.mark.databases("postgres", "mssql")

# Of PASSWORD, as the platform's passlib writes it.
HASH = "$2b$10$abcdefghijklmnopqrstuu4HF5Jc5uGJCmTPr5FZkHmKuh5DRwLXi"
# Rows that come to those of the platform.
OUR_ACTIONS = 9


def platform_script(quoted):
    script = (Path(__file__).parents[1] / f"data/platform.{KIND}.sql").read_text().replace("@HASH@", HASH)
    if quoted:
        script = re.sub(rf"\b({'|'.join(PLATFORM_TABLES)})\b(?= \()", r'"\1"', script)
        script = re.sub(rf"\b(INTO|TABLE) ({'|'.join(PLATFORM_TABLES)})\b", r'\1 "\2"', script)
    return script


@pytest.fixture(params=[False, True] if KIND == "postgres" else [False], ids=lambda quoted: "quoted" if quoted else "plain")
def old(request, new_server):
    """A server whose database the platform has made; on PostgreSQL its names may have been quoted."""
    server = new_server()
    with closing(database().connect(server.data_directory, writes=True)) as connection:
        for statement in platform_script(request.param).split(";\n"):
            if statement.strip():
                connection.execute(statement)
    return server, rows(server, quoted=request.param)


def rows(server, quoted=False):
    """All that the platform has written, column by column."""
    found = {}
    with closing(database().connect(server.data_directory)) as connection:
        for table in PLATFORM_TABLES:
            cursor = connection.execute(f'SELECT * FROM "{table}"' if quoted else f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, map(plain, row))) for row in cursor.fetchall()]
    return found


def test_two_nodes_upgrade_it_at_once_without_touching_a_row(old):
    server, before = old
    with ThreadPoolExecutor(2) as two:
        done = list(two.map(lambda _: server.run("migrate"), range(2)))
    assert [process.returncode for process in done] == [0, 0], [process.stderr for process in done]
    # Each step is taken under a lock of its own, so that they may take turns.
    steps = [line for process in done for line in process.stdout.splitlines() if line.startswith("applied ")]
    assert steps and len(steps) == len(set(steps)), "a step was taken twice"
    assert "would apply" not in server.run("migrate", "--dry-run").stdout
    after = rows(server)
    for table, old_rows in before.items():
        assert [{name: row[name] for name in old_row} for row, old_row in zip(after[table], old_rows)] == old_rows
        assert len(after[table]) == len(old_rows) + (OUR_ACTIONS if table == "Actions" else 0)
    assert {"description", "sha256", "blob_name"} <= database().columns(server.data_directory, "Documents")


def test_it_goes_on_with_the_data(old):
    server, _ = old
    server.start()
    with Person(server.address, "admin@EXAMPLE.com") as admin:
        admin.log_in()
        me = expect.ok(admin.get("/users/me"))
        assert (me["full_name"], me["created_at"]) == ("مدير النظام 😀", "2024-01-02T03:04:05.120000")
        listed = expect.ok(admin.get("/docs/"))
        assert [item["filename"] for item in listed["items"]] == ["old.txt", "عقد.pdf"]
        details = expect.ok(admin.get("/docs/1"))
        assert (details["path"], details["word_count"], details["status"]) == ("عقود/2024", 250, "Finished")
        assert [path["full_path"] for path in expect.ok(admin.get("/paths/"))] == ["/", "عقود/2024"]
        expect.ok(admin.post("/paths/", json={"full_path": "عقود/2024/جديد"}), status=201)
        assert admin.post("/auth/register", json={"full_name": "Another Layla", "email": "LAYLA@example.com",
                                                  "password": PASSWORD}).status_code == 400
        document = upload_text(admin)
        assert document["doc_id"] == 3
        finish(admin, document["doc_id"])
        expect.ok(admin.patch("/docs/1", json={"description": "وصف 😀"}))
        expect.ok(admin.delete("/docs/2"))
        expect.ok(admin.get("/docs/stats"))
        assert expect.ok(admin.get("/logs/"))["total"] >= 4


@pytest.mark.databases("postgres")
def test_nobody_waits_for_long_behind_an_upgrade_that_waits(old):
    """A transaction of the platform that goes on for long is waited for, but not by all the others too."""
    server, _ = old
    table = next(name for name in server_tables(server) if name.lower() == "documents")
    with closing(database().connect(server.data_directory)) as slow, \
            closing(database().connect(server.data_directory)) as other, ThreadPoolExecutor(1) as beside:
        slow.execute("BEGIN")
        slow.execute(f'LOCK TABLE "{table}" IN ROW EXCLUSIVE MODE')  # As whoever writes has it.
        upgrade = beside.submit(server.run, "migrate")
        waits = []
        end = time.monotonic() + 15
        while time.monotonic() < end:
            begin = time.monotonic()
            other.execute(f'SELECT COUNT(*) FROM "{table}"').fetchall()
            waits.append(time.monotonic() - begin)
            time.sleep(0.2)
        assert not upgrade.done(), upgrade.result().stdout
        slow.execute("COMMIT")
        assert upgrade.result().returncode == 0, upgrade.result().stderr
    assert max(waits) < 8, "5 s is how long a step waits"
    assert max(waits) > 1, "no step has waited for the table"


def server_tables(server):
    with closing(database().connect(server.data_directory)) as connection:
        return [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


ROWS = 100_000
MOST_WAIT = 1.0


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("old", [False], indirect=True)
def test_others_write_while_large_tables_get_their_indexes(old):
    server, _ = old
    with closing(database().connect(server.data_directory)) as connection:
        connection.execute(
            "INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, file_type, file_size) "
            f"SELECT 'file ' || n, 1, 1, '', now(), '.txt', n FROM generate_series(1, {ROWS}) n")
        connection.execute("INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
                           "SELECT doc_id, 'OCR', 'Finished', now() FROM Documents WHERE filename LIKE 'file %'")
        connection.execute("INSERT INTO Logs (log_timestamp, action_type, user_id) "
                           f"SELECT now(), 'document_upload', 1 FROM generate_series(1, {ROWS}) n")
        waits = []
        with ThreadPoolExecutor(1) as beside:
            begin = time.monotonic()
            upgrade = beside.submit(server.run, "migrate", timeout=300)
            while not upgrade.done():
                waits.append(write_as_the_platform(connection, len(waits)))
                time.sleep(0.01)
            seconds = time.monotonic() - begin
            assert upgrade.result().returncode == 0, upgrade.result().stderr
        print(f"{len(waits)} writes in {seconds:.1f} s, the longest took {max(waits):.2f} s")
        assert max(waits) < max(MOST_WAIT, seconds / 5), "a writer waited for more than a moment"
        assert not unfinished_indexes(connection)


def write_as_the_platform(connection, number):
    """@return how long it took, in seconds."""
    begin = time.monotonic()
    connection.execute("INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at) "
                       f"VALUES ('beside {number}', 1, 1, '', now())")
    connection.execute("UPDATE Processing_Status SET status = 'Finished' WHERE status_id = 1")
    connection.execute("INSERT INTO Logs (log_timestamp, action_type, user_id) VALUES (now(), 'document_upload', 1)")
    return time.monotonic() - begin


def unfinished_indexes(connection):
    return [row[0] for row in connection.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid")]


@contextmanager
def index_that_waits(server):
    """CREATE INDEX CONCURRENTLY waits for a transaction, whatever it does; yields its end."""
    with closing(database().connect(server.data_directory)) as slow:
        slow.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        slow.execute("SELECT COUNT(*) FROM pg_class").fetchall()
        yield lambda: slow.execute("COMMIT")


def building(connection):
    """The processes of PostgreSQL that make an index."""
    return [row[0] for row in connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%CREATE%INDEX CONCURRENTLY%' AND state = 'active' "
        "AND pid <> pg_backend_pid()")]


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("old", [False], indirect=True)
@pytest.mark.parametrize("how", ["server", "program"])
def test_an_index_that_was_interrupted_is_made_anew(old, how):
    server, _ = old
    with closing(database().connect(server.data_directory)) as connection, index_that_waits(server) as go_on:
        first = server.begin("migrate")
        (backend,) = wait_until(lambda: building(connection), what="an index to be made")
        assert unfinished_indexes(connection)
        if how == "server":
            connection.execute("SELECT pg_terminate_backend(?)", backend).fetchall()
            assert first.wait(60) != 0
            assert unfinished_indexes(connection), "what is left of it"
        else:
            first.kill()
            first.wait(60)
        go_on()
        again = server.run("migrate")
        assert again.returncode == 0, again.stderr
        assert not unfinished_indexes(connection)
        assert "would apply" not in server.run("migrate", "--dry-run").stdout
        assert connection.execute("SELECT COUNT(*) FROM pg_indexes WHERE indexname = 'ix_documents_user'").fetchone()[0] == 1


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("old", [False], indirect=True)
def test_nodes_that_wait_for_a_migration_do_not_hold_it_up(old):
    server, _ = old
    with closing(database().connect(server.data_directory)) as connection, ThreadPoolExecutor(3) as beside:
        with index_that_waits(server) as go_on:
            nodes = [beside.submit(server.run, "migrate") for _ in range(3)]
            wait_until(lambda: building(connection), what="an index to be made")
            time.sleep(3)
            assert len(building(connection)) == 1
            assert connection.execute("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                                      "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                                      ).fetchone()[0] == 0, "somebody waits in a transaction"
            go_on()
        assert [node.result().returncode for node in nodes] == [0, 0, 0], [node.result().stderr for node in nodes]
        assert not unfinished_indexes(connection)


@pytest.mark.databases("postgres")
def test_rows_that_the_platform_has_twice_get_an_index_all_the_same(old):
    server, _ = old
    with closing(database().connect(server.data_directory)) as connection:
        table = next(name for name in server_tables(server) if name.lower() == "processing_status")
        connection.execute(f'INSERT INTO "{table}" (doc_id, stage_name, status, start_time) '
                           f'SELECT doc_id, stage_name, status, start_time FROM "{table}"')
        results = next(name for name in server_tables(server) if name.lower() == "ocr_results")
        connection.execute(f'DELETE FROM "{results}"')
        done = server.run("migrate")
        assert done.returncode == 0, done.stderr
        names = {row[0] for row in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
        assert "ix_processing_status_doc_id" in names and "uq_processing_status_doc_id_stage" not in names
        assert "uq_ocr_results_doc_id" in names and "ix_ocr_results_doc_id" not in names
        assert not unfinished_indexes(connection)
