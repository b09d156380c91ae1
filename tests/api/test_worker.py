"""A worker is no server: it knows no tokens, and answers nothing but how it is."""

from pathlib import Path

import httpx
import pytest

from support import expect
from support.client import Client
from support.server import WorkerProcess, wait_until


@pytest.fixture
def worker():
    worker = WorkerProcess(ENVIRONMENT="production", JWT_SECRET_KEY=None).start()
    yield worker
    worker.close()


def threads_of(process):
    return sorted(file.read_text().strip() for file in Path(f"/proc/{process.pid}/task").glob("*/comm"))


def test_it_needs_no_secret_of_tokens(worker):
    assert not (worker.data_directory / "secret.key").exists()
    with Client(worker.address) as client:
        expect.empty(client.get("//"))
        assert expect.ok(client.get("//healthz/ready"))["status"] == "ok"
        assert client.get("//metrics").status_code == 200


def test_it_answers_nothing_else(worker):
    for path in ("/api/v1/users/me", "/api/v1/docs/me", "/api/v1/auth/login", "/docs", "/openapi.json"):
        response = httpx.get(worker.address + path, trust_env=False)  # The document is the server's, and knows them.
        expect.detail(response, 404, "Not Found", "route_not_found")


def test_it_has_no_threads_of_a_server(worker):
    # Its health port answers before the last of its threads is there.
    wait_until(lambda: any(name.startswith("worker-") for name in threads_of(worker.process)), 30, what="its threads")
    threads = threads_of(worker.process)
    assert [name for name in threads if name.startswith("http-")] == ["http-health-0", "http-health-1", "http-io-0"]
    assert "reading-log" not in threads


def test_a_short_secret_is_a_mistake_all_the_same(worker):
    done = worker.run("worker", JWT_SECRET_KEY="too short")
    assert done.returncode == 78 and "JWT_SECRET_KEY" in done.stderr
