"""Originals in the second container (AZURE_BLOB_CONTAINER_URL), on a real Azurite with real shared access signatures: they
are read and removed, nothing else; and no signature is ever seen."""

import hashlib
import uuid
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from support import expect
from support.azurite import Azurite
from support.client import PASSWORD, Person, unique
from support.documents import finish, upload_text
from support.server import Server, wait_until
from support.state import State
from support.storages import ServiceBlobs

EMAIL = "second@example.com"
CONTENT = b"0123456789 an original of the platform, abcdefghijklmnopqrstuvwxyz\n" * 1_000


@pytest.fixture(scope="module")
def azurite():
    azurite = Azurite().start()
    yield azurite
    azurite.close()


@pytest.fixture(scope="module")
def container(azurite):
    name = "originals-" + uuid.uuid4().hex[:8]
    azurite.make_container(name)
    return name


class Place:
    """A server, a person on it, and the container in which some of the person's documents are."""

    def __init__(self, azurite, container, main="local"):
        self.azurite, self.container = azurite, container
        self.url = azurite.container_url(container)
        self.server = Server(AZURE_BLOB_CONTAINER_URL=self.url, TRASH_DAYS=0)
        if main == "azure":
            self.server.storage = ServiceBlobs(azurite)
            self.server.settings.update(self.server.storage.settings)
        self.server.start()
        self.state = State(self.server.data_directory, self.server.storage)
        self.server.create_admin(EMAIL, "Second Admin", PASSWORD)
        self.person = Person(self.server.address, EMAIL).log_in()

    def close(self):
        self.person.close()
        self.server.close()

    def original(self, content=CONTENT, **columns):
        """A document as the platform leaves one, whose file is in the second container. Returns its number and the id."""
        document_id = str(uuid.uuid4())
        self.azurite.put(self.container, document_id, content)
        doc_id = upload_text(self.person, text=unique("to be replaced "))["doc_id"]
        finish(self.person, doc_id, seconds=60)
        (row,) = self.state.query("SELECT blob_name FROM Documents WHERE doc_id = ?", doc_id)
        self.server.storage.remove(row["blob_name"])
        columns = {"blob_name": f"/{document_id}", "sha256": None, "file_size": len(content), **columns}
        self.state.execute(f"UPDATE Documents SET {', '.join(f'{name} = ?' for name in columns)} WHERE doc_id = ?",
                           *columns.values(), doc_id)
        self.state.execute("DELETE FROM Document_Files WHERE doc_id = ?", doc_id)  # As one that is not taken in yet.
        return doc_id, document_id

    def has(self, document_id):
        return document_id in self.azurite.names(self.container)

    def download(self, doc_id, **headers):
        return self.person.get(f"/docs/{doc_id}/download", headers=headers)

    def wait_for_log(self, text):
        wait_until(lambda: any(text in line for line in self.server.log_lines), what=f"a log line with '{text}'")

    def restart(self, url):
        """With another container, or None."""
        self.server.settings["AZURE_BLOB_CONTAINER_URL"] = url
        self.server.restart()
        self.person.close()
        self.person = Person(self.server.address, EMAIL).log_in()


@pytest.fixture(params=["local", "azure"])
def place(request, azurite, container):
    place = Place(azurite, container, request.param)
    yield place
    place.close()  # With all of its log.
    assert_unseen(place.url, "\n".join(place.server.log_lines))


def assert_unseen(url, text):
    """Nothing of a signature is in a text, decoded or not."""
    query = urlsplit(url).query
    signature = parse_qs(query)["sig"][0]
    for secret in (query, signature, quote(signature, safe=""), "sig="):
        assert secret not in text


def test_it_is_read(place):
    doc_id, document_id = place.original()
    response = place.download(doc_id)
    assert response.status_code == 200 and response.content == CONTENT
    for asked, first, last in (("3-9", 3, 9), ("0-0", 0, 0), ("60000-", 60_000, len(CONTENT) - 1),
                               ("-7", len(CONTENT) - 7, len(CONTENT) - 1)):
        response = place.download(doc_id, range=f"bytes={asked}")
        assert response.status_code == 206 and response.content == CONTENT[first:last + 1]
        assert response.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert place.has(document_id)


def test_its_size_is_asked_for_where_the_database_does_not_know_it(place):
    doc_id, _ = place.original(file_size=None)
    response = place.download(doc_id)
    assert response.headers["content-length"] == str(len(CONTENT)) and response.content == CONTENT


def test_damaged_bytes_never_look_whole(place):
    """Also beside a local storage, of which nobody compares what is read."""
    doc_id, _ = place.original(sha256=hashlib.sha256(CONTENT).hexdigest())
    assert place.download(doc_id).content == CONTENT
    doc_id, _ = place.original(sha256=hashlib.sha256(b"what it was").hexdigest())
    with pytest.raises(httpx.RemoteProtocolError):
        place.download(doc_id)


def test_a_worker_reads_it(place):
    doc_id, _ = place.original("An original that nobody has read yet.\n".encode())
    assert place.person.post(f"/docs/{doc_id}/reprocess").status_code == 202
    finish(place.person, doc_id, seconds=60)
    assert "nobody has read yet" in expect.ok(place.person.get(f"/docs/{doc_id}/text"))["text"]


def test_it_goes_with_its_document(place):
    doc_id, document_id = place.original()
    _, other = place.original()
    expect.ok(place.person.delete(f"/docs/{doc_id}"))
    wait_until(lambda: not place.has(document_id))
    assert place.has(other)


