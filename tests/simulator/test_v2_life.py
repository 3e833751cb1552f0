# SPDX-License-Identifier: MIT
"""Second generation: the life of orders of every family."""
import sys

sys.dont_write_bytecode = True
import client  # noqa: E402
from client import make_csr, openssl, subject_of  # noqa: E402
from client_v2 import ORG, PREFIX, Shared  # noqa: E402


def spki(pem):
    return openssl("x509", "-noout", "-pubkey", data=pem.encode())


def key_of(kind):
    return openssl("pkey", "-pubout", data=client.make_key(kind))


class Create(Shared):
    def test_answer(self):
        answer = self.rest.create("www.example.com", None)
        body = answer.json
        self.assertEqual(answer.status, 201)
        self.assertEqual(list(body), ["orderId", "requestId", "status", "productVariant",
                                      "domain", "createdAt", "resolvedProductCode"])
        self.assertRegex(body["orderId"], r"^\d{10}$")
        self.assertRegex(body["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((body["status"], body["productVariant"], body["resolvedProductCode"]),
                         ("pending-dcv", "dv", "842"))

    def test_products(self):
        more = {"certificate": {"additionalDomains": ["b.example.com"]}}
        for name, variant, change, code in [
                ("a.example.com", "dv", {}, "842"), ("*.example.com", "dv", {}, "843"),
                ("a.example.com", "dv-ucc", more, "844"),
                ("*.example.com", "dv-wildcard-ucc", more, "845"),
                ("a.example.com", "ov", {}, "846"), ("*.example.com", "ov-wildcard", {}, "847"),
                ("a.example.com", "ov", more, "848"), ("*.example.com", "ov", more, "849"),
                ("a.example.com", "ev", {}, "850"), ("a.example.com", "ev-ucc", more, "851")]:
            change = {**change, "organization": ORG} if variant[0] != "d" else change
            answer = self.rest.create(name, None, productVariant=variant, **change)
            self.assertEqual(answer.status, 201, answer)
            self.assertEqual((answer.json["resolvedProductCode"], answer.json["productVariant"]),
                             (code, variant))
            self.assertEqual(answer.json.get("additionalDomains"),
                             more["certificate"]["additionalDomains"] if more == {
                                 k: change[k] for k in change if k == "certificate"} else None)

    def test_refusals(self):
        many = ["n%d.example.com" % i for i in range(251)]
        for status, detail, headers, change in [
                (400, "Unknown productVariant", {}, {"productVariant": "xv"}),
                (422, "EMS-915", {"X-Product-Code": "999"}, {}),
                (422, "EMS-915", {"X-Product-Code": "846"}, {}),
                (422, "EMS-915", {"X-Product-Code": "844"}, {}),
                (422, "EMS-915", {}, {"productVariant": "dv-ucc"}),
                (422, "EMS-915", {}, {"productVariant": "ev", "organization": ORG,
                                      "certificate": {"domain": "*.example.com"}}),
                (422, "EMS-1063", {}, {"certificate": {"additionalDomains": many}}),
                (422, "EMS-1060", {}, {"certificate": {"domain": "co.uk"}}),
                (422, "EMS-917", {}, {"certificate": {"domain": "*.example.com",
                                                      "autoSecureWww": True}}),
                (422, "EMS-1180", {}, {"productVariant": "ov"}),
                (422, "EMS-1180", {}, {"productVariant": "ov",
                                       "organization": {"organizationNumber": "1"}}),
                (422, "EMS-1073", {}, {"productVariant": "ov",
                                       "organization": {"organizationNumber": "3325801"}}),
                (422, "EMS-1214", {}, {"productVariant": "ov", "organization": {
                    **ORG, "preVettingToken": "wrong"}}),
                (422, "'agreementDetails' block cannot be empty", {}, {"agreement": None}),
                (422, "EMS-920", {}, {"agreement": {"accepted": False}}),
                (422, "EMS-1088", {}, {"agreement": {"signerName": ""}}),
                (422, "EMS-919", {}, {"subscription": {"validityYears": 4}}),
                (422, "EMS-1137", {}, {"groupNumber": "1"}),
                (422, "EMS-1005", {}, {"requestId": "1"}),
                (422, "EMS-921", {}, {"csr": "garbage"}),
                (422, "EMS-922", {}, {"csr": make_csr("other.example.com")}),
                (422, "[EMS-921] Invalid key size", {}, {
                    "csr": make_csr("a.example.com", "EC:P-521")})]:
            with self.subTest(detail=detail, change=change):
                self.no(self.rest.create("a.example.com", headers, **change), status, detail)

    def test_www_comes_by_default(self):
        number = self.rest.place("www2.example.com", certificate={"autoSecureWww": True})
        names = [d["domain"] for d in self.rest.track(number)["verifications"]["domain"][
            "domains"]]
        self.assertEqual(names, ["www2.example.com", "www.www2.example.com"])

    def test_links(self):
        self.rest.control("v2", links="documented")
        body = self.rest.create("l.example.com").json
        self.assertEqual(body["_links"]["revoke"]["href"],
                         "/%sssl-certificates/%s/revoke" % (PREFIX, body["orderId"]))
        self.rest.control("v2", links="wire")

    def test_draft(self):
        answer = self.rest.create("draft.corp.example", saveAsDraft=True)
        self.assertEqual(answer.status, 201)
        self.assertNotIn("orderId", answer.json)
        request = answer.json["requestId"]
        self.no(self.rest.get("ssl-certificates/" + request), 404, "not found under this account")
        number = self.rest.place("draft.corp.example", requestId=request)
        self.assertEqual(self.rest.track(number)["requestId"], request)
        self.no(self.rest.create("draft.corp.example", requestId=request), 422, "EMS-1169")
        for path, body in ("requests/%s/cancel", {"reason": "x"}), ("%s/reject", None):
            request = self.rest.create("d.corp.example", saveAsDraft=True).json["requestId"]
            path = "ssl-certificates/" + path % request
            if body:
                self.no(self.rest.post(path, {}), 422, "EMS-984")
            self.assertEqual(self.rest.post(path, body).status, 204)
            self.no(self.rest.post(path, body), 422, "EMS-1169")
        self.no(self.rest.post("ssl-certificates/requests/7/cancel", {"reason": "x"}), 404)


class Life(Shared):
    def test_dv_step_by_step(self):
        rest, name = self.rest, "life.example.com"
        number = rest.place(name, agreement=None, productVariant="ov", organization=ORG)
        self.assertEqual(rest.track(number)["status"], "pending-dcv")
        csr = {"csr": make_csr(name), "attested": False}
        self.no(rest.order(number, "csr", {"csr": ""}, "PUT"), 422, "EMS-917")
        self.no(rest.order(number, "csr", {"csr": "x"}, "PUT"), 422, "EMS-921")
        self.no(rest.order(number, "csr", {"csr": make_csr("o.example")}, "PUT"), 422, "EMS-922")
        self.no(rest.order(number, "certificate", verb="GET"), 422,
                "Certificate is not yet issued for this order. Current status: pending-dcv.")
        self.no(rest.order(number, "dcv/verify", {"domain": name, "method": "dns-txt"}), 422,
                "EMS-1160")
        challenge = rest.order(number, "dcv", verb="GET", domain=name)
        self.assertEqual(list(challenge.json), ["token", "tokenExpiryDate"])
        self.assertRegex(challenge.json["token"], r"^emudhra-dcv-[0-9a-f]{32}$")
        self.assertRegex(challenge.json["tokenExpiryDate"], r"^[\d-]{10} [\d:]{8}$")
        answer = rest.order(number, "dcv/verify", {"domain": name, "method": "dns-txt"})
        self.assertEqual((answer.status, answer.json["overallStatus"], answer.json["method"]),
                         (200, "VERIFIED", "dns-txt"))
        track = rest.wait(number, "pending-csr")
        self.assertEqual((track["orderState"], track["certificateState"], track["csrSubmitted"]),
                         ("Order Accepted", "Approved by System", False))
        self.no(rest.order(number, "dcv", verb="GET"), 422, "EMS-1080")
        self.assertEqual(rest.order(number, "csr", csr, "PUT").status, 204)
        self.no(rest.order(number, "csr", csr, "PUT"), 422, "CSR is already submitted")
        self.assertEqual(rest.track(number)["status"], "pending-agreement")
        block = {"agreement": {"signerName": "Pat Example", "signerPlace": "X", "accepted": True}}
        self.no(rest.order(number, "agreement", {}), 422, "EMS-920")
        self.assertEqual(rest.order(number, "agreement", block).status, 204)
        track = rest.wait(number)
        self.assertEqual((track["orderState"], track["certificateState"]),
                         ("Order Accepted", "Certificate Generated"))
        self.no(rest.order(number, "agreement", block), 422)
        self.no(rest.order(number, "cancel", {"reason": "x"}), 422,
                "Order is already issued; use POST /{orderId}/revoke instead of /cancel.")

    def test_track_on_the_wire_and_in_the_book(self):
        rest = self.rest
        number = rest.issued("track.corp.example", productVariant="ov", organization=ORG)
        track = rest.track(number)
        for key in "createdAt", "issuedAt", "productVariant", "additionalDomains", "revocation":
            self.assertNotIn(key, track)
        self.assertNotIn("designation", track["requestor"])
        self.assertEqual(track["requestor"]["phone"], "+12075550100")
        self.assertIs(track["verifications"]["empty"], False)
        self.assertEqual(track["verifications"]["organization"], {
            "status": "VERIFIED", "organizationName": "Example Corp", "consentStatus": "1",
            "consentSentTo": "alex@example.com"})
        domain = track["verifications"]["domain"]["domains"][0]
        self.assertEqual(list(domain), ["domain", "domainStatus", "dcvMethod", "dcvStatus",
                                        "verifiedAt", "caaStatus"])
        rest.control("v2", track="documented")
        track = rest.track(number)
        self.assertEqual((track["productVariant"], track["additionalDomains"]), ("ov", []))
        self.assertLessEqual(track["createdAt"], track["issuedAt"])
        rest.control("v2", track="wire")
        for bad in number[:-1], number + "R007", "9999999999":
            self.no(rest.get("ssl-certificates/" + bad), 404, "Order %s not found" % bad)
        self.no(rest.get("private-pki-certificates/" + number), 404)

    def test_verified_parent(self):
        number = self.rest.place("sub.corp.example")
        self.assertEqual(self.rest.track(number)["status"], "pending-csr")
        self.no(self.rest.order(number, "dcv", verb="GET"), 422, "EMS-1080")
        self.no(self.rest.order(number, "dcv/verify", {"domain": "sub.corp.example",
                                                       "method": "dns-txt"}), 422, "EMS-1080")

    def test_challenge_shapes(self):
        rest = self.rest
        number = rest.place("*.shape.example", certificate={
            "additionalDomains": ["shape.example", "more.example"]})

        def ask(**query):
            answer = rest.order(number, "dcv", verb="GET", **query)
            self.assertEqual(answer.status, 200, answer)
            return answer.json
        token = ask()["token"]
        self.assertEqual(ask(domain="shape.example")["token"], token)
        self.assertNotEqual(ask(domain="more.example")["token"], token)
        rest.control("v2", **{"dcv-body": "documented"})
        self.assertEqual(list(ask()), ["method", "txtToken"])
        self.assertEqual(list(ask(method="http-url")), ["method", "fileName", "fileToken"])
        rest.control("v2", **{"dcv-body": "example"})
        body = ask()
        self.assertEqual((body["dcvMethod"], body["fileNameContent"]), ("2", token))
        body = ask(method="http-url")
        self.assertEqual((body["dcvMethod"], body["dvFileToken"]), ("1", token))
        rest.control("v2", **{"dcv-body": "challenges"})
        self.assertEqual(ask()["challenges"][0]["txtToken"], token)
        rest.control("v2", **{"dcv-body": "wire"})
        self.no(rest.order(number, "dcv", verb="GET", domain="x.example"), 422, "EMS-1160")
        self.no(rest.get("ssl-certificates/%s/dcv" % number, method="fax"), 400)
        for body, code in [({"method": "dns-txt"}, "EMS-1157"),
                           ({"domain": "shape.example"}, "EMS-1158")]:
            self.no(rest.order(number, "dcv/verify", body), 422, code)
        pending = rest.track(number)["verifications"]["domain"]["domains"][2]
        self.assertEqual(pending, {"domain": "more.example", "domainStatus": "ACTIVE",
                                   "dcvStatus": "PENDING", "caaStatus": "SKIPPED"})
        rest.control("v2", verify="documented")
        for name in "shape.example", "more.example":
            answer = rest.order(number, "dcv/verify", {"domain": name, "method": "dns-txt"})
            self.assertEqual((answer.status, answer.body), (204, b""))
        rest.control("v2", verify="wire")
        rest.wait(number, "pending-csr")  # the wildcard followed its base
        rest.control("state", clock="+172801")
        rest.control("v2", revokeTokens=True)
        rest.token = None
        number = rest.place("old.example")
        ask()
        rest.control("state", clock="+172801")
        rest.token = None
        self.no(rest.order(number, "dcv/verify", {"domain": "old.example", "method": "dns-txt"}),
                422, "EMS-1161")
        rest.control("state", clock="0")
        rest.token = None

    def test_approval_and_consent(self):
        rest = self.rest
        rest.control("account", approval=True)
        token = rest.sim.call("GetOrganizationDetails", organizationDetails={
            "organizationNumber": "3325789"})["organizationDetails"]["prevettingToken"]
        name = "approve.corp.example"
        more = {"productVariant": "ov", "csr": make_csr(name)}
        waiting = rest.place(name, organization=ORG, **more)
        track = rest.track(waiting)
        self.assertEqual((track["status"], track["orderState"], track["certificateState"]), (
            "pending-approval", "Order Accepted", "Pending for Approver"))
        rest.wait(rest.place(name, organization={**ORG, "preVettingToken": token}, **more))
        rest.issued("dv.corp.example")
        rest.control("account", approval=False)
        rest.control("state", orderNumber=waiting, approve=True)
        rest.wait(waiting)

    def test_cancel(self):
        rest = self.rest
        number = rest.place("*.gone.example")
        for body in None, {}, {"reason": ""}:
            self.no(rest.order(number, "cancel", body), 422, "EMS-984")
        self.assertEqual(rest.order(number, "cancel", {"reason": "x"}).status, 204)
        track = rest.track(number)
        self.assertEqual((track["status"], track["orderState"], track["certificateState"]), (
            "cancelled", "Order Cancelled", "Rejected due to Order Cancellation"))
        block = track["verifications"]["domain"]
        self.assertEqual((block["status"], block["domains"][0]["dcvStatus"]),
                         ("PENDING", "REJECTED"))
        self.assertEqual(rest.domain("gone.example")["dcvStatus"], "REJECTED")
        self.no(rest.order(number, "cancel", {"reason": "x"}), 422, "EMS-985")
        self.no(rest.order(number, "certificate", verb="GET"), 422, "Invalid request status")
        self.no(rest.order(number, "revoke", {"reason": "superseded"}), 404)

    def test_rejected_and_odd_states(self):
        number = self.rest.place("odd.corp.example")
        for cert, status, text in [("6", "pending-approval", "Pending Second Approver"),
                                   ("14", "rejected", "Auto Rejected"),
                                   ("15", "pending-csr", "Approved by System"),
                                   ("19", "unknown", "Invalid Configuration"),
                                   ("12", "expired", "Certificate Expired")]:
            self.rest.control("state", orderNumber=number, certificateStatusId=cert)
            track = self.rest.track(number)
            self.assertEqual((track["status"], track["certificateState"]), (status, text))
        self.rest.control("state", orderNumber=number, orderStatusId="4")
        self.assertEqual(self.rest.track(number)["status"], "rejected")


class Certificate(Shared):
    def test_json(self):
        rest, name = self.rest, "json.corp.example"
        number = rest.issued(name)
        answer = rest.order(number, "certificate", verb="GET")
        body = answer.json
        self.assertEqual(answer.headers["Content-Type"], "application/json;charset=UTF-8")
        self.assertEqual(list(body), ["orderId", "serialNumber", "subject", "issuer", "notAfter",
                                      "certificatePem", "chainPem"])
        self.assertEqual((body["subject"], body["issuer"]), (name, "emSign-Sim SSL CA - G1"))
        self.assertTrue(body["serialNumber"].isdigit())
        for pem in [body["certificatePem"], *body["chainPem"]]:
            self.assertTrue(pem.endswith("-----END CERTIFICATE-----"))
        self.assertIn("DNS:" + name, subject_of(body["certificatePem"]))
        self.assertEqual(spki(body["certificatePem"]), key_of("EC:P-256"))
        track = rest.track(number)
        self.assertEqual(track["expiresAt"], body["notAfter"])
        self.assertEqual((track["orderState"], track["certificateState"]),
                         ("Order Fulfilled", "Certificate Downloaded"))
        rest.control("v2", **{"serial": "documented", "names": "documented",
                              "not-before": "documented", "chain": "root-first",
                              "not-after": "shifted"})
        book = rest.order(number, "certificate", verb="GET").json
        self.assertEqual(int(book["serialNumber"], 16), int(body["serialNumber"]))
        self.assertEqual((book["subject"], book["chainPem"]), ("CN=" + name,
                                                               body["chainPem"][::-1]))
        self.assertIn("notBefore", book)
        self.assertLess(book["notAfter"], body["notAfter"])
        self.assertEqual(rest.track(number)["expiresAt"], body["notAfter"])
        row = rest.get("reports/orders").json["content"]
        self.assertEqual([r["certificateExpiryDate"] for r in row if r["orderNumber"] == number],
                         [book["notAfter"]])
        rest.control("v2", **{"serial": "wire", "names": "wire", "not-before": "wire",
                              "chain": "wire", "not-after": "wire"})

    def test_formats(self):
        rest = self.rest
        path = "ssl-certificates/%s/certificate" % rest.issued("formats.corp.example")
        leaf = rest.get(path).json["certificatePem"]

        def ask(accept, **query):
            return rest.call("GET", path, headers={"Accept": accept}, **query)
        pem = ask("application/x-pem-file")
        self.assertEqual((pem.headers["Content-Type"], pem.body.count(b"-----BEGIN")),
                         ("application/x-pem-file", 3))
        self.assertTrue(pem.body.startswith(leaf.encode()))
        self.assertTrue(pem.body.endswith(b"-----END CERTIFICATE-----"))
        der = ask("application/pkix-cert")
        self.assertEqual(der.headers["Content-Type"], "application/pkix-cert")
        self.assertEqual(der.body, openssl("x509", "-outform", "DER", data=leaf.encode()))
        self.assertEqual(ask("text/html, */*").json["certificatePem"], leaf)
        for accept in ("application/pkcs7-mime", "application/x-pkcs7-certificates", "text/html"):
            self.no(ask(accept), 406)
        for name, body in ("pem", pem.body), ("der", der.body), ("pkcs7", der.body):
            self.assertEqual(ask("text/html", format=name).body, body)
        self.no(ask("application/json", format="jks"), 406)

    def test_lags(self):
        rest = self.start("--delay-body", "60000", "--delay-revocable", "60000")
        number = rest.issued("lag.corp.example")
        self.assertEqual(rest.track(number)["certificateState"], "Approved by System")
        self.no(rest.order(number, "certificate", verb="GET"), 422, "Current status: issued")
        self.no(rest.order(number, "revoke", {"reason": "superseded"}), 422,
                "Certificate Request still being processed")
        rest.control("v2", **{"not-issued": "documented"})
        answer = rest.order(number, "certificate", verb="GET")
        self.assertEqual((answer.status, answer.json["type"]), (
            409, "https://api.certinext.io/errors/order-not-issued"))
        rest.control("state", clock="+61")
        self.assertEqual(rest.order(number, "certificate", verb="GET").status, 200)
        self.assertEqual(rest.order(number, "revoke", {"reason": "superseded"}).status, 204)

    def test_foreign_and_expired(self):
        number = self.rest.issued("foreign.corp.example")
        self.rest.control("state", orderNumber=number, foreignCertificate=True)
        pem = self.rest.order(number, "certificate", verb="GET").json["certificatePem"]
        self.assertNotEqual(spki(pem), key_of("EC:P-256"))
        self.rest.control("state", clock="+20000000")
        self.rest.token = None
        self.assertEqual(self.rest.track(number)["status"], "expired")
        self.rest.control("state", clock="0")
        self.rest.token = None


class Revoke(Shared):
    def test_reasons(self):
        rest = self.rest
        number = rest.issued("reasons.corp.example")
        for reason in "unspecified", "ca-compromise", "certificate-hold", "aa-compromise":
            self.no(rest.revoke(number, reason), 422, "Invalid Revoke Reason ID")
        for reason in "keyCompromise", "nonsense":
            self.no(rest.order(number, "revoke", {"reason": reason}), 400)
        for body in None, {}:
            self.no(rest.order(number, "revoke", body), 422, "EMS-969")
        self.no(rest.revoke(number, note="a; b"), 422, "Invalid Revoke Remarks")
        for reason in ("key-compromise", "affiliation-changed", "cessation-of-operation",
                       "privilege-withdrawn"):
            number = rest.issued("r.corp.example")
            self.assertEqual(rest.revoke(number, reason, note="a, b. (c/d)").status, 204)
            self.assertEqual(rest.track(number)["revocation"]["reason"], reason)
        rest.control("v2", reasons="documented")
        number = rest.issued("hold.corp.example")
        self.assertEqual(rest.revoke(number, "certificate-hold").status, 204)
        rest.control("v2", reasons="wire")

    def test_after(self):
        rest = self.start("--delay-revoke", "60000")
        number = rest.issued("after.corp.example")
        self.assertEqual(rest.revoke(number).status, 204)
        self.assertEqual(rest.track(number)["status"], "issued")  # it is queued
        self.no(rest.revoke(number), 404, "not in a revocable state")
        rest.control("state", clock="+61")
        track = rest.track(number)
        self.assertEqual(track["status"], "revoked")
        self.assertEqual(track["revocation"]["status"], "Certificate Revoked")
        self.assertRegex(track["revocation"]["processedAt"], r"Z$")
        self.no(rest.order(number, "certificate", verb="GET"), 404)
        self.no(rest.revoke(rest.place("early.example.com")), 404)


class Reissue(Shared):
    def test_rekey(self):
        rest, name = self.rest, "again.corp.example"
        number = rest.issued(name)
        before = rest.track(number)["requestId"]
        first = rest.order(number, "certificate", verb="GET").json
        body = {"mode": "rekey", "reason": "Key rotation", "csr": make_csr(name, "RSA:2048"),
                "revokePrevious": True, "revokeReason": "superseded"}
        for change, status, code in [({"mode": "renew"}, 400, ""), ({"reason": ""}, 422, "EMS-941"),
                                     ({"csr": "x"}, 422, "EMS-940"), ({"csr": ""}, 422, "EMS-940")]:
            self.no(rest.order(number, "reissue", {**body, **change}), status, code)
        answer = rest.order(number, "reissue", body)
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.headers["Location"], "/%sssl-certificates/%s" % (PREFIX, number))
        self.assertEqual((answer.json["orderId"], answer.json["status"], answer.json["mode"]),
                         (number, "pending-csr", "rekey"))
        track = rest.wait(number)
        self.assertEqual(track["requestId"], answer.json["requestId"])
        self.assertNotEqual(track["requestId"], before)
        second = rest.order(number, "certificate", verb="GET").json
        self.assertNotEqual(second["serialNumber"], first["serialNumber"])
        self.assertEqual(spki(second["certificatePem"]), key_of("RSA:2048"))
        self.no(rest.order(rest.place("no.example.com"), "reissue", body), 422, "EMS-1165")

    def test_names(self):
        rest = self.rest
        number = rest.issued("names.corp.example")
        self.no(rest.order(number, "reissue", {"mode": "update-sans", "reason": "x"}), 422)
        self.assertEqual(rest.order(number, "reissue", {
            "mode": "update-sans", "reason": "x",
            "additionalDomains": ["more.corp.example"]}).status, 201)
        rest.wait(number)
        pem = rest.order(number, "certificate", verb="GET").json["certificatePem"]
        self.assertIn("DNS:more.corp.example", subject_of(pem))

    def test_of_history(self):
        rest = self.start("--orders", "200")
        row = [r for r in rest.get("reports/orders", status="issued").json["content"]
               if r["productCode"] == "842"][0]
        self.assertEqual(rest.order(row["orderNumber"], "reissue", {
            "mode": "rekey", "reason": "x", "csr": make_csr(row["domainName"])}).status, 201)
        rest.wait(row["orderNumber"])


