#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes from the public headers and emsign.i what the bindings say about themselves.

usage: describe.py ROOT --docstrings FILE    docstrings for the Python wrapper, as SWIG features
       describe.py ROOT --hints FILE         type hints of the Python package
       describe.py ROOT --lua FILE           reference page for Lua
       describe.py ROOT --check              every public function is bound, or left out on purpose
"""
import argparse
import re
import sys
from pathlib import Path

# Public functions that scripts do without, and why.
LEFT_OUT = {
    "emsign_set_allocator": "an interpreter cannot be entered whenever memory is wanted",
    "emsign_secret_use": "a script would keep a copy; whatever needs a secret takes the Secret",
    "emsign_free": "facts are released by themselves",
    "emsign_buf_free": "bytes are the script's own",
    "emsign_record_dup": "facts are read-only: the same one can be shared",
}
# Bound under another name, or as part of something else.
OTHERWISE = {
    "emsign_record_diff": "FACT.diff()", "emsign_record_json": "FACT.to_json()",
    "emsign_secret_new": "Secret()", "emsign_secret_from": "Secret()",
    "emsign_store_new": "Store()", "emsign_store_open": "Store()",
    "emsign_transport_new": "Transport()", "emsign_solver_new": "Solver()",
    "emsign_client_new": "Client()",
    "emsign_exchange_done": "Exchange.done()", "emsign_exchange_data": "Exchange.data()",
}
# what a fact can do; in C they are functions that want its kind
FACT_METHODS = {
    "to_json": "This fact as one JSON object without line breaks: members in the order of the C struct,\n"
               "absent ones left out, times as RFC 3339 text in UTC, statuses as words.",
    "diff": "What another fact of the same kind says otherwise: names and values there, as text.",
}
# Methods with a body that are a public function all the same: what it says is said of them.
THE_SAME = {"emsign_client_each": "emsign_client_scan"}
MAY_BE_NONE = {"emsign_op_kind"}
RECORDS = ("credential", "user", "group", "organization", "domain", "product", "order",
           "challenge", "certificate", "csr", "custom_field", "ledger", "attempt", "stats")
# in .i files a parameter of these names may be None; a domain may where it has a default
OPTIONAL = {"method", "email", "after", "detail", "key_file"}
# words of one of the languages
PYTHON_NAMES = {"import": "import_"}
LUA_NAMES = {"end": "finish"}
NAMED = {"config", "fields", "form", "filter", "options", "subject", "args"}


class Method:
    """One declaration of emsign.i."""

    def __init__(self, owner, text):
        self.owner = owner
        self.static = text.startswith("static ")
        head, _, tail = text.removeprefix("static ").partition("(")
        self.result, _, self.name = head.strip().rpartition(" ")
        while self.name.startswith("*"):
            self.result, self.name = self.result + " *", self.name[1:]
        self.inputs, self.outputs = [], []
        for parameter in filter(None, (p.strip() for p in tail.rstrip(");").split(","))):
            self.add(parameter)

    def add(self, parameter):
        declared, _, default = (part.strip() for part in parameter.partition("="))
        if declared == "void":
            return
        kind, name = re.fullmatch(r"(.*?[\s*])(\w+)", declared).groups()
        kind = kind.replace(" *", "*").strip()
        if name in ("err", "ud", "len", "drop", "HANDLE"):
            return
        if kind.endswith("**") or name == "out" or kind in ("emsign_buf*", "emsign_row_fn") and \
                name in ("text", "give", "one"):
            self.outputs.append((kind, name))
        else:
            self.inputs.append((kind, name, default))

    def c_name(self):
        name = f"emsign_{self.owner}_{self.name}" if self.owner else self.name
        return THE_SAME.get(name, name)


def declarations(root):
    """(owner, text, new name or None) of each declaration without a body."""
    text = (root / "bindings" / "emsign.i").read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    renames = {old: new for new, old in re.findall(r"%rename\((\w+)\) (emsign_\w+);", text)}
    for owner, block in re.findall(r"^%extend emsign_(\w+) \{\n(.*?)^\}", text, re.S | re.M):
        renamed = None
        block = re.sub(r"\n\t\{.*?\n\t\}", " BODY;", block, flags=re.S)
        for item in (" ".join(part.split()) for part in block.split(";")):
            match = re.match(r"%rename\((\w+)\) (\w+)", item)
            if match:
                renamed = match.group(1)
            elif "(" in item and "{" not in item and "~" not in item:
                body = item.endswith("BODY")
                method = Method(owner, item.removesuffix("BODY").strip())
                yield method, renamed, body
                renamed = None
    for item in re.findall(r"^((?:const |int|int64_t|emsign_rc)[^;{}%]*?\bemsign_\w+\([^;{]*\));",
                           text, re.M):
        method = Method(None, " ".join(item.split()))
        yield method, renames.get(method.name), False


# --- the headers -------------------------------------------------------------------------------

def comments(root):
    """Public function -> the comment above it."""
    found = {}
    for header in sorted((root / "include" / "emsign").glob("*.h")):
        text = header.read_text(encoding="utf-8")
        for comment, name in re.findall(
                r"/\*\*((?:(?!\*/).)*)\*/\nEMSIGN_API [^;]*?\b(emsign_\w+)\s*\(", text, re.S):
            found[name] = comment
        for name in re.findall(r"^EMSIGN_API [^;]*?\b(emsign_\w+)\s*\(", text, re.M):
            found.setdefault(name, "")
    return found


def types(root):
    """Public struct -> the comment above it."""
    found = {}
    for header in sorted((root / "include" / "emsign").glob("*.h")):
        text = header.read_text(encoding="utf-8")
        found.update((name, comment) for comment, name in re.findall(
            r"/\*\*((?:(?!\*/).)*)\*/\ntypedef struct emsign_(\w+)", text, re.S))
    return found


def said_of(method, renamed, said):
    """The manual of a method. One with a body has another name here than its function in C."""
    return prose(said.get(method.c_name()) or said.get(f"emsign_{method.owner}_{renamed}", ""))


def prose(comment):
    """The comment as text for scripts."""
    rows = [re.sub(r"^\s*\* ?", "", row).rstrip() for row in comment.strip().split("\n")]
    kept, skipping = [], False
    for row in rows:
        parameter = re.match(r"  (?=\w)(\w+(?:, \w+)*)\s+\[(\w+)", row)
        if parameter:
            skipping = parameter.group(2) == "out"
        elif not row.startswith("   "):
            skipping = False
        if not skipping:
            kept.append(re.sub(r"\[(in|out)(,\w+)*\] ?", "", row))
    text = "\n".join(kept).strip()
    text = re.sub(r"\s*Since \d+\.\d+\.", "", text)
    text = re.sub(r"emsign_fields\(", "fields(", text).replace("EMSIGN_", "")
    return re.sub(r"emsign_(client|account|op|store|secret|key)_(\w+)\(\)", r"\2()", text).strip()


def members(root, kind):
    """(type, name, comment) of the members of a record."""
    text = (root / "include" / "emsign" / "record.h").read_text(encoding="utf-8")
    if kind == "field":
        text = (root / "include" / "emsign" / "client.h").read_text(encoding="utf-8")
    body = re.search(r"typedef struct emsign_%s \{(.*?)\n\}" % kind, text, re.S).group(1)
    for declared, name, comment in re.findall(
            r"^\t(.*?[\s*])(\w+);[ \t]*(?:/\* (.*?) \*/)?$", body, re.M):
        yield declared.replace(" ", ""), name, comment
    if kind == "order":
        yield "constchar*", "status_name", "the word for the status"


def constants(root):
    """Names and values of the enums, as scripts see them."""
    found = ["OK"]
    for header in ("base.h", "record.h", "client.h"):
        text = (root / "include" / "emsign" / header).read_text(encoding="utf-8")
        for prefix, table in re.findall(r"#define EMSIGN_(RC|STATUS)_MAP\(X\)(.*?)\n\n", text,
                                        re.S):
            found += [{"RC": "E_"}.get(prefix, "STATUS_") + name
                      for name in re.findall(r"X\((\w+),", table)]
        found += re.findall(r"^\tEMSIGN_((?:EVENT|LOG)_\w+) =", text, re.M)
    return found


def rc_table(root):
    text = (root / "include" / "emsign" / "base.h").read_text(encoding="utf-8")
    table = re.search(r"#define EMSIGN_RC_MAP\(X\)(.*?)\n\n", text, re.S).group(1)
    return re.findall(r"X\((\w+), -\d+, \"(.*?)\"\)", table)


def title(kind):
    return "".join(part.capitalize() for part in kind.split("_"))


# --- what comes out ----------------------------------------------------------------------------

def feature(where, text):
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'%feature("docstring") {where} "{text}"'


def docstrings(root):
    said = comments(root)
    rows = ["/* SPDX-License-Identifier: MIT */", "/* made by describe.py from the headers */"]
    for method, renamed, _ in declarations(root):
        text = said_of(method, renamed, said)
        where = f"emsign_{method.owner}::{method.name}" if method.owner else method.name
        if text:
            rows.append(feature(where, "\n" + text))
    for name, comment in types(root).items():
        rows.append(feature(f"emsign_{name}", "\n" + prose(comment)))
    for kind in RECORDS + ("field",):
        rows += [feature(f"emsign_{kind}::{name}", comment)
                 for _, name, comment in members(root, kind) if comment]
    for kind in RECORDS:
        rows += [feature(f"emsign_{kind}::{name}", "\n" + text)
                 for name, text in FACT_METHODS.items()]
    return "\n".join(rows) + "\n"


INPUTS = {"constchar*": "str", "constvoid*": "bytes | bytearray | memoryview", "int": "int",
          "int64_t": "int", "size_t": "int", "constemsign_buf*": "bytes | bytearray | memoryview",
          "constchar*const*": "Sequence[str]", "emsign_rc": "bool",
          "structemb_store*": "Store | StoreLike | str | None",
          "structemb_transport*": "Transport | TransportLike | None",
          "structemb_solver*": "SolverLike", "emsign_solver*": "Solver | SolverLike | None",
          "structemb_secret*": "SecretLike | None", "emsign_secret*": "SecretLike | None",
          "emsign_key*": "Key | None", "constemsign_key*": "Key",
          "emsign_record_fn": "Callable[[Any], object] | None",
          "emsign_event_fn": "Callable[[Event], object] | None",
          "emsign_log_fn": "Callable[[int, str, dict[str, str]], object] | None",
          "emsign_done_fn": "Callable[[Op, Exception | None], object] | None",
          "constemsign_world*": "World"}
RESULTS = {"const char *": "str", "int": "int", "int64_t": "int", "emsign_kv *":
           "dict[str, str | None]", "const emsign_request *": "Request",
           "const emsign_field *": "list[Field]", "void": "None"}


def python_input(kind, name, default):
    kind = kind.replace(" ", "")
    if kind == "constemsign_kv*":
        hint = "Values | None"
    elif kind == "constchar*" and (name in OPTIONAL or default == "NULL"):
        hint = "str | None"
    elif kind == "constchar*" and name == "text":
        hint = "str | bytes"
    elif re.fullmatch(r"constemsign_\w+\*", kind) and kind not in INPUTS:
        hint = title(kind[len("constemsign_"):-1])
    else:
        hint = INPUTS[kind]
    return hint


def python_result(method):
    if method.c_name() in MAY_BE_NONE:
        return "str | None"
    if not method.outputs:
        return RESULTS.get(method.result.strip(), "None")
    kind, name = method.outputs[0]
    special = {"record": "Any", "taken": "Any", "text": "str", "one": "dict[str, str]",
               "give": "list[tuple[str, dict[str, str]]]"}
    if name in special:
        return special[name]
    if kind == "emsign_buf*":
        return "bytes"
    return title(re.fullmatch(r"emsign_(\w+)\*\*", kind).group(1))


def python_method(method, name, indent):
    """One def of the stub."""
    parameters, spread, optional = ([] if method.static or not method.owner else ["self"]), False, \
        False
    for kind, parameter, default in method.inputs:
        named = parameter in NAMED and "emsign_kv" in kind
        optional = optional or named or default != ""
        spread = spread or named
        hint = python_input(kind, parameter, default)
        parameters.append(f"{parameter}: {hint}" + (" = ..." if optional else ""))
    if spread:
        parameters.append("**values: Value")
    rows = [f"{indent}@staticmethod"] if method.static else []
    rows.append(f"{indent}def {name}({', '.join(parameters)}) -> {python_result(method)}: ...")
    return rows


PYTHON_HEAD = '''# SPDX-License-Identifier: MIT
# made by describe.py from the headers
import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

Plain = str | int | bool | datetime.date | None
Value = Plain | Sequence[Plain] | set[Plain] | dict[str, Any]
Values = dict[str, Value]

class StoreLike(Protocol):
    def put(self, kind: str, id: str, row: dict[str, str], /) -> object: ...
    def get(self, kind: str, id: str, /) -> dict[str, str] | None: ...
    def scan(self, kind: str, filter: dict[str, list[str | None]], after: str | None,
             limit: int, /) -> Iterable[tuple[str, dict[str, str]]]: ...
    def remove(self, kind: str, id: str, /) -> object: ...

class TransportLike(Protocol):
    def start(self, exchange: Exchange, /) -> object: ...

class SolverLike(Protocol):
    def present(self, challenge: Challenge, /) -> object: ...

class SecretSource(Protocol):
    def fetch(self) -> bytes: ...

SecretLike = Secret | bytes | bytearray | memoryview | SecretSource

class World(Protocol):
    def now_ms(self) -> int: ...
    def random(self, n: int, /) -> bytes: ...

class Event(NamedTuple):
    type: int
    verb: str | None
    text: str | None
    attempt: int
    wait_ms: int
    done: int
    total: int
    kind: str | None
    record: Any

class Request(NamedTuple):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    timeout_ms: int
    ca_file: str | None
    pin: str | None

class Error(Exception):
    code: int
    name: str
    message: str
    ca_code: str
    http_status: int
    retry_after: int
    request_id: str
    def __init__(self, message: str = ..., *, ca_code: str = ..., http_status: int = ...,
                 retry_after: int = ..., request_id: str = ...) -> None: ...
'''
TITLES = {"NOTFOUND": "NotFoundError", "NET": "NetworkError", "PROTO": "ProtocolError",
          "IO": "FileError", "INDOUBT": "InDoubtError", "TLS": "TLSError"}
MEMBERS = {"constchar*": "str | None", "constchar*const*": "tuple[str, ...]", "int64_t": "int"}
TIMES = ("not_before", "not_after", "subscription_end")


def python_record(root, kind, methods):
    rows = ["", f"class {title(kind)}:"]
    for declared, name, _ in members(root, kind):
        hint = "str" if name == "id" else MEMBERS[declared]
        rows += ["    @property", f"    def {name}(self) -> {hint}: ..."]
        if name.endswith("_at") or name in TIMES:
            rows += ["    @property",
                     f"    def {name}_utc(self) -> datetime.datetime | None: ..."]
    rows.append("    def to_dict(self) -> dict[str, Any]: ...")
    if kind in RECORDS:
        rows += ["    def to_json(self) -> str: ...",
                 f"    def diff(self, after: {title(kind)}) -> dict[str, str | None]: ..."]
    return rows + methods


CONSTRUCTORS = {
    "client": "config: Values | None = ..., store: Store | StoreLike | str | None = ..., "
              "transport: Transport | TransportLike | None = ..., "
              "sealing_key: SecretLike | None = ..., key_file: str | None = ..., **values: Value",
    "store": "what: StoreLike | str", "transport": "what: TransportLike", "solver": "what: SolverLike",
    "secret": "what: bytes | bytearray | memoryview | SecretSource",
}


def python_handle(owner, methods):
    rows = ["", f"class {title(owner)}:"]
    if owner in CONSTRUCTORS:
        rows.append(f"    def __init__(self, {CONSTRUCTORS[owner]}) -> None: ...")
    if owner == "client":
        rows.append("    def scan(self, kind: str, filter: Values | None = ..., "
                    "**values: Value) -> Iterator[Any]: ...")
    rows += methods
    if owner == "exchange":
        return rows
    return rows + ["    def close(self) -> None: ...",
                   f"    def __enter__(self) -> {title(owner)}: ...",
                   "    def __exit__(self, *exception: object) -> None: ..."]


def hints(root):
    methods, functions = {}, []
    for method, renamed, body in declarations(root):
        name = PYTHON_NAMES.get(method.name, renamed or method.name)
        if name.startswith("_") or f"emsign_{method.owner}" == name:
            continue
        rows = python_method(method, name, "    " if method.owner else "")
        if method.owner:
            methods.setdefault(method.owner, []).extend(rows)
        else:
            functions += rows
    rows = [PYTHON_HEAD]
    for name, _ in rc_table(root):
        if name != "NOMEM":
            base = "NetworkError" if name in ("TIMEOUT", "TLS") else "Error"
            rows.append(f"class {TITLES.get(name, name.capitalize() + 'Error')}({base}): ...")
    for kind in RECORDS + ("field",):
        rows += python_record(root, kind, methods.get(kind, []))
    for owner in ("secret", "key", "store", "transport", "solver", "exchange", "client", "account",
                  "op"):
        rows += python_handle(owner, methods[owner])
    rows += [""] + functions + [""] + [f"{name}: int" for name in constants(root)]
    return "\n".join(rows + ["__version__: str"]) + "\n"


LUA_HEAD = '''# emsign for Lua

Made from the C headers. `local emsign = require "emsign"`; methods are called with a colon, static
ones and functions with a dot. Named values are tables; a list is a value that is given several
times; a table within the table gives names with a dot. Errors are tables `{code, name, message,
ca_code, http_status, retry_after, request_id}` that print well. A handle has `close()` and can, in
Lua 5.4, be declared `<close>`.

Beside what follows: `emsign.Client{store =, transport =, sealing_key = or key_file =, ...}`,
`emsign.Store(what)`, `emsign.Transport(what)` and `emsign.Secret(what)` of a URI, a table or a string,
`client:scan(kind, filter)` for use in a `for`, `emsign.error(name, message)` for callbacks to
raise, `emsign.null` for "absent" in a filter, and the constants `emsign.E_...`, `STATUS_...`,
`EVENT_...` and `LOG_...`.
'''


def lua(root):
    said, rows = comments(root), [LUA_HEAD]
    for method, renamed, body in declarations(root):
        name = LUA_NAMES.get(method.name, renamed or method.name)
        text = said_of(method, renamed, said)
        if name.startswith("_") or not text:
            continue
        owner = {None: "emsign."}.get(method.owner, f"emsign.{title(method.owner or '')}.")
        if method.owner and not method.static:
            owner = f"{method.owner}:"
        given = ", ".join(p for _, p, _ in method.inputs)
        rows += [f"## {owner}{name}({given})", "", "```", text, "```", ""]
    rows += ["## Facts", "", "Beside its members each has `to_table()`, `==` and", ""]
    rows += [f"- `{name}()`: " + " ".join(text.split()) for name, text in FACT_METHODS.items()]
    rows.append("")
    for kind in RECORDS:
        rows += [f"### {title(kind)}", "", prose(types(root)[kind]), "", "| | |", "|---|---|"]
        rows += [f"| `{name}` | {comment.replace('|', '/')} |"
                 for _, name, comment in members(root, kind)]
        rows.append("")
    return "\n".join(rows)


def check(root):
    bound = {method.c_name() for method, _, body in declarations(root)}
    known = bound | set(LEFT_OUT) | set(OTHERWISE)
    # what frees a handle is its close()
    public = {name for name in comments(root)
              if not re.fullmatch(r"emsign_(secret|key|store|transport|solver|client|account|op)_free",
                                  name)}
    for name in sorted(public - known):
        print(f"{name}: neither in emsign.i nor left out on purpose")
    for name in sorted((set(LEFT_OUT) | set(OTHERWISE)) - public):
        print(f"{name}: left out or renamed, but there is no such function")
    for name in sorted(bound & set(LEFT_OUT)):
        print(f"{name}: bound and left out")
    return 1 if (public - known) or (set(LEFT_OUT) | set(OTHERWISE)) - public else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    for make in (docstrings, hints, lua):
        parser.add_argument("--" + make.__name__, type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for make in (docstrings, hints, lua):
        path = getattr(args, make.__name__)
        if path:
            path.write_text(make(args.root), encoding="utf-8")
    return check(args.root) if args.check else 0


if __name__ == "__main__":
    sys.exit(main())
