"""GET /users/ and GET /users/pending (api.md section 4)."""

import pytest

from support import expect
from support.client import create_person


@pytest.fixture(scope="module")
def people(admin, anyone):
    """The administrator, three active users and four pending ones: the whole list, in order of creation."""
    active = [create_person(admin) for _ in range(3)]
    waiting = [anyone.register(f"waiting{number}@example.com", full_name=f"Waiting {number}") for number in range(4)]
    assert [response.status_code for response in waiting] == [201] * 4
    yield [admin.user_id, *[person.user_id for person in active], *[response.json()["user_id"] for response in waiting]]
    for person in active:
        person.close()


def ids(response):
    return [user["user_id"] for user in expect.ok(response)]


def test_a_bare_array_in_order_of_creation(admin, people):
    body = expect.ok(admin.get("/users/", params={"skip": 0, "limit": 100}))
    assert type(body) is list
    assert [user["user_id"] for user in body] == people
    assert sorted(body, key=lambda user: (user["created_at"], user["user_id"])) == body
    for user in body:
        assert list(user) == expect.USER_KEYS
        expect.timestamp(user["created_at"])
    assert (body[0]["role"], body[0]["is_active"]) == ("Admin", True)


def test_nothing_secret_is_shown(admin, people):
    text = admin.get("/users/").text
    assert "$2b$" not in text and "password" not in text


@pytest.mark.parametrize("query, part", [
    ("", slice(0, 20)),
    ("skip=0&limit=100", slice(0, None)),
    ("limit=1", slice(0, 1)),
    ("skip=2&limit=3", slice(2, 5)),
    ("skip=7", slice(7, 8)),
    ("skip=8", slice(8, 8)),
    ("skip=1000000000", slice(8, 8)),
    ("limit=007", slice(0, 7)),
    ("skip=%201%20", slice(1, None)),
    ("skip=%2B1", slice(1, None)),
    ("skip=1.0", slice(1, None)),
    ("skip=5&skip=1", slice(1, None)),
    ("unknown=1&limit=2", slice(0, 2)),
])
def test_pages(admin, people, query, part):
    assert ids(admin.get(f"/users/?{query}")) == people[part]


@pytest.mark.parametrize("text, active", [
    *[(text, True) for text in ("true", "True", "1", "yes", "on", "t", "Y", "ON")],
    *[(text, False) for text in ("false", "FALSE", "0", "no", "off", "f", "n")],
])
def test_the_filter_takes_pydantics_booleans(admin, people, text, active):
    assert ids(admin.get(f"/users/?is_active={text}")) == (people[:4] if active else people[4:])


def test_the_filter_and_pages_together(admin, people):
    assert ids(admin.get("/users/?is_active=false&skip=1&limit=2")) == people[5:7]


@pytest.mark.parametrize("query, errors", [
    ("skip=-1", [expect.less_than("query", "skip", value="-1", minimum=0)]),
    ("limit=0", [expect.less_than("query", "limit", value="0", minimum=1)]),
    ("limit=101", [expect.greater_than("query", "limit", value="101", maximum=100)]),
    ("skip=a", [expect.unparsable_integer("query", "skip", value="a")]),
    ("skip=", [expect.unparsable_integer("query", "skip", value="")]),
    ("skip=1.5", [expect.unparsable_integer("query", "skip", value="1.5")]),
    ("skip=0x10", [expect.unparsable_integer("query", "skip", value="0x10")]),
    ("skip=%D9%A1%D9%A2x", [expect.unparsable_integer("query", "skip", value="١٢x")]),
    ("is_active=maybe", [expect.unparsable_boolean("query", "is_active", value="maybe")]),
    ("is_active=", [expect.unparsable_boolean("query", "is_active", value="")]),
    ("is_active=2", [expect.unparsable_boolean("query", "is_active", value="2")]),
    ("is_active=maybe&limit=x&skip=-5", [
        expect.less_than("query", "skip", value="-5", minimum=0),
        expect.unparsable_integer("query", "limit", value="x"),
        expect.unparsable_boolean("query", "is_active", value="maybe")]),
])
def test_a_bad_query(admin, query, errors):
    expect.invalid(admin.get(f"/users/?{query}"), *errors)


def test_a_query_that_overflows_is_no_server_error(admin):
    for value in ("9" * 18, "9" * 19, "9" * 400, "-" + "9" * 30):
        assert admin.get(f"/users/?skip={value}").status_code in (200, 422)
        assert admin.get(f"/users/?limit={value}").status_code == 422


def test_pending(admin, people):
    body = expect.ok(admin.get("/users/pending"))
    assert [user["user_id"] for user in body] == people[4:]
    assert all(user["is_active"] is False and list(user) == expect.USER_KEYS for user in body)


@pytest.mark.parametrize("query, part", [("limit=1", slice(4, 5)), ("limit=50", slice(4, None))])
def test_pending_limit(admin, people, query, part):
    assert ids(admin.get(f"/users/pending?{query}")) == people[part]


@pytest.mark.parametrize("query, error", [
    ("limit=0", expect.less_than("query", "limit", value="0", minimum=1)),
    ("limit=51", expect.greater_than("query", "limit", value="51", maximum=50)),
    ("limit=x", expect.unparsable_integer("query", "limit", value="x")),
])
def test_pending_bad_query(admin, query, error):
    expect.invalid(admin.get(f"/users/pending?{query}"), error)
