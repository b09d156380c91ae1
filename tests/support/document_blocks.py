"""The blocks of code in our documents."""

import re
from dataclasses import dataclass

# What stands in a document for something that the reader has, and a run has, too.
FILLED_IN = {"PASSWORD='…'": "PASSWORD=$(sed -n 's/^  Password  *\\([^ ]*\\) .*/\\1/p' \"$OUTPUT\")"}


@dataclass
class Block:
    language: str
    runner: str
    text: str
    line: int

    def filled_in(self):
        """The text, with what a reader would put in."""
        text = self.text
        for placeholder, value in FILLED_IN.items():
            text = text.replace(placeholder, value)
        assert "…" not in text, f"line {self.line}: what stands for …?"
        return text


def blocks(document):
    found, text = [], document.read_text()
    for match in re.finditer(r"^( *)```(\w+)?(?: ([^\n]*))?\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
        body = "".join(line.removeprefix(match[1]) for line in match[4].splitlines(keepends=True))
        found.append(Block(match[2] or "", (match[3] or "").strip(), body, text.count("\n", 0, match.start()) + 1))
    return found
