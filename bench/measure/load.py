"""Load by wrk, and the bare server that ours is compared with."""

import os
import pathlib
import re
import statistics
import subprocess
import sys


class Baseline:
    """bench/baseline.cpp, answering with the very bytes that the product answers with."""

    def __init__(self, build, threads, routes, product, directory):
        arguments = [str(threads)]
        for number, (method, target, headers) in enumerate(routes):
            answer = directory / f"answer-{number}"
            answer.write_bytes(product.wire_answer(method, target, headers))
            arguments += [method, target, str(answer)]
        self.process = subprocess.Popen([build / "bench/baseline", *arguments], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()


def cpu_seconds(pid):
    """What a process has spent on the processors so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """What the processors of the machine have spent on everything so far: proc(5), /proc/stat."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def wrk(server, target, seconds, connections, headers=None, script=None):
    """@return requests and processor seconds a request, and the 50th and 99th of 100 times. `server` has a port and a
    process."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", str(script)]
    url = f"http://127.0.0.1:{server.port}{target}"
    before = cpu_seconds(server.process.pid)
    output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(server.process.pid) - before

    def find(pattern):
        found = re.search(pattern, output, re.MULTILINE)
        if not found or "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"{url}:\n{output}")
        return found.groups()

    def time_at(percentage):
        number, unit = find(rf"^ +{percentage}%\s+([\d.]+)(us|ms|s|m) *$")
        return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]

    requests = int(find(r"(\d+) requests in")[0])
    if requests == 0:
        sys.exit(f"{url}: not one answer in {seconds} seconds")
    return {"rate": float(find(r"^Requests/sec:\s+([\d.]+)")[0]), "p50": time_at(50), "p99": time_at(99),
            "cpu": spent / requests}


def median(rounds):
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def side_by_side(rounds, *measures):
    """Runs the measures in turns, so that what else the machine does hits all alike. @return the median of each."""
    results = [[] for _ in measures]
    for _ in range(rounds):
        for result, measure in zip(results, measures):
            result.append(measure())
    return [median(result) for result in results]
