"""RabbitMQ, the network to it, and the processes around it fail in turn under three nodes and two workers, while uploads
go on. Each drill ends with every answered upload processed exactly once and no process started again but those that were
killed. NASSAQ_FULL=1 makes the outages as long as the acceptance asks for.
"""

import os
import time

import pytest

from support.cluster import Cluster, SteadyUploads, check_all_processed
from support.server import wait_until

FULL = bool(os.environ.get("NASSAQ_FULL"))


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.close()


@pytest.fixture(autouse=True)
def all_run(cluster):
    yield
    assert all(node.running for node in cluster.nodes)


def drill(cluster, name, break_it, mend_it, outage_seconds, before=2, after=3):
    """Prints what is asked of every drill; returns the median upload in seconds before, and while it was broken."""
    with SteadyUploads(cluster, name) as uploads:
        time.sleep(before)
        broken = time.monotonic()
        break_it()
        time.sleep(outage_seconds)
        mend_it()
        mended = time.monotonic()
        first = wait_for_a_new_result(cluster)
        time.sleep(after)
    rest = check_all_processed(cluster, uploads)
    usual, during = uploads.median_seconds(end=broken), uploads.median_seconds(broken, mended)
    print(f"\n{name}: out for {mended - broken:.1f} s; first result {first:.1f} s after it was mended, the last "
          f"{rest:.1f} s after the uploads; {len(uploads.filenames)} documents; an upload took "
          f"{usual * 1000:.1f} ms before and {during * 1000:.1f} ms meanwhile")
    assert {status for load in uploads.loads for _, status, _ in load.answers} == {201}
    assert first < 30
    return usual, during


def wait_for_a_new_result(cluster):
    began = time.monotonic()
    count = "SELECT COUNT(*) FROM Ocr_Results"
    before = cluster.query(count)
    wait_until(lambda: cluster.query(count) > before, 60, what="a result")
    return time.monotonic() - began


def test_killed_and_restarted(cluster):
    usual, during = drill(cluster, "killed", cluster.rabbitmq.kill, cluster.rabbitmq.start, 20 if FULL else 5)
    assert during < 1.2 * usual + 0.01


def test_frozen(cluster):
    drill(cluster, "frozen", cluster.rabbitmq.freeze, cluster.rabbitmq.thaw, 30 if FULL else 8)


def test_disk_alarm(cluster):
    def set_limit(limit):
        cluster.rabbitmq.control("set_disk_free_limit", limit)
    drill(cluster, "disk alarm", lambda: set_limit("900000GB"), lambda: set_limit("1MB"), 15 if FULL else 5)


def test_network_cut(cluster):
    drill(cluster, "cut", cluster.proxy.refuse, cluster.proxy.heal, 20 if FULL else 4)


def test_network_silent(cluster):
    """Bytes go in and none come out, as behind a router that has lost its state."""
    drill(cluster, "silent", cluster.proxy.stall, cluster.proxy.heal, 40 if FULL else 6)


def test_connections_cut_again_and_again(cluster):
    with SteadyUploads(cluster, "cuts") as uploads:
        for _ in range(20 if FULL else 6):
            time.sleep(0.5)
            cluster.proxy.cut()
    check_all_processed(cluster, uploads)


def test_worker_killed(cluster):
    with SteadyUploads(cluster, "worker-killed", pause=0.05) as uploads:
        time.sleep(3)
        cluster.workers.pop(0).kill()
        killed = time.monotonic()
        time.sleep(1)
        cluster.add_worker()
        time.sleep(2)
    check_all_processed(cluster, uploads)
    print(f"\nworker killed: all done {time.monotonic() - killed:.1f} s after it")


def test_node_killed(cluster):
    with SteadyUploads(cluster, "node-killed") as uploads:
        time.sleep(2)
        cluster.nodes[-1].kill()
        time.sleep(2)
        cluster.nodes[-1].start()
        time.sleep(1)
    check_all_processed(cluster, uploads)


def test_database_restarted(cluster):
    with SteadyUploads(cluster, "database") as uploads:
        time.sleep(2)
        cluster.postgres.stop()
        time.sleep(5)
        cluster.postgres.start()
        time.sleep(5)
    check_all_processed(cluster, uploads)


def test_everything_waits_for_rabbitmq_that_starts_last(cluster):
    """Workers that start while it is away work as soon as it is there."""
    cluster.rabbitmq.stop()
    worker = cluster.add_worker()
    with SteadyUploads(cluster, "late") as uploads:
        time.sleep(3)
        cluster.rabbitmq.start()
        time.sleep(2)
    check_all_processed(cluster, uploads)
    assert worker.running