class Families(Shared):
    def test_private(self):
        rest, name = self.rest, "host1.intra"
        body = {"variant": "intranet-ssl", "hostname": name,
                "additionalHosts": ["host1", "192.0.2.10", "2001:db8::1"],
                "requestor": {"name": "Pat", "email": "pat@example.com"}}
        answer = rest.post("private-pki-certificates", body)
        self.assertEqual((answer.status, answer.json["status"], answer.json["variant"],
                          answer.json["resolvedProductCode"]),
                         (201, "pending-csr", "intranet-ssl", "149"))
        number = answer.json["orderId"]
        path = "private-pki-certificates/%s" % number
        self.no(rest.get("ssl-certificates/" + number), 404)
        self.assertEqual(rest.call("PUT", path + "/csr", {"csr": make_csr(name)}).status, 204)
        self.assertEqual(rest.get(path).json["status"], "issued")
        cert = rest.get(path + "/certificate").json
        self.assertEqual(cert["issuer"], "emSign-Sim Intranet CA - G1")
        text = subject_of(cert["certificatePem"])
        for general in "DNS:host1", "IP Address:192.0.2.10", "IP Address:2001:DB8:0:0:0:0:0:1":
            self.assertIn(general, text)
        for _ in range(100):
            answer = rest.post(path + "/revoke", {"reason": "aa-compromise"})
            if answer.status != 422:
                break
        self.assertEqual(answer.status, 204)
        self.assertEqual(rest.get(path).json["revocation"]["reason"], "aa-compromise")
        number = rest.post("private-pki-certificates", {**body, "variant": "igtf-host"}).json[
            "orderId"]
        self.assertEqual(rest.post("private-pki-certificates/%s/cancel" % number,
                                   {"reason": "x"}).status, 204)
        self.no(rest.post("private-pki-certificates", {**body, "variant": "vpn"}), 422, "EMS-915")
        problem = self.no(rest.post("private-pki-certificates", {}), 400)
        self.assertEqual([e["field"] for e in problem["errors"]], [
            "variant", "requestor.name", "requestor.email", "hostname"])

    def test_signature(self):
        rest = self.start("--dcv", "manual")
        rest.control("account", approval=True)
        body = {"subjectType": "natural-person", "subscription": {"validityYears": 2},
                "requestor": {"name": "Pat", "email": "pat@example.com"},
                "subject": {"firstName": "Sam", "lastName": "Example",
                            "email": "sam@example.com", "countryCode": "US"}}
        answer = rest.post("signature-certificates", body)
        self.assertEqual((answer.status, answer.json["status"], answer.json["subjectDisplayName"],
                          answer.json["resolvedProductCode"]),
                         (201, "pending-documents", "Sam Example", "826"))
        number = answer.json["orderId"]
        path = "signature-certificates/" + number
        rest.control("state", orderNumber=number, emailVerification="1")
        self.assertEqual(rest.get(path).json["status"], "pending-approval")
        rest.control("state", orderNumber=number, approve=True)
        self.assertEqual(rest.get(path).json["status"], "pending-csr")
        self.no(rest.call("PUT", path + "/csr", {"csr": make_csr("Other")}), 422, "EMS-922")
        self.assertEqual(rest.call("PUT", path + "/csr", {"csr": make_csr("Sam Example")}).status,
                         204)
        self.assertEqual(rest.get(path).json["status"], "pending-agreement")
        self.assertEqual(rest.post(path + "/agreement", {"agreement": {
            "signerName": "Sam", "signerPlace": "X", "accepted": True}}).status, 204)
        track = rest.wait(number, family="signature")
        self.assertEqual(track["verifications"]["individual"]["status"], "VERIFIED")
        self.assertEqual(rest.get(path + "/certificate").json["subject"], "Sam Example")
        del body["subject"]["email"]
        self.no(rest.post("signature-certificates", body), 422, "EMS-916")
        body["subject"]["email"] = "sam@example.com"
        self.no(rest.post("signature-certificates", {**body, "subjectType": "robot"}), 422,
                "EMS-915")
        number = rest.post("signature-certificates", body).json["orderId"]
        self.assertEqual(rest.post("signature-certificates/%s/cancel" % number).status, 204)


