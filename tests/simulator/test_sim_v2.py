# SPDX-License-Identifier: MIT
"""Second generation: tokens, envelope, account, catalogue, faults and switches."""
import base64
import hashlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
import client  # noqa: E402
from client_v2 import PREFIX, Rest, Shared, order  # noqa: E402

HEADERS = [
    ("X-API-Version", "2.0.0"),
    ("Cache-Control", "no-store, no-cache,no-store,private,must-revalidate,max-stale=0,"
                      "post-check=0,pre-check=0"),
    ("Pragma", "no-cache, no-cache"), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Transfer-Encoding", "chunked"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"),
    ("X-XSS-Protection", "0; mode=block"),
    ("Referrer-Policy", "origin-when-cross-origin"),
    ("Content-Security-Policy", "frame-ancestors 'self';manifest-src 'self';"),
    ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ("Access-Control-Allow-Methods", "GET, POST"),
]


class Tokens(Shared):
    def deny(self, answer, status, error):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(list(answer.json), ["error", "error_description"])
        self.assertEqual(answer.json["error"], error)
        return answer.json["error_description"]

    def me(self, token):
        return self.rest.call("GET", "auth/me", headers={"Authorization": "Bearer " + token})

    def test_form(self):
        answer = self.rest.grant()
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (200, "application/json"))
        self.assertEqual(list(answer.json), ["access_token", "token_type", "expires_in",
                                             "refresh_token"])
        self.assertEqual((answer.json["token_type"], answer.json["expires_in"]),
                         ("Bearer", 3600))
        self.assertRegex(answer.json["access_token"], r"^[\w-]{43}$")
        self.assertRegex(answer.json["refresh_token"], r"^[0-9a-f]{32}$")
        self.assertRegex(self.rest.secret, r"^[0-9a-f]{32}$")
        self.assertEqual(self.me(answer.json["access_token"]).json, {
            "accountNumber": self.rest.account, "authType": "oauth2"})

    def test_basic(self):
        pair = "%s:%s" % (self.rest.account, self.rest.secret)
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        answer = self.rest.grant(headers, grant_type="client_credentials")
        self.assertEqual(self.me(answer.json["access_token"]).status, 200)
        headers["Authorization"] = "Basic " + base64.b64encode(b"1:2").decode()
        self.deny(self.rest.grant(headers, grant_type="client_credentials"), 401,
                  "invalid_client")

    def test_refresh(self):
        first = self.rest.grant().json
        form = {"grant_type": "refresh_token", "client_id": self.rest.account,
                "client_secret": self.rest.secret, "refresh_token": first["refresh_token"]}
        second = self.rest.grant(**form).json
        self.assertEqual(self.me(first["access_token"]).status, 401)
        self.assertEqual(self.me(second["access_token"]).status, 200)
        self.deny(self.rest.grant(**form), 400, "invalid_grant")
        self.rest.control("v2", **{"bad-refresh": "401"})
        self.deny(self.rest.grant(**form), 401, "invalid_grant")
        self.rest.control("v2", **{"bad-refresh": "400"})
        self.deny(self.rest.grant(**{**form, "refresh_token": ""}), 400, "invalid_request")

    def test_refusals(self):
        good = {"grant_type": "client_credentials", "client_id": self.rest.account,
                "client_secret": self.rest.secret}
        text = self.deny(self.rest.grant(**{**good, "grant_type": ""}), 400, "invalid_request")
        self.assertEqual(text, "grant_type is required")
        for name in "client_id", "client_secret":
            self.deny(self.rest.grant(**{**good, name: ""}), 400, "invalid_request")
            self.deny(self.rest.grant(**{**good, name: "1"}), 401, "invalid_client")
        self.deny(self.rest.grant(**{**good, "grant_type": "password"}), 400,
                  "unsupported_grant_type")
        self.rest.control("v2", credential="access-key")
        self.deny(self.rest.grant(), 403, "unauthorized_client")
        self.rest.control("v2", credential="oauth")

    def test_json_form(self):
        body = {"grant_type": "client_credentials", "accountNumber": self.rest.account,
                "ver": "1.0", "ts": "2026-05-01T12:00:00+05:30", "txn": "1234567890123456"}
        body["authKey"] = hashlib.sha256(
            (self.rest.sim.key + body["ts"] + body["txn"]).encode()).hexdigest()

        def ask(**change):
            return self.rest.open("POST", "oauth/token", json.dumps({**body, **change}).encode(),
                                  {"Content-Type": "application/json"})
        self.deny(ask(), 400, "invalid_request")
        self.rest.control("v2", **{"json-grant": "taken"})
        answer = ask()
        self.assertEqual(self.me(answer.json["tokenDetails"]["accessToken"]).status, 200)
        self.deny(ask(authKey="0" * 64), 401, "invalid_client")
        self.deny(ask(grant_type="refresh_token"), 400, "unsupported_grant_type")
        self.rest.control("v2", **{"json-grant": "refused"})

    def test_bearer(self):
        answer = self.rest.open("GET", PREFIX + "auth/me")
        self.assertEqual(self.no(answer, 401), {
            "type": "about:blank", "title": "Unauthorized", "status": 401,
            "detail": "Full authentication is required to access this resource",
            "instance": "/" + PREFIX + "auth/me"})
        self.no(self.me("x" * 43), 401, "ACCESS_TOKEN_INVALID")
        token = self.rest.grant().json["access_token"]
        self.rest.control("state", clock="+3599")
        self.assertEqual(self.me(token).status, 200)
        self.rest.control("state", clock="+2")
        self.no(self.me(token), 401, "ACCESS_TOKEN_EXPIRED")
        self.rest.control("state", clock="0")

    def test_early_end(self):
        token = self.rest.grant().json["access_token"]
        self.rest.control("fault", verb="v2.me", kind="revoke-token")
        for _ in range(2):
            self.no(self.me(token), 401, "ACCESS_TOKEN_REVOKED")
        other = self.rest.grant().json["access_token"]
        self.assertEqual(self.me(other).status, 200)
        self.rest.control("v2", revokeTokens=True)
        self.no(self.me(other), 401, "ACCESS_TOKEN_REVOKED")

    def test_second_grant(self):
        first = self.rest.grant().json["access_token"]
        self.rest.grant()
        self.assertEqual(self.me(first).status, 200)
        self.rest.control("v2", **{"second-grant": "revokes"})
        second = self.rest.grant().json["access_token"]
        self.no(self.me(first), 401, "ACCESS_TOKEN_REVOKED")
        self.assertEqual(self.me(second).status, 200)
        self.rest.control("v2", **{"second-grant": "keeps"})

    def test_options(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "password-client")
            with open(path, "w") as f:
                f.write("EMSIGN-CANARY-client\n")
            rest = Rest("--client-secret-file", path, "--token-seconds", "7")
            self.assertEqual((rest.secret, rest.sim.ready["client_secret_file"]),
                             ("EMSIGN-CANARY-client", path))
            self.assertEqual(rest.sim.ready["token_url"], rest.url + "oauth/token")
            self.assertEqual(rest.grant().json["expires_in"], 7)
            rest.control("account", userDisabled=True)
            rest.token = "x"
            self.deny(rest.grant(), 401, "invalid_client")
            self.assertEqual(rest.stop(), 0)


