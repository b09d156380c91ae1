"""What deploy/ holds, as far as it can be tried without containers: the linter's word, and what the program says to it."""

import os
import re
import subprocess

import yaml

from support.server import ROOT, Server, run_command

COMPOSE = ROOT / "deploy/compose.distributed.yml"
LINTER = ROOT / "tests/peers/node_modules/dclint/bin/dclint.cjs"
SECRETS = {"JWT_SECRET_KEY": "for this test only, and long enough for it", "MONGODB_PASSWORD": "hunter2mongo",
           "POSTGRES_PASSWORD": "hunter2postgres", "RABBITMQ_PASSWORD": "hunter2rabbit"}
# A matter of taste, in which ours is another.
STYLE_RULES = ("require-quotes-in-ports", "service-keys-order", "top-level-properties-order")


def service(name):
    """As Compose reads it, with the variables of the .env file put in."""
    def put_in(match):
        return SECRETS.get(match[1]) or match[2]
    text = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", put_in, COMPOSE.read_text())
    return yaml.safe_load(text)["services"][name]


def test_the_linter_is_content():
    """It knows the schema of the Compose specification, and what goes wrong in practice."""
    disabled = [argument for rule in STYLE_RULES for argument in ("--disable-rule", rule)]
    done = subprocess.run(["node", LINTER, COMPOSE, "--max-warnings", "0", *disabled], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_names_every_secret():
    example = (ROOT / "deploy/distributed.env.example").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text())) == set(re.findall(r"(?m)^(\w+)=", example)) == set(SECRETS)


def test_the_program_understands_the_settings(tmp_path):
    """The hosts are not there, which is another fault than settings that are wrong (78)."""
    for name in ("server", "worker"):
        settings = {**service(name)["environment"], "DATA_DIR": tmp_path / name, "SQL_MAX_RETRIES": 0}
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