def test_what_is_not_there_is_a_missing_file(place):
    doc_id, document_id = place.original()
    place.azurite.remove(place.container, document_id)
    assert place.download(doc_id).status_code == 404
    expect.ok(place.person.delete(f"/docs/{doc_id}"))
    wait_until(lambda: place.state.query("SELECT outbox_id FROM Outbox") == [])


def test_nothing_else_there_is_touched(place):
    """No sweep takes what no document has, nor does one miss what is there."""
    _, document_id = place.original()
    nobodys = str(uuid.uuid4())
    place.azurite.put(place.container, nobodys, b"of another program")
    place.server.settings["BLOB_ORPHAN_GRACE_MINUTES"] = 0
    before = len(place.server.log_lines)
    place.restart(place.url)
    compared = wait_until(lambda: [line for line in place.server.log()[before:]
                                   if line["message"] == "the storage was compared with the documents"])
    assert compared[0]["missing"] == 0 and compared[0]["given_up"] == 0
    assert place.has(nobodys) and place.has(document_id)
    assert not place.has(upload_text(place.person)["filename"])
    done = place.server.run("doctor", "--storage", "--verify")
    assert done.returncode == 0, done.stdout
    assert "is missing" not in done.stdout and nobodys not in done.stdout


# -- when it does not work

def test_an_expired_signature(place):
    """Its documents cannot be read; all else goes on. What was deleted meanwhile goes when there is a new one."""
    doc_id, document_id = place.original()
    deleted, to_be_deleted = place.original()
    url = place.azurite.container_url(place.container, seconds=-3600)
    place.restart(url)
    assert place.person.get("//healthz/ready").status_code == 200
    assert place.download(doc_id).status_code == 500
    ours = upload_text(place.person, text="ours\n")
    assert place.download(ours["doc_id"]).content == b"ours\n"
    expect.ok(place.person.delete(f"/docs/{deleted}"))
    place.wait_for_log("the second container: the storage service refused to give a blob: 403 Auth")
    place.wait_for_log("the second container: the storage service refused to remove a blob: 403 Auth")
    assert_unseen(url, "\n".join(place.server.log_lines))
    done = place.server.run("doctor", "--storage")
    assert done.returncode == 1
    assert "second container: failed: the storage service refused to answer a readiness check: 403" in done.stdout
    assert "is missing" not in done.stdout
    assert_unseen(url, done.stdout + done.stderr)

    place.restart(place.url)
    assert place.download(doc_id).content == CONTENT
    wait_until(lambda: not place.has(to_be_deleted))
    assert place.has(document_id)


def test_a_signature_that_does_not_let_remove(place):
    doc_id, document_id = place.original()
    place.restart(place.azurite.container_url(place.container, permissions="r"))
    assert place.download(doc_id).content == CONTENT
    expect.ok(place.person.delete(f"/docs/{doc_id}"))
    place.wait_for_log("the second container: the storage service refused to remove a blob: 403")
    assert place.has(document_id)


def test_a_container_that_is_not_there(place):
    """Nobody makes it."""
    doc_id, _ = place.original()
    missing = "missing-" + uuid.uuid4().hex[:8]
    place.restart(place.azurite.container_url(missing))
    assert place.download(doc_id).status_code == 404
    done = place.server.run("doctor")
    assert done.returncode == 1 and "readiness check: 404 ContainerNotFound" in done.stdout
    assert not place.azurite.has_container(missing)


def test_a_service_that_is_away(place):
    doc_id, _ = place.original()
    url = place.url.replace(f":{place.azurite.port}/", ":1/")
    place.restart(url)
    assert place.person.get("//healthz/ready").status_code == 200
    assert place.download(doc_id).status_code == 500
    done = place.server.run("doctor")
    assert done.returncode == 1 and "second container: failed: " in done.stdout
    assert_unseen(url, "\n".join(place.server.log_lines) + done.stdout + done.stderr)


def test_without_the_setting_nothing_of_it_is_there(place):
    doc_id, document_id = place.original()
    place.restart(None)
    assert place.download(doc_id).status_code == 404
    assert place.person.post(f"/docs/{doc_id}/reprocess").status_code == 202
    wait_until(lambda: place.person.get(f"/docs/{doc_id}/status").json()["status"] == "Failed")
    expect.ok(place.person.delete(f"/docs/{doc_id}"))
    assert place.has(document_id)
    place.restart(place.url)
    wait_until(lambda: not place.has(document_id))


def test_the_doctor_tells_of_it(place):
    done = place.server.run("doctor")
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("second container:")]
    assert f":{place.azurite.port}/devstoreaccount1/{place.container}; answered within" in line
    assert_unseen(place.url, done.stdout + done.stderr)
    assert "second container:" not in place.server.run("doctor", AZURE_BLOB_CONTAINER_URL=None).stdout


def test_a_wrong_url_is_told_without_it(new_server):
    done = new_server().run("doctor", AZURE_BLOB_CONTAINER_URL="https://acme.blob.core.windows.net/a/b?sig=s3cr3t")
    assert done.returncode == 78
    assert "AZURE_BLOB_CONTAINER_URL: is not the URL of a container; it is of the form https://" in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


def test_a_backup_leaves_it_where_it_is(azurite, container, tmp_path):
    place = Place(azurite, container)
    try:
        doc_id, _ = place.original()
        done = place.server.run("backup", str(tmp_path / "backup"))
        assert done.returncode == 0, done.stderr
        restored = Server(AZURE_BLOB_CONTAINER_URL=place.url)
        try:
            done = restored.run("restore", str(tmp_path / "backup"))
            assert done.returncode == 0, done.stderr
            restored.start()
            with Person(restored.address, EMAIL) as person:
                assert person.log_in().get(f"/docs/{doc_id}/download").content == CONTENT
        finally:
            restored.close()
    finally:
        place.close()
