"""GET /logs/: the audit log (api.md section 8), and that each action is written to it."""

import datetime

import pytest

from support import expect
from support.client import PASSWORD, create_person, unique
from support.documents import finish, upload_text
from support.state import State, numbers_below


def logs(admin, **query):
    body = expect.ok(admin.get("/logs/", params={"limit": 100, **query}), ["total", "items"])
    for item in body["items"]:
        assert list(item) == expect.LOG_KEYS
        expect.timestamp(item["log_timestamp"])
    return body


def actions(admin, **query):
    return [item["action_type"] for item in logs(admin, **query)["items"]]


@pytest.fixture(scope="module")
def dated(state, user):
    """Entries of an action of their own at known times, as some other program might have written them."""
    rows = [("2020-01-01T00:00:00.000000", "first"), ("2020-01-02T10:00:00.000000", "second"),
            ("2020-01-02T10:00:00.000000", "tie"), ("2020-01-02T10:00:00.500000", "third"),
            ("2020-01-03T00:00:00.000000", "أخير")]
    for time, details in rows:
        state.execute("INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id, details) "
                      "VALUES (?, 'dated', ?, 5, ?)", time, user.user_id, details)
    state.execute("INSERT INTO Logs (log_timestamp, action_type) VALUES ('2020-01-02T10:00:00.000000', 'other_program')")
    return [details for _, details in reversed(rows)]


def details(admin, **query):
    return [item["details"] for item in logs(admin, action_type="dated", **query)["items"]]


def test_newest_first(admin, dated):
    body = logs(admin)
    assert body["total"] == len(body["items"]) or len(body["items"]) == 100
    order = [(item["log_timestamp"].ljust(26, "."), item["log_id"]) for item in body["items"]]
    assert order == sorted(order, reverse=True)
    assert details(admin) == dated


def test_an_entry(admin, user, dated):
    assert logs(admin, action_type="dated")["items"][-1] == {
        "log_id": logs(admin, action_type="dated")["items"][-1]["log_id"], "log_timestamp": "2020-01-01T00:00:00",
        "action_type": "dated", "user_id": user.user_id, "entity_id": 5, "details": "first"}
    assert logs(admin, action_type="other_program")["items"][0]["user_id"] is None


@pytest.mark.parametrize("query, part", [
    ({"skip": 0, "limit": 2}, slice(0, 2)), ({"skip": 2, "limit": 2}, slice(2, 4)), ({"skip": 4}, slice(4, 5)),
    ({"skip": 5}, slice(5, 5)), ({"skip": 10**12}, slice(5, 5)),
])
def test_pages(admin, dated, query, part):
    assert details(admin, **query) == dated[part]
    assert logs(admin, action_type="dated", **query)["total"] == 5


@pytest.mark.parametrize("query, part", [
    ({"since": "2020-01-02T10:00:00.000001"}, slice(0, 2)),
    ({"since": "2020-01-02T10:00:00"}, slice(0, 4)),
    ({"since": "2020-01-02"}, slice(0, 4)),
    ({"since": "2020-01-02T12:00:00+02:00"}, slice(0, 4)),
    ({"since": "1577959200"}, slice(0, 4)),
    ({"until": "2020-01-02 10:00"}, slice(2, 5)),
    ({"until": "2020-01-02T10:00:00.499999Z"}, slice(2, 5)),
    ({"since": "2020-01-02T10:00:00", "until": "2020-01-02T10:00:00"}, slice(2, 4)),
    ({"since": "2020-01-04"}, slice(0, 0)),
    ({"since": "2020-01-03", "until": "2020-01-01"}, slice(0, 0)),
    ({"since": "0001-01-01", "until": "9999-12-31T23:59:59.999999"}, slice(0, 5)),
], ids=str)
def test_a_span_of_time(admin, dated, query, part):
    assert details(admin, **query) == dated[part]
    assert logs(admin, action_type="dated", **query)["total"] == len(dated[part])


def test_by_user(admin, user, dated):
    assert details(admin, user_id=user.user_id) == dated
    assert details(admin, user_id=admin.user_id) == []
    assert {item["user_id"] for item in logs(admin, user_id=user.user_id)["items"]} == {user.user_id}
    assert logs(admin, user_id=2**62)["total"] == 0


@pytest.mark.parametrize("action", ["nothing", "", "DATED", "dated' OR '1'='1", "%", "خروج"])
def test_an_action_that_never_happened(admin, dated, action):
    assert logs(admin, action_type=action) == {"total": 0, "items": []}


