# SPDX-License-Identifier: MIT
"""What facts can do beside having attributes, and the two that callbacks get."""
import collections
import datetime

from . import _native

RECORDS = (_native.Credential, _native.User, _native.Group, _native.Organization, _native.Domain,
           _native.Product, _native.Order, _native.Challenge, _native.Certificate, _native.Csr,
           _native.CustomField, _native.Ledger, _native.Attempt, _native.Stats)

# Times that do not end with _at.
_TIMES = ("not_before", "not_after", "subscription_end")

Event = collections.namedtuple(
    "Event", "type verb text attempt wait_ms done total kind record")
Event.__doc__ = """Something happened: see the EVENT_... constants for type.

verb of the operation; CALL: text, attempt; WAIT: text, attempt, wait_ms; PROGRESS: text, done,
total; ADDED, CHANGED, GONE: kind and the record itself."""
Event.__module__ = "emsign"

Request = collections.namedtuple(
    "Request", "method url headers body timeout_ms ca_file pin")
Request.__doc__ = """What a transport has to send. Never log the body: it holds the proof of the
access key."""
Request.__module__ = "emsign"


def _members(cls):
    return tuple(name for name, value in vars(cls).items()
                 if isinstance(value, property) and name != "thisown")


def _to_dict(self):
    """All members by their names; times as integers, lists as lists."""
    values = ((name, getattr(self, name)) for name in self._fields)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


def _short(value):
    return value[:57] + "..." if isinstance(value, str) and len(value) > 60 else value


def _repr(self):
    said = ((name, getattr(self, name)) for name in self._fields)
    return "{}({})".format(type(self).__name__, ", ".join(
        f"{name}={_short(value)!r}" for name, value in said if value))


def _eq(self, other):
    if type(other) is not type(self):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in self._fields)


def _hash(self):
    return hash((type(self), self.id))


def _utc(name):
    def get(self):
        seconds = getattr(self, name)
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc) if seconds else None

    return property(get, doc=f"{name} as an aware datetime; None when not known")


def _setattr(self, name, value):
    """Finds slips of the pen; SWIG's own two attributes are all that can be set."""
    if name not in ("this", "thisown"):
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r} that can be set")
    object.__setattr__(self, name, value)


def equip(cls, **attributes):
    """Completes a class of the wrapper."""
    for name, value in attributes.items():
        setattr(cls, name, value)
    cls.__setattr__ = _setattr
    cls.__module__ = "emsign"


def _equip(cls):
    members = _members(cls)
    times = {name + "_utc": _utc(name) for name in members
             if name.endswith("_at") or name in _TIMES}
    equip(cls, _fields=members, to_dict=_to_dict, __repr__=_repr, __eq__=_eq, __hash__=_hash,
          **times)


for _class in RECORDS + (_native.Field,):
    _equip(_class)
equip(_native.Field, __hash__=lambda self: hash((self.name, self.doc)))
