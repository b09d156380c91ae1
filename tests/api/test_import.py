"""`nassaq import`: a folder with all that folders have in them, into this installation and through the API of another."""

import hashlib
import os
import signal
import subprocess
import threading
import time

import pytest

from support.client import create_person
from support.server import wait_until

DATE = 1_577_934_245  # 2020-01-02 03:04:05 UTC
IS_ROOT = os.geteuid() == 0
NOBODY = 65534

TREE = {
    "letter.txt": b"at the root",
    "contracts/2024/first.txt": b"the first contract",
    "contracts/2024/second.txt": b"the second contract",
    "العقود/عام ٢٠٢٤/عقد إيجار.txt": "عقد إيجار بين الطرفين".encode(),
    "/".join(f"level {number}" for number in range(25)) + "/deep.txt": b"far down",
}


@pytest.fixture(autouse=True)
def machine(admin, server, state):
    """What the helpers below ask a person for."""
    admin.server, admin.state = server, state


@pytest.fixture
def owner(admin):
    with create_person(admin) as person:
        person.server, person.state = admin.server, admin.state
        yield person


@pytest.fixture
def folder(tmp_path):
    return grow(tmp_path / "share", TREE)


def grow(folder, tree, age=3600):
    """Makes the files, none of which looks as if somebody were writing to it still."""
    folder.mkdir(parents=True, exist_ok=True)
    for relative, content in tree.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (DATE, DATE))
    if age:
        time.sleep(2.2)  # The time of their last change cannot be set back.
    return folder


def run(person, folder, *arguments, timeout=120, **settings):
    return person.server.run("import", str(folder), "--owner", person.email, *arguments, timeout=timeout, **settings)


def documents_of(person):
    rows = person.state.query(
        "SELECT d.doc_id, d.filename, p.full_path, d.sha256, d.file_modified_at, d.blob_name FROM Documents d "
        "JOIN Virtual_Paths p ON p.path_id = d.path_id WHERE d.uploaded_by_user_id = ? ORDER BY d.doc_id", person.user_id)
    return {f"{row['full_path']}/{row['filename']}": row for row in rows}


def expected(tree, path):
    return {f"{path}/{relative}": hashlib.sha256(content).hexdigest() for relative, content in tree.items()}


def shas(person):
    return {name: row["sha256"] for name, row in documents_of(person).items()}


def test_a_tree_keeps_its_folders_names_and_dates(owner, folder):
    done = run(owner, folder, "--path", "share")
    assert done.returncode == 0, done.stderr
    assert f"Imported {len(TREE)} files" in done.stdout and "0 failed" in done.stdout
    assert shas(owner) == expected(TREE, "share")
    for row in documents_of(owner).values():
        assert row["file_modified_at"].replace("T", " ").startswith("2020-01-02 03:04:05")
    [deep] = [row for name, row in documents_of(owner).items() if name.endswith("deep.txt")]
    details = owner.get(f"/docs/{deep['doc_id']}").json()
    assert details["file_modified_at"] == "2020-01-02T03:04:05"
    assert owner.get(f"/docs/{deep['doc_id']}/download").content == b"far down"
    paths = {path["full_path"] for path in owner.get("/paths/", params={"maxDepth": 30}).json()}
    assert {"share", "share/contracts", "share/contracts/2024", "share/العقود", "share/العقود/عام ٢٠٢٤"} <= paths
    wait_until(lambda: owner.get(f"/docs/{deep['doc_id']}/status").json()["status"] == "Finished", what="the text")


def test_what_is_there_is_passed_over(owner, folder):
    assert run(owner, folder, "--path", "again").returncode == 0
    for arguments in ((), ("--again",)):
        done = run(owner, folder, "--path", "again", *arguments)
        assert done.returncode == 0, done.stderr
        assert f"Imported 0 files (0 MB); {len(TREE)} were there already; 0 failed." in done.stdout
    assert shas(owner) == expected(TREE, "again")


