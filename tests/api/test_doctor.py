"""`nassaq doctor`, and the sweep of files that no document has."""

import base64
import json
import secrets
import shutil
from contextlib import closing

import pyodbc
import pytest

from support.certificates import Certificate
from support.database import database
from support.keeper import keeper, store
from support.server import wait_until
from support.state import State
from support.storages import LocalBlobs

pytestmark = pytest.mark.storages("local")  # It looks into the folder of the files.
__all__ = ["keeper"]  # a fixture


def test_the_doctor_finds_what_is_wrong(keeper):
    contents = store(keeper, 3)
    first, second, third = contents
    well = keeper.server.run("doctor", "--storage", "--verify")
    assert well.returncode == 0, well.stdout
    assert "3 documents, 3 files, 0 without a document" in well.stdout and "3 files read" in well.stdout

    keeper.server.stop()
    blobs = LocalBlobs(keeper.server.data_directory)
    blobs.remove("ملف 0.txt")
    blobs.path("ملف 1.txt").write_bytes(b"rotten")
    shutil.copy(blobs.path("ملف 2.txt"), blobs.root / "orphan.txt")
    before = blobs.names()
    ill = keeper.server.run("doctor", "--storage", "--verify")
    assert ill.returncode == 1
    assert f"document {first} 'ملف 0.txt': its file ملف 0.txt is missing" in ill.stdout
    assert f"document {second} 'ملف 1.txt': its file ملف 1.txt is damaged" in ill.stdout
    assert "orphan.txt has no document and will be removed by the server" in ill.stdout
    assert f"document {third} " not in ill.stdout
    assert blobs.names() == before


def findings_of(done):
    report = json.loads(done.stdout)
    return report["is_well"], {(one["part"], one["state"]): one["message"] for one in report["findings"]}


def test_the_doctor_tells_programs(new_server):
    server = new_server()
    server.run("migrate")
    done = server.run("doctor", "--json")
    is_well, findings = findings_of(done)
    assert (done.returncode, is_well) == (0, True), findings
    parts = {part for part, _ in findings}
    assert parts == {"nassaq", "data", "secret", "tls", "clock", "database", "storage", "queue", "texts", "sandbox", "extraction",
                     "upgrade"}
    assert "a text was read" in findings["extraction", "ok"] and "GiB are free" in findings["data", "ok"]
    assert "answered within" in findings["database", "ok"] and "answered within" in findings["storage", "ok"]


@pytest.mark.databases("postgres")
def test_the_doctor_finds_indexes_of_another_library(new_server):
    """As after an upgrade of the operating system below PostgreSQL; and how to mend them. The log says the same."""
    server = new_server()
    server.run("migrate")
    assert ("database", "warning") not in findings_of(server.run("doctor", "--json"))[1]
    State(server.data_directory).execute("UPDATE pg_collation SET collversion = '1' WHERE collname = 'und-x-icu'")
    done = server.run("doctor", "--json")
    is_well, findings = findings_of(done)
    assert is_well and "REINDEX DATABASE" in findings["database", "warning"]
    assert 'ALTER COLLATION "und-x-icu" REFRESH VERSION' in findings["database", "warning"]
    server.start()
    assert any("REINDEX DATABASE" in line.get("advice", "") for line in server.log())


