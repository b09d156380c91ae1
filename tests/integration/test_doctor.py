"""`nassaq doctor` over real brokers and a real text store, well and not, and `nassaq jobs` over the brokers that have no
file of their own."""

import pika
import pymongo
import pytest

from support.client import PASSWORD, Person
from support.documents import wait_processed
from support.mongo import PASSWORD as MONGO_PASSWORD
from support.mongo import Mongo
from support.rabbitmq import RabbitMQ
from support.server import Server, wait_until
from support.service_bus import PASSWORD as KEY
from support.service_bus import ServiceBus
from support.state import State

QUEUE = "ocr_queue"


@pytest.fixture
def doctor(new_server):
    """Runs it beside a new database; returns (exit code, output)."""
    server = new_server()
    assert server.run("migrate").returncode == 0

    def run(**settings):
        done = server.run("doctor", **settings)
        assert done.stderr == "", done.stderr
        return done.returncode, done.stdout
    return run


def lines_of(output, part):
    return [line.removeprefix(f"{part}:").strip() for line in output.splitlines() if line.startswith(f"{part}:")]


def test_the_embedded_shape_is_well(doctor):
    code, output = doctor()
    assert code == 0, output
    assert lines_of(output, "queue") == ["ok (embedded: it is in the database)", f"{QUEUE}: 0 messages wait",
                                         f"{QUEUE}.dead: 0 messages wait"]
    assert lines_of(output, "texts") == ["ok (sql: they are in the database)"]


# -- RabbitMQ

@pytest.fixture(scope="module")
def rabbitmq():
    rabbitmq = RabbitMQ().start()
    yield rabbitmq
    rabbitmq.close()


@pytest.fixture
def channel(rabbitmq):
    with pika.BlockingConnection(pika.URLParameters(rabbitmq.url())) as connection:
        channel = connection.channel()
        yield channel
        for queue in (QUEUE, f"{QUEUE}.dead"):
            channel.queue_delete(queue)


def test_rabbitmq_without_queues_is_well(doctor, rabbitmq, channel):
    code, output = doctor(MESSAGE_BROKER_URL=rabbitmq.url())
    assert code == 0, output
    told = lines_of(output, "queue")
    assert told[0].startswith("ok (rabbitmq: RabbitMQ 3.") and " ms)" in told[0]
    assert told[1:] == [f"{QUEUE}: is not there yet; the server makes it",
                        f"{QUEUE}.dead: is not there yet; the server makes it"]
    with pytest.raises(pika.exceptions.ChannelClosedByBroker):  # It makes nothing.
        channel.connection.channel().queue_declare(QUEUE, passive=True)


def test_rabbitmq_tells_what_waits(doctor, rabbitmq, channel):
    for queue, count in ((QUEUE, 3), (f"{QUEUE}.dead", 1)):
        channel.queue_declare(queue, durable=True)
        for _ in range(count):
            channel.basic_publish("", queue, b"{}")
    channel.queue_declare(QUEUE, passive=True)  # The messages are there when this is answered.
    code, output = doctor(MESSAGE_BROKER_URL=rabbitmq.url())
    assert code == 0, output
    assert lines_of(output, "queue")[1:] == [f"{QUEUE}: 3 messages wait", f"{QUEUE}.dead: 1 messages wait"]


def test_a_queue_that_is_not_durable_is_a_fault(doctor, rabbitmq, channel):
    channel.queue_declare(QUEUE, durable=False)
    code, output = doctor(MESSAGE_BROKER_URL=rabbitmq.url())
    assert code == 1
    assert f"{QUEUE}: 0 messages wait; is not durable" in lines_of(output, "queue")[1]


def test_a_queue_of_another_type_is_used(doctor, rabbitmq, channel):
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    code, output = doctor(MESSAGE_BROKER_URL=rabbitmq.url())
    assert code == 0, output
    assert "is used as it is" in lines_of(output, "queue")[1] and "x-queue-type" in lines_of(output, "queue")[1]


def test_rabbitmq_that_refuses_or_is_away(doctor, rabbitmq):
    code, output = doctor(MESSAGE_BROKER_URL=f"amqp://guest:hunter2@127.0.0.1:{rabbitmq.port}/")
    assert code == 1 and "cannot log in" in lines_of(output, "queue")[0] and "hunter2" not in output
    code, output = doctor(MESSAGE_BROKER_URL="amqp://guest:hunter2@127.0.0.1:1/")
    assert code == 1 and "cannot connect to 127.0.0.1:1" in lines_of(output, "queue")[0]
    assert lines_of(output, "database")[0].startswith("ok") and lines_of(output, "texts")[0].startswith("ok")


def test_all_parts_are_looked_at_without_a_database(new_server, rabbitmq):
    done = new_server().run("doctor", MESSAGE_BROKER_URL=rabbitmq.url())
    assert done.returncode == 1 and "nassaq migrate" in lines_of(done.stdout, "database")[0]
    assert lines_of(done.stdout, "queue")[0].startswith("ok (rabbitmq")


