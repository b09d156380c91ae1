"""What deploy/ holds, as far as it can be tried without containers: the linter's word, and what the program says to it."""

import json
import os
import re
import subprocess

import kubernetes_validate
import pytest
import yaml

from support.server import BINARY, ROOT, Server, run_command

COMPOSE = ROOT / "deploy/compose.distributed.yml"
COMPOSE_FILES = [COMPOSE, ROOT / "deploy/compose.yml"]
COMPOSE_LOADER = ROOT / "build/test-peers/compose-go"
KUBERNETES = ROOT / "deploy/kubernetes/nassaq.yaml"
PYTHON_PROGRAMS = ROOT / "build/test-venv/bin"
LINTER = ROOT / "tests/peers/node_modules/dclint/bin/dclint.cjs"
SECRETS = {"JWT_SECRET_KEY": "for this test only, and long enough for it", "MONGODB_PASSWORD": "hunter2mongo",
           "POSTGRES_PASSWORD": "hunter2postgres", "RABBITMQ_PASSWORD": "hunter2rabbit"}
# A matter of taste, in which ours is another; and the name that the image gets by being built needs no version.
STYLE_RULES = ("no-build-and-image", "service-image-require-explicit-tag", "require-quotes-in-ports", "service-keys-order", "top-level-properties-order")


def filled_in(compose):
    """As Compose reads it, with the variables of the .env file put in."""
    def put_in(match):
        return SECRETS.get(match[1]) or match[2] or ""
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", put_in, compose.read_text())


def service(name):
    return yaml.safe_load(filled_in(COMPOSE))["services"][name]


