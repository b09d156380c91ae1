"""The Debian package: what lintian says of it, and that it works on a bare Debian 12, by hand and under systemd."""

import subprocess
import sys
from pathlib import Path

from support.ports import free_port
from support.server import wait_until

MAIN_JOB = Path(__file__).with_name("main_job.py")
SETTINGS = "/etc/nassaq/nassaq.env"
EMAIL, PASSWORD = "admin@example.com", "correct horse 1!"
CREATE = ("admin", "create", "--email", EMAIL, "--full-name", "First Administrator", "--password-stdin")


def as_service(machine, *arguments, **options):
    """`nassaq ARGUMENTS` as the user of the service, with its settings."""
    return machine.run("nassaq", "--env-file", SETTINGS, *arguments, user="nassaq", directory="/var/lib/nassaq", **options)


def test_lintian_is_content(package):
    done = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", package], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and done.stdout == "", done.stdout + done.stderr


def test_the_package_holds_both_programs_and_what_belongs_to_them(installed):
    for path in ("usr/bin/nassaq", "usr/bin/nassaq-extract", "usr/lib/systemd/system/nassaq.service",
                 "usr/lib/systemd/system/nassaq-worker.service", "usr/share/nassaq/settings.example",
                 "usr/share/nassaq/worker-user.conf",
                 "usr/share/bash-completion/completions/nassaq"):
        assert installed.path(path).is_file(), path
    assert installed.path("lib").is_symlink(), "/usr/lib/systemd is where systemd looks on a merged /usr"


def test_the_settings_are_secret_and_each_machine_has_its_own(installed, machine):
    status = installed.path(SETTINGS).stat()
    assert status.st_mode & 0o777 == 0o640 and status.st_uid == 0
    secret = installed.path(SETTINGS).read_text().rpartition("JWT_SECRET_KEY=")[2].strip()
    assert len(secret) == 64
    # Configured again, they stay as they are; made anew, they are others.
    machine.run("dpkg-reconfigure", "nassaq")
    assert secret in machine.path(SETTINGS).read_text()
    machine.path(SETTINGS).unlink()
    machine.run("dpkg-reconfigure", "nassaq")
    assert "JWT_SECRET_KEY=" in machine.path(SETTINGS).read_text() and secret not in machine.path(SETTINGS).read_text()


def test_a_worker_has_an_account_of_its_own(installed):
    accounts = [line.partition(":")[0] for line in installed.path("etc/passwd").read_text().splitlines()]
    assert {"nassaq", "nassaq-worker"} <= set(accounts)


def test_it_works_without_systemd(machine):
    """As the user of the service, started by hand."""
    as_service(machine, *CREATE, stdin=PASSWORD + "\n")
    checked = as_service(machine, "doctor", check=False)
    assert checked.returncode == 0, checked.stdout
    port = free_port()
    with machine.start("nassaq", "--env-file", SETTINGS, "serve", user="nassaq", directory="/var/lib/nassaq",
                       environment={"PORT": port}) as server:
        wait_until(lambda: answers(port) or server.poll() is not None, seconds=90, what="the server")
        job = subprocess.run([sys.executable, MAIN_JOB, f"http://127.0.0.1:{port}", EMAIL, PASSWORD], capture_output=True,
                             text=True, timeout=600, check=False)
        assert job.returncode == 0, job.stdout + job.stderr
        print(job.stdout)


def answers(port):
    return subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}/"], check=False).returncode == 0


def test_systemd_runs_it_with_its_restrictions(machine):
    """A booted system: the unit starts, does the main job in its sandbox, stops and starts again."""
    with machine.boot() as system:
        system.run("systemctl", "is-enabled", "nassaq.service")
        assert system.run("systemctl", "is-enabled", "nassaq-worker.service", check=False).stdout.strip() == "disabled"
        wait_until(lambda: system.run("curl", "-sf", "http://127.0.0.1:8000/", check=False).returncode == 0, seconds=90,
                   what="the server of the unit")
        system.run("runuser", "-u", "nassaq", "--", "nassaq", "--env-file", SETTINGS, *CREATE, stdin=PASSWORD + "\n")
        job = system.on_its_network(sys.executable, MAIN_JOB, "http://127.0.0.1:8000", EMAIL, PASSWORD)
        assert job.returncode == 0, job.stdout
        # A worker of its own, beside it.
        system.run("systemctl", "start", "nassaq-worker.service")
        system.run("systemctl", "restart", "nassaq.service")
        system.run("systemctl", "is-active", "nassaq.service", "nassaq-worker.service")
        score = system.run("systemd-analyze", "security", "--no-pager", "--threshold=20", "nassaq.service",
                           "nassaq-worker.service", check=False)
        assert score.returncode == 0, score.stdout
        system.run("systemctl", "stop", "nassaq.service", "nassaq-worker.service")
        shown = system.run("systemctl", "show", "--property=Result", "nassaq.service", "nassaq-worker.service").stdout
        assert set(shown.split()) == {"Result=success"}
        assert "nassaq.service: Failed" not in system.run("journalctl", "--no-pager", "-u", "nassaq").stdout


