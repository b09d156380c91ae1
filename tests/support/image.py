"""Carries out a Dockerfile without a container engine: each stage is a Debian root, each step is run in it by chroot.

It knows what deploy/Dockerfile uses and stops at anything else, lest a step be left out unseen.
"""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser

from support.debian_root import DebianRoot, registry_of_this_machine
from support.server import ROOT

# What the image debian:12-slim leaves out, and does not install later either.
SLIM = """
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
"""


@dataclass
class Stage:
    """A stage as far as it has been carried out: its files, and what the image says of itself."""

    root: DebianRoot
    name: str
    arguments: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    shell: tuple = ("/bin/sh", "-c")
    user: str = None
    directory: str = "/"
    volumes: list = field(default_factory=list)
    ports: list = field(default_factory=list)
    health_check: str = None
    entry_point: tuple = ()
    command: tuple = ()

    def megabytes(self):
        listed = subprocess.run(["du", "-sxm", self.root.folder], capture_output=True, text=True, check=True)
        return int(listed.stdout.split()[0])

    def run_options(self):
        return {"environment": self.environment, "user": self.user, "directory": self.directory}


def _slim_root(folder):
    root = DebianRoot(folder)
    root.path("etc/dpkg/dpkg.cfg.d/docker").write_text(SLIM)
    for left_out in ("doc", "info", "locale", "man"):
        for path in sorted(root.path(f"usr/share/{left_out}").rglob("*"), reverse=True):
            if path.is_file() and path.name != "copyright" or path.is_symlink():
                path.unlink()
    return root


class Build:
    """`arguments`: of --build-arg. `files`: those of stages that are not carried out: {("builder", "/nassaq.deb"): Path}."""

    def __init__(self, folder, arguments=None, files=None):
        self.folder = Path(folder)
        self.given_arguments = arguments or {}
        self.files = files or {}
        self.stages = []

    def carry_out(self, dockerfile, only=None):
        """@param only: the indexes of the stages to carry out; all by default."""
        parser = DockerfileParser(fileobj=dockerfile.open("rb"))
        index = -1
        for step in parser.structure:
            name, value = step["instruction"], step["value"]
            if name == "COMMENT":
                continue
            if name == "FROM":
                index += 1
                if only is None or index in only:
                    self._from(value)
            elif only is None or index in only:
                getattr(self, f"_{name.lower()}")(self.stages[-1], value)
        return self.stages[-1]

    def _from(self, value):
        image, _, name = value.partition(" AS ")
        assert image == "debian:12-slim", f"a base that is not known here: {image}"
        stage = Stage(_slim_root(self.folder / (name or "runtime")), name)
        self.stages.append(stage)

    def _arg(self, stage, value):
        name, _, default = value.partition("=")
        stage.arguments[name] = self.given_arguments.get(name, default)

    def _shell(self, stage, value):
        stage.shell = tuple(json.loads(value))

    def _workdir(self, stage, value):
        stage.directory = value
        stage.root.path(value).mkdir(parents=True, exist_ok=True)

    def _env(self, stage, value):
        stage.environment.update(pair.split("=", 1) for pair in shlex.split(value))

    def _user(self, stage, value):
        stage.user = value

    def _volume(self, stage, value):
        stage.volumes.append(value)

    def _expose(self, stage, value):
        stage.ports.append(int(value))

    def _healthcheck(self, stage, value):
        stage.health_check = value

    def _entrypoint(self, stage, value):
        stage.entry_point = tuple(json.loads(value))

    def _cmd(self, stage, value):
        stage.command = tuple(json.loads(value))

    def _copy(self, stage, value):
        *sources, target = value.split()
        assert not any(word.startswith("--") for word in sources), f"not known here: COPY {value}"
        target = stage.root.path(Path(stage.directory) / target)
        for source in sources:
            for path in context(source):
                relative = path if source == "." else Path(path).name
                one_file = not (value.endswith("/") or source == "." or len(sources) > 1)
                destination = target if one_file else target / relative
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, destination)

    def _run(self, stage, value):
        mounted = []
        while option := re.match(r"--mount=(\S+)\s+", value):
            value = value[option.end():]
            fields = dict(pair.split("=", 1) for pair in option[1].split(","))
            assert set(fields) == {"type", "from", "source", "target"} and fields["type"] == "bind", option[0]
            mounted.append(stage.root.path(fields["target"]))
            shutil.copy(self._file_of(fields["from"], fields["source"]), mounted[-1])
        is_builder = stage.name == "builder"
        # A builder gets its packages from where this machine does.
        registry = registry_of_this_machine(stage.root) if is_builder else {}
        environment = {**registry, **stage.environment, **stage.arguments}
        stage.root.run(*stage.shell, value, user=stage.user, directory=stage.directory, timeout=7200,
                       environment=environment)
        for path in mounted:
            path.unlink()

    def _file_of(self, name, source):
        made = next((stage for stage in self.stages if stage.name == name), None)
        return made.root.path(source) if made else self.files[name, source]


def context(source):
    """The files of the build's context: what is in the repository, which .dockerignore leaves as it is."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", source],
                            capture_output=True, text=True, check=True).stdout
    return [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