def test_the_same_bytes_twice_in_a_folder_are_one_document(owner, tmp_path):
    folder = grow(tmp_path / "twins", {f"copy {number}.txt": b"the very same" for number in range(12)})
    done = run(owner, folder, "--path", "twins")
    assert done.returncode == 0 and "Imported 1 files" in done.stdout and "11 were there already" in done.stdout
    assert len(documents_of(owner)) == 1


def test_another_content_of_a_name_that_is_taken_gets_a_number(owner, admin, tmp_path):
    folder = grow(tmp_path / "scanner", {"scan 0001.txt": b"of Monday"})
    assert run(owner, folder, "--path", "scans").returncode == 0
    for content in (b"of Tuesday", b"of Wednesday"):
        grow(folder, {"scan 0001.txt": content})
        os.utime(folder / "scan 0001.txt")
        time.sleep(2.2)
        assert run(owner, folder, "--path", "scans").returncode == 0
    assert set(documents_of(owner)) == {"scans/scan 0001.txt", "scans/scan 0001 (2).txt", "scans/scan 0001 (3).txt"}


def test_what_fails_is_told_with_its_reason(owner, tmp_path):
    folder = grow(tmp_path / "odd", {"good.txt": b"good", "empty.txt": b"", "program.exe": b"MZ", "false.pdf": b"no pdf",
                                     ".hidden.txt": b"x", "~$letter.docx": b"x", "Thumbs.db": b"x", "half.pdf.part": b"x"})
    (folder / "link.txt").symlink_to("good.txt")
    (folder / "circle").symlink_to(".")
    os.mkfifo(folder / "pipe.txt")
    (folder / "bad\\folder").mkdir()
    (folder / "bad\\folder/inside.txt").write_bytes(b"inside")
    with open(os.fsencode(folder) + b"/latin \xe9.txt", "wb") as file:
        file.write(b"latin")
    time.sleep(2.2)
    report = tmp_path / "failures.tsv"
    done = run(owner, folder, "--path", "odd", "--report", str(report))
    assert done.returncode == 1
    assert "Imported 1 files" in done.stdout and "8 failed" in done.stdout
    told = dict(line.split("\t") for line in report.read_text().splitlines())
    assert told["empty.txt"] == "Uploaded file is empty"
    assert told["program.exe"].startswith("Unsupported file type '.exe'. Supported: ")
    assert told["false.pdf"] == "File content does not match its extension"
    assert told["link.txt"] == told["circle"] == "It is a symbolic link, which is not followed."
    assert told["pipe.txt"] == "It is no regular file."
    assert told["latin %E9.txt"] == "Its name is no UTF-8."
    assert "backslashes" in told["bad\\folder/inside.txt"]
    assert set(shas(owner)) == {"odd/good.txt"}
    assert all(f"failed: {name}: {reason}" in done.stderr for name, reason in told.items())


def test_a_file_that_grows_is_taken_when_it_is_whole(owner, tmp_path):
    folder = grow(tmp_path / "growing", {"still.txt": b"still"})
    pieces = [f"line {number}\n".encode() * 20_000 for number in range(10)]

    def write():
        with open(folder / "growing.txt", "wb") as file:
            for piece in pieces:
                file.write(piece)
                file.flush()
                time.sleep(0.5)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.3)
    done = run(owner, folder, "--path", "growing")
    writer.join()
    assert done.returncode == 0, done.stderr
    assert shas(owner)["growing/growing.txt"] == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_who_and_where_have_to_be_there(owner, folder, admin, tmp_path):
    def fault(*arguments):
        done = admin.server.run("import", *arguments)
        assert done.returncode in (1, 2)
        return done.returncode, done.stderr

    assert fault(str(tmp_path / "nowhere"), "--owner", owner.email) == (
        1, f"nassaq: {tmp_path / 'nowhere'} is no folder that can be read\n")
    assert fault(str(folder), "--owner", "nobody@example.com") == (
        1, "nassaq: there is no user with the e-mail address nobody@example.com\n")
    with create_person(admin, active=False) as inactive:
        assert fault(str(folder), "--owner", inactive.email) == (1, f"nassaq: the account of {inactive.email} is not active\n")
    assert fault(str(folder), "--owner", owner.email, "--path", "a/../b") == (
        1, "nassaq: --path: Path must not contain '.' or '..' segments\n")
    for arguments, reason in (((), "needs a folder"), ((str(folder),), "needs --owner"),
                              ((str(folder), "--owner", "x", "--done", "leave"), "--done goes with --watch"),
                              ((str(folder), "--server", "example.com"), "--server is a URL")):
        code, text = fault(*arguments)
        assert code == 2 and reason in text


