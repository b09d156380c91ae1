"""deploy/Dockerfile, carried out step by step in Debian roots, and what it makes, run as a container would be."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.image import Build
from support.ports import free_port
from support.server import ROOT, wait_until

DOCKERFILE = ROOT / "deploy/Dockerfile"
MAIN_JOB = Path(__file__).with_name("main_job.py")
EMAIL, PASSWORD = "admin@example.com", "correct horse 1!"
SECRET = "for this test only, and long enough for it"
# An image that grows over it has got something that it need not have.
MOST_MEGABYTES = 280


@pytest.fixture(scope="module")
def image(request, tmp_path_factory):
    """The runtime stage, of the package that is built here; in `scripts/test --bare` that of the builder stage."""
    folder = tmp_path_factory.mktemp("image")
    if os.environ.get("NASSAQ_TEST_BARE"):
        build = Build(folder)
        yield build.carry_out(DOCKERFILE)
    else:
        build = Build(folder, files={("builder", "/nassaq.deb"): request.getfixturevalue("package")})
        yield build.carry_out(DOCKERFILE, only=[1])
    for stage in build.stages:
        stage.root.remove()


def container(image, *arguments, port=None, **settings):
    """`docker run --read-only --tmpfs /tmp -v VOLUME … IMAGE ARGUMENTS`."""
    options = image.run_options()
    options["environment"] = {**options["environment"], "JWT_SECRET_KEY": SECRET, **settings}
    if port:
        options["environment"]["PORT"] = port
    return (*image.entry_point, *(arguments or image.command)), {**options, "read_only": image.volumes[0]}


def test_what_the_image_says_of_itself(image):
    assert image.user == "user14"
    assert image.ports == [8000] and image.environment["PORT"] == "8000"
    assert (*image.entry_point, *image.command) == ("nassaq", "serve")
    assert re.sub(r"\s+", " ", image.health_check) == (
        '--interval=30s --timeout=10s --start-period=5s --retries=3 CMD ["curl", "-f", "http://localhost:8000/"]')


def test_it_is_small(image):
    size = image.megabytes()
    print(f"the image has {size} MB")
    assert size <= MOST_MEGABYTES
    for left in ("var/lib/apt/lists", "var/cache/apt/archives", "tmp"):
        assert not [path for path in image.root.path(left).rglob("*") if path.is_file() and path.name != "lock"], left
    for tool in ("g++", "cmake", "npm", "node"):
        assert not list(image.root.folder.glob(f"usr/*bin/{tool}"))


def test_it_has_no_secret(image):
    assert not image.root.path("etc/nassaq").exists()


def test_it_has_the_drivers(image):
    drivers = image.root.run("odbcinst", "-q", "-d", check=False).stdout + image.root.path("etc/odbcinst.ini").read_text()
    assert "FreeTDS" in drivers and "PostgreSQL Unicode" in drivers


def test_it_serves_with_a_root_that_cannot_be_written_to(image):
    command, options = container(image, "admin", "create", "--email", EMAIL, "--full-name", "First Administrator",
                                 "--password-stdin")
    image.root.run(*command, stdin=PASSWORD + "\n", **options)
    command, options = container(image, "doctor")
    checked = image.root.run(*command, check=False, **options)
    assert checked.returncode == 0, checked.stdout
    port = free_port()
    command, options = container(image, port=port)
    health_check = shlex.join(part.replace(":8000", f":{port}") for part in
                              ["curl", "-f", "http://localhost:8000/"])
    with image.root.start(*command, **options) as server:
        wait_until(lambda: image.root.run("sh", "-c", health_check, user=image.user, check=False).returncode == 0
                   or server.poll() is not None, seconds=90, what="the health check")
        job = subprocess.run([sys.executable, MAIN_JOB, f"http://127.0.0.1:{port}", EMAIL, PASSWORD], capture_output=True,
                             text=True, timeout=600, check=False)
        assert job.returncode == 0, job.stdout + job.stderr


def test_the_root_is_read_only_indeed(image):
    _, options = container(image)
    done = image.root.run("sh", "-c", "touch /var/lib/nassaq/x /tmp/x && ! touch /usr/x && id -un", **options)
    assert done.stdout.splitlines()[-1] == "user14"


@pytest.mark.parametrize("name, user", [("nassaq", ""), ("nassaq-worker", "user15")])
def test_kubernetes_runs_it_as_users_of_the_image(image, name, user):
    """Its own, and one more for the workers, whose decoders may reach nothing of the server's."""
    _, options = container(image)
    ids = image.root.run("sh", "-c", f"id -u {user}; id -g {user}", **options).stdout.split()
    [deployment] = [manifest for manifest in yaml.safe_load_all((ROOT / "deploy/kubernetes/nassaq.yaml").read_text())
                    if manifest["kind"] == "Deployment" and manifest["metadata"]["name"] == name]
    context = deployment["spec"]["template"]["spec"]["securityContext"]
    assert [str(context["runAsUser"]), str(context["runAsGroup"])] == ids


def test_a_worker_answers_the_health_check_too(image):
    assert image.environment["WORKER_PORT"] == image.environment["PORT"]


def test_without_a_secret_it_does_not_start(image):
    command, options = container(image, JWT_SECRET_KEY="")
    done = image.root.run(*command, check=False, **options)
    assert done.returncode == 78 and "JWT_SECRET_KEY" in done.stdout
