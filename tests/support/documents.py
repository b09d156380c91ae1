"""Small documents made on the spot, waiting for the worker, and how much of a text was recognised."""

import os
import re
import struct
import time
import unicodedata
import zlib
from collections import Counter
from pathlib import Path

from support.client import unique
from support.server import ROOT

TEST_DATA = ROOT / "tests/data"
# A larger collection, which is not part of the repository.
SAMPLES = Path(os.environ.get("NASSAQ_SAMPLES", ROOT.parent / "shared/samples"))


def pdf(*pages):
    """A PDF with a text layer (PDF 1.4, Helvetica, ASCII text): a page for each text, whose lines go from its top down."""
    pages = pages or ("Hello from Nassaq",)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
        stream = f"BT /F1 10 Tf 12 TL 40 800 Td {lines} ET".encode()
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    output = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(output)
    output += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    output += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    output += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return output


def png(width=64, height=64):
    """A white greyscale PNG."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = (b"\0" + b"\xff" * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def upload_text(person, text="Some words to keep.\n", filename=None, **fields):
    """Uploads a text file; returns the answer's body."""
    response = person.upload(filename or f"{unique('text')}.txt", text.encode(), content_type="text/plain", **fields)
    assert response.status_code == 201, response.text
    return response.json()


def status_of(person, doc_id):
    response = person.get(f"/docs/{doc_id}/status")
    assert response.status_code == 200, response.text
    return response.json()


def wait_processed(person, doc_id, seconds=300):
    """The status answer once it is Finished or Failed."""
    deadline = time.monotonic() + seconds
    while (status := status_of(person, doc_id))["status"] not in ("Finished", "Failed"):
        assert time.monotonic() < deadline, f"not processed within {seconds} seconds: {status}"
        time.sleep(0.1)
    return status


def finish(person, doc_id, seconds=300):
    """As wait_processed, and it must not have failed."""
    status = wait_processed(person, doc_id, seconds)
    assert status["status"] == "Finished", status
    return status


# -- comparing texts

_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


_LOOK_ALIKE = str.maketrans("یک", "يك")


def words(text):
    """The words of a text for comparison: compatibility forms, Persian letters that look the same (fonts map to them),
    vowel signs, tatweel and case put aside."""
    folded = _MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(_LOOK_ALIKE).casefold()
    return re.findall(r"\w+", folded)


def word_recall(reference, found):
    """The share of the reference's words (counted as often as they occur) that were found."""
    wanted, got = Counter(words(reference)), Counter(words(found))
    return sum((wanted & got).values()) / max(1, sum(wanted.values()))
