"""Section 7: outside of /api/v1."""

import re

from contract_checks.client import BASE
from contract_checks.promise import Skipped, expect, expect_empty, expect_json, expect_status, expect_true, promise

CHECKS = ["database", "storage", "broker", "documents"]


@promise("7", "GET /: an empty 204")
def _(world):
    expect_empty(world.anyone.get("//"))


@promise("7", "GET /healthz/ready: a state, and of each part a state and a latency")
def _(world):
    answer = world.anyone.get("//healthz/ready")
    body = expect_json(answer, ["status", "checks"], answer.status)
    expect(answer.status, 503 if body["status"] == "down" else 200)
    expect(list(body["checks"]), CHECKS, "checks")
    for name, check in body["checks"].items():
        numbers = [value for value in check.values() if isinstance(value, (int, float))]
        expect_true(len(check) == 2 and len(numbers) == 1, f"a state and a latency of {name}", check)


@promise("7", "GET /metrics: Prometheus' text format")
def _(world):
    answer = expect_status(world.anyone.get("//metrics"), 200)
    expect_true((answer.header("content-type") or "").startswith("text/plain"), "text/plain", answer.header("content-type"))
    sample = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [-+0-9.eE]+(Inf|NaN)?( \d+)?|#.*|')
    bad = [line for line in answer.text.splitlines() if not sample.fullmatch(line)]
    expect(bad, [], "lines")


def openapi(world):
    answer = world.anyone.get("//openapi.json")
    if answer.status == 404:
        raise Skipped("the server does not run with ENVIRONMENT=dev")
    return expect_json(answer)


@promise("7", "/openapi.json is OpenAPI 3.1, with the OAuth2 password scheme and every route of this contract")
def _(world):
    document = openapi(world)
    expect_true(document["openapi"].startswith("3.1."), "3.1", document["openapi"])
    flows = [scheme["flows"]["password"]["tokenUrl"] for scheme in document["components"]["securitySchemes"].values()
             if scheme["type"] == "oauth2"]
    expect(flows, [f"{BASE}/auth/login"], "tokenUrl")
    wanted = ["/auth/register", "/auth/login", "/auth/refresh", "/users/", "/users/pending", "/users/me",
              "/users/{user_id}", "/users/{user_id}/activate", "/docs/upload", "/docs/", "/docs/me",
              "/docs/{doc_id}/status", "/docs/{doc_id}", "/paths/", "/paths/{path_id}"]
    expect([path for path in wanted if BASE + path not in document["paths"]], [], "missing routes")
    expect([path for path in ("/", "/healthz/ready", "/metrics") if path not in document["paths"]], [], "missing routes")


@promise("7", "/docs and /redoc are pages that load nothing from elsewhere; or all are 404")
def _(world):
    pages = [world.anyone.get(path) for path in ("//docs", "//redoc")]
    if world.anyone.get("//openapi.json").status == 404:
        expect([page.status for page in pages], [404, 404])
        return
    for page in pages:
        expect_status(page, 200)
        expect_true(page.header("content-type").startswith("text/html"), "text/html", page.header("content-type"))
        foreign = re.findall(r'(?:src|href)=["\'](?:https?:)?//[^"\']+', page.text)
        expect(foreign, [], "foreign addresses")