def is_content(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("compose", COMPOSE_FILES, ids=lambda path: path.name)
def test_the_linter_of_compose_files_is_content(compose, tmp_path):
    """It knows the schema of the Compose specification, and what goes wrong in practice."""
    rules = tmp_path / ".dclintrc"
    rules.write_text(json.dumps({"rules": dict.fromkeys(STYLE_RULES, 0)}))
    is_content("node", LINTER, compose, "--max-warnings", "0", "--config", rules)


@pytest.mark.parametrize("compose", COMPOSE_FILES, ids=lambda path: path.name)
def test_compose_can_load_it(compose, tmp_path):
    """By the library that Compose itself loads its files with."""
    copy = tmp_path / "compose.yaml"
    copy.write_text(filled_in(compose))
    loaded = yaml.safe_load(is_content(COMPOSE_LOADER, copy, cwd=tmp_path))
    assert set(loaded["services"]) == set(yaml.safe_load(filled_in(compose))["services"])


def test_both_shapes_run_the_image_alike():
    alike = ("build", "image", "read_only", "tmpfs", "cap_drop", "security_opt", "pids_limit", "ulimits", "stop_grace_period", "restart")
    embedded = yaml.safe_load(filled_in(COMPOSE_FILES[1]))["services"]["nassaq"]
    for name in ("server", "worker"):
        assert {key: service(name)[key] for key in alike} == {key: embedded[key] for key in alike}


def test_the_embedded_shape_starts_without_a_setting(tmp_path):
    embedded = yaml.safe_load(filled_in(COMPOSE_FILES[1]))["services"]["nassaq"]
    settings = {**embedded["environment"], "JWT_SECRET_KEY": "", "DATA_DIR": tmp_path / "data"}
    for command in ("migrate", "doctor"):
        done = run_command(command, settings=settings, directory=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_of_dockerfiles_is_content():
    is_content(PYTHON_PROGRAMS / "hadolint", "--failure-threshold", "warning", ROOT / "deploy/Dockerfile")


def test_the_context_of_the_image_is_the_repository():
    """What is ignored by .dockerignore is what git does not have either, and git's own folder."""
    for pattern in (ROOT / ".dockerignore").read_text().split():
        tracked = subprocess.run(["git", "-C", ROOT, "ls-files", f":(glob){pattern}"], capture_output=True, text=True, check=True)
        assert tracked.stdout == "", pattern


def shell_scripts():
    """All that git has and that a shell is to run."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    first_lines = {path: (ROOT / path).open("rb").readline() for path in listed if (ROOT / path).is_file()}
    return [path for path, line in first_lines.items() if re.match(rb"#!.*\b(ba)?sh\b", line)]


def test_shellcheck_is_content():
    scripts = shell_scripts()
    assert {"scripts/package", "deploy/debian/postinst"} <= set(scripts)
    is_content("shellcheck", "--external-sources", *scripts, "deploy/nassaq.bash-completion", cwd=ROOT)


def test_systemd_understands_the_units(tmp_path):
    names = ("nassaq.service", "nassaq-worker.service")
    for name in names:
        template = (ROOT / f"deploy/systemd/{name}.in").read_text()
        (tmp_path / name).write_text(template.replace("@CMAKE_INSTALL_FULL_BINDIR@", str(BINARY.parent)))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in names)],
                          capture_output=True, text=True, check=False)
    # Those of this machine that they come after are none of ours.
    ours = [line for line in said.stderr.splitlines() if "nassaq" in line]
    assert said.returncode == 0 and not ours, said.stderr


def test_the_units_differ_in_the_command_alone():
    server, worker = ((ROOT / f"deploy/systemd/nassaq{part}.service.in").read_text().splitlines() for part in ("", "-worker"))
    differing = [left for left, right in zip(server, worker, strict=True) if left != right]
    assert [line.partition("=")[0] for line in differing] == ["Description", "ExecStart"]


def test_the_units_let_decoders_be_shut_in_and_leave_no_memory_behind():
    for part in ("", "-worker"):
        unit = (ROOT / f"deploy/systemd/nassaq{part}.service.in").read_text().splitlines()
        assert "LimitCORE=0" in unit and any(line.startswith("TasksMax=") for line in unit)
        # They are not in @system-service of systemd 252.
        allowed = " ".join(line.partition("=")[2] for line in unit if line.startswith("SystemCallFilter=")).split()
        assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} <= set(allowed)


def test_a_worker_can_have_a_user_of_its_own(tmp_path):
    folder = tmp_path / "nassaq-worker.service.d"
    folder.mkdir()
    for template, copy in (("nassaq-worker.service", tmp_path / "nassaq-worker.service"),
                           ("worker-user.conf", folder / "user.conf")):
        text = (ROOT / f"deploy/systemd/{template}.in").read_text()
        copy.write_text(text.replace("@CMAKE_INSTALL_FULL_BINDIR@", str(BINARY.parent)))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", tmp_path / "nassaq-worker.service"],
                          capture_output=True, text=True, check=False)
    ours = [line for line in said.stderr.splitlines() if "nassaq" in line]
    assert said.returncode == 0 and not ours, said.stderr
    account = re.search(r"(?m)^User=(.*)$", (folder / "user.conf").read_text())[1]
    assert f"adduser --system --group --quiet --home /var/lib/{account} " in (ROOT / "deploy/debian/postinst").read_text()


def manifests():
    return list(yaml.safe_load_all(KUBERNETES.read_text()))


def manifest(kind, name):
    return next(each for each in manifests() if each["kind"] == kind and each["metadata"]["name"] == name)


def test_kubernetes_understands_the_manifests():
    for each in manifests():
        # KEDA's kinds are not Kubernetes' own: the next tests look at them.
        if not each["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(each, "1.31", strict=True)


def test_workers_are_another_user_and_answer_nobody():
    security = [manifest("Deployment", name)["spec"]["template"]["spec"]["securityContext"] for name in ("nassaq", "nassaq-worker")]
    assert security[0]["runAsUser"] != security[1]["runAsUser"] and security[0]["fsGroup"] != security[1]["fsGroup"]
    image = (ROOT / "deploy/Dockerfile").read_text()
    assert all(f"useradd --system --uid {each['runAsUser']} " in image for each in security)
    labels = manifest("Deployment", "nassaq-worker")["spec"]["template"]["metadata"]["labels"]
    policy = manifest("NetworkPolicy", "nassaq-worker")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items() and policy["policyTypes"] == ["Ingress"]
    assert [rule["ports"] for rule in policy["ingress"]] == [[{"port": "health"}]]
    services = manifest("NetworkPolicy", "nassaq-services")["spec"]
    assert services["podSelector"]["matchLabels"].items() <= labels.items() and services["policyTypes"] == ["Egress"]
    assert all("169.254.0.0/16" in peer["ipBlock"]["except"] for rule in services["egress"] for peer in rule.get("to", [])
               if "." in peer["ipBlock"]["cidr"])


def test_the_probes_ask_for_what_is_there():
    server = Server().start()
    try:
        for name in ("nassaq", "nassaq-worker"):
            container = manifest("Deployment", name)["spec"]["template"]["spec"]["containers"][0]
            ports = {port["name"] for port in container["ports"]}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if probe in container:
                    asked = container[probe]["httpGet"]
                    assert asked["port"] in ports
                    is_content("curl", "-fsS", f"http://127.0.0.1:{server.port}{asked['path']}")
    finally:
        server.close()


def test_workers_follow_the_queue_that_they_read():
    scaling = manifest("ScaledObject", "nassaq-worker")["spec"]
    assert scaling["scaleTargetRef"]["name"] == manifest("Deployment", "nassaq-worker")["metadata"]["name"]
    (trigger,) = scaling["triggers"]
    documented = re.search(r"#OCR_QUEUE_NAME=(\w+)", (ROOT / ".env.example").read_text())[1]
    assert trigger["type"] == "rabbitmq" and trigger["metadata"]["queueName"] == documented
    authentication = manifest("TriggerAuthentication", trigger["authenticationRef"]["name"])
    (reference,) = authentication["spec"]["secretTargetRef"]
    pod = manifest("Deployment", "nassaq-worker")["spec"]["template"]["spec"]
    assert reference["name"] == pod["containers"][0]["envFrom"][0]["secretRef"]["name"]
    assert reference["parameter"] == "host" and reference["key"] == "MESSAGE_BROKER_URL"


def test_the_example_names_every_secret():
    example = (ROOT / "deploy/distributed.env.example").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text())) == set(re.findall(r"(?m)^(\w+)=", example)) == set(SECRETS)


def test_the_program_understands_the_settings(tmp_path):
    """The hosts are not there, which is another fault than settings that are wrong (78)."""
    for name in ("server", "worker"):
        settings = {**service(name)["environment"], "DATA_DIR": tmp_path / name, "SQL_MAX_RETRIES": 0,
                    "SQL_START_PATIENCE": 0}
        done = run_command("doctor", settings=settings, directory=tmp_path)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "\"postgres\"" in done.stdout and "rabbitmq:5672" in done.stdout and "mongodb" in done.stdout
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS.values())


def test_the_health_check_asks_the_server():
    server = Server().start()
    try:
        for name in ("server", "worker"):
            kind, *command = service(name)["healthcheck"]["test"]
            assert kind == "CMD"
            here = [part.replace(":8000", f":{server.port}") for part in command]
            assert subprocess.run(here, timeout=30, env={"PATH": os.environ["PATH"]}, check=False).returncode == 0
            nowhere = [part.replace(":8000", ":1") for part in command]
            assert subprocess.run(nowhere, timeout=30, capture_output=True, check=False).returncode != 0
    finally:
        server.close()