class Envelope(Shared):
    def test_headers(self):
        answer = self.rest.get("groups")
        for name, value in HEADERS:
            self.assertEqual(answer.headers.get_all(name), [value], name)
        self.assertIsNone(answer.headers["Content-Length"])
        self.assertEqual(answer.headers["Content-Type"], "application/json")

    def test_no_content_has_no_body(self):
        answer = self.rest.order(self.rest.place("end.example.com"), "cancel", {"reason": "x"})
        self.assertEqual((answer.status, answer.body), (204, b""))
        for name in "Content-Type", "Content-Length", "Transfer-Encoding":
            self.assertIsNone(answer.headers[name])

    def test_unknown_paths_and_methods(self):
        for method, path, status, allow in [
                ("GET", "ssl-certificates/1/nothing", 404, None), ("GET", "", 404, None),
                ("DELETE", "domains/1", 405, "GET"), ("GET", "ssl-certificates", 405, "POST"),
                ("POST", "private-pki-certificates/1/csr", 405, "PUT"),
                ("GET", "domains/1/dcv/method", 405, "PATCH"),
                ("POST", "private-pki-certificates/1/reissue", 404, None),
                ("GET", "signature-certificates/1/dcv", 404, None)]:
            answer = self.rest.call(method, path)
            self.assertEqual(answer.status, status, (method, path))
            self.assertEqual(answer.headers["Allow"], allow)
            self.assertEqual(list(answer.json), ["timestamp", "status", "error", "message",
                                                 "path"])
            self.assertEqual(answer.json["path"], "/" + PREFIX + path)
        self.assertEqual(self.rest.open("GET", "oauth/token").status, 405)
        self.assertEqual(self.rest.open("GET", "api/v2/certinext/users").status, 404)

    def test_order_of_checks(self):
        bad = self.rest.open("POST", PREFIX + "ssl-certificates", b"{",
                             {"Content-Type": "text/plain"})
        self.no(bad, 401)
        self.no(self.rest.call("POST", "ssl-certificates", b"{", {"Content-Type": "text/plain"}),
                415)
        for body in b"{", b"[]", b"7":
            self.no(self.rest.call("POST", "ssl-certificates", body), 400,
                    "Failed to read request")
        problem = self.no(self.rest.post("ssl-certificates", {}), 400, "Validation failed")
        self.assertEqual([e["field"] for e in problem["errors"]], [
            "productVariant", "requestor.name", "requestor.email", "certificate.domain"])
        self.assertEqual(problem["errors"][0]["message"], "must not be blank")
        wrong = {"productVariant": "ov", "organization": {"organizationNumber": "1"},
                 "agreement": {"accepted": False}, "csr": "x"}
        for change, code in [({"X-Product-Code": "7"}, "EMS-915"), ({}, "EMS-1180")]:
            self.no(self.rest.create("a.example.com", change, **wrong), 422, "[%s]" % code)
        wrong["organization"] = {"organizationNumber": "3325789"}
        self.no(self.rest.create("a.example.com", **wrong), 422, "[EMS-920]")
        wrong["agreement"] = {"accepted": True}
        self.no(self.rest.create("a.example.com", **wrong), 422, "[EMS-921]")

    def test_account_that_is_off(self):
        self.rest.get("auth/me")
        self.rest.control("account", userDisabled=True)
        self.no(self.rest.get("auth/me"), 403)
        self.rest.control("account", userDisabled=False)
        self.assertEqual(self.rest.get("auth/me").status, 200)

    def test_detail_of_the_book(self):
        self.rest.control("v2", detail="documented")
        self.no(self.rest.create(productVariant="ov"), 422,
                "EMS-1180 \u2014 Organization Name cannot be empty")
        self.rest.control("v2", detail="wire")
        self.no(self.rest.create(productVariant="ov"), 422,
                "[EMS-1180] Organization Name cannot be empty")


