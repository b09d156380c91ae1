"""The commands of platform.md section 1: their output and exit codes."""

import json
import re
import stat

import pytest

from support import expect
from support.client import PASSWORD, Client, Person
from support.database import TABLES, database
from support.server import run_command
from support.state import State

COMMANDS = ("serve", "worker", "migrate", "admin", "jobs", "openapi")


@pytest.fixture
def settings(tmp_path):
    return {"ENVIRONMENT": "dev", "DATA_DIR": tmp_path / "data", "LOG_FORMAT": "json"}


@pytest.fixture
def run(tmp_path, settings):
    def run(*arguments, stdin="", **changes):
        return run_command(*arguments, settings={**settings, **changes}, stdin=stdin, directory=tmp_path)
    return run


def test_version(run):
    done = run("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"nassaq \d+\.\d+\.\d+\S*\n", done.stdout)


def test_help(run):
    done = run("--help")
    assert done.returncode == 0
    for word in (*COMMANDS, "--version", "--env-file"):
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["--nonsense"], ["serve", "--nonsense"], ["admin"], ["admin", "nonsense"], ["admin", "create"],
    ["admin", "create", "--email", "a@example.com"], ["migrate", "extra"], ["--env-file"],
    ["admin", "reset-password"], ["jobs"], ["jobs", "nonsense"], ["jobs", "retry"], ["jobs", "list", "--all"],
    ["jobs", "retry", "--all", "--doc-id", "1"], ["jobs", "retry", "--doc-id", "x"],
], ids=" ".join)
def test_wrong_usage(run, arguments):
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr and not done.stdout


# -- wrong configuration

FAULTS = {
    "PORT": "99999", "MAX_UPLOAD_SIZE_MB": "-1", "CORS_ORIGINS": '["half a list', "BLOB_STORAGE_TYPE": "ftp",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "soon", "LOG_LEVEL": "chatty", "JWT_ALGORITHM": "none",
    "ACCEPT_LEGACY_REFRESH_TOKENS": "perhaps", "JOB_MAX_ATTEMPTS": "0", "OCR_TIMEOUT_SECONDS": "1.5",
}


def test_all_faults_are_named_at_once(run):
    done = run("serve", **FAULTS)
    assert done.returncode == 78
    for name in FAULTS:
        assert name in done.stderr


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_alone(run, name):
    done = run("serve", **{name: FAULTS[name]})
    assert done.returncode == 78 and name in done.stderr
    assert not [other for other in FAULTS if other != name and other in done.stderr]


@pytest.mark.parametrize("environment", [None, "production", "staging", "DEV "])
@pytest.mark.parametrize("key", [None, "", "short", "x" * 31])
def test_production_needs_a_strong_secret(run, environment, key):
    done = run("serve", ENVIRONMENT=environment, JWT_SECRET_KEY=key)
    assert done.returncode == 78 and "JWT_SECRET_KEY" in done.stderr
    assert key in (None, "") or key not in done.stderr


def test_a_secret_is_not_shown_with_the_faults(run):
    done = run("serve", JWT_SECRET_KEY="weak-but-secret", ENVIRONMENT="production", PORT="x")
    assert done.returncode == 78 and "weak-but-secret" not in done.stderr + done.stdout


@pytest.mark.parametrize("name, value, says", [
    ("HOST", "localhost", "127.0.0.1"),
    ("HOST", "no.such.host.invalid", "no.such.host.invalid"),
    ("HOST", "1.2.3.4.5", "1.2.3.4.5"),
    ("TRUSTED_PROXIES", "10.0.0.0/33", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "127.0.0.1,proxy.local", "proxy.local"),
    ("OCR_QUEUE_NAME", "blob.delete", "blob.delete"),
])
def test_a_value_that_only_its_part_can_judge(run, tmp_path, name, value, says):
    done = run("serve", **{name: value})
    assert (done.returncode, f"{name}: " in done.stderr, says in done.stderr) == (78, True, True), done.stderr


def test_all_of_them_at_once(run):
    done = run("serve", HOST="localhost", TRUSTED_PROXIES="x", OCR_QUEUE_NAME="blob.delete")
    assert done.returncode == 78
    assert all(f"{name}: " in done.stderr for name in ("HOST", "TRUSTED_PROXIES", "OCR_QUEUE_NAME"))


