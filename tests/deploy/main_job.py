"""What a user does first, over HTTP: register, get activated, log in, upload a scan, read its text, search in it.

Run: main_job.py ADDRESS EMAIL PASSWORD (of an administrator). Says what it found, or fails.
"""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from support.client import Person, create_person  # noqa: E402: found by the line above
from support.server import wait_until  # noqa: E402

SCAN = TESTS / "data/رسالة المكتبة.jpg"


def main(address, email, password):
    with Person(address, email, password) as administrator:
        person = create_person(administrator.log_in(), full_name="ليلى حداد")
        uploaded = person.upload(SCAN.name, SCAN.read_bytes())
        assert uploaded.status_code == 201, uploaded.text
        document = uploaded.json()["doc_id"]
        answer = wait_until(lambda: next(
            (answer for answer in [person.get(f"/docs/{document}/text", headers={"accept": "text/plain"})]
             if answer.status_code == 200), None), seconds=300, every=0.5, what="the text")
        truth = SCAN.with_name(SCAN.name + ".gt.txt").read_text().split()
        words = answer.text.split()
        found = sum(word in words for word in truth)
        assert found >= 0.8 * len(truth), f"{found} of {len(truth)} words: {answer.text}"
        longest = max((word for word in truth if word in words and word.isalpha()), key=len)
        hits = wait_until(lambda: person.get("/docs/search", params={"q": longest}).json()["items"], seconds=90,
                          what="a hit")
        assert [hit["doc_id"] for hit in hits] == [document], hits
        print(f"{found} of {len(truth)} words of the scan read; found by «{longest}»")


if __name__ == "__main__":
    main(*sys.argv[1:])
