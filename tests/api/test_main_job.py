"""The main job on real documents: register, activate, log in, upload, wait for Finished, read, download, list, delete.

Over the documents of tests/data, and over the sample collection beside the repository (or NASSAQ_SAMPLES) when it is
there. NAME.gt.txt is the exact text of NAME; hostile/ holds what must be refused or fail while the server goes on.
"""

import hashlib
import re
from pathlib import Path

import pytest

from support import expect
from support.client import create_person
from support.documents import SAMPLES, TEST_DATA, wait_processed, word_recall, words

SERVER_SETTINGS = {"LOG_LEVEL": "info"}
EXTENSIONS = {".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".txt", ".csv"}


def find(root, *folders, hostile=False):
    """The documents below root, in order of their names; those in hostile/ only when asked for."""
    found = []
    for path in sorted(root.rglob("*")):
        if (path.is_file() and path.suffix.lower() in EXTENSIONS and not path.name.endswith(".gt.txt")
                and ("hostile" in path.relative_to(root).parts) == hostile
                and (not folders or path.relative_to(root).parts[0] in folders)):
            found.append(path)
    return found


def ground_truth(document, root):
    for folder in (document.parent, root / "gt"):
        truth = folder / f"{document.name}.gt.txt"
        if truth.is_file():
            return truth.read_text()
    return None


def named(path):
    return path.name


class Library:
    """Uploads a whole collection at first, so that the worker is busy while the tests look at one after another."""

    def __init__(self, admin, documents, folder):
        self.admin = admin
        self.folder = expect.ok(admin.post("/paths/", json={"full_path": folder}), status=201)["full_path"]
        self.person = create_person(admin, full_name="أمين المكتبة")
        self.answers = {path: self.person.upload(path.name, path.read_bytes(), self.folder) for path in documents}

    def uploaded(self, path):
        return expect.uploaded(self.answers[path])

    def processed(self, path, seconds=600):
        return wait_processed(self.person, self.uploaded(path)["doc_id"], seconds)

    def text(self, path):
        status = self.processed(path)
        assert (status["status"], status["error_message"]) == ("Finished", None)
        return expect.ok(self.person.get(f"/docs/{status['doc_id']}/text"), expect.TEXT_KEYS)


def check_bytes(library, path):
    uploaded, content = library.uploaded(path), path.read_bytes()
    assert (uploaded["size"], uploaded["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert library.person.get(f"/docs/{uploaded['doc_id']}/download").content == content


def check_pages(body):
    assert [page["page"] for page in body["pages"]] == list(range(1, body["page_count"] + 1))
    for page in body["pages"]:
        assert page["method"] in ("embedded", "ocr", "decoded")
        if page["method"] != "ocr":
            assert page["confidence"] is None
        elif page["text"].strip():  # an empty page has no words to be sure of
            assert 0 <= page["confidence"] <= 1
    assert body["word_count"] > 0 and 0 <= body["avg_confidence"] <= 1
    assert body["primary_language"] in ("ar", "en")


# -- our own documents

OWN = find(TEST_DATA)


@pytest.fixture(scope="module")
def own(admin):
    return Library(admin, OWN, "main job/وثائقنا")


def test_there_are_documents_of_our_own():
    assert {path.suffix for path in OWN} >= {".pdf", ".png", ".jpg", ".tif", ".txt"}


@pytest.mark.parametrize("path", OWN, ids=named)
def test_our_document(own, path):
    body = own.text(path)
    check_pages(body)
    check_bytes(own, path)
    truth = ground_truth(path, TEST_DATA)
    assert truth, "every document of tests/data says what it holds"
    assert word_recall(truth, body["text"]) >= 0.85


def test_all_are_listed_and_then_deleted(own):
    listed = expect.ok(own.person.get("/docs/me?limit=100&status=Finished"))
    assert {item["filename"] for item in listed["items"]} == {path.name for path in OWN}
    assert {item["path"] for item in listed["items"]} == {own.folder}
    for item in listed["items"]:
        assert own.admin.delete(f"/docs/{item['doc_id']}").status_code == 200
    assert expect.ok(own.person.get("/docs/me")) == {"total": 0, "items": []}


# -- the sample collection

GOOD = find(SAMPLES, "pdf", "scan", "text")
HOSTILE = find(TEST_DATA, hostile=True) + find(SAMPLES, hostile=True)


@pytest.fixture(scope="module")
def samples(admin):
    return Library(admin, GOOD, "main job/samples")


def baselines():
    """Word recall of plain `tesseract -l ara+eng` for each scanned document, the mean of its pages."""
    found = {}
    table = SAMPLES / "gt/BASELINE.tsv"
    for line in table.read_text().splitlines()[1:] if table.is_file() else []:
        name, *_, plain = line.split("\t")
        found.setdefault(name, []).append(float(plain))
    return {name: sum(values) / len(values) for name, values in found.items()}


PLAIN_RECALL = baselines()


@pytest.mark.samples
@pytest.mark.parametrize("path", GOOD, ids=named)
def test_a_sample(samples, path):
    body = samples.text(path)
    check_pages(body)
    check_bytes(samples, path)
    truth = ground_truth(path, SAMPLES)
    if truth is not None:
        # Scans: no worse than plain Tesseract, give or take; text: what was written.
        wanted = PLAIN_RECALL.get(path.name, 1.0) - 0.05
        assert word_recall(truth, body["text"]) >= wanted


def phrases(path):
    table = SAMPLES / "gt" / f"{path.name}.phrases.tsv"
    if not table.is_file():
        return []
    rows = [line.split("\t") for line in table.read_text().splitlines() if line and not line.startswith("#")]
    return [(int(page), phrase) for page, phrase, note in rows if note in ("words", "spaces-differ")]


@pytest.mark.samples
@pytest.mark.parametrize("path", [path for path in GOOD if phrases(path)], ids=named)
def test_the_phrases_of_a_real_pdf(samples, path):
    pages = samples.text(path)["pages"]
    squeezed = {page["page"]: "".join(words(page["text"])) for page in pages}
    found = ["".join(words(phrase)) in squeezed[page] for page, phrase in phrases(path)]
    assert sum(found) >= 0.8 * len(found)


# -- hostile files

READABLE = {"pdf-encrypted-owner-only.pdf", "pdf-javascript-launch.pdf", "pdf-truncated-recoverable.pdf",
            "hostile-file-names.txt", "text-invalid-utf8.txt", "text-utf16-no-bom-arabic.txt", "text-windows-1256.txt"}
REFUSED = {"program.pdf": 415, "empty.pdf": 400,
           "exe-renamed.pdf": 415, "html-renamed.jpg": 415, "zero-byte.pdf": 400, "zero-byte.txt": 400}
# Harmless within limits, so that either end is right.
BOUNDED = {"noise.txt", "loop.tif", "truncated.pdf",
           "pdf-bomb-content-1gib.pdf", "pdf-bomb-huge-page.pdf", "pdf-bomb-image-30000x30000.pdf", "tiff-ifd-loop.tif",
           "pdf-truncated.pdf", "pdf-100000-pages.pdf", "pdf-bomb-absurd-page.pdf"}


@pytest.fixture(scope="module")
def hostile(admin):
    return Library(admin, HOSTILE, "main job/hostile")


@pytest.mark.skipif(not HOSTILE, reason=f"neither {TEST_DATA} nor {SAMPLES} has a folder hostile/")
@pytest.mark.parametrize("path", HOSTILE, ids=named)
def test_a_hostile_file(hostile, anyone, server, path):
    answer = hostile.answers[path]
    if answer.status_code != 201:
        assert answer.status_code == REFUSED.get(path.name, 415) and answer.json()["detail"]
        assert path.name not in READABLE
    else:
        assert path.name not in REFUSED
        status = hostile.processed(path)
        if path.name in READABLE:
            assert status["status"] == "Finished", status
        elif path.name not in BOUNDED:
            assert status["status"] == "Failed", status
        if status["status"] == "Failed":
            # For a person: a sentence, no paths, no exit codes.
            assert re.fullmatch(r"[A-Z].{10,300}[.!]", status["error_message"])
            assert "/tmp" not in status["error_message"] and str(server.directory) not in status["error_message"]
        check_bytes(hostile, path)
    expect.empty(anyone.get("//"))
    assert server.running


@pytest.mark.samples
def test_a_zip_slip_wrote_nothing():
    assert not Path("/tmp/zip-slip-was-here.txt").exists()


@pytest.mark.samples
@pytest.mark.parametrize("path, text", [
    (SAMPLES / "hostile/text-utf16-no-bom-arabic.txt", "نص عربي بترميز يو تي إف ١٦ بلا علامة"),
], ids=["UTF-16 without a mark"])
def test_what_a_hostile_text_says(hostile, path, text):
    assert word_recall(text, hostile.text(path)["text"]) == 1.0
