"""Every command of README and docs/ is run as it is printed.

What comes behind ```sh says who runs it:

    sh              one bash a document, block after block, in the root of the repository, on a network of its own where all
                    ports are free, with an empty data/
    sh background   the same, but it goes on: the next block begins when http://localhost:8000 answers
    sh package      one bash a document, as root in a booted Debian 12 in which the package is installed (the file lies there)
    sh engine       needs a container engine or a cluster, which no test has: only its syntax is checked, and that the files
                    and services that it names are there
    sh itself       scripts/test, which runs this test

What README says of a machine that has nothing is tried on one, by test_first_run.py.

A block of settings (ini) is shown to `nassaq doctor`, one for nginx to `nginx -t`. Shell blocks of another kind are a fault.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from support.document_blocks import blocks
from support.server import BINARY, ROOT, run_command

DOCUMENTS = [ROOT / "README.md", ROOT / "README.ar.md", *sorted((ROOT / "docs").glob("*.md"))]
RUNNERS = {"", "background", "package", "engine", "itself"}
SHELLS = ("sh", "bash", "console", "shell", "zsh")

# What a document takes for granted.
PREPARATIONS = {"docs/migration.md": ["build/test-venv/bin/python", "tests/deploy/platform_database.py"]}


def name_of(document):
    return str(document.relative_to(ROOT))


def with_blocks(*languages, runners=None):
    chosen = [document for document in DOCUMENTS
              if any(block.language in languages and (runners is None or block.runner in runners) for block in blocks(document))]
    return pytest.mark.parametrize("document", chosen, ids=name_of)


def test_each_block_has_a_runner():
    for document in DOCUMENTS:
        text = document.read_text()
        assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(blocks(document)), document
        for block in blocks(document):
            if block.language in SHELLS:
                assert block.language == "sh" and block.runner in RUNNERS, f"{document}:{block.line}"
            if block.runner == "itself":
                assert block.text.split()[0] == "scripts/test" and len(block.text.splitlines()) == 1
    assert any(block.runner == "package" for block in blocks(ROOT / "docs/install.md"))


def script_of(document, runners):
    """The blocks as one script, which says where it is."""
    lines = ["set -euo pipefail"]
    for block in blocks(document):
        if block.language != "sh" or block.runner not in runners:
            continue
        text = block.filled_in()
        lines.append(f"echo '=== {name_of(document)}:{block.line}'")
        if block.runner == "background":
            lines.append(f"({text.rstrip()}\n) > \"$OUTPUT\" 2>&1 &\n"
                         "curl -sS --retry 300 --retry-delay 1 --retry-all-errors -o /dev/null http://localhost:8000/ "
                         "|| { cat \"$OUTPUT\"; exit 1; }")
        else:
            lines.append(text)
    return "\n".join([*lines, "echo '=== all of it'"])


@pytest.fixture(scope="session")
def product():
    """What `scripts/build` makes, which the documents take for granted."""
    subprocess.run([ROOT / "scripts/build", "product", "nassaq"], check=True)


@pytest.mark.usefixtures("product")
@with_blocks("sh", runners=("", "background"))
def test_commands_work_in_the_repository(document, tmp_path):
    """Its data/ and .env are hidden behind empty ones, in a mount namespace."""
    (tmp_path / "data").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "script").write_text(script_of(document, ("", "background")))
    hide = f"""
        set -e
        ip link set lo up
        mount --make-rprivate /
        mkdir -p data && mount --bind {tmp_path}/data data
        [ ! -e .env ] || mount --bind {tmp_path}/empty .env
        status=0
        "$@" || status=$?
        exit $status"""
    # Without a locale, as services have it, too.
    environment = {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", hide,
                           "bash", *PREPARATIONS.get(name_of(document), []), "bash", tmp_path / "script"], cwd=ROOT,
                          env={**environment, "OUTPUT": str(tmp_path / "output")}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200, check=False)
    assert done.returncode == 0 and done.stdout.endswith("=== all of it\n"), done.stdout[-4000:]


@with_blocks("sh", runners=("package",))
def test_commands_work_where_the_package_is_installed(document, machine, package):
    machine.path("root/nassaq.deb").unlink()
    machine.path(f"root/{package.name}").write_bytes(package.read_bytes())
    with machine.boot() as system:
        done = system.run("bash", "-c", "cd /root\n" + script_of(document, ("package",)), check=False)
    assert done.returncode == 0 and done.stdout.endswith("=== all of it\n"), done.stdout[-4000:]


@with_blocks("sh", runners=("engine",))
def test_commands_for_an_engine_name_what_is_there(document):
    script = "".join(block.text for block in blocks(document) if block.runner == "engine")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    for path in re.findall(r"(?<![\w/.])(deploy/[\w./-]+)", script):
        assert path == "deploy/.env" or (ROOT / path).is_file(), path
    for compose, service in re.findall(r"compose -f (\S+) exec (\S+)", script):
        assert service in yaml.safe_load((ROOT / compose).read_text())["services"]
    for compose, service in re.findall(r"compose -f (\S+) up .*--scale (\w+)=", script):
        assert service in yaml.safe_load((ROOT / compose).read_text())["services"]
    # What the program is told in a container is told in the words that it knows.
    helped = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    for command in re.findall(r"nassaq ((?:admin create|doctor|serve|worker)[^\n]*)", script):
        assert f"  {command.split(' --')[0]} " in helped
        assert all(option in helped for option in re.findall(r"--[a-z-]+", command))


@with_blocks("ini")
def test_settings_are_understood(document, tmp_path):
    """The services that they name are not there, which is another fault (1) than settings that are wrong (78)."""
    known = set(re.findall(r"(?m)^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text()))
    for block in blocks(document):
        if block.language == "ini":
            settings = dict(line.split("=", 1) for line in block.text.splitlines())
            assert set(settings) <= known, f"{document}:{block.line}"
            defaults = {"JWT_SECRET_KEY": "only for this test, and long enough for it", "SQL_MAX_RETRIES": "0",
                        "SQL_START_PATIENCE": "0"}
            done = run_command("doctor", settings={**defaults, **settings, "DATA_DIR": tmp_path}, directory=tmp_path)
            assert done.returncode in (0, 1), f"{document}:{block.line}\n{done.stderr}"


@with_blocks("nginx")
def test_nginx_understands_its_configuration(document, tmp_path):
    for block in blocks(document):
        if block.language == "nginx":
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout",
                            tmp_path / "documents.key", "-out", tmp_path / "documents.pem"], capture_output=True, check=True)
            here = block.text.replace("/etc/ssl/", f"{tmp_path}/").replace("listen 443", "listen 127.0.0.1:0")
            (tmp_path / "nginx.conf").write_text(f"events {{}}\npid {tmp_path}/pid;\nhttp {{\n{here}\n}}\n"
                                                 .replace("127.0.0.1:0", "127.0.0.1:10443"))
            done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "log"], capture_output=True,
                                  text=True, check=False)
            assert done.returncode == 0, done.stderr


def test_links_lead_somewhere():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
            if not re.match(r"[a-z]+:", target):
                assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_configuration_reference_is_current():
    done = subprocess.run([ROOT / "scripts/document_settings", "--check"], env={**os.environ, "NASSAQ_BINARY": str(BINARY)},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
