"""Damaged copies of documents of every kind harm nothing but the child that reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data"
COUNT = 400 if os.environ.get("NASSAQ_FULL") else 40
NASSAQ = Path(os.environ.get("NASSAQ_BINARY", ROOT / "build/release/nassaq")).resolve()


@pytest.mark.longer
def test_they_end_with_text_or_a_fault_of_the_document():
    done = subprocess.run([sys.executable, ROOT / "bench/hostile", "--check", "--nassaq", NASSAQ, "--mutations", str(COUNT),
                           DATA], capture_output=True, text=True, timeout=60 * COUNT)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == COUNT + 1
