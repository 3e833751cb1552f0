# SPDX-License-Identifier: MIT
"""The exceptions of emsign: one class for each code of the C library, made from its own table."""
from . import _native


class Error(Exception):
    """What went wrong, as the C library says it.

    code         one of the E_... constants
    name         its name: "AUTH", "BUSY", ...
    message      one sentence: what, which value, what would be right
    ca_code      the CA's own code, such as "EMS-939"; "" when it gave none
    http_status  HTTP status of the CA's answer; 0 when no answer was involved
    retry_after  seconds after which a repetition makes sense; 0 when not known
    request_id   the transaction id of the call: quote it to the CA's support

    A callback (of a store, a transport, ...) may raise one of the subclasses to tell the library
    what happened: `raise emsign.NetworkError("no route")` in a transport is tried again as usual.
    """

    code = _native.E_CALLBACK
    name = "CALLBACK"

    def __init__(self, message="", *, ca_code="", http_status=0, retry_after=0, request_id=""):
        super().__init__(message)
        self.message = message
        self.ca_code = ca_code
        self.http_status = http_status
        self.retry_after = retry_after
        self.request_id = request_id

    def __str__(self):
        return f"{self.name}: {self.message}" if self.message else self.name


# Where the class is not called as the code is.
_TITLES = {"NOTFOUND": "NotFoundError", "NET": "NetworkError", "PROTO": "ProtocolError",
           "IO": "FileError", "INDOUBT": "InDoubtError", "TLS": "TLSError"}
# What is caught by `except NetworkError` too.
_NETWORK = ("TIMEOUT", "TLS")


def _classes():
    network = None
    for value, name in sorted(((getattr(_native, entry), entry[2:]) for entry in dir(_native)
                               if entry.startswith("E_")), reverse=True):
        if name == "NOMEM":
            continue  # Python has MemoryError
        title = _TITLES.get(name, name.capitalize() + "Error")
        text = _native.rc_text(value)
        made = type(title, (network if name in _NETWORK else Error,), {
            "__doc__": text[0].upper() + text[1:] + ".", "__module__": "emsign",
            "code": value, "name": name})
        if name == "NET":
            network = made
        yield value, made


CLASSES = dict(_classes())
globals().update({made.__name__: made for made in CLASSES.values()})
__all__ = ["Error"] + [made.__name__ for made in CLASSES.values()]


def make(code, *args):
    """The exception for an error of the C library; called by the wrapper."""
    message, ca_code, http_status, retry_after, request_id = args
    return CLASSES.get(code, Error)(message, ca_code=ca_code, http_status=http_status,
                                    retry_after=retry_after, request_id=request_id)
