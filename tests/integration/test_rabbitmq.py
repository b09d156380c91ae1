"""What goes through RabbitMQ, side by side with pika, by which the Python platform speaks to it."""

import json
import subprocess
import time

import httpx
import pika
import pytest

from support.client import PASSWORD, Client, Person, create_person
from support.documents import finish, upload_text, wait_processed
from support.folders import open_folder
from support.rabbitmq import RabbitMQ
from support.server import Server, WorkerProcess, wait_until

QUEUE = "ocr_queue"


@pytest.fixture(scope="module")
def certificates():
    """An authority of our own, and a server's certificate for `localhost`."""
    with open_folder() as folder:
        make_certificates(folder)
        yield folder


def make_certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=Test {name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key", "-out",
            "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile", "names",
            "-out", "server.pem")
    (folder / "server.key").chmod(0o644)


@pytest.fixture(scope="module")
def rabbitmq(certificates):
    rabbitmq = RabbitMQ(tls=certificates).start()
    yield rabbitmq
    rabbitmq.close()


@pytest.fixture(scope="module")
def server(rabbitmq):
    """It serves, and no worker runs."""
    server = Server(MESSAGE_BROKER_URL=rabbitmq.url()).start()
    yield server
    server.close()


@pytest.fixture
def channel(rabbitmq):
    """As the platform's worker opens it."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq.url()))
    channel = connection.channel()
    channel.queue_declare(queue=QUEUE, durable=True)
    channel.basic_qos(prefetch_count=1)
    yield channel
    for queue in (QUEUE, f"{QUEUE}.dead"):
        channel.queue_declare(queue=queue, durable=True)
        channel.queue_purge(queue)
    connection.close()


@pytest.fixture
def worker(server, rabbitmq):
    workers = []

    def start(**settings):
        workers.append(WorkerProcess(**{"MESSAGE_BROKER_URL": rabbitmq.url(), "DATA_DIR": server.data_directory,
                                        "OCR_CONCURRENCY": 2, **settings}).start())
        return workers[-1]
    yield start
    for process in workers:
        process.close()


def take(channel):
    """The next message of the queue, acknowledged: (properties, body)."""
    method, properties, body = wait_until(lambda: next_message(channel), what="a message")
    channel.basic_ack(method.delivery_tag)
    return properties, body


def next_message(channel):
    got = channel.basic_get(QUEUE)
    return got if got[0] else None


def depth(channel, queue=QUEUE):
    return channel.queue_declare(queue=queue, durable=True).method.message_count


def platform_publish(channel, message, queue=QUEUE):
    """As the Python server publishes it: json.dumps with its ASCII escapes, durable queue, persistent."""
    body = message if isinstance(message, (str, bytes)) else json.dumps(message)
    channel.basic_publish(exchange="", routing_key=queue, body=body, properties=pika.BasicProperties(delivery_mode=2))


def test_the_platforms_worker_can_read_ours(admin, channel):
    document = upload_text(admin, "نص عربي", filename="عقد الإيجار 1.txt")
    properties, body = take(channel)
    message = json.loads(body)
    assert message == {"doc_id": document["doc_id"], "file_path": message["file_path"],
                       "filename": "عقد الإيجار 1.txt", "user_id": admin.user_id}
    assert message["file_path"].endswith("txt")
    assert properties.content_type == "application/json" and properties.delivery_mode == 2
    assert int(properties.message_id) > 0
    assert depth(channel) == 0


def test_users_take_turns_whoever_works_on_the_queue(admin, channel, state):
    """Here the platform's worker: it takes a message, writes Processing, and Finished, and knows nothing of turns."""
    with create_person(admin) as many, create_person(admin) as other:
        pictures = [upload_text(many, f"picture {number}")["doc_id"] for number in range(25)]
        wait_until(lambda: depth(channel) == 1, what="one message")
        first = json.loads(take(channel)[1])["doc_id"]
        state.set_status(first, "Processing")
        wait_until(lambda: depth(channel) == 1, what="the next one's turn")
        line = upload_text(other, "one line")["doc_id"]
        wait_until(lambda: depth(channel) == 2, what="the other user's message")
        worked_off = [first]
        state.set_status(first, "Finished")
        for _ in range(25):
            doc_id = json.loads(take(channel)[1])["doc_id"]
            state.set_status(doc_id, "Processing")
            worked_off.append(doc_id)
            state.set_status(doc_id, "Finished")
        assert worked_off.index(line) == 2
        assert [doc_id for doc_id in worked_off if doc_id != line] == pictures
        # The last message is here before the broker's confirmation is there.
        wait_until(lambda: state.query("SELECT * FROM Outbox WHERE user_id = ?", many.user_id) == [],
                   what="no row of what has been sent")