# -- Service Bus

@pytest.fixture(params=["plain", "cbs"])
def bus(request):
    bus = ServiceBus(mode=request.param)
    yield bus
    bus.close()


def test_service_bus(doctor, bus):
    code, output = doctor(MESSAGE_BROKER_URL=bus.connection_string())
    assert code == 0, output
    told = lines_of(output, "queue")
    assert told[0].startswith("ok (service-bus")
    assert told[1].startswith(f"{QUEUE}: takes messages") and told[2].startswith(f"{QUEUE}.dead: takes messages")

    code, output = doctor(MESSAGE_BROKER_URL=bus.connection_string(), OCR_QUEUE_NAME="missing-queue")
    assert code == 1
    assert "missing-queue: is not usable: amqp:not-found" in lines_of(output, "queue")[1]


def test_service_bus_that_refuses_or_is_away(doctor, bus):
    wrong = bus.connection_string().replace(KEY, "aHVudGVyMg==")
    code, output = doctor(MESSAGE_BROKER_URL=wrong)
    assert code == 1 and "Service Bus is away" in lines_of(output, "queue")[0] and "aHVudGVyMg" not in output
    bus.process.kill()
    bus.process.wait()
    code, output = doctor(MESSAGE_BROKER_URL=bus.connection_string())
    assert code == 1 and "Service Bus is away" in lines_of(output, "queue")[0] and KEY not in output


def test_dead_jobs_over_service_bus(bus):
    check_dead_jobs({"MESSAGE_BROKER_URL": bus.connection_string()},
                    f"{QUEUE}.dead cannot be looked into: Service Bus does not tell")


def test_dead_jobs_in_the_embedded_queue():
    check_dead_jobs({}, f"1 messages in {QUEUE}.dead")


def check_dead_jobs(settings, told_of_queue):
    """A job that fails for good is listed, put back, fails again, and its two dead letters are dropped."""
    server = Server(**settings)
    server.arguments = ("serve", "--with-worker")
    server.start()
    try:
        server.create_admin("dead@example.com", "Dead Letters", PASSWORD)
        with Person(server.address, "dead@example.com") as person:
            doc_id = person.log_in().upload("broken.pdf", b"%PDF-1.4\nno more than that").json()["doc_id"]
            assert wait_processed(person, doc_id)["status"] == "Failed"
            wait_for_the_outbox(server)
            listed = server.run("jobs", "list")
            assert listed.returncode == 0, listed.stderr
            assert listed.stdout.splitlines()[0].split("\t")[0] == str(doc_id)
            assert listed.stdout.splitlines()[-1].startswith(f"1 dead jobs; {told_of_queue}")
            assert server.run("jobs", "retry", "--all").stdout == "Put 1 jobs back.\n"
            assert wait_processed(person, doc_id)["status"] == "Failed"
        wait_for_the_outbox(server)
        purged = server.run("jobs", "purge")
        assert purged.returncode == 0, purged.stderr
        assert purged.stdout == f"Dropped 2 messages of {QUEUE}.dead.\n"
    finally:
        server.close()


def wait_for_the_outbox(server):
    state = State(server.data_directory)
    wait_until(lambda: state.count("Outbox") == 0, 90, what="the dead letter in its queue")


# -- MongoDB

@pytest.fixture(scope="module")
def mongo():
    mongo = Mongo().start()
    yield mongo
    mongo.close()


def texts_of(output):
    """What it says of the texts, behind the warning of a certificate that the platform's settings have nobody check."""
    warning, *rest = lines_of(output, "texts")
    assert warning.startswith("warning: MONGO_TLS_INSECURE is true: ")
    return rest


def test_mongodb(doctor, mongo):
    code, output = doctor(**mongo.settings())
    assert code == 0, output
    told = texts_of(output)
    assert told[0].startswith("ok (mongodb: version ") and "logged in" in told[0]
    assert told[1] == "sdmsdb.ocr_results: is not there yet; the first text makes it"
    with pymongo.MongoClient(mongo.uri()) as client:
        texts = client["sdmsdb"]["ocr_results"]
        texts.insert_one({"doc_id": 1, "extracted_text": "words"})
        code, output = doctor(**mongo.settings())
        assert code == 1 and "no index of doc_id" in texts_of(output)[1]
        texts.create_index("doc_id")
        code, output = doctor(**mongo.settings())
        assert code == 0, output
        assert texts_of(output)[1] == "sdmsdb.ocr_results: about 1 documents, with an index of doc_id"
    assert MONGO_PASSWORD not in output


def test_mongodb_that_refuses_or_is_away(doctor, mongo):
    code, output = doctor(**{**mongo.settings(), "MONGO_PASS": "hunter2"})
    assert code == 1 and "uthentication" in texts_of(output)[0] and "hunter2" not in output
    code, output = doctor(**mongo.settings(port=1))
    assert code == 1 and "127.0.0.1:1" in texts_of(output)[0]
    assert lines_of(output, "queue")[0].startswith("ok")
