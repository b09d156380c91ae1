"""What goes wrong inside stays inside: 500 without details, and a log without secrets (api.md section 1)."""

import pytest

from support import expect
from support.client import PASSWORD, Client, Person
from support.server import wait_until
from support.state import State


@pytest.fixture
def person(new_server):
    server = new_server().start()
    server.create_admin("admin@example.com", "Admin Person", PASSWORD)
    with Person(server.address, "admin@example.com") as person:
        person.server = server
        yield person.log_in()


def test_an_unexpected_failure(person):
    """A table disappears under the server."""
    state = State(person.server.data_directory)
    state.rename_table("Virtual_Paths", "Hidden_Paths")
    response = person.get("/paths/", headers={"x-request-id": "the-failing-one", "origin": "http://localhost:8080"})
    expect.detail(response, 500, "Internal Server Error")
    assert response.headers["x-request-id"] == "the-failing-one"
    assert response.headers["access-control-allow-origin"] == "http://localhost:8080"
    wait_until(lambda: any("the-failing-one" in line and "virtual_paths" in line.lower() for line in person.server.log_lines),
               what="a log line that says what happened, with the request's id")
    assert person.get("/users/me").status_code == 200
    state.rename_table("Hidden_Paths", "Virtual_Paths")
    assert person.get("/paths/").status_code == 200


def test_the_log_keeps_secrets(person):
    secrets = ["Secret horse 1!", "Wrong-secret-2!", "secret.token.three", person.access_token, person.refresh_token,
               PASSWORD]
    with Client(person.address) as client:
        client.register("secret@example.com", password=secrets[0])
        client.register("secret", password=secrets[0])
        client.post("/auth/register", content=f'{{"password":"{secrets[0]}", broken',
                    headers={"content-type": "application/json"})
        client.login("secret@example.com", secrets[1])
        client.get("/users/me", headers={"authorization": f"Bearer {secrets[2]}"})
        client.post("/auth/refresh", headers={"authorization": f"Bearer {person.refresh_token}"})
        client.get(f"/users/me?access_token={secrets[2]}")
    person.get("/users/me")
    person.server.stop()
    log = "\n".join(person.server.log_lines)
    assert not [secret for secret in secrets if secret in log]
    signatures = [token.rsplit(".", 1)[1] for token in (person.access_token, person.refresh_token)]
    assert not [signature for signature in signatures if signature in log]


def test_every_line_of_the_log_is_json(person):
    with Client(person.address) as client:
        client.get('//nope"\\?q="\\\n\x1b[31m'.replace("\n", "%0A").replace("\x1b", "%1B"))
        client.get("//", headers=[(b"user-agent", b'quo"te \xff\\')])
    person.server.stop()
    for line in person.server.log():
        assert type(line["message"]) is str


def test_a_request_in_the_log(person):
    person.get("/users/me?colour=blue", headers={"x-request-id": "the-logged-one"})
    person.get("//nowhere", headers={"x-request-id": "the-lost-one"})
    person.server.stop()
    found, lost = ([line for line in person.server.log() if line.get("request_id") == name]
                   for name in ("the-logged-one", "the-lost-one"))
    assert len(found) == len(lost) == 1
    assert {"method": "GET", "route": "/api/v1/users/me", "path": "/api/v1/users/me", "status": 200,
            "user_id": person.user_id}.items() <= found[0].items()
    assert found[0]["duration_ms"] > 0 and found[0]["bytes"] > 100 and found[0]["client"] == "127.0.0.1"
    assert (lost[0]["route"], lost[0]["path"], lost[0]["status"]) == ("none", "/nowhere", 404)
