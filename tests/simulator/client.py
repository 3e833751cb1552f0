# SPDX-License-Identifier: MIT
"""A stranger's client of the simulator: starts it, calls it, makes keys, requests and orders."""
import hashlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

BINARY = "emsign-sim"
TS = "2026-01-15T10:20:30+00:00"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


class Sim:
    def __init__(self, *options, folder=None):
        self.own = folder is None
        self.dir = folder or tempfile.mkdtemp(prefix="emsign-sim-")
        # under ASan freed memory is kept for a while, which would look like a leak
        env = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "")
                   + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64")
        self.process = subprocess.Popen([BINARY, "--port", "0", "--dir", self.dir,
                                         "--exit-with-parent", *options],
                                        stdout=subprocess.PIPE, env=env)
        self.process.stdout.readline()  # it listens, or it ended
        path = os.path.join(self.dir, "ready.json")
        with open(path) as f:
            self.ready = json.load(f)
        with open(self.ready["access_key_file"]) as f:
            self.key = f.read()
        self.port = int(self.ready["base_url"].split(":")[2].split("/")[0])
        self.tls = ssl.create_default_context(cafile=self.ready["ca_file"])

    def stop(self):
        self.process.terminate()
        code = self.process.wait(20)
        self.process.stdout.close()
        if self.own:
            shutil.rmtree(self.dir)
        return code

    def http(self, method, path, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls,
                                                 timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def meta(self, **change):
        meta = {"ver": "1.0", "ts": TS, "txn": uuid.uuid4().hex,
                "accountNumber": self.ready["account_number"]}
        meta.update({k: v for k, v in change.items() if v is not None})
        text = self.key + meta["ts"] + meta["txn"]
        meta.setdefault("authKey", hashlib.sha256(text.encode()).hexdigest())
        for name in [k for k, v in change.items() if v is None]:
            del meta[name]
        return meta

    def raw(self, name, meta=None, **blocks):
        body = json.dumps({"meta": meta or self.meta(), **blocks})
        return self.http("POST", "/emSignHub-API/" + name, body)[2].decode()

    def call(self, name, **blocks):
        return json.loads(self.raw(name, **blocks))

    def code(self, name, meta=None, **blocks):
        return json.loads(self.raw(name, meta, **blocks))["meta"].get("errorCode")

    def control(self, path, **body):
        status, _, data = self.http("POST", "/_sim/" + path, json.dumps(body))
        assert status == 200, data
        return json.loads(data)

    def ledger(self):
        return json.loads(self.http("GET", "/_sim/ledger")[2])

    def place(self, name="www.corp.example", verb="GenerateOrderSSL", **change):
        answer = self.call(verb, orderDetails=order(name, **change))
        assert answer["meta"]["status"] == "1", answer
        return answer["orderDetails"]["orderNumber"]

    def track(self, number):
        return self.call("TrackOrder", orderDetails={"orderNumber": number})["orderDetails"]

    def certificate(self, number, email="alex@example.com"):
        return self.call("GetCertificate", orderDetails={"requestorEmail": email,
                                                         "orderNumber": number})

    def wait(self, number, status="20"):
        for _ in range(200):
            answer = self.track(number)
            if answer["certificateStatusId"] == status:
                return answer
            time.sleep(0.02)
        raise AssertionError(answer)

    def dcv(self, verb, number, domain, method="1", **more):
        return self.call(verb, dcvDetails={"requestorEmail": "alex@example.com",
                                           "orderNumber": number, "domainName": domain,
                                           "dcvMethod": method, **more})


KEYS = {}


def make_key(kind="EC:P-256"):
    if kind not in KEYS:
        algorithm, _, size = kind.partition(":")
        options = {"EC": ["-pkeyopt", "ec_paramgen_curve:" + size],
                   "RSA": ["-pkeyopt", "rsa_keygen_bits:" + size]}.get(algorithm, [])
        KEYS[kind] = openssl("genpkey", "-algorithm", algorithm, *options)
    return KEYS[kind]


def make_csr(name, kind="EC:P-256", extra=()):
    with tempfile.NamedTemporaryFile() as f:
        f.write(make_key(kind))
        f.flush()
        return openssl("req", "-new", "-key", f.name, "-subj", "/CN=" + name, *extra).decode()


def order(name, **change):
    details = {
        "productCode": "842", "accountingModel": "2", "saveAndHold": "0",
        "emailNotifications": "0", "groupNumber": "", "autoSecureWWW": "0",
        "requestorInformation": {
            "requestorName": "Alex Example", "requestorIsdCode": "1",
            "requestorMobileNumber": "5550000000", "requestorEmail": "alex@example.com",
            "requestorDesignation": "Engineer"},
        "organizationDetails": {"preVetting": "", "organizationNumber": ""},
        "subscriptionDetails": {"validity": "1", "autoRenew": "0", "renewCriteria": "30"},
        "certificateInformation": {"domainName": name},
        "csr": "",
        "agreementDetails": {"acceptAgreement": "1", "signerName": "Alex Example",
                             "signerPlace": "Cleveland", "signerIP": "127.0.0.1"},
        "additionalInformation": {"remarks": "test", "tags": ["Department:Tech"]},
    }
    for key, value in change.items():
        if value is None:
            del details[key]
        else:
            details[key] = value
    return details


SUBJECT = {"organizationName": "Example Corp", "streetAddress1": "1 Main St",
           "streetAddress2": "Floor 2", "locality": "Cleveland", "state": "Ohio",
           "countryCode": "US", "postalCode": "44101"}
PREVETTED = {"preVetting": "1", "organizationNumber": "3325789"}


def subject_of(pem):
    return openssl("x509", "-noout", "-text", data=pem.encode()).decode()


class Shared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim()

    @classmethod
    def tearDownClass(cls):
        assert cls.sim.stop() == 0


def main():
    global BINARY
    if len(sys.argv) > 1:
        BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
