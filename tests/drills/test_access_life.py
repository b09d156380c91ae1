"""People share and take back, come into groups and leave them, folders and documents are moved and handed over, at random;
after each step every answer for everybody is compared with the rule, read word for word.

NASSAQ_LIFE_SEED repeats the choices of an earlier run.
"""

import os
import random

import pytest

from support.access_model import AccessLife
from support.client import PASSWORD, Person
from support.postgres import Postgres

STEPS = 2_000 if os.environ.get("NASSAQ_FULL") else 300
SEED = int(os.environ.get("NASSAQ_LIFE_SEED", random.SystemRandom().randrange(2**32)))

pytestmark = pytest.mark.longer


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request):
    if request.param == "sqlite":
        yield {}
        return
    postgres = Postgres().start()
    yield {"SQL_CONNECTION_STRING": postgres.connection_string()}
    postgres.close()


def test_who_may_do_what_at_random(new_server, settings):
    print(f"NASSAQ_LIFE_SEED={SEED}")
    server = new_server(**settings).start()
    server.create_admin("access@example.com", "Access Admin", PASSWORD)
    with Person(server.address, "access@example.com") as admin:
        admin.log_in()
        life = AccessLife(admin, SEED)
        for number in range(STEPS):
            if number % 200 == 0:
                life.log_in()
            life.step()
            life.check()
        life.close()
    print(f"{STEPS} steps: {life.counts}")


def test_a_right_that_is_taken_back_is_refused_by_both_nodes(new_server):
    """At the next request, whichever node it was taken back on, and whichever has answered before."""
    postgres = Postgres().start()
    nodes = [new_server(SQL_CONNECTION_STRING=postgres.connection_string()).start() for _ in range(2)]
    nodes[0].create_admin("access@example.com", "Access Admin", PASSWORD)
    with Person(nodes[0].address, "access@example.com") as admin:
        admin.log_in()
        life = AccessLife(admin, SEED, people=2, groups=1, folders=1)
        (folder,), (group,) = life.model.folders.values(), life.model.members
        owner, reader = life.people
        doc_id = owner.upload("a.txt", b"pomegranate", full_path=folder.full_path).json()["doc_id"]
        everywhere = [Person(node.address, reader.email) for node in nodes]
        for person in everywhere:
            person.log_in()
        admin.put(f"/paths/{folder.path_id}/access",
                  json={"entries": [{"group_id": group, "allow": ["document.read"]}]})
        for _ in range(20):
            admin.put(f"/groups/{group}/members/{reader.user_id}")
            assert [person.get(f"/docs/{doc_id}").status_code for person in everywhere] == [200, 200]
            assert [person.get("/docs/?view=all").json()["total"] for person in everywhere] == [1, 1]
            admin.delete(f"/groups/{group}/members/{reader.user_id}")
            assert [person.get(f"/docs/{doc_id}").status_code for person in everywhere] == [404, 404]
            assert [person.get("/docs/?view=all").json()["total"] for person in everywhere] == [0, 0]
            assert [person.get("/docs/search?q=pomegranate").json()["total"] for person in everywhere] == [0, 0]
        life.close()
    postgres.close()
