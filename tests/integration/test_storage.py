"""The conformance suite of the storages (tests/unit/storage/conformance_test.cpp) on real services."""

import os
import subprocess
from pathlib import Path

import pytest

from support.azurite import Azurite
from support.s3 import S3
from support.server import BINARY

SUITE = Path(os.environ.get("NASSAQ_UNIT_STORAGE", BINARY.parent / "tests/unit/storage/unit_storage"))


def run_suite(storage, settings):
    environment = {**os.environ, "NASSAQ_TEST_STORAGE": storage, **settings}
    done = subprocess.run([SUITE, f"--gtest_filter=*StorageConformance*/{storage}", "--gtest_brief=1"],
                          env=environment, capture_output=True, text=True, timeout=600, check=False)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert "PASSED" in done.stdout and "0 tests" not in done.stdout


@pytest.fixture
def service(request):
    service = request.param()
    service.start()
    yield service
    service.close()


@pytest.mark.parametrize("service, style", [
    (Azurite, "path"), (Azurite, "production"),
    (lambda: Azurite(https=True), "path"), (lambda: Azurite(https=True), "production"),
], indirect=["service"], ids=["http-path", "http-production", "https-path", "https-production"])
def test_azure(service, style):
    run_suite("azure", service.settings(style=style))


@pytest.mark.parametrize("service", [Azurite], indirect=True)
def test_azure_with_a_shared_access_signature(service):
    run_suite("azure", {**service.settings(), "BLOB_CONNECTION_STR": service.sas_connection_string()})


@pytest.mark.parametrize("service, style", [(S3, "path"), (S3, "virtual")], indirect=["service"],
                         ids=["path", "virtual-host"])
def test_s3(service, style):
    run_suite("s3", service.settings(style=style))
