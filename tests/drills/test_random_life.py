"""Documents are uploaded, replaced, renamed, moved, deleted, restored and removed at random, while sweeps go through the
storage, against a model of what they should be.

NASSAQ_LIFE_SEED repeats the choices of an earlier run.
"""

import os
import random

import pytest

from support.client import PASSWORD, Person, create_person
from support.life_model import Life, check_places
from support.server import wait_until
from support.state import State

STEPS = 10_000 if os.environ.get("NASSAQ_FULL") else 1_500
SEED = int(os.environ.get("NASSAQ_LIFE_SEED", random.SystemRandom().randrange(2**32)))

pytestmark = pytest.mark.longer


def test_at_random(new_server):
    print(f"NASSAQ_LIFE_SEED={SEED}")
    # The shortest time of grace: a sweep each minute takes what it believes to be nobody's.
    server = new_server(BLOB_ORPHAN_GRACE_MINUTES=1).start()
    state = State(server.data_directory, server.storage)
    server.create_admin("life@example.com", "Life Admin", PASSWORD)
    with Person(server.address, "life@example.com") as admin:
        admin.log_in()
        with create_person(admin) as person:
            life = Life(person, admin, SEED)
            for number in range(STEPS):
                if number % 500 == 0:
                    person.log_in()  # A token does not live as long as this.
                    admin.log_in()
                life.step()
            wait_until(lambda: state.query("SELECT outbox_id FROM Outbox WHERE queue_name = 'blob.delete'") == [], 120,
                       what="the removals of blobs")
            life.check_own()
            rows = check_places([life], state)
            sweep = server.run("doctor", "--storage", timeout=120)
            assert "without a document" in sweep.stdout and " 0 without a document" in sweep.stdout, sweep.stdout
            assert "is missing" not in sweep.stdout, sweep.stdout
    print(f"{STEPS} steps: {life.counts}; {len(life.documents)} documents with {len(rows)} versions are left")