def test_a_message_that_is_lost_holds_up_nobody(admin, channel):
    """Purged by an operator, or taken by a program that tells nobody: the queue is empty, so the next one comes."""
    with create_person(admin) as person:
        documents = [upload_text(person, f"text {number}")["doc_id"] for number in range(3)]
        for doc_id in documents:
            assert json.loads(take(channel)[1])["doc_id"] == doc_id


def test_a_message_of_the_platforms_server_is_processed(admin, channel, worker):
    document = upload_text(admin, "words of the platform", filename="منصة.txt")
    _, ours = take(channel)
    theirs = {"doc_id": document["doc_id"], "filename": "منصة.txt", "user_id": 1,
              "file_path": json.loads(ours)["file_path"]}
    platform_publish(channel, theirs)
    worker()
    finish(admin, document["doc_id"])
    assert "words of the platform" in admin.get(f"/docs/{document['doc_id']}/text").json()["text"]
    wait_until(lambda: depth(channel) == 0, what="an empty queue")


def test_twice_late_and_out_of_order_is_once(admin, channel, worker, state):
    documents = [upload_text(admin, f"text {number}") for number in range(5)]
    messages = [take(channel)[1] for _ in documents]
    for message in [*reversed(messages), *messages, *messages]:
        platform_publish(channel, message)
    process = worker()
    for document in documents:
        finish(admin, document["doc_id"])
    platform_publish(channel, messages[2])  # Late.
    wait_until(lambda: depth(channel) == 0, what="an empty queue")
    time.sleep(0.5)
    for document in documents:
        for table in ("Ocr_Results", "Document_Text", "Processing_Status"):
            rows = state.query(f"SELECT doc_id FROM {table} WHERE doc_id = ?", document["doc_id"])
            assert len(rows) == 1, table
    done = [event["doc_id"] for event in process.log() if event.get("message") == "a document is processed"]
    assert sorted(done) == sorted(document["doc_id"] for document in documents)


def test_a_deleted_documents_message_is_dropped(admin, channel, worker, state):
    document = upload_text(admin, "soon gone")
    _, message = take(channel)
    state.set_status(document["doc_id"], "Failed")  # One that waits cannot be deleted.
    assert admin.delete(f"/docs/{document['doc_id']}").status_code == 200
    platform_publish(channel, message)
    worker()
    wait_until(lambda: depth(channel) == 0, what="an empty queue")
    assert state.query("SELECT * FROM Ocr_Results WHERE doc_id = ?", document["doc_id"]) == []
    assert depth(channel, f"{QUEUE}.dead") == 0


def test_what_nobody_understands_goes_to_the_dead_queue(admin, channel, worker):
    bodies = {b"not json", b'{"doc_id": "seven"}', b"\xff\xfe", b"[" * 5000}
    for body in bodies:
        platform_publish(channel, body)
    worker()
    wait_until(lambda: depth(channel, f"{QUEUE}.dead") == 4, what="four dead letters")
    assert depth(channel) == 0
    assert {channel.basic_get(f"{QUEUE}.dead", auto_ack=True)[2] for _ in bodies} == bodies


def test_dead_jobs_are_listed_put_back_and_purged(admin, server, channel, worker):
    response = admin.upload("broken.pdf", b"%PDF-1.4\nno more than that")
    assert response.status_code == 201, response.text
    doc_id = response.json()["doc_id"]
    process = worker()
    assert wait_processed(admin, doc_id)["status"] == "Failed"
    wait_until(lambda: depth(channel, f"{QUEUE}.dead") == 1, what="a dead letter")
    dead = json.loads(channel.basic_get(f"{QUEUE}.dead")[2])
    assert dead["doc_id"] == doc_id and dead["reason"]
    channel.basic_recover(requeue=True)

    listed = server.run("jobs", "list")
    assert listed.returncode == 0, listed.stderr
    fields = listed.stdout.splitlines()[0].split("\t")
    assert fields[0] == str(doc_id) and fields[3] == "broken.pdf" and fields[4]
    assert listed.stdout.splitlines()[-1] == f"1 dead jobs; 1 messages in {QUEUE}.dead"

    process.stop()
    retried = server.run("jobs", "retry", "--doc-id", str(doc_id), "--doc-id", "999999")
    assert retried.returncode == 1 and "999999 is no dead job" in retried.stderr
    assert retried.stdout == "Put 1 jobs back.\n"
    assert json.loads(take(channel)[1])["doc_id"] == doc_id
    assert server.run("jobs", "retry", "--all").stdout == "Put 0 jobs back.\n"

    purged = server.run("jobs", "purge")
    assert purged.returncode == 0 and purged.stdout == f"Dropped 1 messages of {QUEUE}.dead.\n"
    assert depth(channel, f"{QUEUE}.dead") == 0


