"""A database of the platform, with its data, becomes one of ours in place (docs/platform.md section 3)."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from support import expect
from support.client import PASSWORD, Person
from support.database import KIND, PLATFORM_TABLES, database, plain
from support.documents import finish, upload_text

pytestmark = pytest.mark.databases("postgres", "mssql")

# Of PASSWORD, as the platform's passlib writes it.
HASH = "$2b$10$abcdefghijklmnopqrstuu4HF5Jc5uGJCmTPr5FZkHmKuh5DRwLXi"


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
        assert len(after[table]) == len(old_rows)
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
