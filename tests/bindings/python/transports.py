# SPDX-License-Identifier: MIT
"""Transports in plain Python: one that blocks, and one that does many at once in threads."""
import base64
import http.client
import os
import queue
import select
import socket
import ssl
import threading
import time
import urllib.parse

import emsign


class Response(http.client.HTTPResponse):
    """Passes over interim answers; http.client itself knows of 100 alone."""

    def _read_status(self):
        while True:
            version, status, reason = super()._read_status()
            if status >= 200:
                return version, status, reason
            while self.fp.readline(65537).strip():
                pass


class Connection(http.client.HTTPSConnection):
    response_class = Response


def as_error(error):
    """What an exception of the standard library is to emsign."""
    if isinstance(error, socket.timeout):
        return emsign.TimeoutError('no answer in time')
    if isinstance(error, ssl.SSLEOFError):
        return emsign.NetworkError('the connection was closed during the handshake')
    if isinstance(error, ssl.SSLError):
        return emsign.TLSError(error.reason or 'TLS failed')
    if isinstance(error, OSError):
        return emsign.NetworkError(error.strerror or type(error).__name__)
    return emsign.NetworkError(f'the answer is broken: {type(error).__name__}')


class Talk:
    """One question and its answer as a series of calls of the exchange; sock can be shut down."""

    def __init__(self, request):
        self.request = request
        self.till = time.monotonic() + request.timeout_ms / 1000
        self.sock = None

    def left(self):
        left = self.till - time.monotonic()
        if left <= 0:
            raise socket.timeout
        return left

    def connect(self):
        url = urllib.parse.urlsplit(self.request.url)
        context = ssl.create_default_context(cafile=self.request.ca_file)
        connection = Connection(url.hostname, url.port or 443, context=context,
                                timeout=self.left())
        connection.connect()
        self.sock = connection.sock
        if self.request.pin:
            pem = ssl.DER_cert_to_PEM_cert(self.sock.getpeercert(True))
            wanted = base64.b64decode(self.request.pin.removeprefix('sha256//')).hex()
            if emsign.Certificate.parse(pem).spki != wanted:
                raise emsign.TLSError('the public key is not the pinned one')
        return connection

    def answer(self, connection):
        url = urllib.parse.urlsplit(self.request.url)
        target = url.path + ('?' + url.query if url.query else '')
        connection.request(self.request.method, target, self.request.body or None,
                           self.request.headers)
        self.sock.settimeout(self.left())
        response = connection.getresponse()
        yield 'status', response.status
        for header in response.getheaders():
            yield ('header', *header)
        while True:
            self.sock.settimeout(self.left())
            part = response.read1(65536)
            if not part:
                break
            yield 'data', part
        if response.length:
            raise emsign.NetworkError('the answer was cut off')

    def __iter__(self):
        connection = None
        try:
            connection = self.connect()
            yield from self.answer(connection)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not connection:
                yield 'unsent',
            raise as_error(error) from error
        except emsign.Error:
            if not connection:
                yield 'unsent',
            raise
        finally:
            if connection:
                connection.close()
            elif self.sock:
                self.sock.close()


class Blocking:
    def start(self, exchange):
        for call, *args in Talk(exchange.request()):
            getattr(exchange, call)(*args)
        exchange.done()


class Concurrent:
    """A thread for each exchange; what they have to say is said in drive()."""

    def __init__(self):
        self.said = queue.Queue(64)
        self.news = os.pipe()
        self.talks = {}

    def start(self, exchange):
        talk = self.talks[exchange] = Talk(exchange.request())
        threading.Thread(target=self.run, args=(exchange, talk), daemon=True).start()

    def run(self, exchange, talk):
        try:
            for call in talk:
                if not self.say(exchange, call):
                    return
            self.say(exchange, ('done',))
        except emsign.Error as error:
            self.say(exchange, ('done', error.code, error.message))

    def say(self, exchange, call):
        """Leaves it for drive(); False when nobody wants to hear it any more."""
        while exchange in self.talks:
            try:
                self.said.put((exchange, call), timeout=0.1)
                os.write(self.news[1], b'.')
                return True
            except queue.Full:
                pass
        return False

    def drive(self, timeout_ms):
        wait = None if timeout_ms < 0 else timeout_ms / 1000
        if select.select([self.news[0]], [], [], wait)[0]:
            for _ in os.read(self.news[0], 64):
                exchange, (call, *args) = self.said.get()
                if exchange in self.talks:
                    self.report(exchange, call, args)

    def report(self, exchange, call, args):
        if call == 'done':
            del self.talks[exchange]
        try:
            getattr(exchange, call)(*args)
        except emsign.Error as error:
            self.cancel(exchange)
            exchange.done(error.code, error.message)

    def cancel(self, exchange):
        talk = self.talks.pop(exchange)
        try:
            talk.sock.shutdown(socket.SHUT_RDWR)  # wakes its thread
        except (AttributeError, OSError):
            pass

    def fd(self):
        return self.news[0]

    def close(self):
        for exchange in list(self.talks):
            self.cancel(exchange)
