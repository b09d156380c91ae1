"""The Debian package, and roots that it is tried in."""

import subprocess

import pytest

from support.debian_root import DebianRoot
from support.server import ROOT


@pytest.fixture(scope="session")
def package():
    """As scripts/package makes it."""
    subprocess.run([ROOT / "scripts/package"], check=True)
    return max(ROOT.glob("build/package/nassaq_*.deb"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def installed(package, tmp_path_factory):
    """A bare system in which the package has been installed by apt, with what it recommends, and never started."""
    root = DebianRoot(tmp_path_factory.mktemp("installed") / "root")
    root.path("root/nassaq.deb").write_bytes(package.read_bytes())
    # What a machine has and a bare root has not; curl and the rest are what the documents use.
    root.install("systemd-sysv", "dbus", "curl", "man-db", "bash-completion")
    root.install("/root/nassaq.deb")
    yield root
    root.remove()


@pytest.fixture
def machine(installed, tmp_path):
    """A copy of that system, for one test."""
    root = DebianRoot(tmp_path / "root", copy_of=installed)
    yield root
    root.remove()
