"""nassaq extract: text and what is known of each page, of local files, without a server (platform.md section 1)."""

import json
from pathlib import Path

import pytest

from support.documents import word_recall
from support.server import run_command

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def extract(tmp_path):
    def run(*arguments, **settings):
        return run_command("extract", *map(str, arguments), settings=settings, directory=tmp_path)
    return run


def truth(name):
    return (DATA / f"{name}.gt.txt").read_text(encoding="utf-8")


def test_the_text_of_a_file(extract):
    done = extract(DATA / "report-windows-1256.txt")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.strip() == truth("report-windows-1256.txt").strip()


def test_pages_are_parted_by_form_feeds(extract):
    done = extract(DATA / "letter.pdf")
    pages = done.stdout.split("\f")
    assert len(pages) == 2
    assert [word_recall(*pair) for pair in zip(truth("letter.pdf").split("\f"), pages)] == [1, 1]


def test_json_has_each_page(extract):
    done = extract(DATA / "hybrid.pdf", DATA / "inventory.csv", "--json")
    assert done.returncode == 0
    hybrid, inventory = map(json.loads, done.stdout.splitlines())
    assert hybrid["file"] == str(DATA / "hybrid.pdf")
    assert hybrid["page_count"] == 2 and hybrid["word_count"] > 50
    assert [(page["page"], page["method"], page["language"]) for page in hybrid["pages"]] == [
        (1, "embedded", "en"), (2, "ocr", "ar")]
    assert hybrid["pages"][0]["confidence"] is None and 0.7 < hybrid["pages"][1]["confidence"] <= 1
    assert inventory["pages"][0]["text"].strip() == truth("inventory.csv").strip()


def test_files_that_cannot_be_read(extract, tmp_path):
    done = extract(DATA / "hostile/password.pdf", tmp_path / "missing.pdf", tmp_path, DATA / "inventory.csv")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"nassaq: {DATA / 'hostile/password.pdf'}: The PDF needs a password.",
                                        f"nassaq: {tmp_path / 'missing.pdf'}: There is no such file.",
                                        f"nassaq: {tmp_path}: It is not a file."]
    assert done.stdout.strip() == truth("inventory.csv").strip(), "the others are read"
    done = extract(DATA / "hostile/password.pdf", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"file": str(DATA / "hostile/password.pdf"), "error": "The PDF needs a password."}


def test_needs_no_secret_and_leaves_nothing(extract, tmp_path):
    (tmp_path / "here").mkdir()
    done = extract(DATA / "inventory.csv", ENVIRONMENT="production", TMPDIR=tmp_path / "here")
    assert done.returncode == 0
    assert list((tmp_path / "here").iterdir()) == []


def test_limits_are_settings(extract):
    done = extract(DATA / "letter.pdf", EXTRACT_TEXT_PAGES="1")
    assert done.returncode == 1
    assert "The PDF has 2 pages; at most 1 can be read." in done.stderr
    done = extract(DATA / "letter.pdf", EXTRACT_MEMORY_MB="1", EXTRACT_PAGE_SECONDS="soon")
    assert done.returncode == 78
    assert "EXTRACT_MEMORY_MB: '1' is not a whole number from 512 to 1048576" in done.stderr
    assert "EXTRACT_PAGE_SECONDS: 'soon' is not a whole number from 1 to 86400" in done.stderr


def test_wrong_usage(extract):
    done = extract()
    assert done.returncode == 2 and "'extract' needs a file" in done.stderr