def test_a_data_directory_that_cannot_be(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("serve", DATA_DIR=tmp_path / "file" / "data")
    assert done.returncode == 78 and "DATA_DIR: " in done.stderr and str(tmp_path / "file") in done.stderr


def test_a_port_that_is_taken(server):
    done = server.run("serve", PORT=server.port, DATA_DIR=server.directory / "second")
    assert done.returncode in (1, 78) and str(server.port) in done.stderr


# -- migrate

def schema(tmp_path):
    return database().schema(tmp_path / "data")


def test_migrate(run, tmp_path):
    assert run("migrate").returncode == 0
    state, first = State(tmp_path / "data"), schema(tmp_path)
    assert set(TABLES) <= database().tables(tmp_path / "data")
    assert [(row["role_id"], row["role_name"]) for row in state.query("SELECT * FROM Roles ORDER BY role_id")] == [
        (1, "User"), (99, "Admin")]
    (root,) = state.query("SELECT * FROM Virtual_Paths")
    assert (root["full_path"], root["description"], root["depth"]) == ("/", "Root directory", 0)
    # Again: nothing changes.
    assert run("migrate").returncode == 0
    assert schema(tmp_path) == first
    assert state.count("Roles") == 2 and state.count("Virtual_Paths") == 1


@pytest.mark.parametrize("table, columns", [
    ("Users", ["user_id", "username", "full_name", "email", "password_hash", "created_at", "is_active", "role_id"]),
    ("Virtual_Paths", ["path_id", "full_path", "created_at", "description", "depth"]),
    ("Documents", ["doc_id", "filename", "path_id", "uploaded_by_user_id", "mongo_doc_id", "uploaded_at", "updated_at",
                   "file_size", "content_type", "file_type", "description", "sha256", "blob_name"]),
    ("Processing_Status", ["status_id", "doc_id", "stage_name", "status", "start_time", "end_time", "error_message"]),
    ("Ocr_Results", ["result_id", "doc_id", "page_count", "word_count", "avg_confidence", "primary_language",
                     "category", "classification_confidence", "cost_usd_ocr", "cost_usd_classification",
                     "processed_at"]),
    ("Logs", ["log_id", "log_timestamp", "action_type", "user_id", "entity_id", "details"]),
    ("Actions", ["action_id", "action_name", "entity_type"]),
    ("Role_Actions", ["role_action_id", "role_id", "action_id"]),
    ("Individual_Permissions", ["permission_id", "user_id", "action_id", "entity_id", "entity_type", "is_allowed",
                                "is_inherited"]),
])
def test_the_columns(run, tmp_path, table, columns):
    assert run("migrate").returncode == 0
    assert set(columns) <= database().columns(tmp_path / "data", table)


def test_migrate_dry_run_changes_nothing(run, tmp_path):
    done = run("migrate", "--dry-run")
    assert done.returncode == 0 and done.stdout
    assert schema(tmp_path) == []
    run("migrate")
    first = schema(tmp_path)
    assert run("migrate", "--dry-run").returncode == 0
    assert schema(tmp_path) == first


# -- admin

def login(server, email, password):
    with Client(server.address) as client:
        return client.login(email, password).status_code


def test_create_an_administrator_while_the_server_serves(server):
    server.create_admin("First@Example.com", "first admin", PASSWORD)
    with Person(server.address, "first@example.com") as person:
        profile = person.log_in().profile()
    assert (profile["email"], profile["role"], profile["is_active"], profile["full_name"]) == (
        "first@example.com", "Admin", True, "First Admin")


def test_create_before_the_first_start(new_server):
    server = new_server()
    server.create_admin("early@example.com", "Early Admin", PASSWORD)
    server.start()
    assert login(server, "early@example.com", PASSWORD) == 200


def test_create_prints_a_random_password_once(server):
    done = server.run("admin", "create", "--email", "random@example.com", "--full-name", "Random Admin")
    assert done.returncode == 0, done.stderr
    passwords = [word.strip("\"'`.,:") for word in done.stdout.split()]
    assert [word for word in passwords if len(word) >= 8 and login(server, "random@example.com", word) == 200]


def test_create_promotes_a_registered_user(server, anyone):
    assert anyone.register("promoted@example.com").status_code == 201
    server.create_admin("promoted@example.com", "Promoted Admin", "another horse 2!")
    with Person(server.address, "promoted@example.com", "another horse 2!") as person:
        profile = person.log_in().profile()
    assert (profile["role"], profile["is_active"]) == ("Admin", True)


@pytest.mark.parametrize("email, full_name, password", [
    ("no email", "Some Admin", PASSWORD), ("x@example.com", "Short", PASSWORD), ("x@example.com", "Some Admin", "weak"),
    ("x@example.com", "Some Admin", ""), ("x@example.com", "Some Admin", "no digit!"),
])
def test_create_keeps_the_rules(server, email, full_name, password):
    done = server.run("admin", "create", "--email", email, "--full-name", full_name, "--password-stdin",
                      stdin=f"{password}\n")
    assert done.returncode in (1, 2) and done.stderr
    assert login(server, "x@example.com", password or "x") in (401, 422)


def test_reset_a_password(server):
    server.create_admin("lost@example.com", "Lost Password", PASSWORD)
    done = server.run("admin", "reset-password", "--email", "Lost@example.com", "--password-stdin",
                      stdin="new horse 3!\n")
    assert done.returncode == 0, done.stderr
    assert login(server, "lost@example.com", "new horse 3!") == 200
    assert login(server, "lost@example.com", PASSWORD) == 401


def test_reset_prints_a_random_password(server):
    server.create_admin("lost2@example.com", "Lost Password", PASSWORD)
    done = server.run("admin", "reset-password", "--email", "lost2@example.com")
    assert done.returncode == 0, done.stderr
    words = [word.strip("\"'`.,:") for word in done.stdout.split()]
    assert [word for word in words if len(word) >= 8 and login(server, "lost2@example.com", word) == 200]


def test_reset_for_nobody(server):
    done = server.run("admin", "reset-password", "--email", "nobody@example.com")
    assert done.returncode == 1 and "nobody@example.com" in done.stderr


# -- the .env file

def test_the_env_file(run, tmp_path):
    """Found in the working directory; the environment goes first; quotes, comments, export and lists are read."""
    (tmp_path / ".env").write_text("# a comment\n\nexport PORT=70000  # too high\nMAX_UPLOAD_SIZE_MB='x'\n"
                                   'CORS_ORIGINS="[1"\nUNKNOWN_TO_US=1\nLOG_LEVEL=chatty\n')
    done = run("serve", LOG_LEVEL="info")
    assert done.returncode == 78
    assert all(name in done.stderr for name in ("PORT", "MAX_UPLOAD_SIZE_MB", "CORS_ORIGINS"))
    assert "LOG_LEVEL" not in done.stderr and "UNKNOWN_TO_US" not in done.stderr


def test_another_env_file(run, tmp_path):
    (tmp_path / ".env").write_text("PORT=70000\n")
    (tmp_path / "other.env").write_text("MAX_UPLOAD_SIZE_MB=x\n")
    done = run("serve", "--env-file", "other.env")
    assert done.returncode == 78 and "MAX_UPLOAD_SIZE_MB" in done.stderr and "PORT" not in done.stderr


def test_an_env_file_that_is_not_there(run):
    done = run("serve", "--env-file", "missing.env")
    assert done.returncode in (2, 78) and "missing.env" in done.stderr


def test_settings_of_an_env_file_work(new_server):
    server = new_server(MAX_UPLOAD_SIZE_MB=None, CORS_ORIGINS=None, SUPPORTED_EXTENSIONS=None, LOG_LEVEL="info")
    (server.working_directory / ".env").write_text(
        "MAX_UPLOAD_SIZE_MB = 2 # megabytes\r\n"
        "export SUPPORTED_EXTENSIONS='[\".txt\", \".csv\"]'\r\n"
        'CORS_ORIGINS=["https://one.example","https://two.example"]\r\n'
        'LOG_LEVEL="chatty"\r\n', newline="")
    server.start()
    server.create_admin("env@example.com", "Env Admin", PASSWORD)
    with Person(server.address, "env@example.com") as person:
        person.log_in()
        for origin in ("https://one.example", "https://two.example"):
            response = person.get("//", headers={"origin": origin})
            assert response.headers["access-control-allow-origin"] == origin
        expect.detail(person.upload("big.txt", b"x" * (2 * 1024 * 1024 + 1)), 413,
                      "File too large, Max Limit is set to 2 MB")
        response = person.upload("a.pdf", b"%PDF-1.4")
        assert response.status_code == 415 and ".csv" in response.json()["detail"]
        assert ".docx" not in response.json()["detail"]


# -- the secret of the quick start

def test_the_quick_start_makes_its_secret_once(new_server):
    server = new_server(JWT_SECRET_KEY=None).start()
    secret = server.data_directory / "secret.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    made = secret.read_bytes()
    assert len(made) >= 32
    server.create_admin("quick@example.com", "Quick Start", PASSWORD)
    with Person(server.address, "quick@example.com") as person:
        person.log_in()
        server.restart()
        assert secret.read_bytes() == made
        with Client(server.address, person.access_token) as client:
            assert client.get("/users/me").status_code == 200


def test_openapi_needs_no_data_directory(run, tmp_path):
    done = run("openapi")
    assert done.returncode == 0
    assert json.loads(done.stdout)["openapi"].startswith("3.1")
    assert not (tmp_path / "data").exists()