def test_an_upgrade_starts_it_again_and_keeps_everything(machine, package):
    with machine.boot() as system:
        system.run("runuser", "-u", "nassaq", "--", "nassaq", "--env-file", SETTINGS, *CREATE, stdin=PASSWORD + "\n")
        settings = machine.path(SETTINGS).read_text()
        before = system.run("systemctl", "show", "--property=MainPID", "nassaq.service").stdout
        system.run("dpkg", "--install", "/root/nassaq.deb")
        assert system.run("systemctl", "show", "--property=MainPID", "nassaq.service").stdout not in (before, "MainPID=0\n")
        assert system.run("systemctl", "is-active", "nassaq-worker.service", check=False).stdout.strip() == "inactive"
        assert machine.path(SETTINGS).read_text() == settings
        wait_until(lambda: system.run("curl", "-sf", "http://127.0.0.1:8000/", check=False).returncode == 0, seconds=90,
                   what="the server of the unit")
        login = system.run("curl", "-fsS", "http://127.0.0.1:8000/api/v1/auth/login", "-d", f"username={EMAIL}",
                           "--data-urlencode", f"password={PASSWORD}").stdout
        assert "access_token" in login
        # Removed and installed again it is as it was.
        system.run("apt-get", "remove", "-y", "-q", "nassaq")
        assert system.run("curl", "-sf", "http://127.0.0.1:8000/", check=False).returncode != 0
        system.run("dpkg", "--install", "/root/nassaq.deb")
        assert machine.path(SETTINGS).read_text() == settings
        system.run("systemctl", "is-active", "nassaq.service")


def test_wrong_settings_are_said_and_not_tried_again(machine):
    with machine.boot() as system:
        system.run("systemctl", "stop", "nassaq.service")
        with machine.path(SETTINGS).open("a") as settings:
            settings.write("PORT=eighty\n")
        system.run("systemctl", "start", "nassaq.service", check=False)
        wait_until(lambda: system.run("systemctl", "is-failed", "nassaq.service", check=False).stdout.strip() == "failed",
                   seconds=90, what="the failure of the unit")
        assert "PORT" in system.run("journalctl", "--no-pager", "-u", "nassaq").stdout
        assert system.run("systemctl", "show", "--property=NRestarts", "nassaq.service").stdout.strip() == "NRestarts=0"


def test_the_manual_pages_are_good(installed):
    for page in ("nassaq", "nassaq-extract"):
        done = installed.run("man", "--warnings", page, environment={"MANPAGER": "cat", "MANWIDTH": "100"})
        assert "warning" not in done.stdout and "SYNOPSIS" in done.stdout or page == "nassaq-extract"
    text = installed.run("man", "nassaq", environment={"MANPAGER": "cat", "MANWIDTH": "100"}).stdout
    helped = installed.run("nassaq", "--help").stdout
    for line in helped.splitlines():
        if line.startswith("  ") and not line.startswith("   ") and not line.startswith("  --"):
            assert line.split()[0] in text


def test_bash_completes(installed):
    complete = """
        source /usr/share/bash-completion/bash_completion; _completion_loader nassaq
        try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _nassaq; echo "${COMPREPLY[*]}"; }
        try nassaq se; try nassaq admin ''; try nassaq doctor --ver; try nassaq --env-file /etc/nassa"""
    lines = installed.run("bash", "-c", complete).stdout.splitlines()
    assert lines == ["search serve", "create reset-password", "--verify --version", "/etc/nassaq"]


def test_purging_leaves_the_documents(machine):
    machine.path("var/lib/nassaq/nassaq.db").write_text("of somebody")
    machine.run("apt-get", "purge", "-y", "-q", "nassaq")
    assert not machine.path(SETTINGS).exists() and not machine.path("usr/bin/nassaq").exists()
    assert machine.path("var/lib/nassaq/nassaq.db").read_text() == "of somebody"
