"""Certificates of our own, made by the openssl command."""

import ssl
import subprocess
from pathlib import Path


class Certificate:
    """A self-signed certificate for localhost and 127.0.0.1, and its key, in files of that folder."""

    def __init__(self, folder, name="localhost", days=2, key="ec"):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.file, self.key_file = folder / "certificate.pem", folder / "key.pem"
        kind = {"ec": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
                "rsa": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048")}[key]
        request, extensions = folder / "request.pem", folder / "extensions"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._openssl("genpkey", "-algorithm", *kind, "-out", self.key_file)
        self._openssl("req", "-new", "-key", self.key_file, "-subj", f"/CN={name}", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-signkey", self.key_file, "-days", str(days),
                      "-extfile", extensions, "-out", self.file)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)

    @property
    def settings(self):
        return {"TLS_CERT_FILE": self.file, "TLS_KEY_FILE": self.key_file}

    def client(self):
        """The context of a client that trusts this certificate alone, and minds ends that were not said."""
        context = ssl.create_default_context(cafile=self.file)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        return context
