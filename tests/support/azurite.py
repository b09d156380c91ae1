"""Azurite, Microsoft's emulator of Azure Storage: a private one on a port and in a folder of its own."""

import base64
import hashlib
import hmac
import shutil
import ssl
import subprocess
import tempfile
import time
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import httpx
import pytest

from support.ports import ROOT, end, free_port, wait_until_listening

PROGRAM = ROOT / "tests/peers/node_modules/azurite/dist/src/blob/main.js"
ACCOUNT = "devstoreaccount1"
# Every Azurite has it; it is no secret (learn.microsoft.com/azure/storage/common/storage-use-azurite).
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def _signed(fields, text):
    """The query of a shared access signature: its named fields that say something, and the signature of the text."""
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    return urlencode([(name, value) for name, value in fields if name and value]
                     + [("sig", base64.b64encode(digest).decode())])


class Azurite:
    """`https` gives it a certificate of its own, which clients have to be told of: `certificate`."""

    def __init__(self, https=False, parent=None):
        if not PROGRAM.is_file():
            pytest.skip("Azurite is not installed: scripts/setup --tests")
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-azurite-", dir=parent))
        self.port = free_port()
        self.scheme = "https" if https else "http"
        self.certificate = self.folder / "certificate.pem" if https else None
        self.process = None
        if https:
            self._make_certificate()

    def start(self):
        command = ["node", PROGRAM, "--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--silent",
                   "--disableTelemetry", "--skipApiVersionCheck", "--location", self.folder / "data"]
        if self.certificate:
            command += ["--cert", self.certificate, "--key", self.folder / "key.pem"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            start_new_session=True)
        wait_until_listening("Azurite", self.process, self.port, self.folder / "log")
        return self

    def kill(self):
        """kill -9. What it has not yet written of its own index is lost with it: that is the emulator."""
        self.process.kill()
        self.process.wait()

    def saved_at(self):
        """When it has last written its index: what it has answered since may go with it."""
        return min((self.folder / "data" / name).stat().st_mtime
                   for name in ("__azurite_db_blob__.json", "__azurite_db_blob_extent__.json"))

    def close(self):
        end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connection_string(self, style="path", port=None):
        """`style`: path, or production (the account is part of the host name). `port`: that of a proxy before it."""
        port = port or self.port
        endpoint = (f"{self.scheme}://127.0.0.1:{port}/{ACCOUNT}" if style == "path"
                    else f"{self.scheme}://{ACCOUNT}.blob.localhost:{port}")
        return f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint}"

    def sas_connection_string(self, permissions="rwdlac"):
        """With a shared access signature of the account, good for an hour (Create an account SAS), and without its key."""
        expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        fields = [("sp", permissions), ("ss", "b"), ("srt", "sco"), ("st", ""), ("se", expiry), ("sip", ""),
                  ("spr", "https,http"), ("sv", "2021-12-02"), ("ses", "")]
        query = _signed(fields, "".join(f"{value}\n" for value in [ACCOUNT] + [value for _, value in fields]))
        return f"BlobEndpoint={self.scheme}://127.0.0.1:{self.port}/{ACCOUNT};SharedAccessSignature={query}"

    def container_url(self, container, permissions="rd", seconds=3600):
        """A container's URL with a shared access signature of its own, good for so many seconds from now on, or so many
        ago (Create a service SAS)."""
        expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        fields = [("sp", permissions), ("st", ""), ("se", expiry), ("", f"/blob/{ACCOUNT}/{container}"), ("si", ""),
                  ("sip", ""), ("spr", "https,http"), ("sv", "2021-12-02"), ("sr", "c"), ("", ""), ("ses", ""),
                  ("rscc", ""), ("rscd", ""), ("rsce", ""), ("rscl", ""), ("rsct", "")]
        query = _signed(fields, "\n".join(value for _, value in fields))
        return f"{self.scheme}://127.0.0.1:{self.port}/{ACCOUNT}/{container}?{query}"

    def settings(self, container="documents", **options):
        settings = {"BLOB_STORAGE_TYPE": "azure", "BLOB_CONNECTION_STR": self.connection_string(**options),
                    "BLOB_STORAGE_CONTAINER_NAME": container}
        if self.certificate:
            settings["BLOB_CA_FILE"] = str(self.certificate)
        return settings

    # -- what is in it

    def names(self, container):
        return self._list(container, {})

    def unfinished(self, container):
        """The names of blobs of which there are only blocks that nobody has committed."""
        return self._list(container, {"include": "uncommittedblobs"}) - self.names(container)

    def _list(self, container, options):
        names, marker = set(), ""
        while True:
            response = self._request("GET", f"/{ACCOUNT}/{container}",
                                     {"comp": "list", **options, "marker": marker, "restype": "container"})
            if response.status_code == 404:
                return names
            root = ElementTree.fromstring(response.content)
            names |= {name.text for name in root.iter("Name")}
            marker = root.findtext("NextMarker")
            if not marker:
                return names

    def read(self, container, name):
        response = self._request("GET", f"/{ACCOUNT}/{container}/{quote(name)}")
        response.raise_for_status()
        return response.content

    def remove(self, container, name):
        self._request("DELETE", f"/{ACCOUNT}/{container}/{quote(name)}").raise_for_status()

    def put(self, container, name, content):
        """A blob of another program."""
        headers = {"x-ms-blob-type": "BlockBlob", "content-length": str(len(content))}
        self._request("PUT", f"/{ACCOUNT}/{container}/{quote(name)}", headers=headers,
                      content=content).raise_for_status()

    def make_container(self, container):
        self._request("PUT", f"/{ACCOUNT}/{container}", {"restype": "container"}).raise_for_status()

    def has_container(self, container):
        return self._request("GET", f"/{ACCOUNT}/{container}", {"restype": "container"}).status_code == 200

    def move(self, container, name, new_name):
        """As the worker of the platform does it: Copy Blob, which takes the metadata along, and Delete Blob."""
        source = f"{self.scheme}://127.0.0.1:{self.port}/{ACCOUNT}/{container}/{quote(name)}"
        self._request("PUT", f"/{ACCOUNT}/{container}/{quote(new_name)}",
                      headers={"x-ms-copy-source": source}).raise_for_status()
        self.remove(container, name)

    def _request(self, method, path, query=None, headers=None, content=b""):
        """Signs with the account's key, independently of the program (Authorize with Shared Key)."""
        headers = {**(headers or {}), "x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
        length = str(len(content)) if content else ""
        service_headers = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-ms-"))
        resource = f"/{ACCOUNT}{path}" + "".join(f"\n{name}:{value}" for name, value in sorted((query or {}).items()))
        text = f"{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n{service_headers}{resource}"
        digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        headers["authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        verify = ssl.create_default_context(cafile=self.certificate) if self.certificate else False
        with httpx.Client(verify=verify, trust_env=False, timeout=60) as client:
            return client.request(method, f"{self.scheme}://127.0.0.1:{self.port}{path}", params=query,
                                  headers=headers, content=content or None)

    def _make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext",
                        f"subjectAltName=IP:127.0.0.1,DNS:{ACCOUNT}.blob.localhost,DNS:localhost",
                        "-keyout", self.folder / "key.pem", "-out", self.certificate],
                       check=True, capture_output=True)
