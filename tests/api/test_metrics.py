"""/metrics as Prometheus reads it, and the dashboard in deploy/ that is drawn from it."""

import json
import pathlib
import re

from prometheus_client.parser import text_string_to_metric_families

from support.client import Client
from support.documents import finish, upload_text, wait_processed

DASHBOARD = pathlib.Path(__file__).parent.parent.parent / "deploy/grafana-dashboard.json"
NAME = re.compile(r"\b((?:nassaq|process)_[a-z_]+)")
LABELS = re.compile(r"by \(([^)]*)\)|\{\{(\w+)\}\}")


def families_of(person):
    response = person.get("//metrics")
    return {family.name: family for family in text_string_to_metric_families(response.text)}


def value(person, name, **labels):
    """The sum of the samples of that name with these labels."""
    return sum(sample.value for family in families_of(person).values() for sample in family.samples
               if sample.name == name and labels.items() <= sample.labels.items())


def test_what_happens_is_counted(anyone, user):
    def figures():
        return {
            "uploads": value(anyone, "nassaq_storage_call_duration_seconds_count", operation="upload", result="ok"),
            "documents": value(anyone, "nassaq_extraction_duration_seconds_count", result="text"),
            "faults": value(anyone, "nassaq_extraction_duration_seconds_count", result="fault"),
            "pages": value(anyone, "nassaq_extraction_pages_total", method="decoded"),
            "published": value(anyone, "nassaq_outbox_published_total"),
            "answers": value(anyone, "nassaq_http_requests_total", route="/api/v1/docs/upload", status="201"),
        }
    before = figures()
    finish(user, upload_text(user, "A page that is counted", "counted.txt")["doc_id"])
    broken = user.post("/docs/upload", files={"file": ("broken.pdf", b"%PDF-1.7\nnothing else")})
    assert wait_processed(user, broken.json()["doc_id"])["status"] == "Failed"
    grown = {name: after - before[name] for name, after in figures().items()}
    # Other tests may use the same server at the same time. Jobs go straight into the queue of the database: what is published
    # is the broken one's note in the queue of the dead.
    assert all(grown[name] >= least for name, least in
               {"uploads": 2, "documents": 1, "faults": 1, "pages": 1, "published": 1, "answers": 2}.items()), grown


def test_refusals_are_counted(new_server):
    server = new_server(LOGIN_RATE_LIMIT="2")
    server.start()
    anyone = Client(server.address)
    for _ in range(4):
        anyone.login("nobody@example.com", "wrong")
    assert value(anyone, "nassaq_rate_limited_total", limit="account") == 2


def test_the_process(anyone):
    assert 10 << 20 < value(anyone, "process_resident_memory_bytes") < 10 << 30
    assert value(anyone, "process_open_fds") > 3
    assert value(anyone, "nassaq_http_connections") >= 1
    families = families_of(anyone)
    assert families["process_cpu_seconds"].type == "counter" and families["nassaq_queue_depth"].type == "gauge"


def test_the_dashboard_shows_what_there_is(anyone, user):
    finish(user, upload_text(user, "Drawn", "drawn.txt")["doc_id"])
    labels = {}
    for family in families_of(anyone).values():
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    expressions = [(target["expr"], target["legendFormat"]) for panel in json.loads(DASHBOARD.read_text())["panels"]
                   for target in panel.get("targets", [])]
    assert len(expressions) > 20
    for expression, legend in expressions:
        names = set(NAME.findall(expression))
        assert names and names <= set(labels), expression
        known = set().union(*(labels[name] for name in names)) | {"instance", "le"}
        wanted = {label.strip() for by, braces in LABELS.findall(expression + legend) for label in (by or braces).split(",")}
        assert wanted <= known, expression


def test_the_dashboard_leaves_nothing_out(anyone):
    text = DASHBOARD.read_text()
    for name in families_of(anyone):
        assert name in text, f"{name} is not drawn"