class Account(Shared):
    def test_groups(self):
        groups = self.rest.get("groups").json["groups"]
        self.assertEqual(list(groups[0]), [
            "accountBalance", "finance", "groupBalance", "groupName", "groupNumber",
            "isDefaultGroup", "organizationDetails"])
        self.assertEqual([(g["groupNumber"], g["isDefaultGroup"]) for g in groups],
                         [("6787449116", "1"), ("6787449224", "0")])
        self.assertEqual((groups[0]["groupBalance"], groups[1]["groupBalance"]),
                         ("", "10000.00"))
        self.assertEqual(groups[0]["organizationDetails"][0], {
            "organizationName": "Example Corp", "organizationNumber": "3325789",
            "validationFor": "2"})

    def test_organizations(self):
        rows = self.rest.get("organizations").json["organizations"]
        self.assertEqual(list(rows[0]), [
            "isPreVettingOrg", "organizationCountryCode", "organizationLocality",
            "organizationName", "organizationNumber", "organizationPostalCode",
            "organizationStatusId"])
        self.assertEqual([r["isPreVettingOrg"] for r in rows], ["1", "1", "0"])
        self.rest.control("account", organization={"organizationNumber": "3325900",
                                                   "groupNumber": "6787449224"})
        for group, there in [("6787449224", True), ("6787449116", False)]:
            rows = self.rest.get("organizations", groupNumber=group).json["organizations"]
            self.assertEqual("3325900" in [r["organizationNumber"] for r in rows], there)
        self.no(self.rest.get("organizations", groupNumber="1"), 422, "EMS-1137")

    def test_organization(self):
        one = self.rest.get("organizations/3325789").json
        self.assertEqual(list(one)[:3], ["businessCategoryId", "domains",
                                         "organizationCountryCode"])
        self.assertEqual(one["domains"], ["corp.example"])
        self.assertIs(one["subscriberAgreement"]["signed"], True)
        self.assertEqual(one["subscriberAgreement"]["signedDate"], "2025-01-02 10:05:13")
        self.assertEqual(one["orgRepresentatives"][0]["isdCode"], "1")
        self.assertEqual(self.rest.get("organizations/3325790").json["domains"], "")
        self.rest.control("v2", **{"empty-domains": "documented"})
        self.assertEqual(self.rest.get("organizations/3325790").json["domains"], [])
        self.rest.control("v2", **{"empty-domains": "wire"})
        self.no(self.rest.get("organizations/7"), 404, "Organization 7 not found.")

    def test_catalogue(self):
        outer = self.rest.get("catalog/products", groupNumber="6787449116").json["products"]
        self.assertEqual([c["categoryID"] for c in outer], ["1", "2", "3", "8"])
        self.assertEqual(list(outer[2]), ["categoryID", "categoryName", "currencyType",
                                          "products"])
        self.assertEqual(outer[2]["products"][0], {
            "productCode": "842", "productName": "DV SSL Certificate 1 Year",
            "productTypeID": "13", "subscriptionPrice": {
                "1 Year": {"cost": "10.00"}, "2 Years": {"cost": "20.00"},
                "3 Years": {"cost": "30.00"}}})
        types = {p["productCode"]: p["productTypeID"] for c in outer for p in c["products"]}
        self.assertEqual([types[c] for c in ("845", "849", "149", "914", "819", "822", "825")],
                         ["21", "22", "39", "41", "12", "11", "10"])
        rest = self.start("--catalogue-needs-group")
        self.assertEqual(rest.get("catalog/products").json, {"products": []})

    def test_fields(self):
        path = "catalog/products/842/custom-fields"
        self.assertEqual(self.rest.get(path).json, {"customFields": []})
        self.rest.control("v2", fields="documented")
        block = self.rest.get(path).json["customFields"][0]
        self.assertEqual(block["certificateInformation"][0]["fieldId"], "f_1")
        self.assertEqual(block["additionalInformation"], [])
        self.no(self.rest.create(), 422, "EMS-918")
        self.rest.place(customFields=[{"fieldId": "f_1", "value": "4711"}])
        self.rest.control("v2", fields="example")
        self.assertEqual(self.rest.get(path).json["customFields"], [{
            "fieldId": "f_1", "fieldName": "costCentre", "displayName": "Cost centre",
            "isMandatory": "1"}])
        self.rest.control("v2", fields="wire")
        self.no(self.rest.get("catalog/products/7/custom-fields"), 404)


