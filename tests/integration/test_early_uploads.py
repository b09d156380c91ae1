"""Uploads are sent to a storage service while they come in, and become blobs at their end only."""

import os
import threading

import pytest

from support import expect
from support.azurite import Azurite
from support.client import PASSWORD, Client, Person, unique
from support.fault_proxy import FaultProxy
from support.raw import RawConnection
from support.s3 import S3
from support.server import Server, is_sanitized, wait_until
from support.state import State
from support.storages import ServiceBlobs

MIB = 1024 * 1024
LARGE = 40 * MIB
BOUNDARY = "b"

# What one piece, the end of an upload and its beginning look like on the wire.
PIECE = {Azurite: "comp=block&", S3: "partNumber="}
END = {Azurite: "comp=blocklist", S3: "uploadId="}
PIECE_BYTES = {Azurite: 4 * MIB, S3: 8 * MIB}


class Setting:
    """A service, a proxy before it, and a server that knows the proxy only."""

    def __init__(self, kind):
        self.kind = kind
        self.service = kind().start()
        self.proxy = FaultProxy(self.service.port)
        self.blobs = ServiceBlobs(self.service, port=self.proxy.port)
        self.server = Server(**self.blobs.settings)
        self.server.storage = self.blobs
        self.server.start()
        self.server.create_admin("early@example.com", "Early Admin", PASSWORD)
        self.state = State(self.server.data_directory, self.blobs)
        # The first sweep asks the service, too.
        wait_until(lambda: any(line["message"] == "the storage was compared with the documents"
                               for line in self.server.log()), what="the first sweep")

    def close(self):
        self.server.close()
        self.proxy.close()
        self.service.close()

    def seen(self, since, part):
        return [line for line in self.proxy.requests[since:] if part in line]

    def pieces(self, since):
        return [line for line in self.seen(since, PIECE[self.kind]) if line.startswith("PUT")]

    def kept(self):
        """What an upload leaves that becomes a document, but for its job, which goes its own way."""
        return {"blobs": self.state.blobs(), "documents": self.state.count("Documents")}

    def given_up(self):
        """How many files could not be sent while they came in."""
        return sum("while it came in" in line["message"] for line in self.server.log())

    def unfinished(self):
        """What the service keeps of uploads that are no blobs."""
        return self.service.unfinished(self.blobs.container)


@pytest.fixture(scope="module", params=[Azurite, S3], ids=["azure", "s3"])
def setting(request):
    setting = Setting(request.param)
    with Person(setting.server.address, "early@example.com") as person:
        person.log_in().upload("first.pdf", b"%PDF-1.7\n")  # Makes the container.
    yield setting
    setting.close()


@pytest.fixture
def person(setting):
    with Person(setting.server.address, "early@example.com") as person:
        yield person.log_in()
    setting.proxy.clear()


def pdf(size):
    """A PDF by its first line only, which the worker gives up at once. No two are the same."""
    return (b"%PDF-1.7\n" + os.urandom(MIB) * (size // MIB + 1))[:size]


def form(name, content, path=None, path_is_last=False, pause=lambda: None, sent_first=0.65):
    """The pieces of a form. @param pause  called when so much of the file has been taken to be sent."""
    field = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="full_path"\r\n\r\n{path}\r\n'.encode()
             if path else b"")
    if not path_is_last:
        yield field
    yield (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n').encode()
    first = int(len(content) * sent_first)
    for offset in range(0, first, MIB):
        yield content[offset:min(offset + MIB, first)]
    pause()
    for offset in range(first, len(content), MIB):
        yield content[offset:offset + MIB]
    yield b"\r\n"
    if path_is_last:
        yield field
    yield f"--{BOUNDARY}--\r\n".encode()


def upload(person, name, content, announced=True, **options):
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    if announced:
        length = sum(map(len, form(name, content, **{**options, "pause": lambda: None})))
        headers["content-length"] = str(length)
    return person.post("/docs/upload", content=form(name, content, **options), headers=headers, timeout=300)


def assert_whole(person, body, content):
    response = person.get(f"/docs/{body['doc_id']}/download", timeout=300)
    assert response.status_code == 200 and response.content == content


def assert_nothing_remains(setting, blobs):
    wait_until(lambda: not setting.unfinished() and setting.state.blobs() == blobs and not setting.state.spool(),
               what="nothing of the upload being left")


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "of-unknown-length"])
def test_pieces_are_sent_before_the_body_ends_and_are_no_blob_yet(setting, person, announced):
    name, content, since = f"{unique('early')}.pdf", pdf(LARGE), len(setting.proxy.requests)
    before = setting.state.blobs()
    wanted = int(LARGE * 0.65) // PIECE_BYTES[setting.kind]
    assert wanted >= 3

    def pause():
        wait_until(lambda: len(setting.pieces(since)) == wanted, what=f"{wanted} pieces at the service")
        assert setting.state.blobs() == before

    body = expect.uploaded(upload(person, name, content, announced, pause=pause))
    assert body["path"].endswith("/" + name)
    assert setting.state.blobs() == before | {name}
    assert len(setting.pieces(since)) == LARGE // PIECE_BYTES[setting.kind]  # None was sent twice.
    assert_whole(person, body, content)
    assert_nothing_remains(setting, before | {name})


