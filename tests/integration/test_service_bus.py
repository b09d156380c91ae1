"""Whole programs over an AMQP 1.0 broker in the place of Azure Service Bus."""

import pytest

from support.client import PASSWORD, Person
from support.documents import finish, upload_text
from support.server import Server, WorkerProcess
from support.service_bus import PASSWORD as KEY
from support.service_bus import ServiceBus


@pytest.mark.parametrize("mode", ["plain", "cbs"])
def test_documents_are_processed(mode):
    bus = ServiceBus(mode=mode)
    server = Server(MESSAGE_BROKER_URL=bus.connection_string(), OCR_CONCURRENCY=2)
    try:
        server.start()
        server.create_admin("bus@example.com", "Bus Admin", PASSWORD)
        with Person(server.address, "bus@example.com") as person:
            person.log_in()
            # `serve` leaves the jobs to a worker when the queue is elsewhere.
            worker = WorkerProcess(MESSAGE_BROKER_URL=bus.connection_string(), DATA_DIR=server.data_directory,
                                   OCR_CONCURRENCY=2).start()
            try:
                for doc_id in [upload_text(person)["doc_id"] for _ in range(10)]:
                    finish(person, doc_id, 60)
                assert person.get("//healthz/ready").json()["status"] == "ok"
                assert person.get("//metrics").status_code == 200
            finally:
                worker.close()
    finally:
        server.close()
        bus.close()
    serving = next(line for line in server.log() if line["message"] == "serving")
    assert serving["queue"] == "service-bus"
    assert KEY not in "\n".join(server.log_lines)
