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
    bar: float
    at_most: bool
    shown: str

    @property
    def is_kept(self):
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    @property
    def shown_bar(self):
        return f"{'≤' if self.at_most else '≥'} {re.sub(r'^[0-9.]+', lambda _: f'{self._scaled_bar():g}', self.shown)}"

    def _scaled_bar(self):
        shown_value = float(re.match(r"[0-9.]+", self.shown)[0])
        scale = 1 if self.value == 0 else shown_value / self.value
        return float(f"{self.bar * scale:.3g}")


class Report:
    def __init__(self):
        self.rows = []

    def add(self, what, ours, beside, value, bar, shown=None, at_most=False):
        row = Row(what, ours, beside, value, bar, at_most, shown or f"{value:.2f}")
        self.rows.append(row)
        print(f"{what:<58} {ours:>22}   beside {beside:<40} {row.shown:>10}  {row.shown_bar:>10}  "
              f"{'kept' if row.is_kept else 'MISSED'}", flush=True)

    def missed(self):
        return [row.what for row in self.rows if not row.is_kept]

    def write_markdown(self, path):
        """Puts the table between the two marks of the page."""
        lines = [f"Measured on {datetime.date.today()}: {machine()}.", "",
                 "| | Nassaq | beside | ratio or figure | bar | |", "|---|---|---|---|---|---|"]
        lines += [f"| {row.what} | {row.ours} | {row.beside} | {row.shown} | {row.shown_bar} | "
                  f"{'kept' if row.is_kept else '**missed**'} |" for row in self.rows]
        page = path.read_text()
        head, rest = page.split(BEGIN)
        path.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1])


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / (1 << 20)
    return (f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), {memory:.0f} GiB, "
            f"Linux {platform.release().split('-')[0]}; the load is made on the same machine")
