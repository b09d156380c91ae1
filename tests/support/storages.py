"""Where the servers under test keep their blobs: below their DATA_DIR, or, with NASSAQ_TEST_STORAGE=azure or s3, in a
container of their own on a service that is started once for the run."""

import atexit
import os
import uuid
from pathlib import Path
from urllib.parse import unquote

from support.files import files_below

STORAGE_KIND = os.environ.get("NASSAQ_TEST_STORAGE", "local")
_services = {}


def _service(kind):
    if kind not in _services:
        from support.azurite import Azurite
        from support.s3 import S3
        _services[kind] = {"azure": Azurite, "s3": S3}[kind]().start()
        atexit.register(_services[kind].close)
    return _services[kind]


def new_storage(data_directory):
    return LocalBlobs(data_directory) if STORAGE_KIND == "local" else ServiceBlobs(_service(STORAGE_KIND))


class ServiceBlobs:
    """A container of a service, seen from outside."""

    def __init__(self, service, **options):
        self.service = service
        self.container = "nassaq-" + uuid.uuid4().hex[:12]
        self.settings = service.settings(container=self.container, **options)

    def names(self):
        return self.service.names(self.container)

    def read(self, name):
        return self.service.read(self.container, name)

    def remove(self, name):
        self.service.remove(self.container, name)


class LocalBlobs:
    """The folder blobs/ of a DATA_DIR. A file that is no blob shows as it is."""

    settings = {}

    def __init__(self, data_directory):
        self.root = Path(data_directory) / "blobs"

    def names(self):
        return {_blob_name(path) for path in self._files()}

    def path(self, name):
        (path,) = [path for path in self._files() if _blob_name(path) == name]
        return self.root / path

    def read(self, name):
        return self.path(name).read_bytes()

    def remove(self, name):
        self.path(name).unlink()

    def _files(self):
        return files_below(self.root)


def _blob_name(path):
    """Undoes what the local storage does to a name: a folder ends in `%`, a cut segment in `%+`, and `%` is `%25`."""
    name = ""
    for piece in path.split("/"):
        if piece.endswith("%+"):
            name += unquote(piece[:-2])
        elif piece.endswith("%"):
            name += unquote(piece[:-1]) + "/"
        else:
            name += unquote(piece)
    return name
