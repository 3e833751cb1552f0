# SPDX-License-Identifier: MIT
"""A stranger's client of the simulator's second generation: tokens, calls, bodies."""
import json
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from client import Sim, make_csr

PREFIX = "api/certinext/v2/"
ORG = {"organizationNumber": "3325789", "preVetted": True}


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        return self.json["detail"]

    def __repr__(self):
        return "%d %r" % (self.status, self.body[:300])


class Rest:
    """Asks one simulator; `sim` is its first generation, for control paths and v1 calls."""

    def __init__(self, *options, **more):
        self.sim = Sim(*options, **more)
        self.url = self.sim.ready["v2_url"]
        self.account = self.sim.ready["account_number"]
        with open(self.sim.ready["client_secret_file"]) as f:
            self.secret = f.read().strip()
        self.token = None
        self.stop = self.sim.stop
        self.control = self.sim.control

    def open(self, method, path, data=None, headers=None):
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, context=self.sim.tls, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def grant(self, headers=None, **form):
        if not form:
            form = {"grant_type": "client_credentials", "client_id": self.account,
                    "client_secret": self.secret}
        data = urllib.parse.urlencode(form).encode()
        return self.open("POST", "oauth/token", data, {
            "Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def call(self, verb, path, body=None, headers=None, **query):
        if not self.token:
            self.token = self.grant().json["access_token"]
        send = {"Authorization": "Bearer " + self.token, "Accept": "application/json"}
        if body is not None:
            send["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        if query:
            path += "?" + urllib.parse.urlencode(query)
        send.update(headers or {})
        return self.open(verb, PREFIX + path, body, send)

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def post(self, path, body=None, **headers):
        return self.call("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def create(self, name="www.corp.example", headers=None, **change):
        return self.call("POST", "ssl-certificates", order(name, **change), headers)

    def place(self, name="www.corp.example", headers=None, **change):
        answer = self.create(name, headers, **change)
        assert answer.status == 201, answer
        return answer.json["orderId"]

    def issued(self, name="www.corp.example", **change):
        number = self.place(name, csr=make_csr(name), **change)
        self.wait(number)
        return number

    def track(self, number, family="ssl"):
        return self.get("%s-certificates/%s" % (family, number)).json

    def wait(self, number, status="issued", family="ssl"):
        for _ in range(200):
            answer = self.track(number, family)
            if answer["status"] == status:
                return answer
            time.sleep(0.02)
        raise AssertionError(answer)

    def order(self, number, what, body=None, verb="POST", **query):
        return self.call(verb, "ssl-certificates/%s/%s" % (number, what), body, **query)

    def revoke(self, number, reason="superseded", **more):
        for _ in range(100):
            answer = self.order(number, "revoke", {"reason": reason, **more})
            if b"still being processed" not in answer.body:
                return answer
            time.sleep(0.02)
        raise AssertionError(answer)

    def domains(self, **query):
        return self.get("domains", **query).json["content"]

    def domain(self, name):
        return self.domains(search=name, exactMatch="true")[-1]


def order(name, **change):
    """A dv order for one name; None takes a member out, a block is merged."""
    body = {
        "productVariant": "dv", "emailNotifications": "0",
        "requestor": {"name": "Pat Example", "email": "pat@example.com",
                      "phone": "+12075550100"},
        "certificate": {"domain": name, "autoSecureWww": False},
        "subscription": {"validityYears": 1, "autoRenew": False, "renewBeforeDays": 30},
        "agreement": {"signerName": "Pat Example", "signerPlace": "Springfield, ME",
                      "accepted": True},
    }
    for key, value in change.items():
        if value is None:
            del body[key]
        elif isinstance(value, dict) and isinstance(body.get(key), dict):
            body[key] = {**body[key], **value}
        else:
            body[key] = value
    return body


class Shared(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.rest = Rest(*cls.options)

    @classmethod
    def tearDownClass(cls):
        assert cls.rest.stop() == 0

    def start(self, *options, **more):
        rest = Rest(*options, **more)
        self.addCleanup(rest.stop)
        return rest

    def no(self, answer, status, detail=""):
        """A refusal, with its problem body."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual((answer.json["status"], answer.json["type"]), (status, "about:blank"))
        self.assertIn(detail, answer.detail)
        return answer.json
