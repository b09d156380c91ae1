"""What was measured, on the terminal and for docs/performance.md."""

import dataclasses
import datetime
import os
import pathlib
import platform
import re

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclasses.dataclass
class Row:
    what: str
    ours: str
    beside: str  # what it is compared with, and its figure
    value: float  # what the bar is about: a ratio, seconds, bytes
    bar: float | None  # none: just to be known
    at_most: bool
    scale: float
    unit: str

    @property
    def is_kept(self):
        if self.bar is None:
            return True
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    @property
    def shown(self):
        return f"{self.value * self.scale:.{1 if self.unit else 2}f}{self.unit}"

    @property
    def shown_bar(self):
        if self.bar is None:
            return ""
        return f"{'≤' if self.at_most else '≥'} {self.bar * self.scale:g}{self.unit}"

    @property
    def verdict(self):
        if self.bar is None:
            return ""
        return "kept" if self.is_kept else "MISSED"


class Report:
    def __init__(self):
        self.rows = []

    def add(self, what, ours, beside, value, bar=None, at_most=False, scale=1, unit=""):
        row = Row(what, ours, beside, value, bar, at_most, scale, unit)
        self.rows.append(row)
        print(f"{what:<66}{ours:>24}   beside {beside:<52}{row.shown:>10}{row.shown_bar:>12}   "
              f"{row.verdict}", flush=True)

    def missed(self):
        return [row.what for row in self.rows if not row.is_kept]

    def write_markdown(self, path):
        """Puts the table between the two marks of the page."""
        lines = [f"Measured on {datetime.date.today()}: {machine()}.", "",
                 "| | Nassaq | beside | ratio or figure | bar | |", "|---|---|---|---|---|---|"]
        lines += [f"| {row.what} | {row.ours} | {row.beside} | {row.shown} | {row.shown_bar} | "
                  f"{row.verdict.replace('MISSED', '**missed**')} |" for row in self.rows]
        page = path.read_text()
        head, rest = page.split(BEGIN)
        path.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1])


def instructions():
    """What the processor has of what digests and TLS gain by."""
    flags = re.search(r"^flags\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    known = {"sha_ni": "SHA extensions", "avx2": "AVX2", "avx512f": "AVX-512", "aes": "AES"}
    has = [name for flag, name in known.items() if flags and flag in flags[1].split()]
    lacks = [name for name in known.values() if name not in has]
    return " and ".join([f"has {', '.join(has)}"] * bool(has) + [f"lacks {', '.join(lacks)}"] * bool(lacks))


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / (1 << 20)
    return (f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}, which {instructions()}), {memory:.0f} GiB, "
            f"Linux {platform.release().split('-')[0]}; the load is made on the same machine")
