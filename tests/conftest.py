"""The fixtures of all black-box tests: one server with a fresh database for each test file, and people on it.

A test file that needs other settings says so: SERVER_SETTINGS = {"MAX_UPLOAD_SIZE_MB": 1}.
"""

import os
import time

import pytest

from support import tokens
from support.client import PASSWORD, Client, Person, create_person
from support.server import BINARY, Server, is_sanitized
from support.state import State

ADMIN_EMAIL = "admin@example.com"


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not BINARY.is_file():
        pytest.exit(f"there is no server to test at {BINARY}: build it, or set NASSAQ_BINARY", returncode=2)


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if item.get_closest_marker("full") and "NASSAQ_FULL" not in os.environ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item):
    if item.get_closest_marker("measures") and is_sanitized():
        pytest.skip("a sanitizer multiplies time and memory")


@pytest.fixture(scope="module")
def server(request):
    server = Server(**getattr(request.module, "SERVER_SETTINGS", {}))
    server.start()
    yield server
    server.close()


@pytest.fixture
def new_server():
    """Makes servers that a single test starts, stops and kills as it likes."""
    servers = []

    def make(**settings):
        servers.append(Server(**settings))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def state(server):
    return State(server.data_directory, server.storage)


@pytest.fixture(scope="module")
def anyone(server):
    """A client without a token."""
    with Client(server.address) as client:
        yield client


@pytest.fixture(scope="module")
def admin(server):
    server.create_admin(ADMIN_EMAIL, "Admin Person", PASSWORD)
    with Person(server.address, ADMIN_EMAIL) as person:
        yield person.log_in()


@pytest.fixture(scope="module")
def user(admin):
    """An active user without a role."""
    with create_person(admin) as person:
        yield person


@pytest.fixture(scope="module")
def other(admin):
    """Another active user: somebody whose documents `user` must not see, and the other way round."""
    with create_person(admin) as person:
        yield person


@pytest.fixture(scope="module")
def pending(admin):
    """A registered user whom nobody has activated, with a token that is valid all the same."""
    with create_person(admin, active=False) as person:
        now = int(time.time())
        # Without a session, as the Python server makes them.
        person.use(tokens.sign({"sub": str(person.user_id), "rid": None, "exp": now + 36_000, "iat": now,
                                "type": "access"}))
        yield person
