"""`nassaq backup` and `restore`: the embedded shape."""

import hashlib
import threading

import pytest

from support.client import Person
from support.documents import finish
from support.keeper import EMAIL, keeper, store
from support.state import State
from support.storages import LocalBlobs

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.storages("local")]  # Backups are of the embedded shape.
__all__ = ["keeper"]  # a fixture


def test_a_backup_while_serving_and_its_restore(keeper, new_server, tmp_path):
    contents = store(keeper, 5)
    ended = threading.Event()

    def go_on():
        number = 0
        while not ended.is_set():
            number += 1
            doc_id = keeper.upload(f"later {number}.txt", b"uploaded meanwhile").json()["doc_id"]
            finish(keeper, doc_id, seconds=60)
            if number % 2:
                assert keeper.delete(f"/docs/{doc_id}").status_code == 200

    busy = threading.Thread(target=go_on)
    busy.start()
    try:
        done = keeper.server.run("backup", str(tmp_path / "backup"))
    finally:
        ended.set()
        busy.join()
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "backup/backup.json").is_file()
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0

    other = new_server()
    restored = other.run("restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    other.start()
    state = State(other.data_directory)
    rows = state.query("SELECT doc_id, sha256 FROM Documents")
    assert {row["doc_id"] for row in rows} >= set(contents)
    places = state.query("SELECT place FROM Document_Files UNION SELECT place FROM Trashed_Files")
    assert state.blobs() == {row["place"] for row in places}
    with Person(other.address, EMAIL) as person:
        person.log_in()
        for row in rows:
            content = person.get(f"/docs/{row['doc_id']}/download").content
            assert hashlib.sha256(content).hexdigest() == row["sha256"]
        for doc_id, content in contents.items():
            assert person.get(f"/docs/{doc_id}/download").content == content
            assert person.get(f"/docs/{doc_id}/text").status_code == 200


def test_a_backup_tells_of_missing_and_damaged_files(keeper, tmp_path):
    store(keeper, 3)
    blobs = LocalBlobs(keeper.server.data_directory)
    blobs.remove("ملف 0.txt")
    blobs.path("ملف 1.txt").write_bytes(b"rotten")
    done = keeper.server.run("backup", str(tmp_path / "backup"))
    assert done.returncode == 1
    assert "'ملف 0.txt': its file ملف 0.txt is missing" in done.stderr
    assert "'ملف 1.txt': its file ملف 1.txt is damaged" in done.stderr


def test_what_backup_and_restore_refuse(keeper, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("x")
    refused = keeper.server.run("backup", str(tmp_path / "full"))
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)
    assert keeper.server.run("backup").returncode == 2
    assert keeper.server.run("backup", str(tmp_path / "backup")).returncode == 0
    over = keeper.server.run("restore", str(tmp_path / "backup"))
    assert (over.returncode, "there is a database" in over.stderr) == (1, True)
    (tmp_path / "backup/backup.json").unlink()
    half = keeper.server.run("restore", str(tmp_path / "backup"), DATA_DIR=tmp_path / "new")
    assert (half.returncode, "is no whole backup" in half.stderr) == (1, True)
    assert not (tmp_path / "new/nassaq.db").exists()
