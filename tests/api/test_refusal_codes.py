"""Each refusal has a code that programs may rely on (docs/api.md, 1), and each reason of a failure (5)."""

import re
from pathlib import Path

import pytest

from support import conformance, expect
from support.client import Client, create_person, unique
from support.documents import wait_processed
from support.refusal_codes import FAILURES, STATUSES

API_DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def documented_problems():
    """(operation, status, body) of each example of a refusal in the OpenAPI document, common ones included."""
    for path, item in conformance.document()["paths"].items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                content = conformance.resolve(answer).get("content", {}).get("application/json", {})
                for example in content.get("examples", {}).values():
                    yield f"{method} {path}", int(status), example["value"]


def test_these_codes_and_no_others():
    schema = conformance.document()["components"]["schemas"]["Problem"]
    assert schema["required"] == ["detail", "code"]
    assert set(schema["properties"]["code"]["enum"]) == set(STATUSES)
    assert len(schema["properties"]["code"]["enum"]) == len(STATUSES)


def test_each_documented_refusal_has_its_code():
    problems = list(documented_problems())
    assert len(problems) > 200
    for operation, status, body in problems:
        assert list(body) == ["detail", "code"], operation
        assert STATUSES[body["code"]] == status, (operation, body)


def test_the_documents_list_all_codes():
    listed = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", API_DOCUMENT.read_text(), re.MULTILINE))
    assert {code: int(status) for code, status in listed.items()} == STATUSES


def test_the_documents_list_the_codes_of_failures():
    section = API_DOCUMENT.read_text().split("**Codes of failures**")[1].split("\n\n")[1]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(FAILURES)


@pytest.mark.parametrize("method, path, options, status, code", [
    ("GET", "/nowhere", {}, 404, "route_not_found"),
    ("GET", "/docs/999999", {}, 404, "document_not_found"),
    ("PATCH", "/users/me", {"json": {}}, 400, "no_fields_to_update"),
    ("GET", "/users/", {}, 403, "not_authorized"),
    ("GET", "/docs/x", {}, 422, "validation_failed"),
    ("GET", "/docs/?limit=%FF", {}, 400, "malformed_query"),
    ("DELETE", "/auth/sessions/none", {}, 404, "session_not_found"),
])
def test_codes_of_answers(user, method, path, options, status, code):
    response = user.request(method, path, **options)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_the_same_sentence_may_have_two_codes(admin):
    """`User not found`: the one who was asked about, or the one who asks."""
    expect.detail(admin.patch("/users/999999/activate"), 404, "User not found", "user_not_found")
    gone = create_person(admin)
    admin.delete(f"/users/{gone.user_id}")
    with Client(gone.address, gone.refresh_token) as client:
        expect.detail(client.post("/auth/refresh"), 401, "User not found", "token_user_not_found")


def test_why_a_document_failed(user):
    uploaded = user.upload(f"{unique('damaged')}.pdf", b"%PDF-1.4\n1 0 obj\n<< damaged\n").json()
    status = wait_processed(user, uploaded["doc_id"])
    details = user.get(f"/docs/{uploaded['doc_id']}").json()
    (listed,) = [item for item in user.get("/docs/me?limit=100").json()["items"] if item["doc_id"] == uploaded["doc_id"]]
    for answer in (status, status["stages"][0], details, details["stages"][0], listed):
        assert answer["error_message"] and answer["error_code"] == "file_damaged", answer


def test_a_document_that_did_not_fail_has_no_code(user):
    uploaded = user.upload(f"{unique('good')}.txt", b"some words").json()
    assert "error_code" not in wait_processed(user, uploaded["doc_id"])
    assert "error_code" not in user.get(f"/docs/{uploaded['doc_id']}").json()


def test_what_another_program_says_has_no_code(user, state):
    doc_id = user.upload(f"{unique('other')}.txt", b"some words").json()["doc_id"]
    wait_processed(user, doc_id)
    state.execute("UPDATE Processing_Status SET status = 'Failed', error_message = ? WHERE doc_id = ?",
                  "Traceback (most recent call last)", doc_id)
    answer = user.get(f"/docs/{doc_id}/status").json()
    assert answer["error_message"].startswith("Traceback") and "error_code" not in answer