class Faults(Shared):
    def fault(self, verb, kind, **more):
        self.rest.control("fault", verb=verb, kind=kind, **more)

    def orders(self):
        return self.rest.sim.ledger()["orders"]

    def test_statuses(self):
        for status in 401, 429, 500:
            self.fault("v2.*", "status", status=status, retry_after="2")
            answer = self.rest.get("groups")
            self.no(answer, status)
            self.assertEqual(answer.headers["Retry-After"], "2")
            self.assertEqual(self.rest.get("groups").status, 200)
        self.fault("v2.groups", "proxy")
        answer = self.rest.get("groups")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (503, "text/html"))
        self.fault("v2.groups", "no-content")
        answer = self.rest.get("groups")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.fault("v2.groups", "business", code="EMS-939")
        self.no(self.rest.get("groups"), 422, "[EMS-939] Something went Wrong")

    def test_verbs(self):
        self.fault("v2.*", "status", status=500)
        self.assertEqual(self.rest.grant().status, 200)
        self.assertEqual(self.rest.sim.code("GetGroupDetails"), "")
        self.no(self.rest.get("auth/me"), 500)
        self.fault("*", "status", status=500)
        self.no(self.rest.grant(), 500)
        with self.assertRaises(AssertionError):
            self.fault("v2.nothing", "status")

    def test_lost_and_late_answers(self):
        before = len(self.orders())
        self.fault("v2.create", "lost-answer")
        with self.assertRaises((OSError, http.client.HTTPException, ssl.SSLError)):
            self.rest.create("lost.corp.example")
        self.assertEqual(len(self.orders()), before + 1)
        self.fault("v2.create", "late-answer", ms=600)
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(self.rest.create("late.corp.example")))
        thread.start()
        while len(self.orders()) < before + 2:
            self.assertTrue(thread.is_alive())
        self.assertEqual(answers, [])  # it is there, and nobody was told
        thread.join()
        self.assertEqual(answers[0].status, 201)

    def test_pieces(self):
        whole = self.rest.get("groups").body
        self.fault("v2.groups", "chunked", argument=3)
        self.assertEqual(self.rest.get("groups").body, whole)
        self.fault("v2.groups", "truncate", bytes=20)
        with self.assertRaises(http.client.IncompleteRead):
            self.rest.get("groups")
        self.fault("GetGroupDetails", "chunked", argument=7)
        self.assertEqual(self.rest.sim.code("GetGroupDetails"), "")

    def test_extra_members(self):
        plain = self.rest.get("groups").json
        self.fault("v2.groups", "extra-members")
        more = self.rest.get("groups").json
        self.assertEqual(more.pop("newText"), "of a later release")
        self.assertIn("newList", more["groups"][0]["organizationDetails"][0])

        def strip(value):
            if isinstance(value, dict):
                return {k: strip(v) for k, v in value.items() if not k.startswith("new")}
            return [strip(v) for v in value] if isinstance(value, list) else value
        self.assertEqual(strip(more), plain)

    def test_burst(self):
        rest = self.start("--burst", "1/10", "--fault", "v2.groups:proxy:502:1")
        self.assertEqual(rest.get("groups").status, 502)
        rest.place()
        answer = rest.create()
        self.no(answer, 429)
        self.assertEqual(answer.headers["Retry-After"], "2")

    def test_ledger_and_log(self):
        self.rest.get("groups")
        calls = self.rest.sim.ledger()["calls"]
        self.assertGreater(calls["v2.groups"], 0)
        self.assertGreater(calls["v2.token"], 0)
        number = self.rest.place("log.corp.example")
        log = self.rest.sim.http("GET", "/_sim/log")[2].decode()
        self.assertIn("POST v2.create 201 " + number, log)
        self.assertNotIn(self.rest.secret, log)
        self.assertNotIn(self.rest.token, log)


