# SPDX-License-Identifier: MIT
"""What makes handles at home in Python: with, keyword arguments, iterators."""
import functools
import inspect
import os

from . import _native
from ._facts import equip

HANDLES = (_native.Client, _native.Account, _native.Op, _native.Store, _native.Transport,
           _native.Solver, _native.Exchange, _native.Secret, _native.Key)

# Parameters that are named values: their names may be given as keyword arguments of the call.
_NAMED = ("config", "fields", "form", "filter", "options", "subject", "args")

# Parameters that may be secrets.
_SECRET = ("secret", "password", "sealing_key", "pem", "what")

_WHERE = os.path.dirname(__file__) + os.sep


def _forget(tb):
    """Clears the variables of our own frames; those of a callback are the caller's."""
    while tb:
        if tb.tb_frame.f_code.co_filename.startswith(_WHERE):
            tb.tb_frame.clear()
        tb = tb.tb_next


def _forgetful(method):
    """Forgets its arguments when it fails: some tools show all variables of a traceback."""
    @functools.wraps(method)
    def call(*args, **given):
        try:
            return method(*args, **given)
        except BaseException as error:
            args = given = None
            _forget(error.__traceback__.tb_next)
            raise

    return call


def _signature(method, named):
    found = inspect.signature(method)
    given = [p.replace(default=None) if p.name == named else p for p in found.parameters.values()]
    # what follows a parameter with a default has to have one as well
    for i in range(1, len(given)):
        if given[i - 1].default is None and given[i].default is inspect.Parameter.empty:
            given[i] = given[i].replace(default=None)
    more = inspect.Parameter("values", inspect.Parameter.VAR_KEYWORD)
    return found.replace(parameters=given + [more])


def _with_keywords(method, names, named):
    """place({"product": "842"}) and place(product="842") are the same; "from_" means "from"."""
    at = names.index(named)

    @functools.wraps(method)
    def call(*args, **given):
        values = {name: given.pop(name) for name in list(given) if name not in names}
        if at < len(args):
            said = args[at]
            args = args[:at] + (None,) + args[at + 1:]
        else:
            said = given.pop(named, None)
        if values:
            said = dict(said or ())
            said.update((name.rstrip("_"), value) for name, value in values.items())
        if at < len(args):
            args = args[:at] + (said,) + args[at + 1:]
        else:
            given[named] = said
        return method(*args, **given)

    call.__signature__ = _signature(method, named)
    return call


def _spread(method):
    """The method, or one that takes named values as keyword arguments too."""
    code = getattr(method, "__code__", None)
    names = code.co_varnames[:code.co_argcount] if code else ()
    named = [name for name in names if name in _NAMED]
    spread = _with_keywords(method, names, named[0]) if named else method
    return _forgetful(spread) if set(names) & set(_SECRET) else spread


def _close(self):
    """Closes it now, and whatever was opened on it. Closing twice is fine."""
    _native._close(self)


def _enter(self):
    return self


def _exit(self, *exception):
    self.close()


def _repr(self):
    return f"<emsign.{type(self).__name__}>"


def _equip(cls):
    methods = {"__repr__": _repr}
    for name, method in vars(cls).items():
        if isinstance(method, staticmethod):
            methods[name] = staticmethod(_spread(method.__func__))
        elif callable(method) and (name == "__init__" or not name.startswith("_")):
            methods[name] = _spread(method)
    if cls is not _native.Exchange:  # that one ends with done()
        methods.update(close=_close, __enter__=_enter, __exit__=_exit)
    equip(cls, **methods)


def _pages(client, kind, filter, page, after):
    while True:
        while page:
            yield page.pop(0)
        if after is None:
            return
        page, after = client._page(kind, filter, after)


def _scan(self, kind, filter=None):
    """Iterates over the records of a kind in the order of their ids; holds one page of them.

    kind    "order" (or "orders"), "certificate", ...: see get()
    filter  what must be equal; several values mean "one of", None means "absent"
    """
    kind = kind[:-1] if kind.endswith("s") else kind
    page, after = self._page(kind, filter, None)
    return _pages(self, kind, filter, page, after)


equip(_native.Client, scan=_scan)
for _class in HANDLES:
    _equip(_class)
keystore_pack = _spread(_native.keystore_pack)