class RealChecks(Shared):
    def test_manual_is_pending(self):
        rest = self.start("--dcv", "manual")
        number = rest.place("hand.example.com", csr=make_csr("hand.example.com"))
        rest.order(number, "dcv", verb="GET")
        answer = rest.order(number, "dcv/verify", {"domain": "hand.example.com",
                                                   "method": "dns-txt"})
        self.assertEqual((answer.status, answer.json["overallStatus"]), (200, "PENDING"))
        rest.control("state", orderNumber=number, domain="hand.example.com", dcvStatus="1")
        rest.wait(number)

    def test_missing_record(self):
        rest = self.start("--dcv", "dns")  # and no name server: nothing is found
        number = rest.place("lost.example.com")
        token = rest.order(number, "dcv", verb="GET").json["token"]
        problem = self.no(rest.order(number, "dcv/verify", {
            "domain": "lost.example.com", "method": "dns-txt"}), 422, "EMS-1161")
        diagnostics = problem["diagnostics"]
        self.assertEqual((diagnostics["overallStatus"], diagnostics["failureClass"],
                          diagnostics["method"]), ("FAILED", "RECORD_MISSING", "DNS_TXT"))
        self.assertEqual(diagnostics["expected"]["recordValue"], token)
        self.assertEqual(diagnostics["nextSteps"][0]["params"], {
            "recordName": "_emudhra-challenge.lost.example.com", "recordValue": token})
        self.assertEqual(len(diagnostics["perspectives"]), 4)
        self.assertEqual(diagnostics["schemaVersion"], 1)
        self.assertEqual(rest.track(number)["status"], "pending-dcv")


if __name__ == "__main__":
    client.main()
