"""POST /auth/register (api.md section 3): the answer, each rule, and what becomes of names (FastAPI and Pydantic 2)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, unique

FINE = {"full_name": "Some Person", "email": "fine@example.com", "username": "fine_name", "password": PASSWORD}


def fresh(**changes):
    """A body that is fine but for the changes; a field changed to `...` is left out."""
    body = {**FINE, "email": f"{unique('fresh')}@example.com", "username": unique("fresh"), **changes}
    return {name: value for name, value in body.items() if value is not ...}


def register(client, **changes):
    return client.post("/auth/register", json=fresh(**changes))


def post_raw(client, content, content_type="application/json"):
    headers = {"content-type": content_type} if content_type else {}
    return client.post("/auth/register", content=content, headers=headers)


def test_the_answer(anyone):
    body = expect.ok(register(anyone, full_name="ahmad salem", email="Ahmad.Salem@Example.COM", username="Ahmad_1"),
                     expect.USER_KEYS, 201)
    assert type(body["user_id"]) is int
    expect.timestamp(body["created_at"])
    assert {**body, "user_id": 0, "created_at": ""} == {
        "user_id": 0, "full_name": "Ahmad Salem", "email": "ahmad.salem@example.com", "username": "Ahmad_1",
        "role": None, "is_active": False, "created_at": ""}


def test_a_new_user_is_pending(admin, anyone):
    created = expect.ok(register(anyone), status=201)
    listed = expect.ok(admin.get("/users/pending?limit=50"))
    assert created in listed


def test_it_is_audited(state, anyone):
    created = expect.ok(register(anyone), status=201)
    rows = state.query("SELECT user_id, entity_id FROM Logs WHERE action_type = 'user_register'")
    assert created["user_id"] in {row["user_id"] for row in rows} | {row["entity_id"] for row in rows}


def test_the_password_is_kept_only_as_a_bcrypt_hash(state, anyone):
    created = expect.ok(register(anyone, password="Kept nowhere 7!"), status=201)
    (row,) = state.query("SELECT * FROM Users WHERE user_id = ?", created["user_id"])
    assert re.fullmatch(r"\$2b\$12\$[./A-Za-z0-9]{53}", row["password_hash"])
    assert "Kept nowhere 7!" not in map(str, row.values())
    assert not state.holds("Kept nowhere 7!")


# -- what is refused

@pytest.mark.parametrize("changes, errors", [
    # full_name: 6 to 60 code points
    ({"full_name": ...}, None),
    ({"full_name": "Five5"}, [expect.too_short("body", "full_name", value="Five5", length=6)]),
    ({"full_name": ""}, [expect.too_short("body", "full_name", value="", length=6)]),
    ({"full_name": "خمسةة"}, [expect.too_short("body", "full_name", value="خمسةة", length=6)]),
    ({"full_name": "😀" * 5}, [expect.too_short("body", "full_name", value="😀" * 5, length=6)]),
    ({"full_name": "x" * 61}, [expect.too_long("body", "full_name", value="x" * 61, length=60)]),
    ({"full_name": "ع" * 61}, [expect.too_long("body", "full_name", value="ع" * 61, length=60)]),
    # and of what is kept of it: of blanks nothing is
    ({"full_name": " " * 10}, [expect.too_short("body", "full_name", value=" " * 10, length=6)]),
    ({"full_name": "\u3000\t\n \u00a0 "}, [expect.too_short("body", "full_name", value="\u3000\t\n \u00a0 ", length=6)]),
    ({"full_name": "A      B"}, [expect.too_short("body", "full_name", value="A      B", length=6)]),
    ({"full_name": None}, [expect.not_a_string("body", "full_name", value=None)]),
    ({"full_name": 123456}, [expect.not_a_string("body", "full_name", value=123456)]),
    ({"full_name": True}, [expect.not_a_string("body", "full_name", value=True)]),
    ({"full_name": ["Some Person"]}, [expect.not_a_string("body", "full_name", value=["Some Person"])]),
    ({"full_name": {"a": 1.5}}, [expect.not_a_string("body", "full_name", value={"a": 1.5})]),
    # email
    ({"email": 7}, [expect.not_a_string("body", "email", value=7)]),
    ({"email": None}, [expect.not_a_string("body", "email", value=None)]),
    ({"email": ""}, [expect.bad_email("", "An email address must have an @-sign.")]),
    ({"email": "nobody"}, [expect.bad_email("nobody", "An email address must have an @-sign.")]),
    ({"email": "@example.com"}, [expect.bad_email("@example.com", "There must be something before the @-sign.")]),
    ({"email": "nobody@"}, [expect.bad_email("nobody@", "There must be something after the @-sign.")]),
    ({"email": "a@example"},
     [expect.bad_email("a@example", "The part after the @-sign is not valid. It should have a period.")]),
    ({"email": "a..b@example.com"},
     [expect.bad_email("a..b@example.com", "An email address cannot have two periods in a row.")]),
    ({"email": "a.@example.com"},
     [expect.bad_email("a.@example.com", "An email address cannot have a period immediately before the @-sign.")]),
    ({"email": "a b@example.com"},
     [expect.bad_email("a b@example.com",
                       "The email address contains invalid characters before the @-sign: SPACE.")]),
    ({"email": "a@-example.com"},
     [expect.bad_email("a@-example.com", "An email address cannot have a hyphen immediately after the @-sign.")]),
    ({"email": "a" * 39 + "@example.com"},
     [expect.too_long("body", "email", value="a" * 39 + "@example.com", length=50)]),
    # username: 3 to 20 when there is one
    ({"username": "ab"}, [expect.too_short("body", "username", value="ab", length=3)]),
    ({"username": ""}, [expect.too_short("body", "username", value="", length=3)]),
    ({"username": "x" * 21}, [expect.too_long("body", "username", value="x" * 21, length=20)]),
    ({"username": 12345}, [expect.not_a_string("body", "username", value=12345)]),
    # password: 8 to 64 code points, at most 72 bytes, a digit, a special character; never echoed
    ({"password": "Short1!"}, [expect.too_short("body", "password", value=expect.MASKED, length=8)]),
    ({"password": "x1!" + "x" * 62}, [expect.too_long("body", "password", value=expect.MASKED, length=64)]),
    ({"password": None}, [expect.not_a_string("body", "password", value=expect.MASKED)]),
    ({"password": 12345678}, [expect.not_a_string("body", "password", value=expect.MASKED)]),
    ({"password": {"secret": "s3cret!!"}}, [expect.not_a_string("body", "password", value=expect.MASKED)]),
    ({"password": "no digit!"}, [expect.own_rule("body", "password", value=expect.MASKED,
                                                 text="Password must contain at least one digit")]),
    ({"password": "nothingspecial1"},
     [expect.own_rule("body", "password", value=expect.MASKED,
                      text="Password must contain at least one special character")]),
    ({"password": "كلمةسرطويلة١٢٣"},  # letters and digits of any script are alphanumeric
     [expect.own_rule("body", "password", value=expect.MASKED,
                      text="Password must contain at least one special character")]),
    ({"password": "ع" * 40 + "1!"},
     [expect.own_rule("body", "password", value=expect.MASKED, text="Password must be at most 72 bytes long")]),
    ({"password": "😀" * 18 + "1"},
     [expect.own_rule("body", "password", value=expect.MASKED, text="Password must be at most 72 bytes long")]),
    # extra fields: mass assignment
    ({"role_id": 99}, [expect.extra("body", "role_id", value=99)]),
    ({"is_active": True, "user_id": 1}, [expect.extra("body", "is_active", value=True),
                                         expect.extra("body", "user_id", value=1)]),
    ({"Email": "x@example.com"}, [expect.extra("body", "Email", value="x@example.com")]),
], ids=lambda value: ascii(value)[:60] if isinstance(value, dict) else "")
def test_refused(anyone, state, changes, errors):
    before = state.count("Users")
    sent = fresh(**changes)
    if errors is None:  # a missing field shows the whole body, but for its secrets
        errors = [expect.missing("body", name, value={**sent, "password": expect.MASKED})
                  for name, value in changes.items() if value is ...]
    expect.invalid(anyone.post("/auth/register", json=sent), *errors)
    assert state.count("Users") == before


def test_all_errors_at_once_in_declaration_order(anyone):
    response = post_raw(anyone, '{"zebra":1,"password":"short","email":"x","apple":[],"full_name":"abc","username":""}')
    expect.invalid(
        response,
        expect.too_short("body", "full_name", value="abc", length=6),
        expect.bad_email("x", "An email address must have an @-sign."),
        expect.too_short("body", "username", value="", length=3),
        expect.too_short("body", "password", value=expect.MASKED, length=8),
        expect.extra("body", "zebra", value=1),
        expect.extra("body", "apple", value=[]))


def test_an_empty_object(anyone):
    expect.invalid(post_raw(anyone, "{}"), *[expect.missing("body", name, value={})
                                             for name in ("full_name", "email", "password")])


@pytest.mark.parametrize("content, error", [
    ("", expect.missing("body")),
    ("null", expect.missing("body")),
    ("nonsense", expect.bad_json(0, "Expecting value")),
    ('{"full_name":', expect.bad_json(13, "Expecting value")),
    ("{}x", expect.bad_json(2, "Extra data")),
    ("{'a':1}", expect.bad_json(1, "Expecting property name enclosed in double quotes")),
], ids=ascii)
def test_a_body_that_is_no_object(anyone, content, error):
    expect.invalid(post_raw(anyone, content), error)


@pytest.mark.parametrize("value", [[], "text", 7, True], ids=repr)
def test_a_body_of_another_type(anyone, value):
    """It may be a password out of place, so that it need not be shown."""
    response = anyone.post("/auth/register", json=value)
    shown = response.json()["detail"][0]["input"]
    expect.invalid(response, expect.not_an_object(expect.MASKED if shown == expect.MASKED else value))


@pytest.mark.parametrize("content", [
    b'{"full_name":"\xff\xfe Person"}', b'{"full_name":"\xc0\xaf Person"}', b"\xef\xbb\xbf{}", b"\x00",
    b'{"full_name":"\\ud800 Person"}', b'{"a\nb":1}', b"{" * 100_000, b"[" * 100_000, b"1e99999",
], ids=lambda value: ascii(value)[:40])
def test_a_body_that_is_no_text_or_hostile(anyone, content):
    response = post_raw(anyone, content)
    assert response.status_code in (400, 422)
    assert list(response.json()) == ["detail", "code"]


def test_a_surrogate_is_never_stored(anyone, state):
    """Half a UTF-16 pair, escaped, in a body that is fine otherwise."""
    body = '{"full_name":"Some \\ud83d Person","email":"%s@example.com","password":"%s"}' % (unique("half"), PASSWORD)
    before = state.count("Users")
    assert post_raw(anyone, body).status_code in (400, 422)
    assert state.count("Users") == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type_is_not_read_as_json(anyone, content_type):
    response = post_raw(anyone, '{"full_name":"Some Person"}', content_type)
    assert response.status_code == 422
    assert response.json()["detail"][0]["type"] == "model_attributes_type"
    assert response.json()["detail"][0]["loc"] == ["body"]


@pytest.mark.parametrize("content_type", [
    None, "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"])
def test_these_content_types_are_json(anyone, content_type):
    expect.invalid(post_raw(anyone, "{}", content_type), *[expect.missing("body", name, value={})
                                                           for name in ("full_name", "email", "password")])


def test_a_password_is_echoed_nowhere(anyone):
    for body in ({"password": "Never Show 1!"}, {**FINE, "password": "Never Show"}, {"password": ["Never Show 1!"]}):
        response = anyone.post("/auth/register", json=body)
        assert response.status_code == 422 and "Never Show" not in response.text


# -- what is accepted

@pytest.mark.parametrize("password", [
    "abcdef1!", "x" * 62 + "1!", "كلمة سر ١", "ع" * 35 + "1!", "pass word1", "tab\tand1digit", "🔑🔑🔑🔑🔑🔑🔑1",
    'quotes"\\1', "p&a=s%s+1",
], ids=ascii)
def test_a_password_that_works(admin, anyone, password):
    email = f"{unique('password')}@example.com"
    created = expect.ok(register(anyone, email=email, password=password), status=201)
    assert anyone.login(email, password).status_code == 403  # it matched: only the account is not active
    assert admin.patch(f"/users/{created['user_id']}/activate").status_code == 200
    assert anyone.login(email, password).status_code == 200
    assert anyone.login(email, password + "x" if len(password.encode()) < 60 else password[:-1]).status_code == 401


@pytest.mark.parametrize("given, kept", [
    ("john smith", "John Smith"),
    ("ليلى بنت عبد الله", "ليلى بنت عبد الله"),
    ("élodie müller", "Élodie Müller"),
    ("ahmad ليلى", "Ahmad ليلى"),
    ("😀😀😀 😀😀", "😀😀😀 😀😀"),
    ("x" * 60, "X" + "x" * 59),
    ("ع" * 60, "ع" * 60),
], ids=ascii)
def test_each_word_of_a_name_is_capitalised(anyone, given, kept):
    assert expect.ok(register(anyone, full_name=given), status=201)["full_name"] == kept


@pytest.mark.parametrize("email", ["FIRST.Last+tag@Sub.Example.COM", "o'neil@example.com", "a" * 38 + "@example.com"])
def test_an_email_is_kept_in_lower_case(anyone, email):
    assert expect.ok(register(anyone, email=email), status=201)["email"] == email.lower()


@pytest.mark.parametrize("username", ["abc", "x" * 20, "مستخدم", "ع" * 20, "Mixed_Case"])
def test_a_username_that_works(anyone, username):
    assert expect.ok(register(anyone, username=username), status=201)["username"] == username


# -- generated usernames

@pytest.mark.parametrize("username", [..., None])
def test_a_missing_username_is_made_from_the_email(anyone, username):
    name = unique("maker")
    body = expect.ok(register(anyone, email=f"{name}@example.com", username=username), status=201)
    assert body["username"] == f"{name}_example"


def test_generated_usernames_are_cut_and_made_unique(anyone):
    emails = ["a.very.long.local.part@example.com", "a.very.long.local.part@example.org",
              "a.very.long.local.part@example.net"]
    names = [expect.ok(register(anyone, email=email, username=...), status=201)["username"] for email in emails]
    assert names[0] == "a.very.long.local.part_example"[:20]
    assert len(set(names)) == 3 and all(3 <= len(name) <= 20 for name in names)
    assert all(re.search(r"\d$", name) for name in names[1:])


def test_a_generated_username_evades_one_that_differs_in_case(anyone):
    name = unique("Evade")
    register(anyone, username=f"{name}_EXAMPLE")
    body = expect.ok(register(anyone, email=f"{name}@example.com", username=...), status=201)
    assert body["username"].lower() != f"{name}_example".lower()


# -- taken

def test_a_taken_email(anyone):
    email = f"{unique('taken')}@example.com"
    assert register(anyone, email=email).status_code == 201
    for again in (email, email.upper(), email.title()):
        expect.detail(register(anyone, email=again), 400, "Email already registered")


def test_a_taken_username(anyone):
    name = unique("Taken")
    assert register(anyone, username=name).status_code == 201
    for again in (name, name.upper(), name.lower()):
        expect.detail(register(anyone, username=again), 400, "Username already taken")


def test_a_taken_username_in_another_alphabet(anyone):
    assert register(anyone, username="Élodie").status_code == 201
    expect.detail(register(anyone, username="éLODIE"), 400, "Username already taken")


def test_only_one_of_many_at_once_gets_the_email(anyone):
    email = f"{unique('race')}@example.com"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: register(anyone, email=email), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7
    for answer in answers:
        if answer.status_code == 400:
            expect.detail(answer, 400, "Email already registered")


def test_many_at_once_get_different_usernames(anyone):
    stem = unique("crowd")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(
            lambda number: register(anyone, email=f"{stem}@example.{'abcdef'[number]}om", username=...), range(6)))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["username"] for answer in answers}) == 6
