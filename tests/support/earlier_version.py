"""The program as it was at an earlier commit, built from this repository's own history, for tests of upgrades; and servers of
both versions over one database.

    python tests/support/earlier_version.py [COMMIT ...]    builds them (all that tests want), which takes many minutes each,
                                                            and prints their paths

Each is kept in build/earlier/COMMIT. A shallow clone has no history to build it from.
"""

import fcntl
import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # It is run as a program, too.
from support.client import Person
from support.server import ROOT, Server

VERSION_0_1_0 = "89037f5cdf0ddb5c7e16bf72389ac1c0409e467a"
VERSION_0_2_0 = "13ce6d67ced344e541e459e7c4f7af03d97f52cf"
PLACE = ROOT / "build/earlier"
# What is compiled into the program; web/package.json names other packages for the tests, too.
WEB_ASSETS = ("redoc", "swagger-ui-dist")


class EarlierPerson(Person):
    """At a server of another version: its answers are not held against the OpenAPI document of this one."""

    def send(self, request, **options):
        return httpx.Client.send(self, request, **options)


@contextmanager
def servers_of_one_folder(**settings):
    """What makes servers of either version, with these settings unless others are given; all of them use the folder of the
    first one. They are closed at the end."""
    servers = []

    def make(binary=None, **others):
        shared = {"DATA_DIR": servers[0].settings["DATA_DIR"]} if servers else {}
        options = {"binary": (binary,)} if binary else {}
        servers.append(Server(**options, **{**settings, **shared, **others}))
        return servers[-1]

    try:
        yield make
    finally:
        for server in reversed(servers):
            server.close()


def told_of_upgrade(server):
    """What the doctor says about it."""
    findings = json.loads(server.run("doctor", "--json", timeout=120).stdout)["findings"]
    return [finding["message"] for finding in findings if finding["part"] == "upgrade"]


def earlier_program(commit, builds):
    """The path of its `nassaq`. Where it is not there it is built, if `builds`; else, or without history, the test is
    skipped."""
    program = PLACE / commit / "nassaq"
    with _alone(commit):
        if program.is_file():
            return program
        if not _is_in_history(commit):
            pytest.skip(f"the history of this clone does not reach back to {commit[:12]}: git fetch --unshallow")
        if not builds:
            pytest.skip(f"{commit[:12]} is not built yet: python tests/support/earlier_version.py, or NASSAQ_FULL=1")
        _build(commit)
    return program


@contextmanager
def _alone(commit):
    """Two tests of one run may want it at the same time."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with open(PLACE / f"{commit}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_in_history(commit):
    done = subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True, check=False)
    return done.returncode == 0


def _build(commit):
    """In a folder of its own, of which the programs alone are kept: they need nothing but each other, side by side."""
    source = PLACE / commit / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "-x"], cwd=source, input=archive.stdout, check=True)
    _bring_web_assets(source)
    _compile(source)
    for name in ("nassaq-extract", "nassaq"):  # The one that is looked for comes last.
        shutil.move(source / "build/product" / name, source.parent / name)
    shutil.rmtree(source)


def _bring_web_assets(source):
    """Ours where they are the same packages; else npm has to fetch those of that time."""
    ours, theirs = (json.loads((root / "web/package-lock.json").read_text())["packages"] for root in (ROOT, source))
    names = [f"node_modules/{package}" for package in WEB_ASSETS]
    if all(ours.get(name, {}).get("integrity") == theirs[name]["integrity"] and (ROOT / "web" / name).is_dir()
           for name in names):
        for name in names:
            shutil.copytree(ROOT / "web" / name, source / "web" / name)
    else:
        _run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", folder=source / "web")


def _compile(source):
    """By the preset of what is released, where that version has one already; else as its scripts/package does."""
    presets = json.loads((source / "CMakePresets.json").read_text())["configurePresets"]
    if any(preset["name"] == "product" for preset in presets):
        options = ["--preset", "product"]
    else:
        options = ["-G", "Ninja", "-B", "build/product", "-DCMAKE_BUILD_TYPE=Release", "-DNASSAQ_TESTS=OFF"]
    _run("cmake", *options, "--log-level=ERROR", "-Wno-dev", folder=source)
    _run("cmake", "--build", "build/product", "--target", "nassaq", "nassaq-extract", folder=source)


def _run(*command, folder):
    # Into a file, for it may be long; where it fails its end says why.
    log = folder / "command.log"
    with open(log, "wb") as output:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed in {folder}:\n{log.read_text(errors='replace')[-4000:]}")


def main(*commits):
    for commit in commits or (VERSION_0_1_0, VERSION_0_2_0):
        print(earlier_program(commit, builds=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
