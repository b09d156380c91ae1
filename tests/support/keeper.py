"""A server that gives files without a document no time of grace, a person on it, and documents of known content."""

import pytest

from support.client import PASSWORD, Person
from support.documents import finish
from support.state import State

EMAIL = "keeper@example.com"


@pytest.fixture
def keeper(new_server):
    server = new_server(BLOB_ORPHAN_GRACE_MINUTES=0)
    server.start()
    server.create_admin(EMAIL, "Keeper Person", PASSWORD)
    with Person(server.address, EMAIL) as person:
        person.server, person.state = server, State(server.data_directory)
        yield person.log_in()


def store(keeper, count):
    contents = {}
    for number in range(count):
        content = f"document {number} مستند ".encode() * (number + 1)
        contents[keeper.upload(f"ملف {number}.txt", content).json()["doc_id"]] = content
    for doc_id in contents:
        finish(keeper, doc_id, seconds=60)
    return contents
