"""LOGIN_RATE_LIMIT: per account, and per client address at six times that (api.md section 8)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import expect
from support.client import PASSWORD, Client, unique
from support.state import State

LIMIT = 2
ADDRESS_LIMIT = 6 * LIMIT


@pytest.fixture
def server(new_server):
    return new_server(LOGIN_RATE_LIMIT=LIMIT, TRUSTED_PROXIES="127.0.0.1").start()


@pytest.fixture
def client(server):
    with Client(server.address) as client:
        yield client


@pytest.fixture
def account(server):
    server.create_admin("root@example.com", "Root Person", PASSWORD)
    return "root@example.com"


def login(client, email, password=PASSWORD, address="192.0.2.1"):
    return client.post("/auth/login", data={"username": email, "password": password},
                       headers={"x-forwarded-for": address})


def register(client, address="192.0.2.1"):
    return client.post("/auth/register", headers={"x-forwarded-for": address}, json={})


def refused(response):
    expect.detail(response, 429, "Too many requests")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    return True


def test_an_account(client, account):
    for _ in range(LIMIT):
        assert login(client, account).status_code == 200
    assert refused(login(client, account))


def test_an_account_from_many_addresses_and_in_any_spelling(client, account):
    spellings = [account, account.upper(), f" {account} "]
    codes = [login(client, spellings[number % 3], address=f"192.0.2.{number + 1}").status_code for number in range(5)]
    assert codes == [200] * LIMIT + [429] * 3


def test_an_address_that_a_collation_takes_for_the_same(client, account):
    """SQL Server has no weight for some characters, and none for another width: there it may be the same account, whose
    allowance is used up. Elsewhere there is no such account."""
    for _ in range(LIMIT):
        assert login(client, account).status_code == 200
    for spelling in (account + "😀", account.replace("root", "ｒｏｏｔ")):
        assert login(client, spelling).status_code in (401, 429)


def test_such_an_address_has_no_allowance_of_its_own(client, account):
    spellings = [login(client, account + "😀").status_code for _ in range(LIMIT)]
    assert (spellings, login(client, account).status_code) in (([401] * LIMIT, 200), ([200] * LIMIT, 429))


def test_the_right_password_does_not_help_any_more(client, account):
    for _ in range(LIMIT):
        assert login(client, account, "wrong horse 1!").status_code == 401
    assert refused(login(client, account))


def change(client, token, current):
    return client.post("/auth/password", headers={"authorization": f"Bearer {token}"},
                       json={"current_password": current, "new_password": "another horse 2!"})


def test_guesses_at_the_password_to_change_it_count_alike(client, account):
    """Whoever has got hold of a token does not guess any faster, and logging in is part of the same share."""
    token = login(client, account).json()["access_token"]
    assert change(client, token, "wrong horse 1!").status_code == 400
    assert refused(change(client, token, "wrong horse 1!"))
    assert refused(change(client, token, PASSWORD))
    assert refused(login(client, account.upper()))


def test_an_unknown_account_is_limited_alike(client):
    codes = [login(client, "nobody@example.com").status_code for _ in range(LIMIT + 2)]
    assert codes == [401] * LIMIT + [429] * 2


def test_one_account_does_not_limit_another(client, account):
    for _ in range(LIMIT + 1):
        login(client, "nobody@example.com")
    assert login(client, account).status_code == 200


def test_an_address_over_many_accounts(client):
    codes = [login(client, f"{unique('spray')}@example.com").status_code for _ in range(ADDRESS_LIMIT + 2)]
    assert codes == [401] * ADDRESS_LIMIT + [429] * 2
    assert login(client, f"{unique('spray')}@example.com", address="192.0.2.2").status_code == 401


def test_registering_is_limited_by_address(client):
    codes = [register(client).status_code for _ in range(ADDRESS_LIMIT + 2)]
    assert codes == [422] * ADDRESS_LIMIT + [429] * 2
    assert refused(register(client))
    assert register(client, "192.0.2.2").status_code == 422


def test_an_ipv6_network_counts_as_one_address(client):
    codes = [register(client, f"2001:db8:0:1::{number:x}").status_code for number in range(1, ADDRESS_LIMIT + 2)]
    assert codes == [422] * ADDRESS_LIMIT + [429]
    assert register(client, "2001:db8:0:2::1").status_code == 422


def test_what_a_client_claims_of_its_address_does_not_help(new_server):
    """Without trusted proxies X-Forwarded-For is just a header."""
    server = new_server(LOGIN_RATE_LIMIT=LIMIT).start()
    with Client(server.address) as client:
        codes = [register(client, f"192.0.2.{number}").status_code for number in range(ADDRESS_LIMIT + 1)]
    assert codes == [422] * ADDRESS_LIMIT + [429]


def test_a_flood_is_refused_without_work(server, client, account):
    """No password is hashed and nothing written for what is refused."""
    for _ in range(LIMIT):
        login(client, account)
    written = State(server.data_directory, server.storage).count("Logs")
    start = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda number: login(client, account, address=f"198.51.100.{number}").status_code,
                            range(100))) == {429}
    assert time.monotonic() - start < 10
    assert State(server.data_directory, server.storage).count("Logs") == written


def test_racing_logins_do_not_exceed_the_limit(client, account):
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: login(client, account).status_code, range(10)))
    assert sorted(codes) == [200] * LIMIT + [429] * (10 - LIMIT)


def test_other_routes_are_not_limited(client, account):
    token = login(client, account).json()["refresh_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert {client.post("/auth/refresh", headers=bearer).status_code for _ in range(3 * ADDRESS_LIMIT)} == {200}


def test_a_refusal_keeps_the_connection_and_carries_cors_headers(client):
    for _ in range(ADDRESS_LIMIT):
        register(client)
    response = client.post("/auth/register", json={}, headers={"x-forwarded-for": "192.0.2.1",
                                                               "origin": "http://localhost:8080"})
    assert refused(response)
    assert response.headers["access-control-allow-origin"] == "http://localhost:8080"
    assert "connection" not in response.headers


def test_the_default_is_ten_a_minute(new_server):
    server = new_server(LOGIN_RATE_LIMIT=None).start()
    with Client(server.address) as client:
        with ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda _: client.login("nobody@example.com").status_code, range(12)))
    assert sorted(codes) == [401] * 10 + [429] * 2


@pytest.mark.parametrize("value", ["-1", "ten", "1.5"])
def test_a_limit_that_is_none(server, value):
    done = server.run("serve", LOGIN_RATE_LIMIT=value)
    assert done.returncode == 78 and "LOGIN_RATE_LIMIT" in done.stderr