def test_a_stopped_worker_hands_back_what_it_has(admin, channel, worker, state):
    documents = [upload_text(admin, f"text {number}") for number in range(30)]
    process = worker(OCR_CONCURRENCY=4)
    wait_until(lambda: state.query("SELECT * FROM Processing_Status WHERE status = 'Processing'"), what="work")
    assert process.stop() == 0
    assert state.query("SELECT * FROM Processing_Status WHERE status = 'Processing'") == []
    worker()
    for document in documents:
        assert finish(admin, document["doc_id"])
    attempts = {row["attempts"] for row in state.query("SELECT attempts FROM Processing_Status WHERE doc_id >= ?",
                                                       documents[0]["doc_id"])}
    assert attempts == {1}


def test_a_worker_tells_its_health(worker, rabbitmq):
    process = worker()
    with Client(process.address) as client:
        assert client.get("//").status_code == 204
        ready = client.get("//healthz/ready")
        assert ready.status_code == 200 and ready.json()["checks"]["broker"]["status"] == "ok"
        metrics = client.get("//metrics").text
        assert "nassaq_queue_depth 0" in metrics and "nassaq_outbox_lag_seconds 0" in metrics
    assert httpx.get(f"{process.address}/api/v1/users/me").status_code == 404
    assert not any("guest:guest" in line for line in process.log_lines)


def test_serve_with_worker(rabbitmq):
    server = Server(MESSAGE_BROKER_URL=rabbitmq.url(), OCR_QUEUE_NAME="another_queue")
    server.arguments = ("serve", "--with-worker")
    server.start()
    try:
        server.create_admin("with@example.com", "With Worker", PASSWORD)
        with Person(server.address, "with@example.com") as person:
            person.log_in()
            finish(person, upload_text(person)["doc_id"])
    finally:
        server.close()


@pytest.mark.parametrize("query, is_connected", [
    ("?cacertfile={folder}/ca.pem", True),
    ("?verify=verify_none", True),
    ("?cacertfile={folder}/other.pem", False),
    ("", False),
], ids=["our CA", "unverified", "another CA", "the system's CAs"])
def test_tls(rabbitmq, certificates, query, is_connected):
    url = f"amqps://guest:guest@localhost:{rabbitmq.tls_port}/" + query.format(folder=certificates)
    check_readiness(url, is_connected)


def test_tls_checks_the_hosts_name(rabbitmq, certificates):
    check_readiness(f"amqps://guest:guest@127.0.0.1:{rabbitmq.tls_port}/?cacertfile={certificates}/ca.pem", False)


def check_readiness(url, is_connected):
    server = Server(MESSAGE_BROKER_URL=url).start()
    try:
        with Client(server.address) as client:
            ready = client.get("//healthz/ready").json()
            assert ready["checks"]["broker"]["status"] == ("ok" if is_connected else "down")
            assert ready["status"] == ("ok" if is_connected else "degraded")
    finally:
        server.close()


def test_a_queue_of_other_properties_is_used_as_it_is(rabbitmq, channel):
    """An operator may have made it a quorum queue; declaring it again with nothing would be a 406."""
    channel.queue_declare(queue="quorum", durable=True, arguments={"x-queue-type": "quorum"})
    server = Server(MESSAGE_BROKER_URL=rabbitmq.url(), OCR_QUEUE_NAME="quorum")
    server.arguments = ("serve", "--with-worker")
    server.start()
    try:
        server.create_admin("q@example.com", "Quorum Queue", PASSWORD)
        with Person(server.address, "q@example.com") as person:
            person.log_in()
            finish(person, upload_text(person)["doc_id"])
    finally:
        server.close()


@pytest.mark.parametrize("url, complaint", [
    ("redis://u:hunter2@host/", "amqp://"),
    ("amqp://u:hunter2@host:x/", "MESSAGE_BROKER_URL"),
    ("Endpoint=sb://x.servicebus.windows.net/;SharedAccessKey=hunter2", "SharedAccessKeyName"),
])
def test_a_wrong_url_is_a_configuration_error(url, complaint):
    server = Server(MESSAGE_BROKER_URL=url)
    done = server.run("serve")
    assert done.returncode == 78
    assert complaint in done.stderr and "hunter2" not in done.stderr