def test_a_quota_ends_it_and_more_room_lets_it_go_on(owner, admin, folder):
    assert admin.put(f"/users/{owner.user_id}/quota", json={"documents": 2}).status_code == 200
    done = run(owner, folder, "--path", "quota", "--threads", "1")
    assert done.returncode == 1 and "the import ended: Document quota exceeded" in done.stderr, done.stderr
    assert len(documents_of(owner)) == 2
    assert admin.put(f"/users/{owner.user_id}/quota", json={"documents": 0}).status_code == 200
    done = run(owner, folder, "--path", "quota")
    assert done.returncode == 0 and "Imported 3 files" in done.stdout and "2 were there already" in done.stdout
    assert shas(owner) == expected(TREE, "quota")


class Watch:
    """`nassaq import --watch` while the `with` lasts."""

    def __init__(self, person, folder, *arguments):
        self.process = person.server.begin("import", folder, "--owner", person.email, "--watch", *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0


def test_fifty_drops_at_once(owner, tmp_path):
    folder = grow(tmp_path / "drops", {"early.txt": b"before it began"})
    with Watch(owner, folder, "--path", "drops"):
        wait_until(lambda: len(documents_of(owner)) == 1, what="the early one")
        tree = {f"طبقة {number % 5}/drop {number}.txt": f"drop {number}".encode() for number in range(50)}
        grow(folder, {**tree, "bad.exe": b"MZ"}, age=0)
        wait_until(lambda: len(documents_of(owner)) == 51, 60, what="all that was dropped")
        wait_until(lambda: (folder / "failed/bad.exe.why.txt").exists(), what="the note")
        left = [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] not in ("done", "failed")]
        wait_until(lambda: not [path for path in left if path.exists()], what="an empty folder")
    assert shas(owner) == expected({"early.txt": b"before it began", **tree}, "drops")
    assert all((folder / "done" / relative).read_bytes() == content for relative, content in tree.items())
    assert (folder / "failed/bad.exe").exists()
    assert (folder / "failed/bad.exe.why.txt").read_text().startswith("Unsupported file type '.exe'")


def test_what_is_watched_may_stay(owner, folder):
    with Watch(owner, folder, "--path", "stays", "--done", "leave"):
        wait_until(lambda: len(documents_of(owner)) == len(TREE), what="all of them")
        (folder / "later.txt").write_bytes(b"later")
        wait_until(lambda: len(documents_of(owner)) == len(TREE) + 1, what="the later one")
    assert all((folder / relative).exists() for relative in TREE) and not (folder / "done").exists()


# -- through the API