def test_a_cut_upload_leaves_nothing(setting, person):
    name, content, since = f"{unique('cut')}.pdf", pdf(LARGE), len(setting.proxy.requests)
    before = setting.kept()
    with RawConnection(setting.server) as connection:
        connection.send(f"POST /api/v1/docs/upload HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGE + 500}\r\n"
                        f"Authorization: Bearer {person.access_token}\r\n"
                        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n")
        for piece in list(form(name, content))[:30]:
            connection.send(piece)
        wait_until(lambda: len(setting.pieces(since)) >= 3 and setting.unfinished(), what="pieces at the service")
    assert_nothing_remains(setting, before["blobs"])
    assert setting.kept() == before
    # And the name is free.
    body = expect.uploaded(person.upload(name, b"%PDF-1.7\nsmall"))
    assert body["path"].endswith("/" + name)


def test_a_refused_upload_leaves_nothing(setting, person):
    """Its path is not there, which is found out at the end."""
    before, since = setting.kept(), len(setting.proxy.requests)
    response = upload(person, f"{unique('refused')}.pdf", pdf(LARGE), path=unique("nowhere"),
                      pause=lambda: wait_until(lambda: setting.pieces(since), what="a piece"))
    assert response.status_code == 404
    assert_nothing_remains(setting, before["blobs"])
    assert setting.kept() == before


def test_what_is_no_pdf_is_not_sent(setting, person):
    since = len(setting.proxy.requests)
    response = upload(person, f"{unique('zip')}.pdf", b"MZ" + os.urandom(MIB) * 20)
    assert response.status_code == 415
    assert not setting.pieces(since)


def test_the_path_comes_behind_the_file(setting, person):
    """Sent to where it would be without a path, and then again to where it is to be."""
    path, name, content = unique("behind"), f"{unique('late')}.pdf", pdf(LARGE)
    assert person.post("/paths/", json={"full_path": path}).status_code == 201
    before = setting.state.blobs()
    body = expect.uploaded(upload(person, name, content, path=path, path_is_last=True))
    assert_nothing_remains(setting, before | {f"{path}/{name}"})
    assert_whole(person, body, content)


def test_two_uploads_of_one_name(setting, person):
    name, before = f"{unique('twice')}.pdf", setting.state.blobs()
    contents, answers = [pdf(LARGE), pdf(LARGE)], [None, None]
    both = threading.Barrier(2)

    def run(number):
        with Person(setting.server.address, "early@example.com") as other:
            other.log_in()
            answers[number] = upload(other, name, contents[number], pause=lambda: both.wait(60))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    winner = 0 if answers[0].status_code == 201 else 1
    body = answers[winner].json()
    assert_whole(person, body, contents[winner])
    # A loser that has stored its blob before the other was recorded stores it beside, and takes it back.
    wait_until(lambda: len(setting.state.blobs() - before) == 1, what="one blob")
    assert_nothing_remains(setting, setting.state.blobs())


@pytest.mark.parametrize("what", ["a piece", "the end"])
def test_a_service_that_refuses_in_the_middle(setting, person, what):
    """The whole is sent again, from the spool."""
    name, content, before = f"{unique('again')}.pdf", pdf(LARGE), setting.state.blobs()
    path = PIECE[setting.kind] if what == "a piece" else END[setting.kind]
    method = "POST" if what == "the end" and setting.kind is S3 else "PUT"
    setting.proxy.add("status", 400, method=method, path=path)
    given_up = setting.given_up()
    body = expect.uploaded(upload(person, name, content))
    assert body["path"].endswith("/" + name)
    assert setting.given_up() == given_up + 1
    assert_whole(person, body, content)
    assert_nothing_remains(setting, before | {name})


@pytest.mark.parametrize("setting", [S3], ids=["s3"], indirect=True)
def test_a_piece_is_damaged_on_the_way(setting, person):
    """The service finds that it is not what its checksum says. Azure gets none: TLS would find it."""
    name, content, since = f"{unique('damaged')}.pdf", pdf(LARGE), len(setting.proxy.requests)
    setting.proxy.add("damage", method="PUT", path=PIECE[setting.kind])
    body = expect.uploaded(upload(person, name, content))
    assert len(setting.pieces(since)) > LARGE // PIECE_BYTES[setting.kind]
    assert_whole(person, body, content)


def test_a_service_that_goes_away_and_comes_back(setting, person):
    name, content, since = f"{unique('outage')}.pdf", pdf(LARGE), len(setting.proxy.requests)
    given_up = setting.given_up()

    def pieces():
        """The service goes in the middle, and comes back when the server has given it up."""
        for number, piece in enumerate(form(name, content)):
            if number == LARGE // MIB // 2:
                wait_until(lambda: setting.pieces(since), what="a piece")
                setting.proxy.close()
            yield piece
            if number == LARGE // MIB - 2:
                try:
                    wait_until(lambda: setting.given_up() == given_up + 1, what="the server giving up")
                finally:
                    setting.proxy.open()

    response = person.post("/docs/upload", content=pieces(), timeout=300,
                           headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    assert_whole(person, expect.uploaded(response), content)


def test_a_client_that_says_too_much(setting, person):
    """A body that is not what it should be is refused while its file is being sent."""
    before = setting.kept()
    name, content = unique("broken") + ".pdf", pdf(LARGE)
    pieces = list(form(name, content))
    pieces[-1] = b"--b\r\nnonsense"
    response = person.post("/docs/upload", content=iter(pieces), timeout=300,
                           headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    assert response.status_code == 400
    assert_nothing_remains(setting, before["blobs"])


def test_how_often_the_service_is_asked(setting, person):
    def requests_of(size):
        since = len(setting.proxy.requests)
        name = f"{unique('count')}.pdf"
        expect.uploaded(upload(person, name, pdf(size)))
        return [line.split()[0] for line in setting.seen(since, name) if not line.startswith("GET")]

    def assert_asked(requests, expected):
        """The worker may have looked at it, too, before it reads it."""
        assert sorted(requests[:len(expected)]) == sorted(expected)
        assert requests[len(expected):] in ([], ["HEAD"])

    pieces = ["PUT"] * (LARGE // PIECE_BYTES[setting.kind])
    begin, end = ([], ["PUT"]) if setting.kind is Azurite else (["POST"], ["POST"])
    # Is it there? The pieces between their beginning and their end. Is it there still?
    assert_asked(requests_of(LARGE), ["HEAD", *begin, *pieces, *end, "HEAD"])
    assert_asked(requests_of(1_000), ["PUT", "HEAD"])
    assert_asked(requests_of(3 * MIB), ["PUT", "HEAD"])


def test_connections_are_used_again(setting, person):
    before = setting.proxy.connections
    for _ in range(4):
        expect.uploaded(upload(person, f"{unique('kept')}.pdf", pdf(LARGE)))
    assert setting.proxy.connections - before <= 8


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer multiplies the memory of a process")
def test_many_large_uploads_take_little_memory(setting, person):
    clients, size = 6, 50 * MIB
    idle, most, statuses = setting.server.rss_bytes(), [0], []
    ended = threading.Event()

    def watch():
        while not ended.wait(0.02):
            most[0] = max(most[0], setting.server.rss_bytes())

    def run():
        with Client(setting.server.address, person.access_token) as client:
            response = upload(client, f"{unique('memory')}.pdf", pdf(size))
            statuses.append(response.status_code)

    watcher = threading.Thread(target=watch)
    watcher.start()
    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    watcher.join()
    assert statuses == [201] * clients
    print(f"{(most[0] - idle) / MIB:.1f} MiB more for {clients} uploads of {size // MIB} MiB")
    assert most[0] - idle <= clients * 4 * MIB
