#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Inputs for the harnesses of this folder, made from the golden answers and from what is written
here: hostile texts that a fuzzer would be long in finding.

usage: seeds.py ROOT FOLDER STAMP
"""
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STATUSES = [200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503, 999]  # of decode.c
METHODS = {"dns": 0, "http": 2, "email": 4}
FAMILIES = {"private-pki": 1, "signature": 64}
HTML, SECOND = 8, 32

META = '"meta":{"status":"1","errorCode":"","errorMessage":""}'
GIANT = "9" * 400

# --- hostile JSON -------------------------------------------------------------------------------


def hostile_texts():
    """Whole texts."""
    yield "nested-arrays", "[" * 70 + "]" * 70
    yield "nested-objects", '{"a":' * 70 + "1" + "}" * 70
    yield "nested-far", "[" * 20000
    yield "nested-in-a-repeated-member", '{"a":1,"a":' + "[" * 70 + "]" * 70 + "}"
    yield "many-members", "{" + ",".join(f'"m{i}":0' for i in range(4200)) + "}"
    yield "long-text", '{"a":"' + "x" * 1100000 + '"}'
    yield "open-text", '{"a":"' + "x" * 5000
    yield "number-of-400-digits", '{"a":%s,"b":-%s,"c":1e%s}' % (GIANT, GIANT, GIANT)
    yield "number-odd", '{"a":-0,"b":1e-0,"c":0.00000,"d":9223372036854775808}'
    yield "repeated-members", '{%s,%s,"orderDetails":{},"orderDetails":[1]}' % (META, META)
    yield "nul-escaped", '{"a":"x\\u0000y","b\\u0000":1}'
    yield "nul-bare", b'{"a":"x\x00y"}'
    yield "surrogate-high", '{"a":"\\ud800"}'
    yield "surrogate-low", '{"a":"\\udc00\\ud800"}'
    yield "surrogate-pair", '{"a":"\\ud83d\\ude00"}'
    yield "surrogate-as-utf8", b'{"a":"\xed\xa0\x80"}'
    yield "utf8-overlong", b'{"a":"\xc0\xaf\xe0\x80\xaf"}'
    yield "utf8-cut", b'{"a":"\xf0\x9f\x98"}'
    yield "utf8-beyond", b'{"a":"\xf4\x90\x80\x80"}'
    yield "controls", '{"a":"\\u0001\\u001b[2J\\u007f\\u0085\\u202e"}'
    yield "byte-order-mark", b'\xef\xbb\xbf{"a":1}'
    yield "comment", '{"a":1/*x*/}'
    yield "two-texts", "{}{}"
    yield "empty", ""
    yield "blanks", " \n\t\r"
    yield "web-page", "<!doctype html><title>Proxy</title>"
    yield "gzip", bytes.fromhex("1f8b0800000000000003ab5632545ab20a00") + b"\x00" * 64


def hostile_blocks():
    """Members of an answer that says success."""
    def report(**totals):
        row = {"orderNumber": "1", "requestNumber": "2", "domainName": "www.example.com",
               "certificateStatusId": "24", "orderStatusId": "2"}
        return '"orderDetails":' + json.dumps({**totals, "ordersArray": [row]})
    billions = {"noOfPages": "1000000000", "totalNoOfResults": "99999999999", "currentPage": "1"}
    yield "report-billions", report(**billions)
    yield "report-beyond", report(noOfPages=GIANT, totalNoOfResults=GIANT, currentPage=GIANT)
    yield "report-negative", report(noOfPages="-1", totalNoOfResults="-5", currentPage="-9")
    yield "report-fraction", report(noOfPages=1.5, totalNoOfResults="1e9", currentPage=[])
    yield "report-no-rows", '"orderDetails":{"noOfPages":"1","totalNoOfResults":"7",' \
        '"ordersArray":[null,1,"x",[],{}]}'
    yield "report-rows-twice", '"orderDetails":{"ordersArray":[{"orderNumber":"1"}],' \
        '"ordersArray":[{"orderNumber":"2"}]}'
    yield "report-rows-object", '"orderDetails":{"ordersArray":{"orderNumber":"1"}}'
    yield "lines-in-lists", '"orderDetails":{"ordersArray":[{"orderNumber":"1",' \
        '"domainName":"a\\nb.example","additionalDomains":["c\\nd","e\\u0000","\\n"],' \
        '"tags":["emsign:1\\n2"]}]}'
    yield "path-as-number", '"orderDetails":{"orderNumber":"../../1","requestNumber":"a/b\\n"}'
    yield "types", '"orderDetails":{"orderNumber":{"a":[]},"requestNumber":[1],' \
        '"trackingURL":true}'
    yield "verification-odd", '"orderDetails":{"orderStatusId":"2","certificateStatusId":"24",' \
        '"domainVerification":{"a\\nb":{"dcvStatus":[]},"":{},"status":{"x":1},"c":"1"}}'
    yield "challenge-path", '"dcvDetails":{"token":"a\\nb","fileName":"../../etc/x",' \
        '"fileContent":"","dcvEmails":["a\\nb@c",{}]}'
    yield "certificate-odd", '"certificateDetails":{"endEntityCertificate":["x"],' \
        '"caCertificate":{},"rootCertificate":1}'
    yield "account-odd", '"accountDetails":{"groups":{"groupNumber":"1\\n2",' \
        '"organizationDetails":[[],{"organizationNumber":null}]}}'
    yield "products-odd", '"productDetails":[{"categoryName":"g","products":[{}, [], 1]},1,[[]]]'


def hostile_answers():
    """Answers of the second generation that say success."""
    yield "v2-no-object", '[[],{},null,"x",1]'
    yield "v2-billions", json.dumps({"content": [{"orderNumber": "1"}], "totalPages": 10**9,
                                     "totalElements": 10**11, "page": 10**9, "size": -1})
    yield "v2-beyond", '{"totalPages":%s,"page":-%s,"totalElements":1e%s,"content":[]}' % (
        GIANT, GIANT, GIANT)
    yield "v2-rows-odd", '{"content":[null,1,"x",[],{},{"orderNumber":"1\\n2","tags":["a\\nb"]}],' \
        '"page":"1","totalPages":[]}'
    yield "v2-rows-object", '{"content":{"a":[]},"groups":[{"groupNumber":"1\\n2"}]}'
    yield "v2-types", '{"orderNumber":{"a":[]},"orderStatus":[1],"certificateStatus":true,' \
        '"domains":{"a\\nb":{"status":[]},"":{},"c":"1"},"serialNumber":{},"certificate":[1]}'
    yield "v2-token", '{"access_token":"a b\\r\\nc","expires_in":"-%s","token_type":[]}' % GIANT
    yield "v2-token-path", '{"accessToken":["x"],"expiresIn":%s}' % GIANT
    yield "v2-challenge", '{"token":"a\\nb","fileName":"../../etc/x","fileContent":"",' \
        '"dnsRecord":{"name":"a\\nb","value":[]},"emails":["a\\nb@c",{}]}'


def hostile_problems():
    """Refusals of the second generation."""
    yield "v2-problem-odd", '{"type":[],"title":{},"status":"x","detail":"a\\u0000b\\nc",' \
        '"errors":[null,1,{"field":[],"message":{}}],"code":"EMS-%s"}' % GIANT
    yield "v2-errors-object", '{"errors":{"csr":["x",{}],"":""},"error":{"code":[]}}'
    yield "v2-spring", '{"timestamp":-1,"status":1e9,"error":[],"path":{"a":1}}'
    yield "v2-oauth", '{"error":"invalid_client\\n","error_description":[],"error_uri":{}}'


# --- golden answers -----------------------------------------------------------------------------


class Case:
    """One golden folder."""

    def __init__(self, folder):
        self.second = folder.parent.name == "v2"
        self.name = folder.name + ("-v2" if self.second else "")
        self.args = []
        self.said = {}
        for line in (folder / "call").read_text(encoding="utf-8").splitlines():
            key, equal, value = line.partition("=")
            if key.startswith("arg."):
                self.args.append((key[4:], value))
            elif equal:
                self.said[key] = value
        answer = folder / "response.http"
        self.status, self.type, self.body = 0, "", b""
        if answer.exists():
            # what the canary test looks for in built files has no place in seeds
            said = answer.read_bytes().replace(b"EMSIGN-CANARY-", b"EXAMPLE-")
            head, _, self.body = said.partition(b"\n\n")
            self.status = int(head.split()[1])
            self.type = next((line.partition(": ")[2] for line in head.decode().splitlines()
                              if line.startswith("Content-Type:")), "")
        facts = folder / "facts.txt"
        self.facts = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []


def asked(case):
    """The bits of decode.c."""
    bits = METHODS.get(dict(case.args).get("method"), 0)
    bits |= FAMILIES.get(case.said.get("family"), 0)
    return bits | (HTML if case.type == "text/html" else 0) | (SECOND if case.second else 0)


def decode(cases, verbs):
    for case in cases:
        if case.status:
            status = STATUSES.index(case.status) if case.status in STATUSES else 12
            yield case.name, bytes([verbs[case.said["verb"]], asked(case), status]) + case.body
    for name, verb in verbs.items():
        for what, block in hostile_blocks():
            yield f"{name}-{what}", bytes([verb, 0, 0]) + f"{{{block},{META}}}".encode()
        for what, text in hostile_answers():
            yield f"{name}-{what}", bytes([verb, SECOND, 0]) + text.encode()
        for what, text in hostile_problems():
            yield f"{name}-{what}", bytes([verb, SECOND, STATUSES.index(400)]) + text.encode()
    for what, text in hostile_texts():
        for generation in (0, SECOND):
            yield f"{what}-{generation}", bytes([verbs["report"], generation, 0]) + to_bytes(text)


def to_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def texts(cases, _verbs):
    for what, text in hostile_texts():
        for how in (0, 1, 2):
            yield f"{what}-{how}", bytes([7, how]) + to_bytes(text)
    for case in cases:
        if case.name.startswith("report"):
            yield case.name, bytes([30, 2]) + case.body


def form(cases, _verbs):
    for case in cases:
        if case.said.get("verb") == "place":
            lines = "".join(f"{key}={value}\n" for key, value in case.args if key != "csr")
            yield case.name, b"\x00\x00" + lines.encode()
            yield case.name + "-part", b"\x00\x01" + lines.encode()
    yield "client", b"\x01\x00attempts=020\nrate=100000\nmax_answer=65536\ndcv_label=_x\n"
    yield "client-beyond", b"\x01\x00attempts=%s\ncapacity=-1\nsettle_ms=1e3\n" % GIANT.encode()
    yield "credential", b"\x02\x00region=india\naccount=1\nsigner.ip=2001:db8::1\n"
    yield "credential-url", b"\x02\x00url=https://a:b@c/%00?x#y\naccount=1\npin=sha256//x\n"
    yield "import", b"\x03\x00mode=incremental\nfrom=2026-02-30\ntill=2026-01-15\nexclude=expired\n"
    yield "command", b"\x04\x00timeout_ms=1\ntimeout_ms=2\n"


def words(_cases, _verbs):
    many = ["www.example.com", "*.Example.COM.", "b\u00fccher.example", "xn--bcher-kva.example",
            "xn--a.example", "\u200d.example", "a..b", "-a.example", "a_b.example",
            "x" * 64 + ".example", ".".join(["x" * 60] * 5), "*.*.example", "http://a/", "::1",
            "203.0.113.1", "intranet", "\u0646\u0627\u0645\u0647.example", "\ud800",
            "2026-01-15", "2026-01-15T10:20:30.123+05:30", "0001-01-01T00:00:00+14:00",
            "9999-12-31 23:59:60-14:00", "2024-02-29", "2023-02-29 24:00", "9223372036854775808",
            "00000000000000000001", "pending-validation", "RSA:1024", "EC:", "a@b.example",
            "\"a b\"@c.example", ".htaccess", "a/b.txt", "ok-1_2.txt", "a|b|c\nB"]
    for i, word in enumerate(many):
        yield f"word-{i:02}", word.encode("utf-8", "surrogatepass")


def row(cases, _verbs):
    def values(fact):
        for key, value in fact.items():
            text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{key}={text}"
    for case in cases:
        for i, line in enumerate(case.facts[:2]):
            kind, _, fact = line.partition(" ")
            if fact.startswith("{"):
                parts = [kind, "lab/1", *values(json.loads(fact))]
                yield f"{case.name}-{i}", "\0".join(parts).encode()
    yield "numbers", b"order\0x\0years=-9223372036854775808\0ordered_at=-1\0years=1"
    yield "no-number", b"order\0x\0ordered_at=1e3"
    yield "lines", b"certificate\0x\0sans=\n\na\n\0status=strange\0sans=b"
    yield "no-text", b"group\0\xff\xfe\0name=\xc0\x80\0number="


# --- operations ---------------------------------------------------------------------------------

# The bytes of op.c and saying.c.
BEGIN, RUN, TURN, CANCEL, FREE, RESTART, FAIL, FAIL_ALL, MEDDLE, WAIT, FORGET, RELEASE = range(12)
LOST, UNSENT, NOT_BEGUN, RAW, GOOD, REFUSED, CUT, LATE = range(8)
(TEST, SYNC, SYNC_DOMAINS, IMPORT, INCREMENTAL, RESTORE, CHALLENGE, CHALLENGE_HTTP, VERIFY,
 VALIDATE, VALIDATE_HTTP, REFRESH, REFRESH_OPEN, FETCH, CANCEL_ORDER, REVOKE, ACCEPT, PLACE,
 PLACE_OTHER, PLACE_AGAIN) = range(20)
OPEN, PATIENT, SECOND_API = 1, 2, 32
VERBS_OF = {"test": TEST, "account": SYNC, "organization": SYNC, "domains": SYNC_DOMAINS,
            "products": SYNC, "place": PLACE, "track": REFRESH, "challenge": CHALLENGE,
            "verify": VERIFY, "fetch": FETCH, "cancel": CANCEL_ORDER, "revoke": REVOKE,
            "report": IMPORT, "accept": ACCEPT}
OF_SECOND = {"organizations": SYNC, "custom-fields": SYNC, "token": TEST}


def raw(body):
    return [RAW, 0, len(body) >> 8, len(body) & 255, *body]


class First:
    """What answers are made of."""

    name, bits, login, verbs = "", 0, [], VERBS_OF
    pending, issued, revoked, canceled = (24, 2), (20, 6), (22, 6), (13, 5)
    proven, unproven = 17, 1
    placed = [GOOD, 0, 7]
    challenge = [GOOD, 0, 16, 0, 4]
    refused = [REFUSED, 12, 0, 0, 7]
    synced = ("account", "organization", "organization", "domains", "products", "products")

    @staticmethod
    def track(state, proof):
        return [GOOD, 0, *state, proof]

    @staticmethod
    def row(what, state):
        return [what, state[0] + state[1] * 32 % 256]


class Second:
    """The same of the second API; each program begins with a login."""

    name, bits, login, verbs = "-v2", SECOND_API, [GOOD, 0, 7], {**VERBS_OF, **OF_SECOND}
    pending, issued, revoked, canceled = 0, 1, 3, 4
    proven, unproven = 16, 0
    placed = [GOOD, 0, 7, 0]
    challenge = [GOOD, 0, 0]
    refused = [REFUSED, 4, 8, 0]
    synced = ("account-v2", "organizations-v2", "organization-v2", "organization-v2", "domains-v2",
              "products-v2", "custom-fields-none-v2")

    @staticmethod
    def track(state, proof):
        return [GOOD, 0, state, proof, 7]

    @staticmethod
    def row(what, state):
        return [what, state]


def op(cases, _verbs):
    bodies = {case.name: case.body for case in cases}
    for api in (First, Second):
        for name, *program in programs(api, bodies):
            yield name + api.name, bytes([program[0] | api.bits, *program[1:]])
        for case in cases:
            verb = api.verbs.get(case.said.get("verb"))
            if verb is None or case.second != (api is Second) or len(case.body) >= 60000:
                continue
            first = [] if verb == PLACE else [RUN, PLACE, 0, *api.login, *api.placed]
            login = api.login if verb == PLACE and case.said["verb"] != "token" else []
            body = raw(case.body)
            yield case.name, bytes([api.bits, *first, RUN, verb, 0, *login, *body, *body])
            yield case.name + "-open", bytes([OPEN | api.bits, *first, BEGIN, verb, 0, TURN, 9,
                                              *login, *body])
    for what, block in hostile_blocks():
        if what.startswith("report"):
            page = raw(f"{{{block},{META}}}".encode())
            yield what, bytes([0, RUN, IMPORT, 0, *page * 12, RUN, INCREMENTAL, 0, *page * 12])
    for what, text in hostile_answers():
        page = raw(text.encode())
        for verb in (TEST, IMPORT, SYNC, PLACE):
            yield f"{what}-{verb}", bytes([SECOND_API, RUN, verb, 0, *Second.login, *page * 9])
        yield f"{what}-login", bytes([SECOND_API, RUN, TEST, 0, *page * 9])


def programs(api, bodies):
    """Names, and programs: the first number is the configuration."""
    placed = [RUN, PLACE, 0, *api.login, *api.placed]
    issued = api.track(api.issued, api.proven)
    look = [RUN, PLACE, 0, GOOD, 0, 0, 9, 0]
    none = look[3:]
    anew = [GOOD, 0, 8, *api.placed[3:]]
    adopted = [RUN, PLACE, 0, GOOD, 0, 1, 9, 128, *api.row(129, api.pending)]
    for i, how in enumerate([LOST, UNSENT, NOT_BEGUN, CUT, LATE]):
        lost = [RUN, PLACE, 0, *api.login, how, 0, *(api.placed[2:] if how >= CUT else [])]
        yield f"place-{i}", PATIENT, *lost, *look, *none, *anew
        yield f"place-{i}-adopted", 0, *lost, *adopted, RUN, REFRESH, 0, *issued, GOOD, 0, 2
        yield f"place-{i}-not-whole", 0, *lost, *look[:-1], 5, *anew
        yield f"place-{i}-restart", 0, *lost, RESTART, 0, WAIT, 20, *look, *anew
    slow = api.refused
    yield ("place-slow-then-lost", PATIENT, RUN, PLACE, 0, *api.login, *slow, *slow, LOST, 0, *look,
           *none, *none, *anew)
    yield ("number-of-another-order", 0, *placed, RUN, REFRESH, 0, *issued, GOOD, 0, 2, *placed)
    for what, more in (("validate", VALIDATE), ("validate-http", VALIDATE_HTTP)):
        yield (what, 0, *placed, RUN, more, 0, *api.track(api.pending, api.unproven),
               *api.challenge, 0, 0, GOOD, 0, *api.track(api.pending, api.proven), 0, *issued,
               GOOD, 0, 2)
    yield ("life", 0, *placed, RUN, REFRESH, 0, *issued, GOOD, 0, 2, RUN, FETCH, 0, GOOD, 0, 2,
           RUN, REVOKE, 0, *issued, GOOD, 0, *api.track(api.revoked, api.proven))
    for what, certificate in (("another-key", 6), ("other-names", 0), ("own-issuer", 10)):
        yield what, 0, *placed, RUN, REFRESH, 0, *issued, GOOD, 0, certificate
    yield ("canceled", 0, *placed, RUN, CANCEL_ORDER, 0, GOOD, 0,
           *api.track(api.canceled, api.unproven), RUN, CANCEL_ORDER, 0)
    yield "refresh-open", 0, *placed, RUN, REFRESH_OPEN, 0, *issued, GOOD, 0, 2
    yield "sync", 0, RUN, SYNC, 0, *api.login, *sum((raw(bodies[n]) for n in api.synced), [])
    listed = [GOOD, 0, 3, 9, 128, *api.row(1, api.issued), *api.row(2, api.pending),
              *api.row(3, api.pending)]
    yield ("import", 0, RUN, IMPORT, 0, *api.login, *listed, GOOD, 0, 2, GOOD, 0, 2, RUN,
           INCREMENTAL, 0, GOOD, 0, 1, 9, 128, *api.row(9, api.pending), *issued, *issued, FORGET,
           0, RUN, RESTORE, 0, *listed)
    for at in range(12):
        yield (f"store-fails-{at}", 0, FAIL, at, *placed, FAIL_ALL, at, RUN, REFRESH, 0, *issued,
               GOOD, 0, 2, RESTART, 0, *look)
        yield (f"canceled-{at}", OPEN, BEGIN, PLACE, 0, *api.login, GOOD, 2, *api.placed[2:], TURN,
               at, CANCEL, 0, RELEASE, 0, *look)
        yield (f"meddled-{at}", OPEN, MEDDLE, at * 4 + 3, RUN, IMPORT, 0, *api.login, *listed, GOOD,
               0, 2)


# --- other kinds --------------------------------------------------------------------------------


def database(_cases, _verbs):
    def sql(text):
        return b"\x02" + text.encode()
    yield "no-database", b"\x00hello"
    yield "empty", b"\x00"
    yield "head-only", b"\x00SQLite format 3\x00" + b"\x10\x00\x01\x01\x00\x40\x20\x20" + bytes(80)
    yield "cut", b"\x05\x01\x00"
    yield "changed", b"\x01" + b"".join(bytes([0, at >> 8, at & 255, 255]) for at in range(16, 100))
    yield "blob", sql("UPDATE \"order\" SET sans = x'00ff00', domain = zeroblob(9)")
    yield "numbers", sql("UPDATE \"order\" SET ordered_at = 1e300, years = 'x', number = -1")
    yield "nul", sql("UPDATE \"order\" SET domain = 'a' || char(0) || 'b', status = char(0)")
    yield "null-id", sql("INSERT INTO \"order\" (id) VALUES (NULL); UPDATE \"order\" SET id = x''")
    yield "no-table", sql("DROP TABLE \"order\"")
    yield "view", sql("DROP TABLE \"order\"; CREATE VIEW \"order\" AS SELECT 1 AS id")
    yield "no-column", sql("ALTER TABLE \"order\" DROP COLUMN domain")
    yield "trigger", sql("CREATE TRIGGER t BEFORE INSERT ON \"order\" BEGIN "
                         "INSERT INTO \"order\" (id) VALUES (NEW.id || 'x'); END")
    yield "endless", sql("DROP TABLE \"order\"; CREATE VIEW \"order\" AS WITH RECURSIVE n(id) AS "
                         "(SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n")


def seal(_cases, _verbs):
    yield "good", b"\x01"
    yield "last-byte", b"\x01\x00\x3fA"
    yield "prefix", b"\x00emsign2:AAAA"
    yield "short", b"\x00emsign1:" + b"A" * 36
    yield "other-name", b"\x03lab/access-kez\xff"
    yield "short-key", b"\x05"


# --- keys, CSRs, certificates: of this build alone ------------------------------------------------


class Chain:
    """A root, an issuer below it, a leaf, made by the program openssl."""

    def __init__(self, folder):
        self.folder = folder
        for name, names in (("root", ""), ("issuer", ""), ("leaf", "DNS:www.example.com,"
                                                           "DNS:*.b\u00fc.example,IP:10.0.0.1")):
            self.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-out", f"{name}.key")
            self.run("req", "-new", "-key", f"{name}.key", "-subj", f"/O=Ex/CN={name}.example",
                     "-out", f"{name}.csr", *(["-addext", f"subjectAltName={names}"] if names
                                              else []))
        ca = ("-days", "3650", "-extfile", "ca.cnf")
        (folder / "ca.cnf").write_text("basicConstraints=critical,CA:TRUE\n"
                                       "subjectKeyIdentifier=hash\n", encoding="utf-8")
        self.run("x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-out", "root.pem", *ca)
        for name, issuer, more in (("issuer", "root", ca), ("leaf", "issuer", ("-copy_extensions",
                                                                               "copy"))):
            self.run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey",
                     f"{issuer}.key", "-set_serial", "0x80ff", "-out", f"{name}.pem", *more)

    def run(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

    def pem(self, name):
        return (self.folder / name).read_bytes()

    def der(self, name):
        return base64.b64decode(b"".join(line for line in self.pem(name).splitlines()
                                         if not line.startswith(b"-")))


def certificate(chain):
    leaf, issuer, root = map(chain.pem, ("leaf.pem", "issuer.pem", "root.pem"))
    bare = base64.b64encode(chain.der("leaf.pem"))
    ders = [chain.der(name) for name in ("leaf.pem", "issuer.pem", "root.pem")]
    yield "chain", b"\x00" + root + b"text between\n" + issuer.replace(b"\n", b"\r\n") + leaf
    yield "parts", b"\x02" + b"\x1f".join([leaf, issuer, root])
    yield "known", b"\x06" + b"\x1f".join([leaf, issuer, issuer, root])
    yield "bare", b"\x02" + b"\x1f".join([bare, issuer.replace(b"\n", b" ")])
    yield "bare-two", b"\x00" + bare + base64.b64encode(ders[1])
    yield "der", b"\x01" + ders[0]
    yield "ders", b"\x07" + ders[0]
    yield "self-signed", b"\x00" + root * 40
    yield "no-end", b"\x00" + leaf[:-30]
    yield "no-base64", b"\x00" + leaf.replace(b"M", b"*")
    yield "empty-block", b"\x00-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    yield "empty", b""
    yield "other-label", b"\x00" + chain.pem("leaf.csr")
    for at in range(0, len(ders[0]), 40):
        yield f"cut-{at:04}", b"\x01" + ders[0][:at]


def csr(chain):
    text, der = chain.pem("leaf.csr"), chain.der("leaf.csr")
    yield "pem", b"\x00" + text
    yield "on-one-line", b"\x00" + text.replace(b"\n", b" ")
    yield "bare", b"\x00" + base64.b64encode(der)
    yield "der", b"\x01" + der
    yield "more", b"\x01" + der + b"\x00"
    yield "empty", b""
    yield "certificate", b"\x00" + chain.pem("leaf.pem")
    for at in range(0, len(der), 20):
        yield f"changed-{at:04}", b"\x01" + der[:at] + b"\x7f" + der[at + 1:]


def key(chain):
    chain.run("ec", "-in", "leaf.key", "-out", "sec1.key")
    chain.run("pkcs8", "-topk8", "-in", "leaf.key", "-out", "sealed.key", "-passout",
              "pass:EMSIGN-CANARY-passphrase")
    chain.run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.key")
    for name in ("leaf.key", "sec1.key", "sealed.key", "rsa.key", "leaf.pem"):
        yield name, b"\x00" + chain.pem(name)
    yield "der", b"\x01" + chain.der("leaf.key")
    yield "sec1-der", b"\x02" + chain.der("sec1.key")
    yield "rsa-der", b"\x01" + chain.der("rsa.key")
    yield "sealed-der", b"\x04" + chain.der("sealed.key")
    yield "empty", b""


OF_A_CHAIN = {"certificate": certificate, "csr": csr, "key": key}
MAKERS = {"decode": decode, "json": texts, "form": form, "words": words, "row": row, "op": op,
          "database": database, "seal": seal}


def dictionary(root):
    """Words that a fuzzer cannot guess: names on the wire, of fields and of records."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(root.glob("lib/wire/*.[cd]*"))]
    texts += [(root / "lib/model" / name).read_text(encoding="utf-8")
              for name in ("fields.def", "records.def", "status.c")]
    texts.append((root / "include/emsign/record.h").read_text(encoding="utf-8"))
    words = set(re.findall(r'"([A-Za-z][\w.-]{1,40})"', "".join(texts)))
    codes = re.findall(r"CODE\((\d{3,4}),", "".join(texts))
    words |= {f"EMS-{code}" for code in codes}
    words |= {"\\\\u0000", "\\\\ud800", '{\\"', '\\":\\"', "EMS-", "-----BEGIN ", "-----END ", "xn--"}
    return "".join(f'"{word}"\n' for word in sorted(words))


def write(folder, contents):
    folder.mkdir(parents=True)
    for name, content in contents:
        (folder / name).write_bytes(content)


def main():
    root, out, stamp = map(Path, sys.argv[1:4])
    enum = (root / "lib/wire/dialect.h").read_text(encoding="utf-8")
    names = re.findall(r"^\tEMS_VERB_(\w+)[ ,]?", enum, re.M)
    verbs = {name.lower().replace("_", "-"): number for number, name in enumerate(names)}
    cases = [Case(call.parent) for call in sorted(root.glob("tests/golden/v[12]/*/call"))]
    shutil.rmtree(out, ignore_errors=True)
    for target, maker in MAKERS.items():
        write(out / target, maker(cases, verbs))
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder))
        for target, maker in OF_A_CHAIN.items():
            write(out / target, maker(chain))
    (out / "dict").write_text(dictionary(root), encoding="utf-8")
    stamp.write_text("", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