def run_there(person, folder, *arguments, environment=None, state=None, uid=None, address=None):
    """From a machine that has nothing of the server but its address and a token."""
    command = [str(part) for part in person.server.binary] + ["import", str(folder), "--server", address or person.server.address]
    if uid:
        command = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *command]
    return subprocess.run(command + list(arguments), capture_output=True, text=True, timeout=120, check=False, cwd=str(state),
                          env={"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(state), **(environment or {})})


def test_a_tree_goes_to_a_distant_server(admin, folder, tmp_path):
    token = {"NASSAQ_TOKEN": admin.access_token}
    done = run_there(admin, folder, "--path", "distant", environment=token, state=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {name: sha for name, sha in shas(admin).items() if name.startswith("distant/")} == expected(TREE, "distant")
    [row] = [row for name, row in documents_of(admin).items() if name == "distant/letter.txt"]
    assert admin.get(f"/docs/{row['doc_id']}").json()["file_modified_at"] == "2020-01-02T03:04:05"
    (tmp_path / "other").mkdir()
    done = run_there(admin, folder, "--path", "distant", environment=token, state=tmp_path / "other")
    assert done.returncode == 0 and f"Imported 0 files (0 MB); {len(TREE)} were there already" in done.stdout, done.stderr


def test_who_is_no_administrator_uses_the_paths_that_are_there(owner, admin, tmp_path):
    folder = grow(tmp_path / "share", {"known/a.txt": b"a", "unknown/b.txt": b"b"})
    assert admin.post("/paths/", json={"full_path": "theirs/known"}).status_code == 201
    done = run_there(owner, folder, "--path", "theirs", environment={"NASSAQ_TOKEN": owner.access_token}, state=tmp_path)
    assert done.returncode == 1 and "failed: unknown/b.txt: Provided path doesn't exist." in done.stderr
    assert set(shas(owner)) == {"theirs/known/a.txt"}


def test_a_refresh_token_is_enough(owner, tmp_path):
    folder = grow(tmp_path / "share", {"refreshed.txt": b"by a refresh token"})
    done = run_there(owner, folder, environment={"NASSAQ_REFRESH_TOKEN": owner.refresh_token}, state=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(shas(owner)) == {"//refreshed.txt"}


def test_a_token_that_is_none_is_refused_at_once(owner, folder, tmp_path):
    done = run_there(owner, folder, environment={"NASSAQ_TOKEN": "none"}, state=tmp_path)
    assert (done.returncode, done.stderr) == (
        1, "nassaq: the server does not let the token in: Could not validate credentials\n")
    done = run_there(owner, folder, state=tmp_path)
    assert done.returncode == 1 and "--server needs an access token in NASSAQ_TOKEN" in done.stderr
    done = run_there(owner, folder, "--owner", "another@example.com", environment={"NASSAQ_TOKEN": owner.access_token},
                     state=tmp_path)
    assert done.returncode == 1 and f"the token is that of {owner.email}, not of another@example.com" in done.stderr


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user, who may not read all files")
def test_files_that_may_not_be_read(admin, tmp_path):
    folder = grow(tmp_path / "share", {"open.txt": b"open", "closed.txt": b"closed", "locked/inside.txt": b"inside"})
    for part in (tmp_path, *tmp_path.parents[:-2]):
        part.chmod(part.stat().st_mode | 0o011)
    (folder / "closed.txt").chmod(0)
    (folder / "locked").chmod(0)
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, NOBODY, NOBODY)
    done = run_there(admin, folder, "--path", "closed", environment={"NASSAQ_TOKEN": admin.access_token}, state=state, uid=NOBODY)
    assert done.returncode == 1 and "Imported 1 files" in done.stdout, done.stderr
    assert "failed: closed.txt: It cannot be read: Permission denied." in done.stderr
    assert "failed: locked: The folder cannot be read: Permission denied." in done.stderr


def test_same_content(owner):
    first, second = (owner.upload(name, b"of two names").json() for name in ("one.txt", "two.txt"))
    answer = owner.get("/docs/same-content", params={"sha256": first["sha256"].upper()})
    assert answer.status_code == 200
    assert answer.json() == {"items": [{"doc_id": document["doc_id"], "filename": document["filename"], "path": "/"}
                                       for document in (first, second)]}
    assert owner.get("/docs/same-content", params={"sha256": "0" * 64}).json() == {"items": []}
    assert owner.get("/docs/same-content", params={"sha256": "0"}).status_code == 422


def test_the_date_of_a_file_comes_with_its_upload(owner):
    fields = {"file": ("dated.txt", b"dated", "text/plain")}
    answer = owner.post("/docs/upload", files=fields, data={"file_modified_at": "2019-05-06T07:08:09+03:00"})
    assert answer.status_code == 201, answer.text
    assert owner.get(f"/docs/{answer.json()['doc_id']}").json()["file_modified_at"] == "2019-05-06T04:08:09"
    answer = owner.post("/docs/upload", files=fields, data={"file_modified_at": "yesterday"})
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", "file_modified_at"]