class Switches(unittest.TestCase):
    def test_option_and_control_path(self):
        rest = Rest("--v2", "serial=documented", "--v2", "chain=root-first")
        self.addCleanup(rest.stop)
        now = json.loads(rest.sim.http("GET", "/_sim/v2")[2])
        self.assertEqual((now["serial"], now["chain"], now["names"]),
                         ("documented", "root-first", "wire"))
        rest.control("v2", serial="wire")
        self.assertEqual(json.loads(rest.sim.http("GET", "/_sim/v2")[2])["serial"], "wire")
        for body in b'{"serial":"roman"}', b'{"nothing":"wire"}', b"7":
            self.assertEqual(rest.sim.http("POST", "/_sim/v2", body)[0], 400)
        for text in "serial", "serial=roman", "nothing=wire":
            self.assertEqual(subprocess.run([client.BINARY, "--v2", text],
                                            capture_output=True).returncode, 2)

    def test_replay(self):
        rest = Rest()
        self.addCleanup(rest.stop)
        key = {"Idempotency-Key": "0b5c9b0e-1111-4222-8333-444455556666"}
        body = order("same.corp.example")
        first, second = (rest.call("POST", "ssl-certificates", body, key).json["orderId"]
                         for _ in range(2))
        self.assertNotEqual(first, second)
        rest.control("v2", idempotency="documented")
        first, second = (rest.call("POST", "ssl-certificates", body, key) for _ in range(2))
        self.assertEqual((first.status, first.body), (second.status, second.body))
        other = rest.call("POST", "ssl-certificates", body, {"Idempotency-Key": "other"})
        self.assertNotEqual(other.json["orderId"], first.json["orderId"])
        self.assertEqual(len(rest.sim.ledger()["orders"]), 4)


if __name__ == "__main__":
    client.main()
