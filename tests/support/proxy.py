"""A TCP proxy that can go wrong in the ways in which a network does."""

import socket
import threading


class Proxy:
    """Passes connections on to `target_host`:`target_port` until told otherwise."""

    def __init__(self, target_port, target_host="127.0.0.1"):
        self.target_port = target_port
        self.target_host = target_host
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._pairs = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._refusing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends every connection that there is; new ones are passed on."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            self._end(pair)

    def refuse(self):
        """Ends every connection, and new ones as soon as they are there."""
        self._refusing = True
        self.cut()

    def stall(self):
        """Takes bytes and connections, and passes nothing on."""
        self._flowing.clear()

    def heal(self):
        self._refusing = False
        self._flowing.set()

    def close(self):
        self.refuse()
        self.heal()
        self._listener.close()

    @property
    def connections(self):
        with self._lock:
            return len(self._pairs)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        self._flowing.wait()
        if self._refusing:
            client.close()
            return
        try:
            server = socket.create_connection((self.target_host, self.target_port), timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        of_client, of_server = self._filters(client)
        threading.Thread(target=self._copy, args=(client, server, pair, of_client), daemon=True).start()
        self._copy(server, client, pair, of_server)

    def _filters(self, client):
        """Of one connection, for what its client and what its server says: functions that take the bytes that have come,
        and return what is passed on. An OSError ends the connection."""
        return _unchanged, _unchanged

    def _copy(self, source, target, pair, of_source):
        try:
            while data := source.recv(65536):
                passed_on = of_source(data)
                self._flowing.wait()
                target.sendall(passed_on)
        except OSError:
            pass
        finally:
            with self._lock:
                self._pairs.discard(pair)
            self._end(pair)

    @staticmethod
    def _end(pair):
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


def _unchanged(data):
    return data
