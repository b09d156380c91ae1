"""nginx as it stands before several nodes: a process of ours on the loopback address only."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.ports import free_port, wait_until_listening


class Nginx:
    """Passes requests on to the nodes at `ports`, in turn, without keeping their bodies back."""

    def __init__(self, ports, log_file, parent=None):
        self._program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if not self._program:
            raise FileNotFoundError("nginx is not installed: scripts/setup --tests")
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-nginx-", dir=parent))
        self.port = free_port()
        self._process = None
        (self.folder / "nginx.conf").write_text(self._configuration(ports, log_file))

    def _configuration(self, ports, log_file):
        nodes = " ".join(f"server 127.0.0.1:{port} fail_timeout=2s;" for port in ports)
        return f"""
            daemon off; {"user root;" if os.geteuid() == 0 else ""} worker_processes 1;
            pid {self.folder}/pid; error_log {log_file};
            events {{ worker_connections 512; }}
            http {{
                access_log off; client_max_body_size 0; proxy_request_buffering off; proxy_buffering off;
                proxy_http_version 1.1; proxy_read_timeout 180s; keepalive_requests 100000;
                proxy_set_header Connection ""; proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $remote_addr;
                client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
                fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi;
                scgi_temp_path {self.folder}/scgi;
                upstream nodes {{ {nodes} keepalive 16; keepalive_timeout 3s; }}
                server {{ listen 127.0.0.1:{self.port}; location / {{ proxy_pass http://nodes; }} }}
            }}"""

    def start(self):
        with open(self.folder / "output", "ab") as output:
            self._process = subprocess.Popen([self._program, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e",
                                              self.folder / "output"],
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             start_new_session=True)
        wait_until_listening("nginx", self._process, self.port, self.folder / "output")
        return self

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        if self.running:
            self._process.terminate()
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
