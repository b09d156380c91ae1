"""GET /, /healthz/ready and /metrics (api.md section 7)."""

import re

import pytest

from support import expect


def test_alive(anyone):
    response = anyone.get("//")
    expect.empty(response)


@pytest.mark.parametrize("headers", [{"authorization": "Bearer nonsense"}, {"accept": "image/png"}, {"cookie": "a=b"}])
def test_alive_whatever_is_sent_along(anyone, headers):
    expect.empty(anyone.get("//?x=1", headers=headers))


def test_ready(anyone):
    body = expect.ok(anyone.get("//healthz/ready"), ["status", "checks"])
    assert body["status"] == "ok"
    assert set(body["checks"]) == {"database", "storage", "broker", "documents"}
    for check in body["checks"].values():
        assert any(type(value) is str for value in check.values()), "a state"
        assert any(type(value) in (int, float) and value >= 0 for value in check.values()), "a latency"


SAMPLE = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="(\\.|[^"\\])*",?)*\})? (NaN|[+-]?(Inf|\d[\d.eE+-]*))')


def test_metrics(anyone):
    for _ in range(3):
        anyone.get("/users/me")
    response = anyone.get("//metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text.splitlines()
    samples = [line for line in lines if line and not line.startswith("#")]
    assert samples and all(SAMPLE.fullmatch(line) for line in samples)
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    for line in samples:
        name = re.split(r"[ {]", line)[0]
        assert name in typed or re.sub(r"_(bucket|sum|count)$", "", name) in typed, name


def test_metrics_count_requests(anyone):
    def total():
        text = anyone.get("//metrics").text
        return sum(float(value) for value in re.findall(r"^\w*requests\w*total(?:\{.*\})? (\S+)$", text, re.M))
    before = total()
    for _ in range(5):
        anyone.get("/users/me")
    assert total() >= before + 5


def test_metrics_show_no_identifiers(anyone, user):
    """A label per document or per user would grow without bound, and tell who is there."""
    for number in range(30):
        user.get(f"/docs/{777_000 + number}/status")
        anyone.get(f"/nope-{number}")
    text = anyone.get("//metrics").text
    assert "777000" not in text and "nope-" not in text and "@" not in text
