"""Bare Debian 12 systems in folders: made by debootstrap, changed by apt, and booted with systemd as on a machine.

All of it needs root. Nothing is mounted or started outside of namespaces, which end with what runs in them.
"""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from support.server import ROOT

ENTER = ROOT / "tests/support/enter_root"
CACHE = ROOT / "build/debian-12"
# A base that is older is made anew, lest apt has to bring it up to date each time.
CACHE_SECONDS = 7 * 24 * 3600

PLAIN_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                     "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


# Those that this machine trusts: its own, or where it is such a root itself, those that it was given.
CERTIFICATES = Path(os.environ.get("CURL_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt"))


def registry_of_this_machine(root):
    """The environment with which `root` gets npm's packages from where this machine does, whose certificates are trusted
    here.
    """
    inside = "/etc/ssl/machine-certificates.crt"
    shutil.copy(CERTIFICATES, root.path(inside))
    asked = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True)
    return {"npm_config_registry": asked.stdout.strip(), "npm_config_cafile": inside, "CURL_CA_BUNDLE": inside}


class CommandFailed(Exception):
    """A command in a root did not end well."""


def _debian_mirror():
    """Where apt of this machine gets Debian 12 from."""
    lines = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                            "Created-By: Packages"], capture_output=True, text=True, check=True).stdout.splitlines()
    return next(line.split()[0] for line in lines if line.split()[1:] == ["bookworm", "main"])


def _base():
    """A bare system to copy from, as debootstrap makes it."""
    stamp = CACHE / "etc/debian_version"
    if stamp.exists() and time.time() - CACHE.stat().st_ctime < CACHE_SECONDS:
        return CACHE
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
        made = Path(folder) / "root"
        subprocess.run(["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", made,
                        _debian_mirror()], check=True, stdout=subprocess.DEVNULL)
        made.rename(CACHE)
    return CACHE


class DebianRoot:
    """A system in `folder`, which must not be there yet: bare, or a copy of another."""

    def __init__(self, folder, copy_of=None):
        self.folder = Path(folder)
        subprocess.run(["cp", "-a", "--reflink=auto", copy_of.folder if copy_of else _base(), self.folder], check=True)
        if copy_of is None:
            self._use_apt_of_this_machine()

    def _use_apt_of_this_machine(self):
        shutil.rmtree(self.folder / "etc/apt")
        shutil.copytree("/etc/apt", self.folder / "etc/apt", symlinks=True)
        for kept in (self.folder / "etc/apt/sources.list.d").iterdir():
            if "debian" not in kept.name:
                kept.unlink()
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        self.run("apt-get", "update", "-q")

    def remove(self):
        shutil.rmtree(self.folder)

    def path(self, inside):
        return self.folder / str(inside).lstrip("/")

    def run(self, *command, environment=None, user=None, directory="/", stdin="", check=True, timeout=1800, **namespaces):
        """Runs a command to its end. `namespaces`: as _enter takes them."""
        with self._enter(self._as(command, user, directory, environment), namespaces) as process:
            output, _ = process.communicate(stdin, timeout=timeout)
        if check and process.returncode != 0:
            raise CommandFailed(f"{command} ended with {process.returncode}:\n{output[-4000:]}")
        return subprocess.CompletedProcess(command, process.returncode, output)

    @contextmanager
    def start(self, *command, environment=None, user=None, directory="/", **namespaces):
        """A process in the root, which is ended with the context."""
        with self._enter(self._as(command, user, directory, environment), namespaces) as process:
            yield process

    @staticmethod
    def _as(command, user, directory, environment):
        variables = [f"{name}={value}" for name, value in {**PLAIN_ENVIRONMENT, **(environment or {})}.items()]
        change_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        return ["env", "-i", "-C", str(directory), *variables, *change_user, *command]

    @contextmanager
    def _enter(self, command, namespaces, wrap=()):
        """`own_network`: alone with a loopback; `read_only`: but for /tmp and this folder."""
        options = ["--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc"]
        environment = dict(os.environ)
        if namespaces.get("own_network"):
            options.append("--net")
            environment["LOOPBACK"] = "1"
        if namespaces.get("read_only"):
            environment.update(READ_ONLY="1", VOLUME=namespaces["read_only"])
        process = subprocess.Popen([*wrap, "unshare", *options, *namespaces.get("more", ()), ENTER, self.folder, *command],
                                   env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", start_new_session=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def install(self, *packages):
        """By apt, as an administrator does it: what is recommended too."""
        return self.run("apt-get", "install", "-q", "-y", *packages)

    @contextmanager
    def boot(self):
        """systemd as process 1, on a network of its own. Needs the package systemd-sysv."""
        with tempfile.TemporaryDirectory(prefix="nassaq-cgroup-") as hierarchy:
            subprocess.run(["mount", "-t", "cgroup2", "cgroup2", hierarchy], check=True)
            group = Path(hierarchy) / f"nassaq-test-{os.getpid()}"
            group.mkdir()
            try:
                join = ["sh", "-c", f"echo $$ > {group}/cgroup.procs && exec \"$@\"", "sh"]
                with self._enter(["boot"], {"own_network": True, "more": ["--cgroup"]}, wrap=join) as process:
                    yield BootedSystem(self, process)
            finally:
                _remove_group(group)
                subprocess.run(["umount", hierarchy], check=True)


def _remove_group(group):
    """Its processes are gone a moment after they have been killed."""
    for _ in range(100):
        try:
            for folder, _, _ in os.walk(group, topdown=False):
                os.rmdir(folder)
            return
        except OSError:
            time.sleep(0.1)


class BootedSystem:
    """A running system; commands are run in it as root."""

    def __init__(self, root, process):
        self.root = root
        self._init = _wait_for(lambda: _child_named(process.pid, "systemd"), "systemd starts")
        _wait_for(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"),
                  "the system is up")

    def run(self, *command, stdin="", check=True, timeout=600):
        inside = DebianRoot._as(command, None, "/", None)
        done = subprocess.run(["nsenter", f"--target={self._init}", "--all", "--root", "--wd=/", *inside], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise CommandFailed(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done

    def on_its_network(self, *command, **options):
        """A program of this machine, on the network of that system."""
        return subprocess.run(["nsenter", f"--target={self._init}", "--net", *map(str, command)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=600, check=False, **options)


def _child_named(parent, name):
    listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return next((int(pid) for pid, command in rows if command == name), None)


def _wait_for(condition, what, seconds=90):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"within {seconds} seconds not: {what}")
        time.sleep(0.2)
    return result