@pytest.mark.parametrize("query, error", [
    ("skip=-1", expect.less_than("query", "skip", value="-1", minimum=0)),
    ("limit=0", expect.less_than("query", "limit", value="0", minimum=1)),
    ("limit=101", expect.greater_than("query", "limit", value="101", maximum=100)),
    ("user_id=x", expect.unparsable_integer("query", "user_id", value="x")),
    ("action_type=" + "x" * 51, expect.too_long("query", "action_type", value="x" * 51, length=50)),
    *[(f"{name}={value}", expect.error(
        "datetime_from_date_parsing", ["query", name], f"Input should be a valid datetime or date, {reason}", value,
        {"error": reason}))
      for name, value, reason in [("since", "", "input is too short"), ("until", "now", "input is too short"),
                                  ("since", "2024-02-30", "day value is outside expected range"),
                                  ("until", "2024-01-01T25:00",
                                   "unexpected extra characters at the end of the input")]],
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_bad_query(admin, query, error):
    expect.invalid(admin.get(f"/logs/?{query}"), error)


def test_each_action_is_written(admin, anyone):
    """One person's life, read back through the route, oldest first."""
    email = f"{unique('audited')}@example.com"
    person = create_person(admin, email)
    user_id = person.user_id
    assert anyone.login(email, "wrong horse 1!").status_code == 401
    person.patch("/users/me", json={"full_name": "Audited Person"})
    admin.patch(f"/users/{user_id}", json={"username": unique("audited")})
    document = upload_text(person)["doc_id"]
    finish(person, document)
    person.get(f"/docs/{document}/download")
    person.post("/auth/password", json={"current_password": PASSWORD, "new_password": "another horse 2!"})
    person.post("/auth/logout")
    mine = actions(admin, user_id=user_id)[::-1]
    assert mine == ["user_register", "user_login", "user_login_failed", "user_self_update", "document_upload",
                    "document_download", "password_change", "user_logout"]

    path = expect.ok(admin.post("/paths/", json={"full_path": unique("audited")}), status=201)["id"]
    admin.patch(f"/paths/{path}", json={"description": "x"})
    admin.delete(f"/paths/{path}")
    admin.delete(f"/docs/{document}")
    admin.delete(f"/users/{user_id}")
    assert actions(admin, user_id=admin.user_id)[:5][::-1] == [
        "path_create", "path_update", "path_delete", "document_delete", "user_delete"]
    assert {"user_activate", "user_admin_update"} <= set(actions(admin, user_id=admin.user_id))
    assert actions(admin, action_type="user_delete", user_id=admin.user_id) == ["user_delete"]


def test_nothing_secret_is_written(admin, state):
    text = " ".join(str(row["details"]) for row in state.query("SELECT details FROM Logs"))
    assert PASSWORD not in text and "$2b$" not in text


def test_a_long_log_is_not_counted_to_its_end(admin, state):
    """To 10,000, and as far as the page goes."""
    state.execute("INSERT INTO Logs (log_timestamp, action_type) SELECT (SELECT MIN(log_timestamp) FROM Logs), 'many' "
                  f"FROM {numbers_below(10_050)}")
    assert logs(admin, action_type="many")["total"] == 10_000
    assert logs(admin, action_type="many", skip=9_990, limit=20)["total"] == 10_010
    assert logs(admin, action_type="many", skip=10_040)["total"] == 10_050
    assert logs(admin)["total"] == 10_000


@pytest.mark.parametrize("days, kept", [(0, ["of yesterday", "of long ago"]), (30, ["of yesterday"])])
def test_how_long_it_is_kept(new_server, days, kept):
    """LOG_RETENTION_DAYS; the janitor looks at the start, and then every minute."""
    server = new_server(LOG_RETENTION_DAYS=days)
    server.start()
    state = State(server.data_directory, server.storage)
    today = datetime.datetime.now(datetime.UTC)
    for age, details_ in ((1, "of yesterday"), (31, "of long ago")):
        time = (today - datetime.timedelta(days=age)).strftime("%Y-%m-%dT%H:%M:%S.%f")
        state.execute("INSERT INTO Logs (log_timestamp, action_type, details) VALUES (?, 'aged', ?)", time, details_)
    server.restart()
    assert [row["details"] for row in state.query(
        "SELECT details FROM Logs WHERE action_type = 'aged' ORDER BY log_id")] == kept