@pytest.mark.databases("postgres")
def test_the_doctor_finds_a_database_of_another_library(new_server):
    """One that is sorted by ICU altogether, which PostgreSQL can since 15, and then keeps its version."""
    name = "sorted_by_icu"
    with closing(pyodbc.connect(database().client_connection_string("postgres"), autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name} LOCALE_PROVIDER icu ICU_LOCALE 'und' TEMPLATE template0")
        server = new_server(SQL_CONNECTION_STRING=database().connection_string(name))
        server.run("migrate")
        assert ("database", "warning") not in findings_of(server.run("doctor", "--json"))[1]
        connection.execute("UPDATE pg_database SET datcollversion = '1' WHERE datname = ?", name)
    _, findings = findings_of(server.run("doctor", "--json"))
    assert f'ALTER DATABASE "{name}" REFRESH COLLATION VERSION' in findings["database", "warning"]


MONGO_AWAY = "mongodb://127.0.0.1:1/?tls=true&serverSelectionTimeoutMS=200"


def test_the_doctor_tells_of_certificates_that_nobody_checks(new_server):
    """By the platform's defaults; and how to close them."""
    # Instead of the database that the tests run on; an empty setting counts as none.
    sql = {"SQL_CONNECTION_STRING": "", "SQL_SERVER": "127.0.0.1,1", "SQL_DB_NAME": "x", "SQL_USER": "x",
           "SQL_PASS": "x", "SQL_DRIVER": "FreeTDS", "SQL_CONNECT_TIMEOUT": 1, "SQL_MAX_RETRIES": 0,
           "SQL_START_PATIENCE": 0}
    server = new_server()
    _, findings = findings_of(server.run("doctor", "--json", MONGO_CONNECTION_STR=MONGO_AWAY + "&tlsInsecure=true", **sql))
    assert "then set SQL_TRUST_SERVER_CERTIFICATE=no" in findings["database", "warning"]
    assert "then set MONGO_TLS_INSECURE=false" in findings["texts", "warning"]
    closed = {**sql, "SQL_DRIVER": "ODBC Driver 18 for SQL Server", "SQL_TRUST_SERVER_CERTIFICATE": "no"}
    done = server.run("doctor", "--json", MONGO_CONNECTION_STR=MONGO_AWAY, **closed)
    assert "CERTIFICATE" not in done.stdout and "INSECURE" not in done.stdout


def test_the_log_warns_of_certificates_that_nobody_checks(new_server):
    server = new_server(MONGO_CONNECTION_STR=MONGO_AWAY + "&tlsAllowInvalidCertificates=true")
    server.start()
    warnings = {line["part"]: line for line in server.log() if line["message"] == "a certificate is not checked"}
    warnings.pop("database", None)  # That of the tests' own.
    [(part, warning)] = warnings.items()
    assert (warning["level"], part) == ("warning", "texts") and "MONGO_TLS_INSECURE" in warning["advice"]


def test_the_doctor_weighs_the_secret(new_server):
    server = new_server()
    server.run("migrate")
    for secret, state in (("this-is-my-secret-my-secret-my-secret", "warning"),
                          ("Password123!Password123!Password123!", "warning"), ("0" * 64, "warning"),
                          (secrets.token_hex(32), "ok"), (secrets.token_urlsafe(32), "ok"),
                          (base64.b64encode(secrets.token_bytes(48)).decode(), "ok")):
        done = server.run("doctor", "--json", ENVIRONMENT="production", JWT_SECRET_KEY=secret)
        assert done.returncode == 0 and ("secret", state) in findings_of(done)[1], secret
        assert secret not in done.stdout


def test_the_doctor_looks_at_the_certificate(new_server, tmp_path):
    server = new_server()
    server.run("migrate")
    good, short = Certificate(tmp_path / "good", days=90), Certificate(tmp_path / "short", days=2)
    for settings, state, said in (
            ({}, "ok", "speaks HTTP"), (good.settings, "ok", "good for 89 days"), (short.settings, "warning", "1 days"),
            ({**good.settings, "TLS_KEY_FILE": short.key_file}, "fault", "TLS_KEY_FILE")):
        done = server.run("doctor", "--json", **settings)
        assert said in findings_of(done)[1]["tls", state] and done.returncode == (state == "fault")


def test_the_doctor_minds_who_can_read_the_secret(new_server):
    server = new_server(ENVIRONMENT="dev", JWT_SECRET_KEY="")
    server.start()
    server.stop()
    (server.data_directory / "secret.key").chmod(0o644)
    done = server.run("doctor", "--json")
    is_well, findings = findings_of(done)
    assert done.returncode == 1 and not is_well and "chmod 600" in findings["data", "fault"]


def test_the_doctor_without_a_database(new_server):
    done = new_server().run("doctor")
    assert done.returncode == 1 and "nassaq migrate" in done.stdout


def test_the_server_removes_what_no_document_has(keeper):
    store(keeper, 1)
    keeper.server.stop()
    blobs = LocalBlobs(keeper.server.data_directory)
    (blobs.root / "orphan.txt").write_text("nobody's")
    (blobs.root / "folder%").mkdir()
    (blobs.root / "folder%/deep.txt").write_text("nobody's")
    keeper.server.start()
    wait_until(lambda: blobs.names() == {"ملف 0.txt"}, what="the end of the orphans")


def test_orphans_have_a_time_of_grace(new_server):
    server = new_server()
    server.start()
    blobs = LocalBlobs(server.data_directory)
    server.stop()
    (blobs.root / "young.txt").write_text("perhaps about to be recorded")
    server.start()
    wait_until(lambda: any("compared with the documents" in line["message"] for line in server.log()[-40:]
                           if "message" in line), 20, what="the sweep")
    assert blobs.names() == {"young.txt"}
