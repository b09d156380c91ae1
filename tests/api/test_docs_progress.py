"""How far the extraction of a document has come, in GET /docs/{id} and in the events (api.md section 5)."""

from pathlib import Path

import pytest

from support.client import unique
from support.events import EventStream

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def stream(server, user):
    stream = EventStream(server, user.access_token, None)
    yield stream
    stream.close()


def events_until_the_end(stream):
    events = []
    while not events or events[-1].data["status"] not in ("Finished", "Failed"):
        events.append(stream.next())
    return [event.data for event in events]


def test_events_tell_of_the_pages_that_are_done(user, stream):
    doc_id = user.upload(f"{unique('fax')}.tif", (DATA / "fax.tif").read_bytes()).json()["doc_id"]
    events = events_until_the_end(stream)
    progress = [event for event in events if "pages" in event]
    assert progress and all(event["status"] == "Processing" and event["doc_id"] == doc_id for event in progress)
    assert all(event["pages"] == 2 for event in progress)
    done = [event["pages_done"] for event in progress]
    assert done[0] == 0 and done == sorted(done) and done[-1] < 2
    assert events[-1]["status"] == "Finished" and "pages_done" not in events[-1]


def test_details_tell_of_them_while_it_is_processing(user):
    doc_id = user.upload(f"{unique('fax')}.tif", (DATA / "fax.tif").read_bytes()).json()["doc_id"]
    seen = []
    while True:
        details = user.get(f"/docs/{doc_id}").json()
        if details["status"] in ("Finished", "Failed"):
            break
        if "pages" in details:
            seen.append((details["pages_done"], details["pages"]))
    assert seen and all(0 <= done < pages == 2 for done, pages in seen)
    assert (details["status"], details["page_count"]) == ("Finished", 2)
    assert "pages_done" not in details and "pages" not in details


def test_a_document_of_one_page_has_no_progress(user, stream):
    user.upload(f"{unique('letter')}.png", (DATA / "letter-english.png").read_bytes())
    assert [event["status"] for event in events_until_the_end(stream)] == ["Queued", "Processing", "Finished"]
