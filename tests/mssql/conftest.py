"""A node that reaches its database on SQL Server through a proxy of ours, for each file here.

They are run by `scripts/test --mssql 'CONNECTION STRING'` only, on whatever server that names (docs/sql-server.md).
"""

import pytest

from support.client import PASSWORD, Person
from support.database import KIND, database
from support.server import Server
from support.tds_proxy import TdsProxy, address_of, through

EMAIL = "admin@example.com"

if KIND != "mssql":
    raise pytest.UsageError("tests/mssql need a SQL Server: scripts/test --mssql 'CONNECTION STRING'")


@pytest.fixture(scope="module")
def proxy():
    host, port = address_of(database().connection_string("master"))
    proxy = TdsProxy(port, host)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def node(request, proxy):
    """SERVER_SETTINGS of the file are its settings."""
    server = Server(**getattr(request.module, "SERVER_SETTINGS", {}))
    direct = database().settings(server.data_directory)["SQL_CONNECTION_STRING"]
    server.settings["SQL_CONNECTION_STRING"] = through(proxy, direct)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    if not proxy.take():
        pytest.skip("the server insists on encryption, so that the proxy cannot read")
    yield server
    proxy.heal()
    server.close()


@pytest.fixture
def person(node, proxy):
    proxy.heal()
    before = len(node.log_lines)
    with Person(node.address, EMAIL) as person:
        yield person.log_in()
    proxy.heal()
    proxy.delay = 0
    # Shown where a test fails: what the server itself said.
    print(*(line for line in node.log_lines[before:] if '"error":' in line), sep="\n")
