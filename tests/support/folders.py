"""Folders for what does not run as root."""

import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder():
    """A folder that another user may look into, until the block ends: PostgreSQL and RabbitMQ do not run as root. Not one of
    pytest's, which are below folders that nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="nassaq-open-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
