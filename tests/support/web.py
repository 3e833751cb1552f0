# SPDX-License-Identifier: MIT
"""A web server of one folder, for every name that is led to it."""
import functools
import http.server
import os
import threading


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class Web:
    """Serves until stop(); `address` is HOST:PORT, `proofs` where the CA looks for files."""

    def __init__(self, root):
        os.makedirs(root, exist_ok=True)
        self.root = root
        self.proofs = os.path.join(root, '.well-known', 'pki-validation')
        self.server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), functools.partial(Quiet, directory=root))
        self.address = f'127.0.0.1:{self.server.server_port}'
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def left(self):
        """Proofs that are still there."""
        return os.listdir(self.proofs) if os.path.isdir(self.proofs) else []

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
